"""Workflows that are scheduled: by the name of one that is kept, or by a file, which is read when it runs.

A request names one as a chat would: ``trip.yaml``, ``/run trip miles=3``, ``run the workflow trip``.
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...memory import Schedule
from ..errors import UsageError
from ..workflows.folder import read_text
from ..workflows.opening import Workflows
from ..workflows.starting import Start, missing_inputs
from .reading import Wanted

_SUFFIXES = (".yaml", ".yml")
_SLASH = "/run "
_RUN = re.compile(r"(?:please )?run (?:(?:the|my) )?(?:workflow )?(?P<rest>\S.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Flows:
    """``workflows`` that are kept, and files."""

    workflows: Workflows

    def resolved(self, wanted: Wanted) -> Wanted:
        """``wanted`` as it is to be stored: a workflow that it names is checked now, since nobody is there
        when it runs. Raises ``UsageError``, ``NotFound`` or what is wrong with the workflow.
        """
        named = self._named(wanted.request.strip(), wanted.folder)
        if named is None:
            if wanted.inputs:
                raise UsageError("Inputs are for workflows: give the name of one, or its file.")
            return wanted
        name, inputs = named
        given = {**inputs, **(wanted.inputs or {})}
        start = self._start(wanted.folder, name, given)
        if missing := missing_inputs(self.workflows.checked(name, start.text), start.given):
            raise UsageError(
                f"It needs {', '.join(missing)}, and nobody can be asked then. "
                f"Give --input {missing[0]}=VALUE, or write {missing[0]}=VALUE behind its name."
            )
        return replace(wanted, request=name, inputs=given, is_workflow=True)

    def start(self, schedule: Schedule) -> Start:
        """What a run of a scheduled workflow starts with, as it is now."""
        return self._start(Path(schedule.folder), schedule.prompt, schedule.inputs)

    def _named(self, request: str, folder: Path) -> tuple[str, dict[str, str]] | None:
        """The workflow that a request names, and the inputs behind it; None where it is no workflow."""
        if "\n" in request:
            return None
        surely = request.startswith(_SLASH)
        read = _RUN.fullmatch(request)
        rest = request.removeprefix(_SLASH).strip() if surely else read["rest"] if read else request
        if rest.endswith(_SUFFIXES) and (folder / rest).is_file():
            return rest, {}
        try:
            name, *words = shlex.split(rest)
        except ValueError:
            return None  # a quote that is not closed: an apostrophe in a sentence
        pairs = [word.partition("=") for word in words]
        if not all(key.isidentifier() and equals for key, equals, _ in pairs):
            return None
        if surely or name.endswith(_SUFFIXES) or name in self.workflows.folder.names():
            return name, {key: value for key, _, value in pairs}
        return None

    def _start(self, folder: Path, name: str, inputs: Mapping[str, Any]) -> Start:
        text = read_text(folder / Path(name).expanduser()) if name.endswith(_SUFFIXES) else None
        return self.workflows.start(name, text, inputs)
