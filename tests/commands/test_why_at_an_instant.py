"""`relance why --at`: only what was known at an instant of the past counts."""

from datetime import timedelta

from engine.pauses import pause_channel, resume
from engine.privacy import erase
from engine.subscriptions import grant
from tests.commands.small_brand import WELCOME, ada_is_greeted
from tests.commands.why_asked import CART, ONE_A_DAY, the_run, why, why_json
from tests.engine.conftest import NOON, POLICY

__all__ = ["why", "why_json"]


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
