"""Arguments that tools of several families take: the path of a file, a number as people write it."""

from typing import Any

from pydantic import BeforeValidator, Field


def path_field(*examples: str) -> Any:
    """For `Annotated`: a text that is the path of a file, so that a path in a request fits it."""
    return Field(min_length=1, examples=list(examples), json_schema_extra={"format": "path"})


def _without_commas(value: object) -> object:
    return value.replace(",", "").strip() if isinstance(value, str) else value


WRITTEN_NUMBER = BeforeValidator(_without_commas)
"""For `Annotated`: a number may be a text such as "1,000"."""
