"""The look-ups and changes of ``homewit procedures``; ``requests.Query`` names them with their fields."""

from ...memory import ProcedureBook, ProcedureRow
from ..errors import UsageError
from ..queries.answers import Answer, Blocking
from ..workplace import Workplace
from .editing import from_text, to_text
from .mining import definitions, offer_after
from .recalling import invalid, read


class ProcedureQueries:
    """One method per query."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self.blocking: Blocking = {
            "procedures.list": self._list,
            "procedures.show": self._show,
            "procedures.accept": self._accept,
            "procedures.remove": self._remove,
            "procedures.offer": self._offer,
            "procedures.rewrite": self._rewrite,
        }

    @property
    def _book(self) -> ProcedureBook:
        return self._place.store.procedures

    def _list(self) -> Answer:
        return {"items": [self._item(row) for row in self._book.list_all()]}

    def _show(self, id: str) -> Answer:
        row = self._book.get(id)
        more: Answer = {"wordings": [], "slots": [], "steps": [], "runs": list(row.runs)}
        if (procedure := read(row)) is not None:
            more["wordings"] = [str(wording) for wording in procedure.wordings]
            more["slots"] = [{"name": slot.name, "seen": list(slot.seen)} for slot in procedure.slots]
            more["steps"] = [step.to_wire() for step in procedure.steps]
            more["text"] = to_text(row.id, procedure)
        return {"item": {**self._item(row), **more}}

    def _accept(self, id: str) -> Answer:
        return {"item": self._item(self._book.accept(id))}

    def _rewrite(self, id: str, text: str) -> Answer:
        row, registry = self._book.get(id), self._place.registry
        before = read(row)
        if before is None:
            raise UsageError(f"The procedure {id} cannot be read by this version; remove it.")
        made = from_text(text, before, registry.specs())
        tools = definitions(registry, {step.tool for step in made.steps})
        return {"item": self._item(self._book.rewrite(id, made.name, made.to_wire(), tools))}

    def _remove(self, id: str) -> Answer:
        return {"item": self._item(self._book.remove(id))}

    def _offer(self, run: str) -> Answer:
        row = offer_after(self._place.store, self._place.registry, run)
        return {"items": [] if row is None else [self._item(row)]}

    def _item(self, row: ProcedureRow) -> Answer:
        return {
            "id": row.id,
            "name": row.name,
            "state": row.state,
            "problem": invalid(row, self._place.registry),
            "uses": row.uses,
            "learned_from": len(row.runs),
            "created": row.created.isoformat(),
        }
