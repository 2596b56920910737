"""The ledger in a real database against a naive model, while transactions of two connections meet.

`LEDGER_LIVES` says how many lives are lived, for a soak: others each time, and what fails is made short.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
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

from engine.plans import Plans
from store.database import Database
from tests.engine.conftest import KEYS, Shop
from tests.engine.ledger_deeds import ANSWERS, CHANNELS, STEPS, Deed, Home
from tests.engine.ledger_people import WISHED, merging, objecting, parting, stopping, wishing
from tests.engine.ledger_record import Record
from tests.engine.meeting import meet
from tests.engine.naive_ledger import (
    DAY,
    HOUR,
    POLICIES,
    STRICT,
    Brand,
    Person,
    Policy,
    Row,
    is_due,
)

SOAK = "LEDGER_LIVES" in os.environ
LIVES = int(os.environ.get("LEDGER_LIVES", "8"))
MINUTE = timedelta(minutes=1)
ZONES = ("Europe/Paris", "America/Sao_Paulo", "Pacific/Auckland", "Australia/Lord_Howe", "America/New_York")
STARTS = (
    datetime(2027, 3, 12, 22, tzinfo=UTC),  # summer time begins in New York on the 14th
    datetime(2027, 3, 26, 16, tzinfo=UTC),  # in Paris on the 28th
    datetime(2027, 4, 2, 7, tzinfo=UTC),  # winter time in Auckland and on Lord Howe on the 4th
)
KINDS = (
    *("enter", "enter", "enter", "deliver", "deliver", "hear"),
    *("object", "stop", "wish", "pause", "publish"),
)
LIMITED = ("plain", "shy", "text", "urgent")
_numbers = count(1)


class Life(Record, RuleBasedStateMachine):
    """Two people, and all that happens to them. `brand` is the model's, the ledger the engine's."""

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
        self.clear()
        self.home.runner.run(self.home.settle_in(self.brand, start))

    @rule(who=st.integers(0, 1), name=st.sampled_from(sorted(STEPS)))
    def enter(self, who: int, name: str) -> None:
        called = list(self.brand.people)[who]
        self._alone(self.home.entering(self._person(who), called, name, self.now))

    @rule(who=st.integers(0, 1))
    def deliver(self, who: int) -> None:
        self._alone(self._delivery(who))

    @precondition(lambda self: self.unheard)
    @rule(came=st.sampled_from(sorted(ANSWERS)))
    def hear(self, came: str) -> None:
        self._alone(self._answer(came))

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

    @rule(who=st.integers(0, 1))
    def merge_or_part(self, who: int) -> None:
        self._alone(self._turn(who))

    @rule(data=st.data(), who=st.integers(0, 1), kind=st.sampled_from(KINDS[6:]))
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

    @rule(data=st.data(), who=st.integers(0, 1), kind=st.sampled_from(KINDS), order=st.permutations(range(2)))
    def merge_meanwhile(self, data: st.DataObject, who: int, kind: str, order: Sequence[int]) -> None:
        """Two people become one, or two again, in the middle of something else, or the other way round."""
        deeds = [self._turn(who), self._deed(data, kind, data.draw(st.integers(0, 1)))]
        self._meet([deeds[place] for place in order], 1)

    @rule(who=st.integers(0, 1), names=st.tuples(st.sampled_from(LIMITED), st.sampled_from(LIMITED)))
    def ask_for_two_places_at_once(self, who: int, names: tuple[str, str]) -> None:
        self._meet([self._entry(who, name) for name in names], 1)

    @precondition(lambda self: self._due())
    @rule(which=st.integers(0, 20), name=st.sampled_from(("scenario", "channel")))
    def pause_what_is_about_to_leave(self, which: int, name: str) -> None:
        """And let it go on after."""
        due = self._due()
        row = due[which % len(due)]
        for still in (True, False):
            if (row[name] in self.brand.paused) != still:
                self._alone(self.home.pausing(self.brand, row[name], self.now))
            if still:
                self._alone(self.home.beginning([row], self.now))

    def _due(self) -> list[Row]:
        return [row for row in self.rows.values() if is_due(row, self.now)]

    @precondition(lambda self: self._due())
    @rule(who=st.integers(0, 1))
    def hand_over_twice_at_once(self, who: int) -> None:
        """Two workers take the same messages."""
        self._meet([self._delivery(who), self._delivery(who)], 1)

    @precondition(lambda self: not self.brand.paused and self._strictly_open())
    @rule(names=st.tuples(st.sampled_from(LIMITED), st.sampled_from(LIMITED)))
    def lower_a_limit_before_they_leave(self, names: tuple[str, str]) -> None:
        """What one policy gave two places is handed over under another, on the same day."""
        self._alone(self.home.publishing(POLICIES[0], self.now))
        who = self._strictly_open()[0]
        for name in names:
            self._alone(self._entry(who, name))
        self._alone(self.home.publishing(STRICT, self.now))
        self._alone(self._delivery(who))

    def _strictly_open(self) -> list[int]:
        return [who for who in (0, 1) if STRICT.is_open(self._person(who), self.now)]

    def _meet(self, deeds: Sequence[Deed], number: int) -> None:
        one, other = map(self._prepared, deeds)
        order = self.home.runner.run(meet(self.home.database, one.run, other.run, number))
        self.judge((one, other), order)

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
        return self.brand.who(list(self.brand.people)[who])

    def _entry(self, who: int, name: str) -> Deed:
        return self.home.asking(self._person(who), list(self.brand.people)[who], name, self.now)

    def _answer(self, came: str) -> Deed:
        """To whatever still waits for one; after a day nobody does."""
        heard = [each for id_, each in self.unheard.items() if self.rows[id_]["state"] == "attempted"]
        self.unheard = {}
        return self.home.settling(heard, came, self.now)

    def _turn(self, who: int) -> Deed:
        """Two people become one, or two again."""
        if self.brand.into:
            return parting(self.home, self.now)
        return merging(self.home, self._person(who), self._person(1 - who), self.now)

    def _delivery(self, who: int) -> Deed:
        due = [row for row in self._due() if self.brand.who(row["whose"]) is self._person(who)]
        return self.home.beginning(due, self.now)

    def _deed(self, data: st.DataObject, kind: str, who: int) -> Deed:
        person, home = self._person(who), self.home
        match kind:
            case "enter":
                return self._entry(who, data.draw(st.sampled_from(sorted(STEPS))))
            case "deliver":
                return self._delivery(who)
            case "hear":
                return self._answer(data.draw(st.sampled_from(sorted(ANSWERS))))
            case "object":
                channel = data.draw(st.sampled_from(CHANNELS))
                return objecting(home, person, channel, self.now, again=data.draw(st.booleans()))
            case "stop":
                return stopping(home, person, self.now, again=data.draw(st.booleans()))
            case "wish":
                wish = dict(data.draw(st.sampled_from(WISHED)))
                if wish.get("paused_until"):
                    wish["paused_until"] = self.now + DAY
                return wishing(home, person, wish, self.now)
            case "pause":
                return home.pausing(self.brand, data.draw(st.sampled_from(self._subjects())), self.now)
        return home.publishing(data.draw(st.sampled_from(POLICIES)), self.now)

    def _subjects(self) -> list[str]:
        """What stands still goes on sooner or later; what has places is noticed when it stops."""
        held = {
            row[name]
            for row in self.rows.values()
            if is_due(row, self.now)
            for name in ("scenario", "channel")
        }
        return [*3 * sorted(self.brand.paused), *sorted(held), *CHANNELS, "plain", "everything"]

    def _alone(self, deed: Deed) -> None:
        self.home.runner.run(self._prepared(deed).run(self.home.database))
        self.judge((deed,), "first")

    def _prepared(self, deed: Deed) -> Deed:
        if deed.prepare:
            self.home.runner.run(deed.prepare())
        return deed


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
