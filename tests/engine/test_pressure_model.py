"""Pressure against a naive model: every hour tried, every window counted, in the plainest way."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dsl.local_time import local_day
from dsl.plan import MessageStep
from dsl.policy import Limit, OnCap
from dsl.values import Duration
from engine.pressure import Asked, NoPlace, find_place
from engine.state import COUNTED, MessageFact
from tests.engine.person import Person
from tests.engine.world_builders import START, candidate, facts, plan, world

PARIS = ZoneInfo("Europe/Paris")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HORIZON = 40 * 24


@dataclass(frozen=True)
class Naive:
    """The limits as a person would check them with a calendar and a pencil."""

    limits: tuple[Limit, ...]
    day: str

    def breaks(self, messages: list[MessageFact]) -> bool:
        """Whether some window holds more than a limit allows."""
        for limit in self.limits:
            same = [
                m
                for m in messages
                if m.state in COUNTED
                and not m.exempt
                and limit.channel in (None, m.channel)
                and (limit.tag is None or limit.tag in m.tags)
            ]
            for first in same:
                if self.day == "rolling":
                    window = [m for m in same if first.at <= m.at < first.at + limit.days * DAY]
                else:
                    last = first.local_day + timedelta(days=limit.days - 1)
                    window = [m for m in same if first.local_day <= m.local_day <= last]
                if len(window) > limit.at_most:
                    return True
        return False


def fact(number, hour, *, state="sent", channel="email", tags=(), priority=50) -> MessageFact:
    at = START + hour * HOUR
    return MessageFact(
        number,
        1,
        "x",
        "s",
        number,
        channel,
        "m",
        "t",
        "marketing",
        tags,
        priority,
        state,
        at,
        local_day(at, PARIS),
    )


LIMITS = st.lists(
    st.builds(
        Limit,
        at_most=st.integers(1, 3),
        days=st.sampled_from((1, 2, 7)),
        channel=st.sampled_from((None, "email", "sms")),
        tag=st.sampled_from((None, None, "nps")),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
MESSAGES = st.lists(
    st.tuples(
        st.integers(-150, 150),
        st.sampled_from(("email", "sms")),
        st.sampled_from(((), ("nps",))),
        st.sampled_from((10, 50, 90)),
    ),
    max_size=7,
    unique_by=lambda drawn: drawn[0],
)


def _within(naive: Naive, drawn: list[tuple[int, str, tuple[str, ...], int]]) -> list[MessageFact]:
    """A ledger of what was drawn, as much of it as breaks no limit."""
    ledger = [
        fact(number, hour, state="reserved" if hour > 0 else "sent", channel=channel, tags=tags, priority=p)
        for number, (hour, channel, tags, p) in enumerate(drawn, start=1)
    ]
    while naive.breaks(ledger):
        ledger.pop()
    return ledger


def _opening(hours: tuple[int, int]) -> Callable[[datetime, datetime], datetime | None]:
    """When one may send next, looked for hour by hour."""

    def opening(after: datetime, until: datetime) -> datetime | None:
        while not hours[0] <= after.hour < hours[1]:
            after = after.replace(minute=0) + HOUR
        return after if after <= until else None

    return opening


def _new(at: datetime, priority: int) -> MessageFact:
    return fact(99, round((at - START) / HOUR), state="reserved", priority=priority)


@settings(max_examples=300, deadline=None)
@given(
    limits=LIMITS,
    drawn=MESSAGES,
    day=st.sampled_from(("calendar", "rolling")),
    priority=st.sampled_from((20, 50, 70)),
    hours=st.sampled_from(((0, 24), (9, 11), (20, 24))),
)
def test_the_place_is_the_first_that_a_naive_search_finds(limits, drawn, day, priority, hours):
    ledger = _within(Naive(limits, day), drawn)
    opening = _opening(hours)
    mine = tuple(x for x in limits if x.channel in (None, "email") and x.tag is None)
    model = Naive(mine, day)
    strong = [m for m in ledger if m.state != "reserved" or m.priority >= priority]
    every_hour = [START + hour * HOUR for hour in range(HORIZON)]
    free = [at for at in every_hour if not model.breaks([*strong, _new(at, priority)])]
    expected = next((at for at in free if opening(at, at) == at), None)
    until = START + HORIZON * HOUR
    asked_for = Asked(mine, priority, day, PARIS)
    found = find_place(asked_for, ledger, opening, START, until, delay=True, horizon=until)
    if expected is None:
        assert isinstance(found, NoPlace)
        return
    assert found.at == expected
    kept = [m for m in ledger if m.id not in found.displaces]
    assert not model.breaks([*kept, _new(found.at, priority)])
    for loser in (m for m in ledger if m.id in found.displaces):
        assert loser not in strong
        assert model.breaks([*kept, loser, _new(found.at, priority)]), "it gave way for nothing"


class OnePerson(RuleBasedStateMachine):
    """Scenarios of all priorities want to write to one person, as time goes by."""

    def __init__(self) -> None:
        super().__init__()
        self.limits: tuple[Limit, ...] = ()

    @precondition(lambda self: not self.limits)
    @rule(limits=LIMITS, day=st.sampled_from(("calendar", "rolling")), late=st.sampled_from((0, 7, 26 * 60)))
    def begin(self, limits, day, late):
        """`late`: minutes between an instant and the worker that looks at it."""
        self.limits = limits
        self.naive = Naive(limits, day)
        person = facts(world(limits=limits, day=day, expires=Duration(days=20)))
        self.person = Person(person, START, late=timedelta(minutes=late))

    @precondition(lambda self: self.limits)
    @rule(
        priority=st.sampled_from((10, 50, 90)),
        channel=st.sampled_from(("email", "sms")),
        tags=st.sampled_from(((), ("nps",))),
        up_to=st.sampled_from((0, 1, 3, 6)),
    )
    def enter(self, priority, channel, tags, up_to):
        on_cap = OnCap("delay", Duration(days=up_to)) if up_to else OnCap("drop")
        message = candidate(channel=channel, tags=tags, on_cap=on_cap)
        step = MessageStep("only", (message,), None)
        self.person.enter(plan(step, priority=priority))

    @precondition(lambda self: self.limits)
    @rule(hours=st.integers(1, 60))
    def pass_time(self, hours):
        self.person.until(self.person.now + hours * HOUR)

    @precondition(lambda self: self.limits and self.person.sent)
    @rule(which=st.integers(0, 50))
    def bounce(self, which):
        """A provider refuses afterwards: the place is free again, for who comes next."""
        sent = self.person.sent[which % len(self.person.sent)]
        self.person.change_message(sent.id, state="refused")

    @invariant()
    def no_limit_is_ever_broken(self):
        """Where rolling messages leave late, a place reserved after one is put right at its own attempt."""
        if not self.limits:
            return
        messages = list(self.person.facts.messages)
        if self.naive.day == "rolling" and self.person.late:
            messages = [message for message in messages if message.state != "reserved"]
        assert not self.naive.breaks(messages)

    @invariant()
    def who_lost_a_place_has_another_in_time_or_was_given_up(self):
        if not self.limits:
            return
        for message in self.person.facts.messages:
            run = self.person.runs[message.run_id]
            if message.state == "released":
                assert run.status == "ended", "left without a place"
                assert any(line.data.get("because") == "cap" for line in self.person.said("not_sent"))
            elif message.state == "reserved" and message.first_refused_at:
                on_cap = self.person.plans[message.run_id].steps[0].candidates[0].on_cap
                up_to = timedelta(days=on_cap.up_to.days)
                assert local_day(message.at, PARIS) <= local_day(message.first_refused_at + up_to, PARIS)

    @invariant()
    def every_message_is_settled_once(self):
        if self.limits:
            keys = [(m.run_id, m.step, m.iteration) for m in self.person.facts.messages]
            assert len(keys) == len(set(keys))


OnePerson.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
test_decisions_keep_every_limit = OnePerson.TestCase
