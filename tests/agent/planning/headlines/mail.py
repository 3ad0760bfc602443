"""Short requests about mail and people."""

from typing import Any

MAIL: dict[str, tuple[str, dict[str, Any]]] = {
    "emails from anna": ("search_mail", {"sender": "anna"}),
    "mail from the bank about my loan": ("search_mail", {"sender": "the bank", "words": "my loan"}),
    "mails about the invoice": ("search_mail", {"words": "the invoice"}),
    "mails before 2020": ("search_mail", {"period": "before 2020"}),
    "mails older than a year": ("search_mail", {"period": "older than a year"}),
    "mails from last week": ("search_mail", {"period": "last week"}),
    "show me emails from yesterday": ("search_mail", {"period": "yesterday"}),
    "mails from anna before 2020": ("search_mail", {"sender": "anna", "period": "before 2020"}),
}
