"""`relance why`: each kind of no, told from the facts behind it."""

from datetime import timedelta

import pytest

from engine.subscriptions import withdraw
from tests.commands.small_brand import WELCOME, ada_is_greeted
from tests.commands.why_asked import CART, OFFICE_HOURS, ONE_A_DAY, RARELY, the_run, why, why_json
from tests.engine.conftest import NOON

__all__ = ["why", "why_json"]


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
def test_a_question_that_has_no_answer_says_why(brand, typed, configured, words, remedy):
    async def story(shop):
        await shop.publish(welcome=WELCOME, now=NOON - timedelta(hours=1))
        await shop.person("ada", now=NOON)

    brand.lives(story)
    told = typed("why", *words, env=configured)
    assert told.exit_code == 2, told.output
    assert remedy in told.stderr
