"""Requests that are no sentence: what is wanted and no verb, as people type into a search box ("overdue tasks",
"mails from anna"), and others that are as short. All are foreseen, so what is meant does not depend on a model.
"""

from typing import Any

from .days import DAYS
from .files import FILES
from .mail import MAIL
from .money import MONEY

Meant = tuple[str, dict[str, Any]]
HEADLINES: dict[str, Meant] = MAIL | MONEY | DAYS | FILES
