"""Triggers by segment as they stand in force: what is looked at, when, and by which definition."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from dsl.codec import encode
from dsl.needs import mentions_of
from dsl.nodes import Call, CanReceive, CanTrack, Expression, Field, History, InSegment
from dsl.plan import Plan, SegmentTrigger, World
from dsl.policy import Formula
from dsl.traversal import walk
from engine.naming import named

OF_TODAY = frozenset({"age", "anniversary", "days_since"})
"""Functions whose value changes by itself from day to day."""


@dataclass(frozen=True)
class SegmentLook:
    """A trigger by segment of a plan in force; `place` is its place in the plan's list."""

    world: World
    plan: Plan
    place: int
    trigger: SegmentTrigger
    formula: Formula

    @property
    def name(self) -> str:
        """What the trigger says: two that say the same are the same, wherever they stand."""
        at = f" at {self.trigger.checked_at:%H:%M}" if self.trigger.checked_at else ""
        return f"{self.trigger.direction} {self.trigger.segment}{at}"

    @property
    def includes(self) -> bool:
        """Whether those enter too who come in by an edit, by an import, or were there before."""
        return self.plan.existing == "include"

    @cached_property
    def is_by_change(self) -> bool:
        """Looked at when an attribute changes, and not as time passes."""
        return self.trigger.checked_at is None and not is_about_time(self.world, self.trigger.segment)

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The attributes whose change may bring somebody in or out."""
        return named(self.formula.root, self.world).attributes

    @cached_property
    def definition(self) -> str:
        """A hash of the segment and of all that it names."""
        catalog, segments = self.world.catalog, self.world.segments
        found = mentions_of([self.formula.root], catalog.attributes, segments)
        said = {
            "is": encode(self.formula),
            "segments": {name: encode(segments[name]) for name in sorted(found.segments) if name in segments},
            "computed": {
                name: encode(catalog.attributes[name].computed)
                for name in sorted(found.attributes)
                if name in catalog.attributes
            },
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def looks_of(world: World, current: Mapping[str, tuple[int, Plan]]) -> Iterator[SegmentLook]:
    """Every trigger by segment of the plans in force."""
    for _, (_, plan) in sorted(current.items()):
        for place, trigger in enumerate(plan.triggers):
            if isinstance(trigger, SegmentTrigger) and trigger.segment in world.segments:
                yield SegmentLook(world, plan, place, trigger, world.segments[trigger.segment])


def is_about_time(rules: World, segment: str) -> bool:
    """Whether more than attributes decides who is inside, so that it has to be looked at again and again."""
    formula = rules.segments.get(segment)
    return formula is not None and any(_is_about_time(rules, part) for part in walk(formula.root))


def _is_about_time(rules: World, part: Expression) -> bool:
    match part:
        case History() | CanReceive() | CanTrack() | Field(root="clock"):
            return True
        case Call(function=function):
            return function in OF_TODAY
        case InSegment(segment=segment):
            return is_about_time(rules, segment)
        case Field(root="contact", path=(attribute, *_)):
            declared = rules.catalog.attributes.get(attribute)
            computed = declared.computed if declared else None
            return computed is not None and any(_is_about_time(rules, each) for each in walk(computed))
    return False
