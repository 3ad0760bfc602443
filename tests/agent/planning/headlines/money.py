"""Short requests about expenses, budgets, statements and reports."""

from typing import Any

MONEY: dict[str, tuple[str, dict[str, Any]]] = {}
