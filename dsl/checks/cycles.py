"""Scenarios that start one another without end: through events, messages, attributes, consents and handlers.

A wait breaks no circle, since the person still goes round for ever; what people do themselves is no part of
one. What breaks it is a rule of entry that is asked, and that counts for all keys of the circle together.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Literal, TypeAlias

from dsl import scenario as s
from dsl.checks.draft import Draft
from dsl.checks.effects import Effect, Effects, Part
from dsl.checks.fresh_keys import FreshKeys
from dsl.diagnostics import Diagnostic, Related
from dsl.flow import ends
from dsl.frozen import dataclass

Why: TypeAlias = Literal["always", "restart", "key", "handler"]
"""By what somebody comes in again."""

_RESTS = (s.MessageStep, s.WaitStep, s.WaitForStep, s.CallStep, s.RepeatStep)
"""Steps at which a run may still be when what it did is heard."""


@dataclass(frozen=True, eq=False)
class _Link:
    """What a part does, and what that sets going."""

    one: Part
    effect: Effect
    other: Part
    why: Why

    @cached_property
    def rests(self) -> bool:
        """Whether the run that does it may still be under way when it is heard."""
        if self.effect.step is None:
            return True
        return _rests(_following(self.one.scenario.steps, self.effect.step) or [])

    def leads_to(self, link: "_Link") -> bool:
        """Whether somebody may go on by another link: who comes in by a restart has come out of a run."""
        return link.one is self.other and (self.why != "restart" or link.rests)


def check(draft: Draft) -> Iterator[Diagnostic]:
    """A circle of scenarios in which nobody is kept from entering again."""
    effects = Effects(draft)
    links = _open(_links(effects), effects)
    following = _by_part(links)
    reported: set[Part] = set()
    for link in links:
        circle = _circle(link, following) if link.one not in reported else []
        if circle and reported.isdisjoint(link.one for link in circle):
            reported.update(link.one for link in circle)
            yield _endless(circle)


def _links(effects: Effects) -> list[_Link]:
    """All that sets something going that might let the person in."""
    found = [
        _Link(one, effect, other, why)
        for one in effects.parts
        for effect in effects.of(one)
        for other in effects.set_going(effect)
        if (why := _why(effect, other))
    ]
    return [link for link in found if link.why != "handler" or _may_call(link)]


def _why(effect: Effect, other: Part) -> Why | None:
    """By what an effect might let the person into a scenario again, or into a handler of a run under way."""
    scenario = other.scenario
    if other.handler is not None:
        return "handler" if _is_inside(effect, scenario) else None
    if scenario.entry is None:
        return None
    if scenario.entry.rule == "always":
        return "always"
    if scenario.while_active == "restart" and _is_inside(effect, scenario):
        return "restart"
    return "key" if scenario.key else None


def _may_call(link: _Link) -> bool:
    """Whether the run that does it is there to hear it, where it is one of the same scenario."""
    return link.rests or link.one.scenario is not link.other.scenario


def _is_inside(effect: Effect, scenario: s.Scenario) -> bool:
    """Whether a run of the scenario may be under way, and is not ended by the effect itself."""
    patterns = [each.pattern for each in scenario.exits if each.pattern]
    patterns += [scenario.goal.pattern] if scenario.goal and scenario.goal.exits else []
    if any(each.event.value == effect.event and each.where is None for each in patterns):
        return False
    return _rests(list(scenario.steps))


def _following(steps: tuple[s.Step, ...], step: s.Step) -> list[s.Step] | None:
    """The steps that may follow one of these or of those inside of them; None where it is none of them."""
    for place, each in enumerate(steps):
        if each is step:
            return list(steps[place + 1 :])
        for body in s.inner(each):
            found = _following(body, step)
            if found is not None:
                again = [each] if isinstance(each, s.RepeatStep) else []
                return [*found, *again, *steps[place + 1 :]]
    return None


def _rests(steps: list[s.Step]) -> bool:
    """Whether a run stays at one of the steps, before one at which all of them end."""
    for step in steps:
        if any(isinstance(each, _RESTS) for each in s.walk((step,))):
            return True
        if ends((step,)):
            return False
    return False


def _open(links: list[_Link], effects: Effects) -> list[_Link]:
    """Without those into a scenario that counts its entries by a key which goes round unchanged."""
    following = _by_part(links)
    reached = {part: _reached(part, following) for part in {link.other for link in links}}
    circling = [link for link in links if link.one in reached[link.other]]
    keys = FreshKeys(effects, [(link.one, link.effect, link.other) for link in circling])
    return [link for link in circling if link.why != "key" or keys.is_fresh(link.other)]


def _by_part(links: list[_Link]) -> dict[Part, list[_Link]]:
    following: dict[Part, list[_Link]] = {}
    for link in links:
        following.setdefault(link.one, []).append(link)
    return following


def _reached(start: Part, following: dict[Part, list[_Link]]) -> set[Part]:
    found, pending = {start}, [start]
    while pending:
        more = {link.other for link in following.get(pending.pop(), ())} - found
        found |= more
        pending += more
    return found


def _circle(first: _Link, following: dict[Part, list[_Link]]) -> list[_Link]:
    """The shortest way by links that ends where the first begins; empty where there is none."""
    ways, seen = [[first]], {first}
    while ways:
        way = ways.pop(0)
        if way[-1].leads_to(first):
            return way
        after = following.get(way[-1].other, ())
        more = [link for link in after if link not in seen and way[-1].leads_to(link)]
        seen.update(more)
        ways += [[*way, link] for link in more]
    return []


def _endless(circle: list[_Link]) -> Diagnostic:
    first, *others = circle
    return Diagnostic(
        "E406",
        "error",
        _message(circle),
        first.one.scenario.file,
        first.effect.span,
        label=_label(first),
        help=_help(circle),
        note="the circle is " + " -> ".join([*(link.one.name for link in circle), first.one.name]),
        related=tuple(
            Related(link.one.scenario.file, link.effect.span, f"{_label(link)} again") for link in others
        ),
    )


def _message(circle: list[_Link]) -> str:
    several = len(circle) > 1
    if all(link.why == "handler" for link in circle):
        return "handlers call one another without end" if several else "a handler calls itself without end"
    several = len({link.one.scenario.name.value for link in circle}) > 1
    return "scenarios start one another without end" if several else "a scenario starts itself without end"


def _label(link: _Link) -> str:
    """What an effect sets going; steps other than `emit` do not show the event that they raise."""
    by = f"`{link.effect.event}` " if isinstance(link.effect.step, s.MessageStep) else ""
    name = link.other.scenario.name.value
    return f"{by}starts `{name}`" if link.other.handler is None else f"{by}calls a handler of `{name}`"


def _help(circle: list[_Link]) -> str:
    """What breaks the circle at the scenario at which that is the least."""
    order: tuple[Why, ...] = ("always", "restart", "key", "handler")
    link = min(
        circle, key=lambda each: (order.index(each.why), each.other.scenario.while_active == "restart")
    )
    name = link.other.scenario.name.value
    match link.why:
        case "always":
            those = f"`{name}`" if _restarts(link.other) else "one of them" if len(circle) > 1 else "it"
            also = " without `while_active: restart`" if _restarts(link.other) else ""
            help_ = f"give {those} `entry: once` or `entry: once per 30 days`{also}"
        case "restart":
            help_ = f"leave out `while_active: restart` of `{name}`: a restart does not ask its `entry`"
        case "key":
            help_ = f"give `{name}` a `key` that stays the same: its `entry` counts anew for each key"
        case "handler":
            own = f'source != "scenario {link.one.scenario.name.value}"'
            return f"let its `where` leave out what the handlers change: `{own}`"
    sent = next((each for each in circle if isinstance(each.effect.step, s.MessageStep)), None)
    if sent is None:
        return help_
    sender = sent.one.scenario.name.value
    return f"{help_}, or leave out the messages of `{sender}`: `where: scenario != {sender}`"


def _restarts(part: Part) -> bool:
    return part.scenario.while_active == "restart"
