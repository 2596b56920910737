"""The largest number of messages that a person can get in a week: by scenario, and over all of them."""

from collections.abc import Iterable

from dsl.compiler import CompiledScenario
from dsl.frozen import dataclass
from dsl.plan import MessageStep, Plan
from dsl.policy import Policy
from dsl.proofs.pace import WEEK_DAYS, most_a_week


@dataclass(frozen=True)
class Week:
    """At most so many messages in any 7 calendar days; None where nothing bounds them.

    `limited`: those that limits count and hold back · `exempt`: the others, which only the waits and entries
    of their own scenarios keep apart.
    """

    limited: int | None
    exempt: int | None

    @property
    def together(self) -> int | None:
        """Of both kinds."""
        return None if self.limited is None or self.exempt is None else self.limited + self.exempt


def week_of(policy: Policy, scenario: CompiledScenario) -> int | None:
    """The messages of one scenario to one person in any 7 days: by its own timing and by the limits."""
    return weeks_of(policy, [scenario])[0][0]


def week_of_all(policy: Policy, scenarios: Iterable[CompiledScenario]) -> Week:
    """The messages of all scenarios together to one person in any 7 days."""
    return weeks_of(policy, scenarios)[1]


def weeks_of(policy: Policy, scenarios: Iterable[CompiledScenario]) -> tuple[list[int | None], Week]:
    """The messages of each scenario, as `week_of` tells them, and of all together."""
    own = [(each, most_a_week(each.scenario, policy.expires)) for each in scenarios]
    return [_week(policy, [each]).together for each in own], _week(policy, own)


def _week(policy: Policy, own: list[tuple[CompiledScenario, int | None]]) -> Week:
    """The messages of scenarios, of each of which the most by its own timing is given."""
    limited = _sum(most for each, most in own if _has(policy, each.plan, exempt=False))
    by_limits = per_week(policy, [each.plan for each, _ in own])
    known = [bound for bound in (limited, by_limits) if bound is not None]
    exempt = _sum(most for each, most in own if _has(policy, each.plan, exempt=True))
    # What is of both kinds is counted once where the whole of it is bounded by its own timing.
    together = _sum(most for _, most in own)
    least = min(known, default=None)
    if together is not None and least is not None and exempt is not None and together < least + exempt:
        return Week(together - min(exempt, together), min(exempt, together))
    return Week(least, exempt)


def _sum(parts: Iterable[int | None]) -> int | None:
    total = 0
    for part in parts:
        if part is None:
            return None
        total += part
    return total


def _has(policy: Policy, plan: Plan, *, exempt: bool) -> bool:
    """Whether a scenario has messages that policy exempts, or such as it does not."""
    return any(
        policy.pressure.exempts(each.message_class, each.tags) is exempt
        for step in plan.steps
        if isinstance(step, MessageStep)
        for each in step.candidates
    )


def per_week(policy: Policy, plans: Iterable[Plan]) -> int | None:
    """At most so many limited messages in any 7 calendar days by the limits alone; None where none does.

    Limits with a condition or a tag may not be asked, nor those of households, in which not everybody is, so
    that they bound nothing. What policy exempts is not counted, as under the limits themselves.
    """
    pressure = policy.pressure
    steps = (step for plan in plans for step in plan.steps if isinstance(step, MessageStep))
    forms = (candidate for step in steps for candidate in step.candidates)
    channels = {each.channel for each in forms if not pressure.exempts(each.message_class, each.tags)}
    overall = _least(policy, None)
    by_channel = [_least(policy, channel) for channel in channels]
    known = [bound for bound in by_channel if bound is not None]
    bounds = [sum(known)] if len(known) == len(by_channel) else []
    bounds += [overall] if overall is not None else []
    return min(bounds, default=None)


def _least(policy: Policy, channel: str | None) -> int | None:
    """The tightest bound of the limits that are asked for every message of a channel (None: of all)."""
    limits = (each for each in policy.pressure.limits if each.of == "person")
    asked = [each for each in limits if each.when is None and each.tag is None]
    return min(
        (each.at_most * -(-WEEK_DAYS // each.days) for each in asked if each.channel == channel), default=None
    )
