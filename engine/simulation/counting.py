"""Listens to a virtual world and counts: what left, what was given up by which rule, what was held back."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dsl.local_time import local_day
from dsl.plan import Candidate, MessageStep, Plan
from engine.decision import TrailLine
from engine.question import codes_of
from engine.simulation.tally import Tally, ranked
from engine.virtual.world import Happened, Told, VirtualWorld


class Counting:
    """The tally of a world in the making."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.tally = Tally()
        self._zone = zone
        self._got: Counter[str] = Counter()
        self._delayed: set[tuple[int, str, int]] = set()
        self._pools: dict[tuple[str, str, str, str], tuple[str, ...]] = {}

    def watch(self, plan: Plan) -> None:
        """Know which codes the messages of a plan carry."""
        for step in plan.steps:
            for each in step.candidates if isinstance(step, MessageStep) else ():
                self._pools[plan.scenario, step.id, each.channel, each.message] = _pools(each)

    def record(self, happened: Happened) -> None:
        """Something that scenarios did."""
        tally, step = self.tally, (happened.scenario, happened.step or "")
        if happened.kind == "message":
            day, channel = local_day(happened.at, self._zone), happened.channel or ""
            tally.sent[step] += 1
            tally.days[day, happened.scenario, channel] += 1
            self._got[happened.person] += 1
            for pool in self._pools.get((*step, channel, happened.name), ()):
                tally.codes[day, pool] += 1
        elif happened.kind == "not_sent" and happened.because == "holdout":
            tally.withheld[step] += 1
        elif happened.kind == "not_sent":
            tally.dropped[step] += 1

    def tell(self, told: Told) -> None:
        """A line of a trail, or why somebody did not enter."""
        tally, line, run = self.tally, told.line, told.run
        if line is None or run is None:
            if told.why is not None:
                tally.not_entered[told.scenario, told.why] += 1
            return
        match line.what:
            case "entered":
                tally.entered[told.scenario] += 1
            case "goal":
                tally.goals[told.scenario] += 1
            case "not_sent" if line.data.get("because") != "holdout":
                tally.refusals[told.scenario, rule_of(line)] += 1
            case "reserved" | "waiting" if _is_held_back(line):
                place = (run.id, line.step or "", run.passes.get(line.step or "", 0))
                if place not in self._delayed:
                    self._delayed.add(place)
                    tally.delayed[told.scenario, line.step or ""] += 1
                    tally.delays[told.scenario, rule_of(line)] += 1

    def finished(self, world: VirtualWorld, joined: int) -> Tally:
        """The tally, now that the last day is over."""
        tally = self.tally
        tally.contacts, tally.joined = len(world.people), joined
        for contact, person in world.people.items():
            tally.got(contact, self._got[contact])
            tally.decisions += sum(run.sequence for run in person.runs.values())
        tally.most = ranked(tally.most)
        return tally


def _pools(candidate: Candidate) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pool for _, pool in codes_of(candidate)))


def _is_held_back(line: TrailLine) -> bool:
    """Whether a message has to wait for its place; a `wait:` step is no such thing."""
    if line.what == "waiting":
        return "message" in line.data
    planned = line.data.get("planned_at")
    return isinstance(planned, str) and datetime.fromisoformat(planned) > line.at


def rule_of(line: TrailLine) -> str:
    """What said no, in the words of policy and catalog: `at most 3 email per 7 days`."""
    data: Mapping[str, Any] = line.data
    rule, channel = str(data.get("rule") or "hours"), data.get("channel")
    match data.get("because"), rule:
        case "consent", "address":
            return f"no address for {channel}"
        case "consent", _:
            state = data.get("state")
            how = "withdrawn" if state == "withdrawn" else "missing"
            return f"consent to {data.get('topic')} by {channel} is {how}"
        case "suppressed", "suppression":
            return f"{channel} is suppressed: {data.get('reason')}"
        case "suppressed", "provider":
            return f"{channel} did not arrive"
        case "expired", _:
            limit = data.get("limit")
            return f"expired because of {limit}" if limit else "expired"
        case "hours", _:
            return f"hours of {channel}: {rule}"
        case None, "hours":
            return f"hours of {channel}"
    return rule
