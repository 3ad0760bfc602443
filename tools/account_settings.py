"""Accounts as the settings name them: a section such as `[tools.mail]`, and `[tools."mail.NAME"]` for more.

Each kind of account says itself what its section may hold.
"""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from .errors import MissingSetting

Section = TypeVar("Section", bound=BaseModel)


def sections_of(settings: Mapping[str, str], kind: str) -> dict[str, dict[str, str]]:
    """What is set for each account of a kind, by section, in the order of the settings."""
    found: dict[str, dict[str, str]] = {}
    for key, value in settings.items():
        section, _, field = key.rpartition(".")
        if section == kind or section.startswith(f"{kind}."):
            found.setdefault(section, {})[field] = value
    return found


def read_section(shape: type[Section], values: Mapping[str, str], what: str, section: str) -> Section:
    """A section as its kind has it; raises MissingSetting, which calls it `what`, for one that is wrong."""
    try:
        return shape.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise MissingSetting(f'The {what} [tools."{section}"]: {field}: {first["msg"]}.') from error


def secret_of(secret: str, section: str) -> str:
    """The name of the secret that opens an account: for "mail.work" it is "mail_password.work"."""
    return ".".join(filter(None, (secret, section.partition(".")[2])))
