"""Do rules speak of tools and arguments that there are? A misspelt grant grants nothing, a misspelt refusal
refuses nothing, and neither would say so.

Knows nothing of what a rule decides.
"""

import difflib
from collections.abc import Iterable, Iterator

from ...tools import Registry
from ...tools.errors import UnknownTool
from ..errors import RuleError
from .rules import Rule


def check_names(rules: Iterable[Rule], registry: Registry) -> None:
    """Raises ``RuleError`` for the first rule with a name that nothing has; it tells the nearest ones."""
    for problem in unknown_names(rules, registry):
        raise RuleError(problem)


def unknown_names(rules: Iterable[Rule], registry: Registry) -> Iterator[str]:
    """One sentence for each rule that names a tool or an argument that is not there."""
    for rule in rules:
        if rule.tool is None:
            continue
        try:
            parameters = registry.get(rule.tool).spec.parameters.get("properties", {})
        except UnknownTool as error:
            yield f"The rule '{rule}' can never apply. {error}"
            continue
        for name, _ in rule.patterns:
            if name not in parameters:
                near = difflib.get_close_matches(name, parameters, n=3) or list(parameters)
                hint = f"did you mean {' or '.join(near)}?" if near else "it takes none."
                yield f"The rule '{rule}' can never apply. {rule.tool} has no argument {name!r}; {hint}"
