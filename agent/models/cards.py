"""What the bundled checkpoint is shown of a tool and of a result. Knows nothing of what it says to that."""

from collections.abc import Mapping

from ...llm.compact.form import NativeTool, ResultCard, ToolCard, tool_card
from ..model import StepResult, ToolView


def card(view: ToolView, native: NativeTool | None = None) -> ToolCard:
    return tool_card(view.name, view.description, view.parameters, view.returns, native)


def result_card(result: StepResult, native: NativeTool | None = None) -> ResultCard:
    """A result as the checkpoint sees it: of a tool that it knows by heart, what it was trained on.

    Any other result that is a sentence, and one with nothing in it, is told as it stands. Of its words the
    checkpoint would make those of the nearest tool that it knows: "added" where something was deleted.
    """
    known = native or NativeTool()
    data = result.data if isinstance(result.data, Mapping) else {}
    fields = {name: value for name, value in data.items() if name != "text" and known.knows_field(name)}
    args = {name: value for name, value in result.args.items() if known.knows_argument(name)}
    known_words = native is not None and "" not in fields.values()  # of an empty file it would say "it says:"
    told = not known_words and result.ok and " " in result.text.strip()
    error = None if result.ok else result.text
    return ResultCard(result.tool, args, {"text": result.text, **fields}, error, told)
