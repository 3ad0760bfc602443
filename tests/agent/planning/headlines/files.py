"""Short requests about files, the web, times and numbers."""

from typing import Any

FILES: dict[str, tuple[str, dict[str, Any]]] = {}
