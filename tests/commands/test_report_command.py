"""`relance report`: entries, messages, refusals, goals within their window, holdout: from a real life."""

import json
from datetime import timedelta

import pytest

from engine.shares import held_out
from engine.subscriptions import withdraw
from tests.commands.small_brand import WELCOME
from tests.engine.conftest import NOON
from tests.engine.scenarios import scenario

SHORT = scenario(
    "short",
    "- email: m1",
    entry="always",
    head="""
    holdout: 50%
    goal: { event: order.placed, within: 14 days, exit: false }
    """,
)
CART = scenario(
    "cart",
    "- exit: done",
    trigger="event: cart.updated",
    entry="always",
    head="""
    key: event.cart_id
    goal: { event: order.placed, where: order_id == run.key, within: 3 days }
    """,
)
PEOPLE = [f"c{number}" for number in range(4, 12)]
OUT = {name for name in PEOPLE if held_out(name, "short", 0.5)}
IN = set(PEOPLE) - OUT


@pytest.fixture
def report(typed, configured):
    def ask(*words):
        told = typed("report", *words, "--format", "json", env=configured)
        assert told.exit_code == 0, told.output
        return json.loads(told.stdout)

    return ask


@pytest.fixture
def half_held_out(brand):
    """Eight people enter; two who got it order within the window, one held out orders after it."""
    assert len(IN) > 2, "the hash of these names puts people on both sides"
    assert OUT

    async def story(shop):
        await shop.publish(short=SHORT)
        for name in PEOPLE:
            await shop.person(name)
            await shop.happens("contact.subscribed", name, list="newsletter")
        for name in PEOPLE:
            await shop.sent(name, now=NOON + timedelta(minutes=1))
        await shop.look(NOON + timedelta(minutes=1))
        first, second, *_ = sorted(IN)
        for number, (name, day) in enumerate(((first, 2), (second, 13), (min(OUT), 15))):
            await shop.happens(
                "order.placed", name, at=NOON + timedelta(days=day), order_id=f"o{number}", total=9
            )

    brand.lives(story)
    brand.clock_at(NOON + timedelta(days=20))


@pytest.mark.usefixtures("half_held_out")
def test_goals_count_within_their_window_also_after_the_run_is_over(report):
    (found,) = report("short")
    assert (found["got_it"]["entered"], found["held_out"]["entered"]) == (len(IN), len(OUT))
    assert (found["got_it"]["goals"], found["held_out"]["goals"]) == (2, 0)
    assert found["got_it"]["conversion"] == round(200 / len(IN), 2)
    assert found["got_it"]["still_open"] == 0
    (email,) = found["messages"]
    assert (email["channel"], email["sent"], email["withheld"]) == ("email", len(IN), len(OUT))


@pytest.mark.usefixtures("half_held_out")
def test_a_difference_that_may_be_chance_is_called_so(report, typed, configured):
    uplift = report("short")[0]["uplift"]
    assert uplift["low"] < uplift["points"] < uplift["high"]
    told = typed("report", "short", env=configured).output
    assert "which may be chance" in told
    assert f"conversion   {round(200 / len(IN), 2)} % (2 of {len(IN)})" in told


@pytest.mark.usefixtures("half_held_out")
def test_those_whose_window_is_open_are_told_apart(brand, report):
    brand.clock_at(NOON + timedelta(days=10))
    (found,) = report("short")
    assert (found["got_it"]["goals"], found["got_it"]["still_open"]) == (1, len(IN) - 1)


@pytest.mark.usefixtures("half_held_out")
def test_only_what_came_since_is_counted(report):
    assert report("short", "--since", "2027-02-16")[0]["got_it"]["entered"] == 0


def test_a_goal_with_a_condition_is_asked_of_each_run(brand, report):
    """An order of another cart, and one that came too late, are no conversions."""

    async def story(shop):
        await shop.publish(cart=CART)
        await shop.person("ada")
        for cart in ("a", "b", "c"):
            await shop.happens("cart.updated", at=NOON, id_=f"cart/{cart}", cart_id=cart)
        for cart, days in (("a", 1), ("c", 4)):
            at = NOON + timedelta(days=days)
            await shop.happens("order.placed", at=at, order_id=cart, total=5)

    brand.lives(story)
    brand.clock_at(NOON + timedelta(days=5))
    (found,) = report("cart")
    assert (found["got_it"]["entered"], found["got_it"]["goals"]) == (3, 1)


def test_refusals_are_counted_by_rule(brand, report, typed, configured):
    async def story(shop):
        await shop.publish(welcome=WELCOME)
        await shop.person("ada", consent=["email"])
        await shop.person("bob", country="CH")
        for name in ("ada", "bob"):
            await shop.happens("contact.subscribed", name, list="newsletter")
        await shop.sent(now=NOON)
        await shop.look(NOON)
        await shop.look(NOON + timedelta(days=3))

    brand.lives(story)
    (found,) = report("welcome")
    assert found["not_sent"] == {"consent": 1}
    assert found["not_entered"] == {"audience": 1}
    assert found["ends"] == {"end": 1}
    told = typed("report", "welcome", env=configured).output
    assert "not entered  1  audience" in told
    assert "difference   unknown: nobody was held out" in told


def test_without_a_name_every_scenario_has_a_line(brand, typed, configured):
    async def story(shop):
        await shop.publish(welcome=WELCOME, short=SHORT)
        await shop.person("ada")
        await shop.happens("contact.subscribed", list="newsletter")
        await withdraw(shop.database, shop.plans, "ada", "newsletter", "sms", source="t", now=NOON)

    brand.lives(story)
    told = typed("report", env=configured)
    assert told.exit_code == 0, told.output
    assert [line.split()[:2] for line in told.output.splitlines()] == [
        ["scenario", "entered"],
        ["short", "1"],
        ["welcome", "1"],
    ]


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("welcom",), "there is no scenario `welcom`: see `relance plan`"),
        (("welcome", "--since", "spring"), "--since takes a day or an instant"),
    ],
)
def test_a_mistake_is_told(brand, typed, configured, words, remedy):
    brand.lives(lambda shop: shop.publish(welcome=WELCOME))
    told = typed("report", *words, env=configured)
    assert told.exit_code == 2, told.output
    assert remedy in told.stderr
