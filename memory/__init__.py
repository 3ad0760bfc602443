"""What Homewit remembers: sessions, runs, facts with evidence, and the user's own records, in one database.

Only this module is public. Knows nothing of models, tools or the agent.
"""

from .entries import Entry, Intended, Said, Settled, Spoken
from .errors import (
    AlreadyForgotten,
    AlreadySettled,
    EvidenceMissing,
    InvalidRecord,
    NotFound,
    NotSupportedYet,
    SchemaTooNew,
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreForeign,
    StoreFull,
    StoreReadOnly,
)
from .facts import Evidence, ExplainedFact, Fact
from .grants import GrantRow, GrantScope
from .records import Expense, Note, RecordBook, Reminder, Task
from .runs import LedgerRow, LoggedEvent, Run
from .sessions import Session, Turn
from .store import Store

__all__ = [
    "AlreadyForgotten",
    "AlreadySettled",
    "Entry",
    "Evidence",
    "EvidenceMissing",
    "Expense",
    "ExplainedFact",
    "Fact",
    "GrantRow",
    "GrantScope",
    "Intended",
    "InvalidRecord",
    "LedgerRow",
    "LoggedEvent",
    "NotFound",
    "NotSupportedYet",
    "Note",
    "RecordBook",
    "Reminder",
    "Run",
    "Said",
    "SchemaTooNew",
    "Session",
    "Settled",
    "Spoken",
    "Store",
    "StoreBusy",
    "StoreCorrupt",
    "StoreError",
    "StoreForeign",
    "StoreFull",
    "StoreReadOnly",
    "Task",
    "Turn",
]
