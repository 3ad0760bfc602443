"""What Homewit remembers: sessions, runs, facts with evidence, and the user's own records, in one database.

Only this module is public. Knows nothing of models, tools or the agent.
"""

from .entries import Entry, Intended, Said, Settled, Spoken
from .errors import (
    AlreadyForgotten,
    AlreadySettled,
    AlreadyStarted,
    CallOver,
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
from .procedures import ProcedureBook, ProcedureRow
from .record_rows import (
    Budget,
    CalendarEvent,
    Collection,
    Contact,
    Expense,
    Firing,
    Import,
    Note,
    Reminder,
    Task,
)
from .records import RecordBook
from .removal import Removed
from .runs import LedgerRow, LoggedEvent, Run, new_run_id
from .schedules import HandedOut, NewSchedule, Occurrence, Schedule, ScheduleBook
from .sessions import Session, Turn
from .store import Store

__all__ = [
    "AlreadyForgotten",
    "AlreadySettled",
    "AlreadyStarted",
    "Budget",
    "CalendarEvent",
    "CallOver",
    "Collection",
    "Contact",
    "Entry",
    "Evidence",
    "EvidenceMissing",
    "Expense",
    "ExplainedFact",
    "Fact",
    "Firing",
    "GrantRow",
    "GrantScope",
    "HandedOut",
    "Import",
    "Intended",
    "InvalidRecord",
    "LedgerRow",
    "LoggedEvent",
    "NewSchedule",
    "NotFound",
    "NotSupportedYet",
    "Note",
    "Occurrence",
    "ProcedureBook",
    "ProcedureRow",
    "RecordBook",
    "Reminder",
    "Removed",
    "Run",
    "Said",
    "Schedule",
    "ScheduleBook",
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
    "new_run_id",
]
