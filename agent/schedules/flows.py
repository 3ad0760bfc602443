"""Workflows that are scheduled: by the name of one that is kept, or by a file, which is read when it runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...memory import Schedule
from ..errors import UsageError
from ..workflows.carrying import parsed
from ..workflows.folder import WorkflowFolder
from ..workflows.queries import WorkflowQueries
from ..workflows.starting import Start, missing_inputs
from ..workplace import Workplace

_SUFFIXES = (".yaml", ".yml")


def names_workflow(place: Workplace, request: str) -> bool:
    """Whether a request names a workflow instead of saying what to do."""
    said = request.strip()
    is_file = said.endswith(_SUFFIXES) and "\n" not in said and " " not in said
    return is_file or said in WorkflowFolder(place.home.workflows).names()


def check_workflow(place: Workplace, folder: Path, request: str, inputs: Mapping[str, Any]) -> None:
    """Raises what is wrong with it now, rather than when it is to run."""
    start = _start(place, folder, request.strip(), inputs)
    if missing := missing_inputs(parsed(start), start.given):
        raise UsageError(
            f"It needs {', '.join(missing)}; give --input {missing[0]}=VALUE. Nobody can be asked then."
        )


def workflow_start(place: Workplace, schedule: Schedule) -> Start:
    return _start(place, Path(schedule.folder), schedule.prompt, schedule.inputs)


def _start(place: Workplace, folder: Path, name: str, inputs: Mapping[str, Any]) -> Start:
    text = None
    if name.endswith(_SUFFIXES):
        path = folder / Path(name).expanduser()
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise UsageError(f"The workflow {path} cannot be read: {why}.") from error
    return WorkflowQueries(place).start(name, text, dict(inputs))
