"""The form of a workflow file, as models that validate it and give its JSON Schema for editors.

What a schema cannot say (does the step exist?) is left to the checks. Knows nothing of YAML and tools.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..planning.on_error import LONGEST_WAIT_S, MOST_RETRIES

MOST_STEPS = 200
NAME = r"^[a-z][a-z0-9-]{0,39}$"
ID = r"^[A-Za-z][A-Za-z0-9_]{0,30}$"
SCHEMA_ID = "https://json-schema.org/draft/2020-12/schema"

Identifier = Annotated[str, Field(pattern=ID)]
Kind = Literal["string", "integer", "number", "boolean", "array", "object"]
Scalar = Literal["string", "integer", "number", "boolean"]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class InputForm(_Form):
    """A value that whoever runs the workflow gives; needed unless it has a default."""

    type: Kind = Field("string", description="What kind of value it is.")
    description: str = Field("", description="What it is for; shown where it is asked for.")
    default: Any = Field(None, description="What it is when nobody gives it. Without a default it is needed.")
    choices: list[Any] = Field([], description="The only values that it may have.")
    items: Scalar | None = Field(None, description="For an array: what kind its items are.")

    @property
    def needed(self) -> bool:
        return "default" not in self.model_fields_set


class FallbackForm(_Form):
    """What takes the place of a result that could not be had: a value, or another call."""

    value: Any = Field(None, description="The value to go on with.")
    tool: str | None = Field(None, description="The tool to call instead.")
    args: dict[str, Any] = Field({}, description="Its arguments.")


class OnErrorForm(_Form):
    """What happens when a step fails."""

    retry: int = Field(0, ge=0, le=MOST_RETRIES, description="How many more times it is tried.")
    wait_s: float = Field(
        1.0, ge=0, le=LONGEST_WAIT_S, description="Seconds before the second attempt; doubled for each more."
    )
    then: Literal["fail", "continue"] = Field("fail", description="What happens when no attempt works.")
    fallback: FallbackForm | None = Field(None, description="What takes the place of the result.")


class StepForm(_Form):
    """One call of a tool, or one for each of a list."""

    id: Identifier = Field(description="Its name, for references such as ${steps.find.text}.")
    tool: str = Field(description="The tool that it calls; `homewit tools list` shows them.")
    args: dict[str, Any] | None = Field(
        None, description='Arguments: values, references such as ${inputs.to}, or {"$ask": "question"}.'
    )
    foreach: list[Any] | str | None = Field(
        None, description="A list, or a reference to one: the step runs for each item, ${item}."
    )
    when: dict[str, Any] | None = Field(
        None, description='The condition under which it runs, such as {"equals": ["${steps.a.count}", 0]}.'
    )
    after: list[str] | str | None = Field(None, description="Steps that it has to wait for.")
    on_error: Literal["fail", "continue"] | OnErrorForm | None = Field(
        None, description="What happens when it fails; by default what depends on it is not tried."
    )


class WorkflowForm(_Form):
    """A workflow: steps that Homewit carries out like the plan of a request, without asking a model."""

    model_config = ConfigDict(
        json_schema_extra={"$schema": SCHEMA_ID, "title": "Homewit workflow"},
    )

    name: str | None = Field(None, pattern=NAME, description="Its name; that of the file by default.")
    description: str = Field("", description="What it does, in a line.")
    inputs: dict[Identifier, InputForm | None] | None = Field(None, description="What it is given, by name.")
    steps: list[StepForm] = Field(min_length=1, max_length=MOST_STEPS, description="What it does, in order.")
    outputs: dict[Identifier, Any] | None = Field(
        None, description="What comes of it, by name: values and references."
    )


def workflow_schema() -> dict[str, Any]:
    """The JSON Schema of workflow files."""
    return WorkflowForm.model_json_schema()
