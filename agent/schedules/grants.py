"""What a schedule may do unasked: exact rules, each bound to the definition of its tool.

Nobody is there when a schedule runs, again and again; so a rule for a whole effect is refused, and so is one
for what is asked every time. A rule whose tool was changed since covers nothing. Knows nothing of runs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...tools import Registry, UnknownTool
from ..errors import RuleError
from ..permission.rules import NEVER_STANDING, parse_rule


@dataclass(frozen=True, slots=True)
class Standing:
    """The rules that apply, and in words why others do not."""

    rules: tuple[str, ...]
    dropped: tuple[str, ...]


def bind(rules: Iterable[str], registry: Registry) -> tuple[dict[str, str], ...]:
    """The stored form of ``--allow`` rules; raises ``RuleError`` for one that no schedule may have."""
    return tuple(_bound(text, registry) for text in rules)


def _bound(text: str, registry: Registry) -> dict[str, str]:
    rule = parse_rule(text)
    if rule.tool is None:
        raise RuleError(
            f"The rule {text!r} covers every such tool, also those to come. A schedule takes rules for one "
            "tool: --allow TOOL or, better, --allow TOOL:ARG=GLOB."
        )
    try:
        spec = registry.get(rule.tool).spec
    except UnknownTool as error:
        raise RuleError(f"The rule {text!r} can never apply. {error}") from error
    if spec.effect in NEVER_STANDING:
        raise RuleError(
            f"{rule.tool} can {spec.effect}, which is asked for every time, so a schedule cannot have it "
            "allowed. Its runs will wait for your approval."
        )
    return {"rule": text, "tool": rule.tool, "definition": spec.definition_hash}


def standing(allow: Sequence[Mapping[str, Any]], registry: Registry) -> Standing:
    """What of the stored rules holds, as the tools are now."""
    rules, dropped = [], []
    for entry in allow:
        tool, rule = str(entry.get("tool")), str(entry.get("rule"))
        if tool not in registry:
            dropped.append(f"The rule {rule} does not apply: there is no tool {tool} any more.")
        elif registry.get(tool).spec.definition_hash != entry.get("definition"):
            dropped.append(
                f"The rule {rule} does not apply: {tool} has changed since it was given. "
                "Add the schedule again to allow it as it is now."
            )
        else:
            rules.append(rule)
    return Standing(tuple(rules), tuple(dropped))
