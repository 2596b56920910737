"""An expression as SQL over the base, for scans and segments: the same answer as `evaluate`, for everybody.

The text is a boolean (or other) expression about a row `c` of `contacts`, with psycopg's named placeholders:

    select c.id from contacts c where c.erased_at is null and (TEXT)

People in different zones have different days, so that a translation is for the people of one zone.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dsl import nodes
from dsl.frozen import dataclass
from dsl.nodes import CanReceive, Expression, Logic, MessageTest
from dsl.plan import World
from dsl.relational import arithmetic, conditions, functions, history, stored
from dsl.relational.terms import NotInSql, Rule, Term, Translation


@dataclass(frozen=True)
class Sql:
    """A piece of SQL and the values of its placeholders."""

    text: str
    params: dict[str, Any] = field(default_factory=dict)


def _asked_of_each(node: CanReceive | MessageTest, _to: Translation) -> Term:
    raise NotInSql(f"`{node.kind}` is asked of each person, not of the base")


RULES: Mapping[type, Rule] = {
    nodes.Constant: arithmetic.constant,
    nodes.Choice: conditions.choice,
    nodes.Field: stored.field,
    nodes.InSegment: conditions.in_segment,
    nodes.Not: conditions.not_,
    nodes.Logic: conditions.logic,
    nodes.Compare: conditions.compare,
    nodes.In: conditions.in_,
    nodes.Between: conditions.between,
    nodes.TextTest: conditions.text_test,
    nodes.IsKnown: conditions.is_known,
    nodes.Negative: arithmetic.negative,
    nodes.Calculate: arithmetic.calculate,
    nodes.History: history.history,
    nodes.CanTrack: history.can_track,
    nodes.CanReceive: _asked_of_each,
    nodes.MessageTest: _asked_of_each,
    nodes.Call: functions.call,
}
"""How each class of node is said in SQL; a list only stands where `in` and `contains` look into it."""


def compile(expression: Expression, world: World, *, now: datetime, zone: ZoneInfo) -> Sql:  # noqa: A001 - it is one
    """A resolved expression over `contacts c`, as of `now`, for people who live in `zone`.

    Raises NotInSql where a part belongs to a run or is decided for each person alone.
    """
    translation = Translation(world, now, zone, RULES)
    text = translation.read(expression).sql
    return Sql(text, translation.names.parameters)


def narrow(condition: Expression, world: World, *, now: datetime, zone: ZoneInfo) -> Sql:
    """A condition that everybody meets who meets the given one, as far as the base can tell.

    For looking first where it is cheap: what SQL cannot say is left out, and the evaluator asks again.
    """
    translation = Translation(world, now, zone, RULES)
    joined = condition.operands if isinstance(condition, Logic) and condition.op == "and" else (condition,)
    kept = []
    for each in joined:
        try:
            kept.append(translation.read(each).sql)
        except NotInSql:
            continue
    return Sql(" and ".join(kept) or "true", translation.names.parameters)
