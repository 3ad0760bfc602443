"""What all tables are made of: the metadata that gathers them, and the columns that most of them have.

Every table has an integer ``number`` that gives the order of writing and ties full-text rows to theirs, and
most have a short text ``id`` that people and other programs use.
"""

from sqlalchemy import Column, Integer, MetaData, Text

from .columns import Instant, JsonText

metadata = MetaData()


def number_column() -> Column[int]:
    return Column("number", Integer, primary_key=True)


def id_column() -> Column[str]:
    return Column("id", Text, nullable=False, unique=True)


def created_column() -> Column:
    return Column("created", Instant, nullable=False)


def origins_column() -> Column:
    """Where the words of a record came from, as its writer said; null where nobody did."""
    return Column("origins", JsonText)
