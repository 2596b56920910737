"""A simulation told: the fields that programs rely on, and what somebody who plans a month wants to see."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dsl.plan import MessageStep, Plan
from engine.simulation.setting import Setting
from engine.simulation.tally import Tally

P90 = 0.9


@dataclass(frozen=True)
class StepTold:
    """A message step: what became of its messages."""

    id: str
    title: str | None
    channels: tuple[str, ...]
    sent: int
    dropped: int
    delayed: int
    withheld: int

    def messages(self) -> dict[str, int]:
        """How many of its messages came to each end."""
        return {
            "sent": self.sent,
            "dropped": self.dropped,
            "delayed": self.delayed,
            "withheld": self.withheld,
        }


@dataclass(frozen=True)
class ScenarioTold:
    """A scenario. `under_way` were in it before; `why_not`: why people did not enter, and how often."""

    scenario: str
    title: str
    under_way: int
    entered: int
    goals: int | None
    steps: tuple[StepTold, ...]
    why_not: tuple[tuple[str, int], ...]

    @property
    def sent(self) -> int:
        """The messages of all steps."""
        return sum(step.sent for step in self.steps)

    def messages(self) -> dict[str, dict[str, int]]:
        """What became of the messages of each step."""
        return {step.id: step.messages() for step in self.steps}

    def entries(self) -> dict[str, int | None]:
        """Who was in it, who came, and who reached its goal."""
        return {"under_way": self.under_way, "entered": self.entered, "goals": self.goals}


@dataclass(frozen=True)
class CodesTold:
    """A pool of codes. `left` None: it is not known how many there are; `dry`: the day on which it ends."""

    pool: str
    needed: int
    left: int | None
    dry: date | None

    def as_json(self) -> dict[str, Any]:
        """The shape that programs read."""
        dry = self.dry.isoformat() if self.dry else None
        return {"pool": self.pool, "needed": self.needed, "left": self.left, "dry": dry}


@dataclass(frozen=True)
class DayTold:
    """A local day: messages by scenario and by channel."""

    day: date
    sent: int
    scenarios: Mapping[str, int]
    channels: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """The shape that programs read."""
        by = {"scenarios": dict(self.scenarios), "channels": dict(self.channels)}
        return {"day": self.day.isoformat(), "sent": self.sent, **by}


@dataclass(frozen=True)
class Told:
    """A simulation. `assumptions` say where lives come from, `warnings` what deserves a look."""

    contacts: int
    joined: int
    first: date
    days: int
    seed: int
    scenarios: tuple[ScenarioTold, ...]
    per_contact: Mapping[str, float | int]
    most: tuple[tuple[int, str], ...]
    refusals: tuple[tuple[str, int], ...]
    delays: tuple[tuple[str, int], ...]
    per_day: tuple[DayTold, ...]
    codes: tuple[CodesTold, ...]
    assumptions: tuple[str, ...]
    warnings: tuple[str, ...]
    before: "Told | None" = None
    """The same days of the same people with what is in force now."""

    def as_json(self) -> dict[str, Any]:
        """The shape that programs read."""
        found = {
            "contacts": self.contacts,
            "days": self.days,
            "from": self.first.isoformat(),
            "seed": self.seed,
            "joined": self.joined,
            "messages": {each.scenario: each.messages() for each in self.scenarios},
            "entries": {each.scenario: each.entries() for each in self.scenarios},
            "per_contact": dict(self.per_contact),
            "most": [{"contact": contact, "messages": count} for count, contact in self.most],
            "refusals": dict(self.refusals),
            "delays": dict(self.delays),
            "per_day": [each.as_json() for each in self.per_day],
            "codes": [each.as_json() for each in self.codes],
            "assumptions": list(self.assumptions),
            "warnings": list(self.warnings),
        }
        return found | {"before": self.before.as_json()} if self.before else found


def told(
    setting: Setting,
    tally: Tally,
    *,
    only: Sequence[str] = (),
    pools: Mapping[str, int] | None = None,
    assumptions: Sequence[str] = (),
) -> Told:
    """A tally in order. `only`: the scenarios to tell of; what people got is always of all of them."""
    names = [name for name in sorted(setting.plans) if not only or name in only]
    scenarios = tuple(_scenario(setting.plans[name], tally) for name in names)
    codes = tuple(_codes(tally, pools or {}))
    return Told(
        contacts=tally.contacts,
        joined=tally.joined,
        first=setting.begins.astimezone(setting.zone).date(),
        days=setting.days,
        seed=setting.seed,
        scenarios=scenarios,
        per_contact=_per_contact(tally.per_contact),
        most=tuple(tally.most),
        refusals=_by_rule(tally.refusals, names),
        delays=_by_rule(tally.delays, names),
        per_day=_days(setting, tally, names),
        codes=codes,
        assumptions=tuple(assumptions),
        warnings=(*_silent(scenarios), *_dry(codes)),
    )


def _scenario(plan: Plan, tally: Tally) -> ScenarioTold:
    steps = [step for step in plan.steps if isinstance(step, MessageStep)]
    reasons = Counter({why: n for (name, why), n in tally.not_entered.items() if name == plan.scenario})
    return ScenarioTold(
        plan.scenario,
        plan.title or plan.scenario,
        tally.under_way[plan.scenario],
        tally.entered[plan.scenario],
        tally.goals[plan.scenario] if plan.goal else None,
        tuple(_step(plan, step, tally) for step in steps),
        tuple(sorted(reasons.items(), key=lambda each: (-each[1], each[0]))),
    )


def _step(plan: Plan, step: MessageStep, tally: Tally) -> StepTold:
    place = plan.scenario, step.id
    channels = tuple(dict.fromkeys(each.channel for each in step.candidates))
    return StepTold(
        step.id,
        step.title,
        channels,
        tally.sent[place],
        tally.dropped[place],
        tally.delayed[place],
        tally.withheld[place],
    )


def _per_contact(counts: Counter[int]) -> dict[str, float | int]:
    """The mean, the number that nine in ten do not exceed, and the most."""
    people = sum(counts.values())
    if not people:
        return {"mean": 0, "p90": 0, "max": 0}
    mean = sum(messages * many for messages, many in counts.items()) / people
    upto = 0
    for messages, many in sorted(counts.items()):
        upto += many
        if upto >= P90 * people:
            return {"mean": round(mean, 3), "p90": messages, "max": max(counts)}
    raise AssertionError("the counts add up to everybody")


def _by_rule(counts: Counter[tuple[str, str]], names: Sequence[str]) -> tuple[tuple[str, int], ...]:
    found: Counter[str] = Counter()
    for (scenario, rule), count in counts.items():
        if scenario in names:
            found[rule] += count
    return tuple(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def _days(setting: Setting, tally: Tally, names: Sequence[str]) -> tuple[DayTold, ...]:
    first = setting.begins.astimezone(setting.zone).date()
    last = (setting.ends - timedelta(microseconds=1)).astimezone(setting.zone).date()
    found = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        scenarios: Counter[str] = Counter()
        channels: Counter[str] = Counter()
        for (at, scenario, channel), count in tally.days.items():
            if at == day and scenario in names:
                scenarios[scenario] += count
                channels[channel] += count
        by_name = dict(sorted(scenarios.items()))
        found.append(DayTold(day, scenarios.total(), by_name, dict(sorted(channels.items()))))
    return tuple(found)


def _codes(tally: Tally, pools: Mapping[str, int]) -> list[CodesTold]:
    found = []
    for pool in sorted({pool for _, pool in tally.codes}):
        by_day = sorted((day, count) for (day, name), count in tally.codes.items() if name == pool)
        left, used, dry = pools.get(pool), 0, None
        for day, count in by_day:
            used += count
            if left is not None and used > left and dry is None:
                dry = day
        found.append(CodesTold(pool, used, left, dry))
    return found


def _silent(scenarios: Sequence[ScenarioTold]) -> list[str]:
    """What never comes about: scenarios that nobody enters, messages that nobody gets."""
    found = []
    for each in scenarios:
        if not each.entered and not each.under_way:
            why = f" Most often: {each.why_not[0][0]}." if each.why_not else " Nothing started it."
            found.append(f"nobody entered {each.scenario}.{why}")
            continue
        for step in each.steps:
            if not step.sent:
                most = " it was given up each time" if step.dropped else " nobody came that far in these days"
                found.append(f"{each.scenario}: {step.title or step.id} ({step.id}) was never sent:{most}")
    return found


def _dry(codes: Sequence[CodesTold]) -> list[str]:
    return [
        f"{each.pool}: {each.needed} codes are needed and {each.left} are left, which last until {each.dry}"
        for each in codes
        if each.dry is not None
    ]
