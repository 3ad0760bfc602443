"""A step that runs once for each of a list, while its items are carried out: what came of each, and of all.

Knows nothing of how items run.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic

from ..events import StepFinished, StepStatus
from ..log.ledger import Output
from ..plan import Step
from ..planning.on_error import counted
from ..values import Origins, ToolOrigin, join
from .endings import end_of
from .foreach import chooses_items

NOTHING = "There was nothing to do it for."


@dataclass(slots=True)
class Group:
    """The items of one step; ``origins`` are those of its list."""

    step: Step
    items: tuple[Step, ...]
    origins: Origins
    started: float = field(default_factory=monotonic)
    ended: dict[str, tuple[StepStatus, str]] = field(default_factory=dict)
    """How each item ended, with its text."""

    @property
    def complete(self) -> bool:
        return len(self.ended) == len(self.items)

    def next_item(self) -> str | None:
        """The first item that is not over."""
        return next((item.id for item in self.items if item.id not in self.ended), None)

    def status(self) -> StepStatus:
        """That of the whole: the gravest of its items, and left out only when a condition left out all."""
        found = {counted(self.step.on_error, status) for status, _ in self.ended.values()}
        for grave in ("unknown", "denied", "failed", "skipped"):
            if grave in found:
                return "failed" if grave == "skipped" else grave
        return "omitted" if found == {"omitted"} and not self._may_leave_out else "done"

    @property
    def _may_leave_out(self) -> bool:
        """Whether an empty list is a result like any other."""
        return chooses_items(self.step) or self.step.on_error is not None

    def output(self, outputs: Mapping[str, Output]) -> Output:
        """The results of its items in order, without those that were left out or failed without a
        fallback.
        """
        done = [outputs[item.id] for item in self.items if item.id in outputs]
        own = join() if done else {ToolOrigin(self.step.tool, self.step.id, trusted=True)}
        origins = join(own, self.origins, *(output.origins for output in done))
        text = "\n".join(output.text for output in done if output.text)
        return Output([output.data for output in done], text or NOTHING, origins)

    def finished(self, output: Output | None) -> StepFinished:
        """The end of the whole step; ``output`` is None unless all of it is done."""
        status = self.status()
        return self._end(status, output, "" if output is not None else self._why(status))

    def finished_early(self) -> StepFinished:
        """The end of a step of which the run was stopped before all items were over."""
        counts = Counter(status for status, _ in self.ended.values())
        text = f"it was cut off; of {len(self.items)} items {counts['done']} were done"
        return self._end("unknown" if counts["unknown"] else "failed", None, text)

    def _end(self, status: StepStatus, output: Output | None, why: str) -> StepFinished:
        step = self.step
        return end_of(step.id, step.tool, step.wire_args(), status, output, why, self.started)

    def _why(self, status: StepStatus) -> str:
        counts = Counter(ended for ended, _ in self.ended.values())
        first = next(text for item in self.items if (text := self._text(item, status)) is not None)
        if len(self.items) == 1:
            return first
        words = {"unknown": "may have taken effect", "denied": "not allowed", "omitted": "left out"}
        many = counts[status] or counts["skipped"]
        return f"{many} of {len(self.items)} {words.get(status, 'failed')}; the first: {first}"

    def _text(self, item: Step, status: StepStatus) -> str | None:
        ended, text = self.ended[item.id]
        return text if ended == status or (status == "failed" and ended == "skipped") else None
