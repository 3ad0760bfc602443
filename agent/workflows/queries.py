"""What clients may ask about workflows; ``requests.Query`` lists it. Loads no model, runs nothing."""

from typing import Any

from ..errors import UsageError
from ..queries.answers import Answer, Blocking
from ..workplace import Workplace
from .checking import check_text
from .file_model import workflow_schema
from .folder import WorkflowFolder
from .input_values import described
from .model import Workflow
from .problems import Problem
from .saving import name_for, workflow_of_run
from .starting import missing_inputs
from .writing import write_workflow


class WorkflowQueries:
    """One method per query, over one workplace."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self.blocking: Blocking = {
            "workflows.list": self._list,
            "workflows.show": self._show,
            "workflows.check": self._check,
            "workflows.missing": self._missing,
            "workflows.schema": self._schema,
            "workflows.rm": self._remove,
            "workflows.save": self._save,
        }

    @property
    def _folder(self) -> WorkflowFolder:
        return self._place.workflows.folder

    def _list(self) -> Answer:
        return {"items": [self._summary(name) for name in self._folder.names()]}

    def _summary(self, name: str) -> Answer:
        flow, problems = check_text(self._folder.read(name), name, self._place.registry.specs())
        broken = [problem for problem in problems if not problem.warning]
        return {
            "name": name,
            "description": flow.description if flow is not None else "",
            "inputs": _inputs(flow),
            "path": str(self._folder.file(name)),
            "problems": [problem.to_wire() for problem in broken],
        }

    def _show(self, name: str) -> Answer:
        return {"item": {**self._summary(name), "text": self._folder.read(name)}}

    def _check(self, text: str, name: str = "workflow") -> Answer:
        flow, problems = check_text(text, name, self._place.registry.specs())
        return {"item": {"name": name, "problems": _wire(problems), "inputs": _inputs(flow)}}

    def _missing(self, given: dict[str, Any], name: str | None = None, text: str | None = None) -> Answer:
        """Inputs that still have to be given, in the order in which to ask for them."""
        start = self._place.workflows.start(name, text, given)
        flow = self._place.workflows.checked(start.name, start.text)
        missing = set(missing_inputs(flow, start.given))
        return {"items": [one for one in _inputs(flow) if one["name"] in missing]}

    def _schema(self) -> Answer:
        return {"item": workflow_schema()}

    def _save(
        self,
        run: str,
        name: str | None = None,
        replace: bool = False,
        fixed: tuple[str, ...] = (),
        keep: bool = True,
    ) -> Answer:
        """Keep what a run did as a workflow; without ``keep`` only show it."""
        store = self._place.store
        stored = store.get_run(run)
        if stored.status == "running":
            raise UsageError(f"The run {run} has not ended; save it when it has.")
        said = store.turns(stored.session) if stored.session else []
        own = (turn.text for turn in said if turn.run == run and turn.role == "user" and not turn.piped)
        name = name or name_for(stored.prompt.removeprefix("/run "))
        title = " ".join(stored.prompt.split())[:200]
        words = "\n".join(own)
        flow = workflow_of_run(store.events(run), words, self._place.tools.views, name, title, fixed)
        text = write_workflow(flow)
        path = str(self._folder.save(name, text, replace)) if keep else None
        return {"item": {"name": name, "path": path, "text": text, "inputs": _inputs(flow)}}

    def _remove(self, name: str) -> Answer:
        return {"item": {"name": name, "path": str(self._folder.remove(name))}}


def _wire(problems: list[Problem]) -> list[Answer]:
    return [problem.to_wire() for problem in problems]


def _inputs(flow: Workflow | None) -> list[Answer]:
    return [
        {
            "name": name,
            "type": given.type,
            "description": given.description,
            "takes": described(given),
            "needed": given.needed,
            "default": given.default,
            "choices": list(given.choices),
        }
        for name, given in (flow.inputs.items() if flow is not None else ())
        if given.type
    ]
