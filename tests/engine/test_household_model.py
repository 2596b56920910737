"""Limits of a household against a naive model: people in several zones, who move in and out."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dsl import types
from dsl.catalog import Attribute
from dsl.plan import MessageStep
from dsl.policy import Limit, OnCap
from dsl.values import Duration
from engine.state import COUNTED, HouseholdMessage, MessageFact
from tests.engine.person import Person
from tests.engine.world_builders import CATALOG, START, candidate, facts, plan, world

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOME = "home_id"
AT_HOME = replace(
    CATALOG, attributes={**CATALOG.attributes, HOME: Attribute(HOME, types.TEXT)}, household=HOME
)
ZONES = ("Europe/Paris", "Asia/Tokyo", "America/Guadeloupe")
HOMES = (None, "h_1", "h_2")


def breaks(limit: Limit, messages: list[MessageFact], day: str) -> bool:
    """Whether some window holds more than a limit allows, counted with a pencil."""
    same = [m for m in messages if m.state in COUNTED and limit.channel in (None, m.channel)]
    for first in same:
        if day == "rolling":
            window = [m for m in same if first.at <= m.at < first.at + limit.days * DAY]
        else:
            last = first.local_day + timedelta(days=limit.days - 1)
            window = [m for m in same if first.local_day <= m.local_day <= last]
        if len(window) > limit.at_most:
            return True
    return False


class Town(RuleBasedStateMachine):
    """Three people, two homes; scenarios of all priorities want to write to each of them."""

    def __init__(self) -> None:
        super().__init__()
        self.people: list[Person] = []
        self.now = START

    @precondition(lambda self: not self.people)
    @rule(
        limits=st.lists(
            st.builds(
                Limit,
                at_most=st.integers(1, 3),
                days=st.sampled_from((1, 2, 7)),
                channel=st.sampled_from((None, "email")),
                of=st.sampled_from(("household", "household", "person")),
            ),
            min_size=1,
            max_size=2,
        ),
        day=st.sampled_from(("calendar", "rolling")),
        late=st.sampled_from((0, 7, 26 * 60)),
        homes=st.tuples(*(st.sampled_from(HOMES),) * 3),
    )
    def begin(self, limits, day, late, homes):
        self.limits, self.day = limits, day
        rules = replace(world(limits=limits, day=day, expires=Duration(days=20)), catalog=AT_HOME)
        for zone, home in zip(ZONES, homes, strict=True):
            about = facts(rules, zone=zone, attributes={"country": "FR", HOME: home})
            self.people.append(Person(about, START, late=timedelta(minutes=late)))

    @precondition(lambda self: self.people)
    @rule(
        who=st.integers(0, 2),
        priority=st.sampled_from((10, 90)),
        channel=st.sampled_from(("email", "sms")),
        up_to=st.sampled_from((0, 1, 6)),
    )
    def enter(self, who, priority, channel, up_to):
        on_cap = OnCap("delay", Duration(days=up_to)) if up_to else OnCap("drop")
        step = MessageStep("only", (candidate(channel=channel, on_cap=on_cap),), None)
        self._with_housemates(who).enter(plan(step, priority=priority))

    @precondition(lambda self: self.people)
    @rule(who=st.integers(0, 2), home=st.sampled_from(HOMES))
    def move(self, who, home):
        person = self.people[who]
        person.facts = replace(person.facts, attributes={**person.facts.attributes, HOME: home})

    @precondition(lambda self: self.people)
    @rule(hours=st.integers(1, 40))
    def pass_time(self, hours):
        for _ in range(hours):
            self.now += HOUR
            for who, person in enumerate(self.people):
                if person.next_due() is None:
                    person.now = self.now
                else:
                    self._with_housemates(who).until(self.now)

    def _with_housemates(self, who: int) -> Person:
        """A person who knows what the others get, as the locks of the household have it.

        No two messages have the same id, whosever they are.
        """
        person = self.people[who]
        theirs = tuple(
            HouseholdMessage(1000 * (number + 1) + m.id, m.channel, m.tags, m.state, m.at, m.local_day)
            for number, other in enumerate(self.people)
            if number != who
            for m in other.facts.messages
            if m.household is not None and m.household == person.facts.household
        )
        person.facts = replace(person.facts, housemates=theirs)
        return person

    @invariant()
    def no_home_is_ever_over_a_limit(self):
        """In rolling days a place reserved after one that leaves late is put right at its own attempt."""
        every = [m for person in self.people for m in person.facts.messages]
        if self.people and self.day == "rolling":
            every = [m for m in every if m.state != "reserved"]
        for limit in self.limits if self.people else ():
            for home in HOMES[1:] if limit.of == "household" else ():
                assert not breaks(limit, [m for m in every if m.household == home], self.day)

    @invariant()
    def nobody_is_ever_over_a_limit_of_their_own(self):
        for person in self.people:
            kept = [m for m in person.facts.messages if self.day != "rolling" or m.state != "reserved"]
            own = [limit for limit in self.limits if limit.of == "person"]
            assert not any(breaks(limit, kept, self.day) for limit in own)


Town.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
test_decisions_keep_every_limit_of_a_household = Town.TestCase


def _alone(limit: Limit, *, home: str | None, housemates=(), **more) -> Person:
    rules = replace(world(limits=(limit,), **more), catalog=AT_HOME)
    about = facts(rules, attributes={"country": "FR", HOME: home}, housemates=housemates)
    return Person(about, START)


def _to_somebody_else(number: int, at: datetime) -> HouseholdMessage:
    return HouseholdMessage(number, "email", (), "sent", at, at.date())


LIMIT = Limit(2, 7, channel="email", of="household")


def test_what_somebody_else_of_the_household_got_takes_a_place():
    person = _alone(LIMIT, home="h_1", housemates=[_to_somebody_else(n, START - DAY) for n in (7, 8)])
    person.enter(plan(MessageStep("only", (candidate(on_cap=OnCap("drop")),), None)))
    (refused,) = person.said("not_sent")
    assert refused.data["rule"] == "at most 2 email to a household per 7 days"
    assert (refused.data["evidence"], refused.data["others"]) == ([], [7, 8])
    assert "was full with 2; the next place is" in refused.text


def test_the_place_of_somebody_else_gives_way_to_no_priority():
    reserved = replace(_to_somebody_else(7, START + DAY), state="reserved")
    person = _alone(replace(LIMIT, at_most=1), home="h_1", housemates=[reserved])
    person.enter(plan(MessageStep("only", (candidate(on_cap=OnCap("drop")),), None), priority=100))
    assert person.said("not_sent")[0].data["others"] == [7]


def test_who_is_in_no_household_is_held_to_no_limit_of_one():
    person = _alone(LIMIT, home=" ")
    for _ in range(3):
        person.enter(plan(MessageStep("only", (candidate(),), None)))
    person.until(START + HOUR)
    assert len(person.sent) == 3


def test_who_moved_in_since_is_held_to_the_new_household_when_the_message_leaves():
    person = _alone(replace(LIMIT, at_most=1), home="h_1")
    person.enter(plan(MessageStep("only", (candidate(on_cap=OnCap("drop")),), None)))
    there = (_to_somebody_else(7, START),)
    person.facts = replace(person.facts, attributes={HOME: "h_2"}, housemates=there)
    person.until(START + HOUR)
    assert person.sent == []
    assert person.said("not_sent")[0].data["others"] == [7]
