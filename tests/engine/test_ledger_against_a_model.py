"""The ledger in a real database against a naive model, while transactions of two connections meet.

`LEDGER_LIVES` says how many lives are lived, for a soak: others each time, and what fails is made short.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engine.attempts import Attempt
from engine.plans import Plans
from store.database import Database
from tests.engine.conftest import KEYS, Shop
from tests.engine.ledger_deeds import ANSWERS, STEPS, Deed, Home
from tests.engine.ledger_judge import Step
from tests.engine.meeting import Order, meet
from tests.engine.naive_ledger import DAY, HOUR, Brand, Cap, Person, Policy, Row

SOAK = "LEDGER_LIVES" in os.environ
LIVES = int(os.environ.get("LEDGER_LIVES", "12"))
MINUTE = timedelta(minutes=1)
POLICIES = (
    Policy("calendar", (Cap(2, 1, "email"), Cap(3, 2), Cap(1, 1, "sms"))),
    Policy("rolling", (Cap(2, 1, "email"), Cap(3, 2), Cap(1, 1, "sms"))),
    Policy("calendar", (Cap(1, 1), Cap(2, 3, "email")), opens=10, closes=18),
)
ZONES = ("Europe/Paris", "America/Sao_Paulo", "Pacific/Auckland", "Australia/Lord_Howe", "America/New_York")
STARTS = (
    datetime(2027, 3, 12, 22, tzinfo=UTC),  # summer time begins in New York on the 14th
    datetime(2027, 3, 26, 16, tzinfo=UTC),  # in Paris on the 28th
    datetime(2027, 4, 2, 7, tzinfo=UTC),  # winter time in Auckland and on Lord Howe on the 4th
)
KINDS = ("enter", "enter", "enter", "deliver", "deliver", "object", "stop", "wish", "pause", "publish")
WISHES = (
    {"paused_until": 1},
    {"paused_until": None},
    {"days_per_message": 2},
    {"days_per_message": None},
)
LIMITED = ("plain", "shy", "text", "urgent")
RUNS = """
select id, contact_id, scenario, status, due_at, position from runs where contact_id = any(%s) order by id
"""
_numbers = count(1)


class Life(RuleBasedStateMachine):
    """Two people, and all that happens to them. `brand` is the model's, the ledger the engine's."""

    home: Home

    @initialize(
        policy=st.sampled_from(POLICIES),
        start=st.sampled_from(STARTS),
        zones=st.tuples(st.sampled_from(ZONES), st.sampled_from(ZONES)),
    )
    def begin(self, policy: Policy, start: datetime, zones: tuple[str, str]) -> None:
        number = next(_numbers)
        people = [
            Person(f"x{number}{letter}", ZoneInfo(zone), f"+3363998{(2 * number + place) % 10_000:04}")
            for place, (letter, zone) in enumerate(zip("ab", zones, strict=True))
        ]
        self.now = start
        self.brand = Brand(policy, {each.id: each for each in people})
        self.rows: dict[int, Row] = {}
        self.runs = 0
        self.unheard: list[Attempt] = []
        self.home.runner.run(self.home.settle_in(self.brand, start))

    @rule(who=st.integers(0, 1), name=st.sampled_from(sorted(STEPS)))
    def enter(self, who: int, name: str) -> None:
        self._alone(self.home.entering(self._person(who), name, self.now))

    @rule(who=st.integers(0, 1))
    def deliver(self, who: int) -> None:
        self._alone(self._delivery(who))

    @precondition(lambda self: self.unheard)
    @rule(came=st.sampled_from(sorted(ANSWERS)))
    def hear(self, came: str) -> None:
        heard, self.unheard = self.unheard, []
        self._alone(self.home.settling(heard, came, self.now))

    @rule(step=st.sampled_from((20 * MINUTE, 90 * MINUTE, 5 * HOUR, 11 * HOUR, DAY, 26 * HOUR)))
    def pass_time(self, step: timedelta) -> None:
        self.now += step
        self._alone(self.home.waiting(list(self.rows.values()), self.now))

    @rule(who=st.integers(0, 1), minutes=st.sampled_from((-1, 0, 1)))
    def go_to_midnight(self, who: int, minutes: int) -> None:
        """To the end of somebody's day, which the change of clocks makes longer or shorter."""
        zone = self._person(who).zone
        tomorrow = self.now.astimezone(zone).date() + DAY
        midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)
        self.now = max(self.now, midnight.astimezone(UTC) + minutes * MINUTE)
        self._alone(self.home.waiting(list(self.rows.values()), self.now))

    @rule(data=st.data(), who=st.integers(0, 1), kind=st.sampled_from(KINDS[5:]))
    def something_else(self, data: st.DataObject, who: int, kind: str) -> None:
        self._alone(self._deed(data, kind, who))

    @rule(
        data=st.data(),
        who=st.integers(0, 1),
        kinds=st.tuples(st.sampled_from(KINDS), st.sampled_from(KINDS)),
        number=st.sampled_from((1, 1, 2)),
    )
    def two_at_once(self, data: st.DataObject, who: int, kinds: tuple[str, str], number: int) -> None:
        """Two deeds about one person, the second in the middle of a transaction of the first."""
        self._meet([self._deed(data, kind, who) for kind in kinds], number)

    @rule(who=st.integers(0, 1), names=st.tuples(st.sampled_from(LIMITED), st.sampled_from(LIMITED)))
    def ask_for_two_places_at_once(self, who: int, names: tuple[str, str]) -> None:
        self._meet([self.home.entering(self._person(who), name, self.now) for name in names], 1)

    def _meet(self, deeds: Sequence[Deed], number: int) -> None:
        one, other = map(self._prepared, deeds)
        order = self.home.runner.run(meet(self.home.database, one.run, other.run, number))
        self._judge((one, other), order)

    @precondition(lambda self: any(row["state"] == "sent" for row in self.rows.values()))
    @rule(which=st.integers(0, 20), kind=st.sampled_from(("delivered", "blocked")))
    def report(self, which: int, kind: str) -> None:
        sent = [row for row in self.rows.values() if row["state"] == "sent"]
        self._alone(self.home.reporting(sent[which % len(sent)], kind, self.now))

    def teardown(self) -> None:
        """Nobody of this life is written to in the next one."""
        if hasattr(self, "brand"):
            ended = "update runs set status = 'ended' where contact_id = any(%s) returning id"
            self.home.runner.run(self.home.shop.rows(ended, list(self.brand.people)))

    def _person(self, who: int) -> Person:
        return list(self.brand.people.values())[who]

    def _delivery(self, who: int) -> Deed:
        due = [
            row
            for row in self.rows.values()
            if row["contact_id"] == self._person(who).id
            and row["state"] == "reserved"
            and row["planned_at"] <= self.now
        ]
        return self.home.beginning(due, self.now)

    def _deed(self, data: st.DataObject, kind: str, who: int) -> Deed:
        person, home = self._person(who), self.home
        match kind:
            case "enter":
                return home.entering(person, data.draw(st.sampled_from(sorted(STEPS))), self.now)
            case "deliver":
                return self._delivery(who)
            case "object":
                return home.objecting(person, data.draw(st.sampled_from(("email", "sms"))), self.now)
            case "stop":
                return home.stopping(person, self.now)
            case "wish":
                wish = dict(data.draw(st.sampled_from(WISHES)))
                if wish.get("paused_until"):
                    wish["paused_until"] = self.now + DAY
                return home.wishing(person, wish, self.now)
            case "pause":
                subject = data.draw(st.sampled_from(("email", "sms", "everything")))
                return home.pausing(self.brand, subject, self.now)
        return home.publishing(data.draw(st.sampled_from(POLICIES)), self.now)

    def _alone(self, deed: Deed) -> None:
        self.home.runner.run(self._prepared(deed).run(self.home.database))
        self._judge((deed,), "first")

    def _prepared(self, deed: Deed) -> Deed:
        if deed.prepare:
            self.home.runner.run(deed.prepare())
        return deed

    def _judge(self, deeds: Sequence[Deed], order: Order) -> None:
        """The ledger as it is now, held to what the model says that it may have become."""
        before = deepcopy(self.brand)
        for deed in deeds:
            deed.change(self.brand)
        people = list(self.brand.people)
        self.home.runner.run(self.home.calm(people, self.now))
        after = self.home.runner.run(self.home.rows(people))
        step = Step(deeds, self.rows, after, self.brand, self.now)
        step.judge(_worlds(before, deeds, order))
        self._nobody_is_lost(deeds, step, after)
        self.unheard += [attempt for deed in deeds for attempt in deed.attempts]
        self.rows = after

    def _nobody_is_lost(self, deeds: Sequence[Deed], step: Step, after: dict[int, Row]) -> None:
        """As many runs as events, and each that is under way has its place or is waited for."""
        self.runs += sum(deed.kind == "enter" for deed in deeds)
        runs = self.home.runner.run(self.home.shop.rows(RUNS, list(self.brand.people)))
        assert len(runs) == self.runs
        by_run = {row["run_id"]: row for row in after.values()}
        for run in runs:
            if run["status"] == "active" and "everything" not in self.brand.paused:
                row = by_run.get(run["id"], {"state": None})
                assert row["state"] in ("reserved", "attempted"), (
                    f"{run} waits for nothing at {self.now}: {row}"
                )
        if len(deeds) == 1 and deeds[0].kind == "enter" and "everything" not in self.brand.paused:
            changed = [id_ for id_, row in after.items() if self.rows.get(id_) != row]
            if all(after[id_]["run_id"] == runs[-1]["id"] for id_ in changed):
                step.first_fit(runs[-1], by_run.get(runs[-1]["id"]))


