"""Conditions that cannot hold by themselves, by types, choices and ranges; what is not sure is not said."""

from collections.abc import Iterator
from dataclasses import replace

from dsl import scenario as s
from dsl.dependence import conjuncts
from dsl.diagnostics import Diagnostic, warning
from dsl.environment import Environment
from dsl.meaning import Meaning, Meanings
from dsl.nodes import Between, Choice, Compare, Constant, Expression, Field, History, In, IsKnown, Logic
from dsl.proofs.claims import YES, Claim
from dsl.proofs.solver import impossible
from dsl.proofs.terms import Definitions
from dsl.types import BOOLEAN


def never_true(
    scenario: s.Scenario, meanings: Meanings, known: Definitions
) -> Iterator[tuple[s.Written, Diagnostic]]:
    """Conditions that are never true, also those of the events that a history looks at."""
    for written, meaning in meanings.of.items():
        asked = [(meaning.expression, meaning.environment)] if meaning.type == BOOLEAN else []
        asked += list(_of_events(meaning))
        for expression, environment in asked:
            if not _is_simple(expression) and impossible((Claim(expression, YES, environment),), known):
                yield written, _told(scenario, expression, environment, known)
                break


def _of_events(meaning: Meaning) -> Iterator[tuple[Expression, Environment]]:
    """The conditions of the events that histories look at, where bare names are their properties."""
    for node in meaning.nodes:
        if isinstance(node, History) and node.where is not None:
            declared = meaning.environment.catalog.events.get(node.event)
            if declared is not None:
                yield node.where, replace(meaning.environment, looked_at=declared.properties)


def _is_simple(expression: Expression) -> bool:
    """Whether it is one question that any answer fits: most are, and need no proof."""
    match expression:
        case Field() | Constant() | History():
            return True
        case Compare(op="==" | "!=", left=Field(root="event" | "property"), right=Constant()):
            return True
    return False


def _told(
    scenario: s.Scenario, expression: Expression, environment: Environment, known: Definitions
) -> Diagnostic:
    """The first of the conditions joined by `and` that cannot hold beside those before it."""
    parts = list(conjuncts(expression))
    upto = ((Claim(part, YES, environment) for part in parts[:n]) for n in range(1, len(parts)))
    count = next((n for n, claims in enumerate(upto) if impossible(claims, known)), len(parts) - 1)
    guilty = parts[count]
    return warning(
        scenario.file,
        "W422",
        "a condition that is never true",
        guilty.span,
        _label(guilty),
        "compare it with what catalog.yaml and the other conditions allow",
    )


def _label(condition: Expression) -> str:
    """Of which value nothing is left, where the condition asks about one alone."""
    match condition:
        case Compare(left=Field() as field, right=Constant() | Choice()):
            return f"leaves no value for `{_name(field)}`"
        case Compare(left=Constant() | Choice(), right=Field() as field):
            return f"leaves no value for `{_name(field)}`"
        case In(value=Field() as field) | Between(value=Field() as field) | IsKnown(value=Field() as field):
            return f"leaves no value for `{_name(field)}`"
        case Logic():
            return "none of these can hold"
    return "cannot hold"


def _name(field: Field) -> str:
    return ".".join(field.path if field.root == "property" else (field.root, *field.path))
