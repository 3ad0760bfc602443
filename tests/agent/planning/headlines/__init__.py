"""Requests that are no sentence: what is wanted without a verb, as people type into a search box, such as
"overdue tasks" or "mails from anna", and others that are as short. All are foreseen, so what is meant does
not depend on a model.
"""

from typing import Any

from .days import DAYS
from .files import FILES
from .mail import MAIL
from .money import MONEY

Meant = tuple[str, dict[str, Any]]
HEADLINES: dict[str, Meant] = MAIL | MONEY | DAYS | FILES
