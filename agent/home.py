"""The home folder: where it is, what lies in it, and that it can be used.

Private to the user (0700). Knows nothing of what the files hold.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import HomeError
from .hosting.address import home_folder


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below one home folder; only ``tools``, ``workflows`` and ``models`` are the user's to fill."""

    path: Path

    @property
    def database(self) -> Path:
        return self.path / "homewit.db"

    @property
    def config(self) -> Path:
        return self.path / "config.toml"

    @property
    def tools(self) -> Path:
        return self.path / "tools"

    @property
    def workflows(self) -> Path:
        """Workflow files by name, the user's own words."""
        return self.path / "workflows"

    @property
    def models(self) -> Path:
        return self.path / "models"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def leases(self) -> Path:
        """Which runs are going on; empty while nothing does."""
        return self.path / "running"

    @property
    def definitions(self) -> Path:
        """What plugins were found to have; a cache that may be deleted at any time."""
        return self.path / "cache" / "plugins.json"

    @property
    def own_definitions(self) -> Path:
        """What Homewit's own tools were found to be; a cache that may be deleted at any time."""
        return self.path / "cache" / "builtin.json"

    @property
    def last_look(self) -> Path:
        """When a scheduler looked last, by the time of the file; it may be deleted at any time."""
        return self.path / "cache" / "scheduler"

    @property
    def prefixes(self) -> Path:
        """What a model computed from its instructions; a cache that may be deleted at any time."""
        return self.path / "cache" / "prefix"


def find_home(given: str | Path | None = None, environment: Mapping[str, str] = os.environ) -> Home:
    """``given``, or ``HOMEWIT_HOME``, or the platform's folder for user data; nothing is created."""
    return Home(Path(given).expanduser().absolute() if given else home_folder(environment))


def prepare_home(home: Home) -> None:
    """Create what is missing; raises ``HomeError`` when that is impossible."""
    try:
        home.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (home.tools, home.workflows, home.models, home.logs):
            folder.mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        if home.path.is_dir() and home.database.exists():
            return  # a home that became read-only can still be read; the store says what cannot be done
        raise HomeError(
            f"The home folder {home.path} cannot be created: {error.strerror or error}. "
            "Choose another one with HOMEWIT_HOME."
        ) from error
