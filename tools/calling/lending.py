"""Secrets as one call of one tool may have them: those that it declares, and none of them in what comes out.

Whatever a tool returns, reports or fails with ends in events and logs, so a value that was lent is struck out
of all of it, as it stands; a tool that encodes a secret has to keep it to itself. Knows nothing of where
secrets are kept.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from ..context import ToolContext
from ..errors import ToolDenied, ToolError
from ..secret import Secret

if TYPE_CHECKING:
    from ..records import Records

STRUCK_OUT = "***"
_SHORTEST = 4  # what is shorter is no secret, and striking it out would spoil every text


@dataclass(slots=True)
class LentSecrets:
    """What one call was lent; called like `ToolContext.secret`, whose place it takes.

    A declared name covers its variants, such as "mail_password.work" for a tool with several accounts.
    """

    tool: str
    declared: tuple[str, ...]
    source: Callable[[str], Secret]
    _lent: list[Secret] = field(default_factory=list)

    def __call__(self, name: str) -> Secret:
        if name.partition(".")[0] not in self.declared and name not in self.declared:
            raise ToolDenied(
                f"{self.tool} asked for the secret {name!r} without declaring it. "
                f"Its author has to name it in @tool(secrets=({name!r},))."
            )
        secret = self.source(name)
        self._lent.append(secret)
        return secret

    def also(self, secrets: Iterable[Secret]) -> None:
        """Strike these out as well, which the call did not ask for by a name."""
        self._lent += [secret for secret in secrets if secret not in self._lent]

    @contextmanager
    def within(self, ctx: ToolContext) -> Iterator[ToolContext]:
        """`ctx` as the tool gets it; errors that leave the block say none of the secrets."""

        def progress(message: str) -> None:
            ctx.progress(self.struck(message))

        def output(piece: str) -> None:
            ctx.output(self.struck(piece))

        records = cast("Records", _Unrevealing(ctx.records, self.struck)) if self.declared else ctx.records
        try:
            yield replace(ctx, secret=self, progress=progress, output=output, records=records)
        except ToolError as error:
            error.args = tuple(self.struck(part) for part in error.args)
            for name, value in vars(error).items():  # a hint, a question
                setattr(error, name, self.struck(value))
            raise

    def struck(self, value: Any) -> Any:
        """A JSON value without the secrets that were lent."""
        if isinstance(value, str):
            for secret in self._lent:
                if len(hidden := secret.reveal()) >= _SHORTEST:
                    value = value.replace(hidden, STRUCK_OUT)
            return value
        if isinstance(value, list):
            return [self.struck(item) for item in value]
        if isinstance(value, dict):
            return {self.struck(key): self.struck(item) for key, item in value.items()}
        return value


class _Unrevealing:
    """The user's records, into which no secret is written."""

    def __init__(self, records: "Records", struck: Callable[[Any], Any]) -> None:
        self._records = records
        self._struck = struck

    def by_strangers(self) -> "_Unrevealing":
        return _Unrevealing(self._records.by_strangers(), self._struck)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._records, name)

        def call(*args: Any, **named: Any) -> Any:
            return method(*(self._struck(one) for one in args), **self._struck(named))

        return call
