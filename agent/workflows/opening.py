"""From the name of a kept workflow, or the text of a file, to what a run of it starts with.

Everything that is wrong with it is said here, before there is a run. Knows nothing of who asks for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...tools import Registry
from .checking import check_text
from .folder import WorkflowFolder
from .model import Workflow
from .problems import WorkflowInvalid
from .starting import Start, given_values


@dataclass(frozen=True, slots=True)
class Workflows:
    """Those that are kept in ``folder``, and any text, checked against the tools of ``registry``."""

    folder: WorkflowFolder
    registry: Registry

    def start(
        self, name: str | None, text: str | None, given: Mapping[str, Any], piped: tuple[str, ...] = ()
    ) -> Start:
        """What a run starts with: a kept workflow by name, or the text of a file that is called so.

        Raises ``WorkflowInvalid`` with all problems, ``InputInvalid`` for a value that does not fit,
        ``NotFound``.
        """
        own = text is None
        text = self.folder.read(name or "") if text is None else text
        flow = self.checked(name or "workflow", text)
        return Start(text, name or flow.name, own, given_values(flow, given), piped)

    def checked(self, name: str, text: str) -> Workflow:
        """Raises ``WorkflowInvalid``."""
        flow, problems = check_text(text, name, self.registry.specs())
        if flow is None or any(not problem.warning for problem in problems):
            raise WorkflowInvalid(name, problems)
        return flow
