"""`relance why`: each kind of no, told from the facts behind it, now and at an instant of the past."""

import json
from datetime import timedelta

import pytest

from engine.pauses import pause_channel, resume
from engine.privacy import erase
from engine.subscriptions import grant, withdraw
from tests.commands.small_brand import WELCOME, ada_is_greeted
from tests.engine.conftest import NOON, POLICY

ONE_A_DAY = POLICY.replace("at_most: 100", "at_most: 1")
OFFICE_HOURS = POLICY.replace('email: { allow: "00:00-24:00" }', 'email: { allow: "18:00-20:00" }')
CART = """
scenario: cart
title: Forgotten cart
owner: crm
topic: newsletter
trigger: { event: cart.updated }
entry: always
exit_when: [{ event: loyalty.granted, as: thanked }]
steps:
  - email: m2
    id: nudge
  - wait: 1 day
"""
RARELY = CART.replace("entry: always", "entry: once per 30 days").replace("- wait: 1 day", "- exit: done")


@pytest.fixture
def env(configured):
    return configured


@pytest.fixture
def why(typed, env):
    """What the verb says, as text; it must succeed."""

    def ask(*words):
        told = typed("why", *words, env=env)
        assert told.exit_code == 0, told.output
        return told.stdout

    return ask


@pytest.fixture
def why_json(why):
    return lambda *words: json.loads(why(*words, "--format", "json"))


def the_run(explanation):
    (scenario,) = explanation["scenarios"]
    (run,) = scenario["runs"]
    return run


@pytest.fixture
def crowded(brand):
    """Ada got the welcome at noon; the cart's message found the day full."""

    async def story(shop):
        await shop.publish(policy=ONE_A_DAY, welcome=WELCOME, cart=CART)
        await shop.person("ada")
        await shop.happens("contact.subscribed", list="newsletter")
        await shop.sent(now=NOON + timedelta(minutes=1))
        await shop.look(NOON + timedelta(minutes=1))
        await shop.happens("cart.updated", at=NOON + timedelta(minutes=5), cart_id="c1")

    brand.lives(story)


@pytest.mark.usefixtures("crowded")
def test_a_full_limit_names_the_messages_that_filled_it(why):
    told = why("ada", "cart")
    assert (
        "nudge: m2 by email leaves on Tue 16 Feb 2027 at 00:00: "
        "the limit of at most 1 message per 1 day is full"
    ) in told
    assert "filled by m1 of welcome by email, left Mon 15 Feb 2027 at 12:01" in told
    assert "next: Tue 16 Feb 2027 at 00:00" in told


@pytest.mark.usefixtures("crowded")
def test_the_same_as_json(why_json):
    found = why_json("ada", "cart")
    assert (found["contact"], found["zone"]) == ("ada", "Europe/Paris")
    line = next(each for each in the_run(found)["decisions"] if each["what"] == "reserved")
    (filler,) = line["filled_by"]
    assert (filler["message"], filler["scenario"], filler["state"]) == ("m1", "welcome", "left")
    assert filler["at"] == "2027-02-15T11:01:00+00:00"
    assert the_run(found)["next_possible"] == "2027-02-15T23:00:00+00:00"


@pytest.mark.usefixtures("crowded")
def test_without_a_scenario_all_that_they_had_to_do_with_is_told(why_json):
    assert [each["scenario"] for each in why_json("ada")["scenarios"]] == ["cart", "welcome"]


def test_hours_are_told_with_when_they_open(brand, why):
    async def story(shop):
        await shop.publish(policy=OFFICE_HOURS, welcome=WELCOME)
        await shop.person("ada")
        await shop.happens("contact.subscribed", list="newsletter")

    brand.lives(story)
    assert "the hours are 18:00-20:00, which open Mon 15 Feb 2027 at 18:00" in why("ada", "welcome")


