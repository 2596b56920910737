"""Messages that wait for a code, and those of people who are held out."""

from datetime import time, timedelta

import pytest

from dsl.plan import ChooseStep, ExitStep
from dsl.policy import Hours, Limit
from engine.decision import Reserve
from engine.publish import PublishRefused, read_codes
from tests.engine.person import Person
from tests.engine.world_builders import START, email, facts, plan, utc, when, world

DAY = timedelta(days=1)
ONE_A_DAY = Limit(1, 1)
MORNINGS = {"email": Hours(time(7), time(22))}


def somebody(*, now=START, world_=None, **known) -> Person:
    return Person(facts(world_ or world(), **known), now)


def because(person: Person) -> list[str]:
    return [line.data["because"] for line in person.said("not_sent")]


def reserved(person: Person) -> list[Reserve]:
    return [effect for effect in person.effects if isinstance(effect, Reserve)]


def test_an_empty_pool_holds_a_message_until_codes_are_added():
    with_code = email("code", with_=(("code", when("take(winback_15)")),))
    person = somebody(empty_pools=frozenset({"winback_15"}))
    person.enter(plan(with_code))
    assert person.said("waiting")[0].data["because"] == "code"
    person.until(START + DAY)
    person.facts = facts(person.facts.world)
    person.until(START + 2 * DAY)
    assert len(person.said("waiting")) == 1, "told once"
    assert reserved(person)[0].take_codes == (("code", "winback_15"),)
    assert reserved(person)[0].variables == {}
    assert reserved(person)[0].planned_at == START + DAY + timedelta(hours=1)


def test_an_empty_pool_is_given_up_at_the_end_of_up_to():
    person = somebody(empty_pools=frozenset({"winback_15"}))
    person.enter(plan(email("code", with_=(("code", when("take(winback_15)")),))))
    person.until(START + 9 * DAY)
    assert because(person) == ["code"]
    assert person.runs[1].ended_at == START + 3 * DAY


def test_who_is_held_out_goes_the_same_way_without_a_message_or_a_place():
    person = somebody(now=utc("2027-02-15 23:00"), world_=world(limits=(ONE_A_DAY,), hours=MORNINGS))
    steps = (
        email("hello", "fork", with_=(("code", when("take(winback_15)")),)),
        ChooseStep("fork", ((when("sent(hello)"), "yes"),), "no"),
    )
    person.enter(plan(*steps, ExitStep("yes", "sent"), ExitStep("no", "not sent")), holdout=True)
    assert person.runs[1].due_at == utc("2027-02-16 06:00"), "it takes the time that the message would have"
    person.until(utc("2027-02-16 06:00"))
    (withheld,) = reserved(person)
    assert withheld.withheld
    assert withheld.take_codes == ()
    assert because(person) == ["holdout"]
    assert person.ended() == "not sent"


def test_a_holdout_still_gets_what_is_not_marketing():
    person = somebody()
    person.enter(plan(email("receipt", topic="service", message_class="transactional")), holdout=True)
    assert not reserved(person)[0].withheld


def test_what_stands_in_the_place_of_a_code_file_is_named(tmp_path):
    (tmp_path / "codes").mkdir()
    with pytest.raises(PublishRefused, match="codes: not a file"):
        read_codes(tmp_path / "codes")
