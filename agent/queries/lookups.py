"""All queries of clients by name: lists and single things, from the database, the tools and the models.

``requests.Query`` names them with their fields; what each does stands with its subject. None starts a run.
"""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from pydantic import ConfigDict, validate_call

from ...tools import UnknownTool
from ..errors import NotFound, UsageError
from ..procedures.queries import ProcedureQueries
from ..runs.runner import Runner
from ..runs.undo import undo_last
from ..schedules.firing import Firing
from ..schedules.queries import ScheduleQueries
from ..store_errors import translated
from ..workflows.queries import WorkflowQueries
from ..workplace import Workplace
from .answers import Answer, Blocking, Waiting
from .doctor import examine
from .facts import FactQueries
from .history import HistoryQueries
from .models import ModelQueries
from .permissions import PermissionQueries
from .reminders import ReminderQueries
from .secrets import SecretQueries
from .tools import ToolQueries

checked = validate_call(config=ConfigDict(extra="forbid"))


class Queries:
    """Answers by name; arguments come from outside and are validated.

    ``tell`` hears how far a query is that takes long.
    """

    def __init__(
        self,
        place: Workplace,
        runner: Runner,
        tell: Callable[[str], None] = lambda _: None,
        firing: Firing | None = None,
    ) -> None:
        self._place = place
        self._runner = runner
        history, models = HistoryQueries(place), ModelQueries(place, runner, tell)
        schedules = ScheduleQueries(place, firing or Firing(place, runner))
        secrets, tools = SecretQueries(place, tell), ToolQueries(place, runner, tell)
        self._blocking: Blocking = {
            **history.blocking,
            **FactQueries(place).blocking,
            **PermissionQueries(place).blocking,
            **secrets.blocking,
            **models.blocking,
            **WorkflowQueries(place).blocking,
            **schedules.blocking,
            **ProcedureQueries(place).blocking,
            **tools.blocking,
        }
        self._waiting: Waiting = {
            "doctor": self._doctor,
            "undo": self._undo,
            **history.waiting,
            **models.waiting,
            **secrets.waiting,
            **schedules.waiting,
            **ReminderQueries(place).waiting,
            **tools.waiting,
        }

    async def answer(self, name: str, args: dict[str, Any]) -> Answer:
        """Raises UsageError for an unknown name, ValidationError for arguments, NotFound for an unknown
        id.
        """
        try:
            with translated():
                if name in self._blocking:
                    return await asyncio.to_thread(checked(self._blocking[name]), **args)
                if name in self._waiting:
                    return await checked(self._waiting[name])(**args)
        except UnknownTool as error:
            raise NotFound(str(error)) from error
        known = ", ".join((*self._blocking, *self._waiting))
        raise UsageError(f"There is no query {name!r}. Queries are: {known}.")

    async def _undo(self, session: str | None = None) -> Answer:
        if self._runner.is_busy(session):
            raise UsageError("Something is still running; undo it when it has ended.")
        return {"item": asdict(await undo_last(self._place, session))}

    async def _doctor(self) -> Answer:
        return {"items": await examine(self._place)}