def test_consent_that_is_missing_is_told_and_one_that_was_withdrawn_since_when(brand, why, why_json):
    async def story(shop):
        await shop.publish(welcome=WELCOME)
        await shop.person("ada", consent=["sms"])
        await withdraw(
            shop.database,
            shop.plans,
            "ada",
            "newsletter",
            "sms",
            source="tests",
            now=NOON - timedelta(hours=2),
        )
        await shop.happens("contact.subscribed", list="newsletter")

    brand.lives(story)
    told = why("ada", "welcome")
    assert "m1 by email is not sent: there is no consent to newsletter by email" in told
    assert "cannot get m2 by sms: consent to newsletter by sms was withdrawn on 2027-02-15" in told
    unreachable = {
        each["channel"]: each for each in why_json("ada", "welcome")["scenarios"][0]["unreachable"]
    }
    assert unreachable["email"]["since"] is None
    assert unreachable["sms"]["since"] == "2027-02-15T09:00:00+00:00"


def test_the_goal_that_fired_is_told(brand, why_json):
    async def story(shop):
        await ada_is_greeted(shop)
        await shop.happens("order.placed", at=NOON + timedelta(minutes=30), order_id="o1", total=12)

    brand.lives(story)
    run = the_run(why_json("ada", "welcome"))
    assert (run["status"], run["end_reason"]) == ("ended", "goal")
    goal = next(line for line in run["decisions"] if line["what"] == "goal")
    assert (goal["event"], goal["text"]) == ("order.placed", "goal reached: order.placed")


def test_the_exit_that_fired_is_told(brand, why):
    async def story(shop):
        await shop.publish(cart=CART)
        await shop.person("ada")
        await shop.happens("cart.updated", cart_id="c1")
        await shop.happens("loyalty.granted", at=NOON + timedelta(minutes=2), reason="x")

    brand.lives(story)
    told = why("ada", "cart")
    assert "loyalty.granted came" in told
    assert "ended: thanked" in told


# Entries that were refused


def test_an_audience_that_keeps_somebody_out_is_named(brand, why):
    async def story(shop):
        await shop.publish(welcome=WELCOME)
        await shop.person("ada", country="CH")
        await shop.happens("contact.subscribed", list="newsletter")

    brand.lives(story)
    assert (
        "not entered on Mon 15 Feb 2027 at 12:00 by contact.subscribed: "
        "is not of the audience: `contact.country == FR` did not hold"
    ) in why("ada", "welcome")


def test_a_run_that_stands_in_the_way_is_named(brand, why_json):
    async def story(shop):
        await ada_is_greeted(shop)
        await shop.happens("contact.subscribed", at=NOON + timedelta(minutes=9), list="newsletter")

    brand.lives(story)
    (scenario,) = why_json("ada", "welcome")["scenarios"]
    (refused,) = scenario["refused"]
    assert (refused["reason"], refused["run"]) == ("active", scenario["runs"][0]["run"])
    assert "was under way in it already" in refused["text"]


def test_who_must_wait_before_entering_again_is_told_until_when(brand, why):
    async def story(shop):
        await shop.publish(cart=RARELY)
        await shop.person("ada")
        await shop.happens("cart.updated", cart_id="c1")
        await shop.sent(now=NOON + timedelta(minutes=1))
        await shop.look(NOON + timedelta(minutes=1))
        await shop.happens("cart.updated", at=NOON + timedelta(minutes=9), cart_id="c2")

    brand.lives(story)
    assert "may again from Wed 17 Mar 2027 at 12:00" in why("ada", "cart")


def test_an_event_that_came_too_late_is_named(brand, why):
    async def story(shop):
        await shop.publish(cart=CART)
        await shop.person("ada")
        await shop.send("cart.updated", at=NOON - timedelta(days=2), now=NOON, cart_id="c1")
        await shop.route(NOON)

    brand.lives(story)
    assert "cart.updated of Sat 13 Feb 2027 at 12:00 came more than 1 day late" in why("ada", "cart")


