"""The tool that a step calls to take values out of a text.

Only its definition: the text is read by ``reading``, inside of the run, by a model without tools. What comes
of it has the origins of the text and of nothing else, so it is exactly as trusted as that.
"""

from typing import Annotated, Any

from pydantic import Field

from ...tools import ToolError, tool
from ..planning.schemas import LITERAL
from .fields import FieldForm, Kind

Fields = Annotated[dict[str, Kind | FieldForm], Field(json_schema_extra={LITERAL: True})]


@tool(effect="read")
def extract(text: str, fields: Fields) -> dict[str, Any]:
    """Take values out of a text, such as a page, a file or a mail; what is not in it is null.

    Args:
        text: The text to read.
        fields: What to look for: for each name a type (string, number, integer, boolean, date, email, url),
            or an object with type, description, choices and many.
    """
    raise ToolError("values are extracted inside of a plan only")