def _worlds(before: Brand, deeds: Sequence[Deed], order: Order) -> list[list[Brand]]:
    """For each deed what may have been in force: what the other one changed, where it may have come first."""
    if len(deeds) == 1:
        return [[before]]
    changed = []
    for deed in reversed(deeds):
        after = deepcopy(before)
        deed.change(after)
        changed.append(after)
    by_other, by_first = changed
    match order:
        case "first":
            return [[before], [by_first]]
        case "second":
            return [[before, by_other], [before]]
    return [[before, by_other], [before, by_first]]


@pytest.fixture
def home(database_url: str, tmp_path: Path) -> Iterator[Home]:
    """A brand with an empty base, and a loop that lasts as long as all lives."""
    with asyncio.Runner() as runner:
        database = runner.run(Database.open(database_url))
        yield Home(runner, Shop(database, Plans(database, KEYS), tmp_path / "project"))
        runner.run(database.close())


@pytest.mark.timeout(60 + 20 * LIVES)
def test_the_ledger_is_what_a_naive_model_allows(home: Home) -> None:
    """Limits, hours, consents, wishes and pauses hold; nobody gives way for nothing, and nothing is lost."""
    lives = type("Life", (Life,), {"home": home})
    run_state_machine_as_test(
        lives,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=25,
            deadline=None,
            derandomize=not SOAK,
            phases=tuple(Phase) if SOAK else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
