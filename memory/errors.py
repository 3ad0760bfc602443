"""What can go wrong with the memory, as types a caller can tell apart.

    StoreError
    ├── StoreBusy          another process holds the write lock for too long
    ├── StoreCorrupt       the file is damaged, or is no SQLite database
    ├── StoreForeign       the file is a database of another program
    ├── StoreFull          no room left on the disk
    ├── StoreReadOnly      the folder or the file cannot be written
    ├── SchemaTooNew       a newer Homewit wrote the file
    ├── NotSupportedYet    a kind of database that this version cannot open
    ├── NotFound           no row has this id
    ├── InvalidRecord      a value that cannot be stored as what it claims to be
    ├── AlreadySettled     a step's outcome is recorded and final
    ├── CallOver           a tool call that has ended, and been accounted for, wants to write
    ├── AlreadyStarted     an occurrence of a schedule has its run
    ├── EvidenceMissing    the quote of a fact is not in the user's own words
    └── AlreadyForgotten   the user had this fact erased; only the user can bring it back

Every message says what happened, to what, and what to do next. Knows nothing of SQL drivers: `sqlite_file`
decides which of these a driver's error is.
"""


class StoreError(Exception):
    """Any failure of the memory; nothing that was acknowledged before it is lost."""


class StoreBusy(StoreError):
    """Another process kept the database locked longer than the waiting time."""


class StoreCorrupt(StoreError):
    """The file is damaged or is not a database."""


class StoreForeign(StoreError):
    """The file is a database, but not one of Homewit's."""


class StoreFull(StoreError):
    """The disk, or the quota, is full."""


class StoreReadOnly(StoreError):
    """The database cannot be created or written where it lies."""


class SchemaTooNew(StoreError):
    """A newer version of Homewit wrote this file; it was not touched."""


class NotSupportedYet(StoreError):
    """A database that this version of Homewit cannot open."""


class NotFound(StoreError, LookupError):
    """No row has the given id."""


class InvalidRecord(StoreError, ValueError):
    """A value that cannot be stored, such as an empty note."""


class AlreadySettled(StoreError):
    """The outcome of this step is final and may not be written again."""


class CallOver(StoreError):
    """The call of this tool has ended, so it may not write any more."""


class AlreadyStarted(StoreError):
    """This occurrence of a schedule has its run; there is never a second one."""


class EvidenceMissing(StoreError):
    """The quote is not found, character for character, in a turn that the user wrote."""


class AlreadyForgotten(StoreError):
    """This fact was forgotten on request, so an automatic learner may not store it."""
