"""Settings, from strongest to weakest: flags, ``HOMEWIT_*`` variables, the project's ``homewit.toml``, the
user's ``config.toml``.

A project folder may come from anywhere, so its file can only narrow: it never adds tools, grants, folders or
hosts, and never says where data is sent. Knows nothing of what the settings do.
"""

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from .errors import ConfigError
from .home import Home

PROJECT_FILE = "homewit.toml"
_PROJECT_KEYS = frozenset(
    "model deny max_steps max_items timeout_s max_tokens max_model_calls max_repairs max_replans planning "
    "route_margin".split()
)


def _as_list(value: Any) -> Any:
    """Variables hold lists as words."""
    return value.split() if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_as_list)]


class Settings(BaseModel):
    """Everything that can be set, with its default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = "bundled"
    """``bundled``, a folder with a checkpoint, or ``scripted:FILE`` for tests."""
    dtype: str = "auto"
    quantize: Literal["int8", "int4", "fp8"] | None = None
    context: int | None = None
    cache_mb: int | None = None
    """Most memory that the engine may take for what it has read; None takes a quarter of the machine's."""
    cache_int8: bool = False
    """Keep that in eight bits: half the memory, and slightly rounded."""
    cache_disk_mb: int = 2048
    """Most space for what is kept until the next launch; 0 keeps nothing."""
    draft: str | None = None
    """Folder of a smaller checkpoint with the same vocabulary, which guesses tokens ahead."""
    embedder: str | None = None
    """Checkpoint that finds tools by what they mean, beside their words."""
    allow: Words = ()
    """Standing grants, as after ``--allow``; the policy takes none for spending and executing."""
    deny: Words = ()
    """Rules in the same form that forbid calls."""
    roots: Words = ()
    """Folders that file tools may use beside the working folder."""
    commands_network: bool = False
    """Whether commands in the sandbox may use the network, all of it."""
    shield: bool = True
    """Whether processes of plugins are shut in where the system can do that."""
    tool_memory_mb: int = 2048
    """Most memory of one process that runs tools; 0 sets no limit."""
    oauth: dict[str, dict[str, str]] = {}
    """Accounts at services, a section for each; their tokens are secrets of the same name."""
    secrets: Literal["auto", "keyring", "file"] = "auto"
    """Where secrets are kept; by default in the system's keyring where there is one."""
    tools: dict[str, dict[str, str]] = {}
    """Settings of plugins, a section for each: ``weather`` with ``url`` reaches tools as ``weather.url``."""
    search: Literal["", "searxng", "brave", "duckduckgo"] = ""
    """Which service ``web_search`` asks; by default the SearXNG server at ``search_url``, if one is set."""
    search_url: str = ""
    exchange_rates: str = ""
    """Rates for ``convert_currency`` and ``convert_units``, such as ``EUR/USD=1.08, EUR/GBP=0.86``."""
    rates_url: str = ""
    """Where ``exchange_rate`` gets the rates that the European Central Bank publishes."""
    language: str = "en"
    """How sums of money are written, by a name of the CLDR such as ``de``."""
    allowed_hosts: str = ""
    currency: str = ""
    """The user's own currency, as a code such as EUR; amounts without one are meant in it."""
    host: Literal["resident", "private"] = "resident"
    """Whether commands share one process that stays for a while, or have one each."""
    host_idle_s: float = 600
    """Seconds without a client after which the shared one ends."""
    sub_tasks: bool = False
    """Whether a model may hand parts of a plan to sub-tasks; workflows always may."""
    max_steps: int | None = 32
    max_items: int = 100
    """Longest list that one step may run over."""
    timeout_s: float | None = None
    max_tokens: int | None = 16_384
    max_model_calls: int | None = 64
    planning: Literal["auto", "whole", "stepwise"] = "auto"
    """All at once, or on from what the first steps gave; by default only large checkpoints do the latter."""
    max_repairs: int | None = None
    """How often a model may correct the arguments of one step; None leaves it to the kind of model."""
    max_replans: int | None = None
    """How often it may plan on after a step failed for good; likewise."""
    route_margin: float = 0.5
    """Below this difference in log-probability between acting and not acting, the user is asked."""

    def tool_settings(self) -> dict[str, str]:
        """What tools may read."""
        found = {f"{part}.{name}": value for part, rows in self.tools.items() for name, value in rows.items()}
        found |= {"search": self.search, "search_url": self.search_url, "allowed_hosts": self.allowed_hosts}
        found |= {
            "exchange_rates": self.exchange_rates,
            "rates_url": self.rates_url,
            "language": self.language,
        }
        found["commands_network"] = "yes" if self.commands_network else ""
        found["currency"] = self.currency
        return {name: value for name, value in found.items() if value}


def load_settings(
    home: Home,
    cwd: Path,
    flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Settings in force; raises ``ConfigError`` that names the file or variable and what is wrong with it.

    A flag that is None was not given. ``deny`` rules add up over all sources: none can take another's refusal
    back.
    """
    user = _file(home.config)
    project_file = cwd / PROJECT_FILE
    project = _project(project_file) if cwd != home.path else {}
    variables = _variables(environment)
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    sources = (
        (str(home.config), user),
        (str(project_file), project),
        ("the environment", variables),
        ("flags", given),
    )
    merged: dict[str, Any] = {}
    deny: list[str] = []
    for where, values in sources:
        checked = _checked(where, values)
        deny += checked.deny
        merged.update({name: getattr(checked, name) for name in values})
    return Settings(**{**merged, "deny": tuple(deny)})


def _checked(where: str, values: Mapping[str, Any]) -> Settings:
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            near = get_close_matches(name, Settings.model_fields, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(Settings.model_fields)}."
            raise ConfigError(f"{where}: there is no setting {name!r}. {hint}") from error
        raise ConfigError(f"{where}: the setting {name!r} cannot be used: {first['msg']}.") from error


def _project(path: Path) -> dict[str, Any]:
    values = _file(path)
    if refused := sorted(set(values) - _PROJECT_KEYS):
        raise ConfigError(
            f"{path} sets {', '.join(refused)}, which a project file may not. "
            "Put it into your own config.toml."
        )
    if "://" in str(values.get("model", "")):
        raise ConfigError(f"{path} names a model elsewhere; a project file may only name a local one.")
    return values


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(
            f"{path} cannot be read: {why}. Correct it, or choose another home with HOMEWIT_HOME."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f'{path} is not valid TOML: {error}. Correct it; texts stand in quotes: currency = "EUR".'
        ) from error


def _variables(environment: Mapping[str, str]) -> dict[str, str]:
    """``HOMEWIT_MODEL`` and so on, one per setting; other ``HOMEWIT_*`` variables are not ours to read."""
    named = {f"HOMEWIT_{name.upper()}": name for name in Settings.model_fields}
    return {named[key]: value for key, value in environment.items() if key in named and value}