def test_who_never_entered_is_told_what_would_start_it(brand, why):
    async def story(shop):
        await shop.publish(welcome=WELCOME)
        await shop.person("ada")

    brand.lives(story)
    told = why("ada", "welcome")
    assert "has never entered: nothing that starts it is known of them. When" in told
    assert "It is for those of whom this is true: `contact.country == FR`." in told
    assert "no scenario was started for them" in why("ada")


# An instant of the past


def test_at_an_instant_only_what_was_known_then_is_told(brand, why_json):
    """Before the first message left, before the goal, and before consent was given back."""

    async def story(shop):
        await shop.publish(welcome=WELCOME)
        await shop.person("ada", consent=["email"])
        await shop.happens("contact.subscribed", list="newsletter")
        await shop.sent(now=NOON + timedelta(minutes=10))
        await shop.look(NOON + timedelta(minutes=10))
        await grant(
            shop.database,
            shop.plans,
            "ada",
            "newsletter",
            "sms",
            source="t",
            now=NOON + timedelta(minutes=20),
        )
        await shop.happens("order.placed", at=NOON + timedelta(minutes=30), order_id="o1", total=12)

    brand.lives(story)
    early = why_json("ada", "welcome", "--at", "2027-02-15 12:05")
    run = the_run(early)
    assert (run["status"], run["position"]) == ("active", "hello")
    assert [line["what"] for line in run["decisions"]] == ["entered", "reserved"]
    assert [each["channel"] for each in early["scenarios"][0]["unreachable"]] == ["sms"]
    late = why_json("ada", "welcome", "--at", "2027-02-15")
    assert the_run(late)["end_reason"] == "goal"
    assert late["scenarios"][0]["unreachable"] == []


def test_what_stood_still_is_told_for_the_instant_and_no_longer_than_it_did(brand, why_json):
    """The channel of the provider that refused us, between noon and half past."""

    async def story(shop):
        await shop.publish(welcome=WELCOME)
        await shop.person("ada")
        async with shop.database.transaction() as connection:
            await pause_channel(connection, "email", "the key was refused", NOON)
        await shop.happens("contact.subscribed", list="newsletter")
        half_past = NOON + timedelta(minutes=30)
        await resume(shop.database, "email", ["email"], actor="ops", now=half_past)

    brand.lives(story)
    during, after = (why_json("ada", "--at", f"2027-02-15 {at}") for at in ("12:10", "12:40"))
    assert during["notes"] == ["email was paused on Mon 15 Feb 2027 at 12:00 by itself: the key was refused"]
    assert after["notes"] == []


def test_a_message_that_should_have_left_names_its_workflow_and_one_without_an_answer_its_attempt(brand, why):
    async def story(shop):
        await shop.publish(welcome=WELCOME)
        await shop.person("ada")
        await shop.happens("contact.subscribed", list="newsletter")

    brand.lives(story)
    assert "should have left on Mon 15 Feb 2027 at 12:00 and has not: the workflow welcome/ada/1 says" in why(
        "ada", "welcome", "--at", "2027-02-15 12:10"
    )

    async def attempted(shop):
        at = NOON + timedelta(minutes=20)
        await shop.rows("update messages set state = 'attempted', attempted_at = %s returning id", at)

    brand.lives(attempted)
    assert "was handed over on Mon 15 Feb 2027 at 12:20: nobody knows what came of it" in why(
        "ada", "welcome"
    )


def test_a_filler_is_told_as_it_stood(brand, why_json):
    """The welcome was still planned when the cart's message asked, and left after."""

    async def story(shop):
        await shop.publish(policy=ONE_A_DAY, welcome=WELCOME, cart=CART)
        await shop.person("ada")
        await shop.happens("contact.subscribed", list="newsletter")
        await shop.happens("cart.updated", at=NOON + timedelta(minutes=5), cart_id="c1")
        await shop.sent(now=NOON + timedelta(minutes=10))

    brand.lives(story)

    def filler(*words):
        lines = the_run(why_json("ada", "cart", *words))["decisions"]
        return next(line["filled_by"][0] for line in lines if line["what"] == "reserved")

    assert filler("--at", "2027-02-15 12:06")["state"] == "planned"
    assert filler()["state"] == "left"


