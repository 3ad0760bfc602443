"""A plan with what the model passed over: each thing that no step accounts for is read once more by itself.

What can be read is put into its place; what cannot, and is plainly asked for, is named. Pure but for the
callable that reads.
"""

from collections.abc import Callable, Mapping, Sequence

from ..model import ToolView
from ..plan import Step
from ..planning.clauses import MOST
from .accounting import is_whole, place_of, unaccounted
from .asked_words import is_asked, is_served_by_the_answer
from .joining import Joined, spliced
from .value_ends import ended_before, gone_on


def completed(
    request: str, steps: Sequence[Step], tools: Mapping[str, ToolView], read: Callable[[str], Sequence[Step]]
) -> Joined:
    """The steps of a request and of what they leave out; ``read`` gives those that words by themselves surely
    mean.
    """
    found, lost = list(steps), list[str]()
    for number, stretch in enumerate(unaccounted(request, steps, tools)):
        if is_served_by_the_answer(stretch.text):
            continue
        if (longer := gone_on(found, request, stretch)) is not None:
            found = longer
            continue
        more = read(stretch.text) if number < MOST else ()
        if any(_same(one, other) for one in more for other in found):
            continue
        if is_whole(stretch.text, more):
            if stretch.held:
                found = ended_before(found, request, stretch)
            found = spliced(found, more, place_of(stretch, request, found))
        elif not stretch.held and is_asked(stretch.text):
            lost.append(stretch.text)
    return Joined(tuple(found), tuple(lost))


def _same(one: Step, other: Step) -> bool:
    return (one.tool, one.args) == (other.tool, other.args)
