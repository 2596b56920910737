"""What a version that people are on needs of catalog and segments, which are today's for every version.

What is taken away while somebody still comes to it would be unknown there, and a condition quietly false: a
gold customer would get the offer of everybody else. So a publication that takes it away is refused.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from dsl.nodes import CanReceive, Expression, Field, History, InSegment
from dsl.plan import (
    CallStep,
    Candidate,
    EmitStep,
    GrantStep,
    Pattern,
    Plan,
    SuppressStep,
    World,
)
from dsl.plan_parts import parts
from dsl.plan_steps import Assignment
from dsl.policy import Formula
from dsl.traversal import walk
from engine.ahead import reachable_from
from engine.question import codes_of

Name = tuple[str, str]
"""What it is, in words, and its name: `attribute`, `tier`."""


def gone(plan: Plan, positions: Iterable[str | None], world: World) -> tuple[str, ...]:
    """What people at these steps still need and is not there any more, in words."""
    there: dict[str, Collection[str]] = {
        "attribute": world.catalog.attributes,
        "event": world.catalog.events,
        "topic": world.catalog.topics,
        "sender": world.catalog.senders,
        "webhook": world.catalog.webhooks,
        "code pool": world.catalog.codes,
        "segment": world.segments,
    }
    ahead = {step.id: step for position in positions for step in reachable_from(plan, position)}
    asked = (plan.goal, plan.exits, plan.handlers, tuple(ahead.values()))
    found = dict.fromkeys(name for part in parts(asked) for name in _names(part))
    return tuple(f"the {what} `{name}`" for what, name in found if name not in there[what])


def _names(part: Any) -> Iterator[Name]:
    """What a part of a plan names, its own parts left out."""
    match part:
        case Formula(root=root):
            for node in walk(root):
                yield from _in_expression(node)
        case Pattern(event=event) | EmitStep(event=event):
            yield "event", event
        case Candidate(channel=channel, topic=topic, sender=sender):
            yield "topic", topic
            yield "sender", sender or channel
            yield from (("code pool", pool) for _, pool in codes_of(part))
        case GrantStep(topic=topic) | SuppressStep(topic=topic):
            yield "topic", topic
        case CallStep(webhook=webhook):
            yield "webhook", webhook
        case Assignment(target=("contact", name)):
            yield "attribute", name


def _in_expression(node: Expression) -> Iterator[Name]:
    match node:
        case Field(root="contact", path=(name, *_)):
            yield "attribute", name
        case History(event=event):
            yield "event", event
        case InSegment(segment=name):
            yield "segment", name
        case CanReceive(topic=topic) if topic:
            yield "topic", topic