def test_a_filler_that_was_moved_since_is_told_at_the_place_that_it_had(brand, why_json):
    """The welcome had the day's place when the cart's message asked; a birthday took it later."""
    evening = POLICY.replace("at_most: 100", "at_most: 1").replace(
        'email: { allow: "00:00-24:00" }', 'email: { allow: "18:00-20:00" }'
    )
    urgent = CART.replace("scenario: cart", "scenario: urgent\npriority: 90").replace(
        "cart.updated", "order.placed"
    )

    async def story(shop):
        await shop.publish(
            policy=evening, welcome=WELCOME.replace("goal:", "# goal:"), cart=CART, urgent=urgent
        )
        await shop.person("ada")
        await shop.happens("contact.subscribed", list="newsletter")
        await shop.happens("cart.updated", at=NOON + timedelta(minutes=5), cart_id="c1")
        await shop.happens("order.placed", at=NOON + timedelta(minutes=9), order_id="o1", total=5)

    brand.lives(story)

    def filler(*words):
        lines = the_run(why_json("ada", "cart", *words))["decisions"]
        (each,) = next(line["filled_by"] for line in lines if line["what"] == "reserved")
        return each["at"]

    assert filler("--at", "2027-02-15 12:06") == "2027-02-15T17:00:00+00:00"
    assert filler() > "2027-02-16"


def test_of_who_was_erased_nothing_is_told(brand, why_json):
    async def story(shop):
        await ada_is_greeted(shop)
        await erase(shop.database, shop.plans, "ada", source="t", now=NOON + timedelta(minutes=20))

    brand.lives(story)
    found = why_json("ada")
    assert "was erased: what had been decided is forgotten" in found["notes"]
    run = the_run(found)
    assert (run["status"], run["end_reason"], run["decisions"]) == ("ended", "erased", [])


def test_before_anything_is_published_the_verb_is_named(typed, configured):
    told = typed("why", "ada", env=configured)
    assert told.exit_code == 2
    assert "run `relance publish`" in told.stderr


def test_an_attribute_is_read_as_it_was(brand, why_json):
    """A phone that came later does not make the SMS possible before."""

    async def story(shop):
        await shop.publish(welcome=WELCOME)
        await shop.person("ada", phone=None)
        await shop.person("ada", now=NOON + timedelta(minutes=30))

    brand.lives(story)
    early = why_json("ada", "welcome", "--at", "2027-02-15T12:05")["scenarios"][0]["unreachable"]
    assert [each["text"] for each in early] == ["the person gave no phone number"]
    assert why_json("ada", "welcome")["scenarios"][0]["unreachable"] == []


# Mistakes


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("nobody",), "there is no contact `nobody` in the base"),
        (("ada", "welcom"), "there is no scenario `welcom`: there are welcome"),
        (("ada", "--at", "yesterday"), "--at takes a day or an instant like"),
        (("ada", "--at", "2031-01-01"), "is still to come"),
        (("ada", "--at", "2027-02-15T11:30"), "`ada` was not known yet"),
        (("ada", "--at", "2020-01-01"), "nothing was published by 2020-01-01"),
    ],
)
def test_a_question_that_has_no_answer_says_why(brand, typed, env, words, remedy):
    async def story(shop):
        await shop.publish(welcome=WELCOME, now=NOON - timedelta(hours=1))
        await shop.person("ada", now=NOON)

    brand.lives(story)
    told = typed("why", *words, env=env)
    assert told.exit_code == 2, told.output
    assert remedy in told.stderr
