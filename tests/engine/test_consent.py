"""Who may be contacted: the table of classes, legal bases, suppressions."""

from dataclasses import replace

import pytest

from dsl.catalog import Sender
from engine.consent import reachable, receiving
from engine.state import Consent, Suppression
from tests.engine.world_builders import START, facts, world

TOPIC_OF = {"marketing": "newsletter", "service": "care", "transactional": "service"}


def refusal(message_class="marketing", *, topic=None, channel="email", sender=None, **known):
    known.setdefault("consents", {})
    topic = topic or TOPIC_OF[message_class]
    found = reachable(facts(**known), channel, topic, message_class, sender)
    return found.because if found else None


def line(state="granted", basis="consent") -> Consent:
    return Consent(state, basis, START)


def test_marketing_needs_consent_for_its_topic_and_channel():
    assert refusal() == "consent"
    assert refusal(consents={("newsletter", "sms"): line()}) == "consent"
    assert refusal(consents={("newsletter", "email"): line()}) is None


def test_service_needs_no_consent_but_heeds_an_objection():
    assert refusal("service") is None
    assert refusal("service", consents={("care", "email"): line("withdrawn")}) == "consent"


def test_transactional_heeds_no_objection():
    assert refusal("transactional", consents={("service", "email"): line("withdrawn")}) is None


@pytest.mark.parametrize(
    ("reaches", "stopped"),
    [
        ({"marketing", "service"}, {"marketing", "service"}),
        ({"marketing", "service", "transactional"}, {"marketing", "service", "transactional"}),
    ],
)
def test_a_suppression_stops_the_classes_that_it_reaches_whatever_was_agreed(reaches, stopped):
    block = Suppression("email", "complaint", START, reaches=frozenset(reaches))
    agreed = {("newsletter", "email"): line()}
    for message_class in TOPIC_OF:
        expected = "suppressed" if message_class in stopped else None
        assert refusal(message_class, consents=agreed, suppressions=(block,)) == expected
        assert refusal(message_class, channel="sms", consents={("newsletter", "sms"): line()}) is None


def test_a_stop_is_said_to_one_sender():
    block = Suppression("sms", "stop", START, sender="36180")
    agreed = {("newsletter", "sms"): line()}
    assert refusal(channel="sms", sender="36180", consents=agreed, suppressions=(block,)) == "suppressed"
    assert refusal(channel="sms", sender="SHOP", consents=agreed, suppressions=(block,)) is None


def test_a_stop_reaches_the_messages_that_name_their_sender():
    senders = {"sms": Sender("sms", "MAISONVERTE"), "promo": Sender("promo", "MVPROMO")}
    own = world()
    own = replace(own, catalog=replace(own.catalog, senders=senders))
    agreed = {("newsletter", "sms"): line()}
    block = Suppression("sms", "stop", START, sender="MVPROMO")
    stopped = refusal(channel="sms", sender="promo", consents=agreed, suppressions=(block,), world_=own)
    spared = refusal(channel="sms", consents=agreed, suppressions=(block,), world_=own)
    assert (stopped, spared) == ("suppressed", None)


def test_a_topic_that_a_scenario_stopped_leaves_the_others():
    block = Suppression("email", "inactive", START, topics=("newsletter",))
    agreed = {("newsletter", "email"): line(), ("partners", "email"): line()}
    assert refusal(consents=agreed, suppressions=(block,)) == "suppressed"
    assert refusal(topic="partners", consents=agreed, suppressions=(block,)) is None


def test_a_topic_goes_by_its_own_channels():
    assert (
        refusal(channel="push", addresses=frozenset({"push"}), consents={("newsletter", "push"): line()})
        == "consent"
    )


@pytest.mark.parametrize(
    ("topic", "basis", "professional", "allowed"),
    [
        ("newsletter", "soft_opt_in", False, False),
        ("partners", "soft_opt_in", False, True),
        ("partners", None, False, False),
        ("trade", None, True, True),
        ("trade", None, False, False),
        ("trade", "legitimate_interest", True, True),
        ("trade", "legitimate_interest", False, False),
        ("trade", "consent", False, True),
    ],
)
def test_a_topic_accepts_the_bases_that_the_law_gives_it(topic, basis, professional, allowed):
    held = {(topic, "email"): line(basis=basis)} if basis else {}
    found = refusal(topic=topic, consents=held, attributes={"is_professional": professional})
    assert (found is None) == allowed


def test_a_professional_who_objected_is_left_alone():
    held = {("trade", "email"): line("withdrawn")}
    assert refusal(topic="trade", consents=held, attributes={"is_professional": True}) == "consent"


def test_without_an_address_there_is_no_way():
    assert refusal("transactional", addresses=frozenset({"sms"})) == "consent"
    assert refusal("transactional", erased=True) == "suppressed"


def test_a_refusal_says_what_is_missing_and_since_when():
    found = reachable(
        facts(consents={("newsletter", "email"): line("withdrawn")}), "email", "newsletter", "marketing"
    )
    assert found.text == "consent to newsletter by email was withdrawn on 2027-02-15"
    assert found.data["since"] == START.isoformat()
    assert found.since == START


def test_a_scenario_asks_of_its_own_topic_with_its_own_class_by_name_or_not():
    can_receive = receiving(facts(consents={}), "newsletter", "service")
    assert can_receive("email", None)
    assert can_receive("email", "newsletter")
    assert not can_receive("email", "partners")


def test_outside_of_a_scenario_a_topic_is_asked_of_with_the_class_that_it_has():
    can_receive = receiving(facts(consents={("newsletter", "email"): line()}))
    assert can_receive("email", "newsletter")
    assert not can_receive("email", "partners")
    assert can_receive("email", "care")
