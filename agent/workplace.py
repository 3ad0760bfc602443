"""What an agent works with, once it is open. Plain parts; ``session`` puts them together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ..memory import Store
from ..tools import MissingSetting, PluginProblem, Registry, Secret, ToolContext
from ..tools.loaders.mcp import Logins
from ..tools.oauth import Tokens
from ..tools.secrets import SecretStore
from ..tools.workers.pool import Workers
from .config import Settings
from .execution.traced_records import TracedRecords
from .home import Home
from .log.leases import Leases
from .models.driver import ModelDriver
from .models.engines import resolved_model
from .planning.tool_index import ToolIndex
from .plugins import Plugins
from .policy import Policy
from .runs.active import ActiveRun
from .workflows.folder import WorkflowFolder
from .workflows.opening import Workflows

LOGINS = ("oauth/", "mcp/")
"""How the names of secrets begin that hold more than a call may have, such as what renews a token."""


@dataclass(frozen=True, slots=True)
class Workplace:
    home: Home
    cwd: Path
    settings: Settings
    store: Store
    registry: Registry
    tools: ToolIndex
    """The registry as models see it."""
    workers: Workers
    """Where plugins, and what reads foreign text, run."""
    secrets: SecretStore
    tokens: Tokens
    """Of the accounts that the user can log in to."""
    logins: Logins
    """To MCP servers."""
    plugins: Plugins
    """What brought the tools that are not Homewit's own."""
    policy: Policy
    driver: ModelDriver
    model: str
    """Name of the model, known before it is loaded."""
    now: Callable[[], datetime]
    leases: Leases
    interactive: bool = False
    """Whether somebody is there to answer approvals and questions."""
    runs: dict[str, ActiveRun] = field(default_factory=dict)
    """All runs that are going on in this process, whoever started them, by id."""

    def resolved(self, model: str) -> str:
        """A model that is named by a path, with the path from the client's folder on."""
        return resolved_model(model, self.cwd)

    @property
    def workflows(self) -> Workflows:
        return Workflows(WorkflowFolder(self.home.workflows), self.registry)

    @property
    def problems(self) -> tuple[PluginProblem, ...]:
        """Plugins that were left out, and why."""
        return self.plugins.problems()

    def tool_context(self, folder: Path | None = None) -> ToolContext:
        """What tools may know of the world: granted folders, the clock, the user's records."""
        cwd = folder or self.cwd
        return ToolContext(
            cwd=cwd,
            roots=granted_folders(cwd, self.settings.roots),
            now=self.now,
            records=TracedRecords(self.store.records),
            settings=self.settings.tool_settings(),
            protected=(self.home.path,),
            secret=self._secret,
        )

    def _secret(self, name: str) -> Secret:
        """A secret by name; that the tool declares it is seen to where it is handed over."""
        if name in self.tokens.accounts:
            return self.tokens.access(name)
        if name.startswith(LOGINS):
            raise MissingSetting(f"{name!r} is what was kept of a login. A tool names the account instead.")
        found = self.secrets.get(name)
        if found is None:
            raise MissingSetting(f"There is no secret {name!r}. Keep one with: homewit secrets set {name}")
        return found


def granted_folders(cwd: Path, roots: Iterable[str]) -> tuple[Path, ...]:
    """The working folder and those of the settings, absolute."""
    return tuple(dict.fromkeys([cwd, *(Path(root).expanduser().absolute() for root in roots)]))
