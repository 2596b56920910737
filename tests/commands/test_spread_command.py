"""`relance segments spread`: what a threshold over an attribute would cut."""

import json
from datetime import timedelta

import pytest

from tests.commands.small_brand import WELCOME
from tests.engine.conftest import CATALOG, NOON, write_project

COMPUTED = """computed:
  bought: { type: money, is: "sum(order.placed.total, last 365 days)" }
  reachable: { type: boolean, is: "can_receive(email, newsletter)" }
  shop: { type: number, is: "contact.points * 2" }
"""


@pytest.fixture
def env(brand, configured):
    """Twelve people in two zones; person n has n points, and bought for n times 10 when n is odd."""

    async def story(shop):
        write_project(shop.folder, {"welcome": WELCOME})
        (shop.folder / "scenarios/catalog.yaml").write_text(CATALOG + COMPUTED)
        from engine.publish import publish  # noqa: PLC0415 - after the project is written

        await publish(shop.database, shop.folder, author="tests", now=NOON)
        for n in range(1, 13):
            zone = "America/Martinique" if n % 4 == 0 else None
            tier = "gold" if n > 9 else "bronze"
            await shop.person(
                f"p{n}", consent=("email",) if n > 3 else (), points=n, tier=tier, timezone=zone
            )
            if n % 2:
                await shop.happens("order.placed", f"p{n}", order_id=f"o{n}", total=n * 10)
        await shop.person("nobody", consent=())

    brand.lives(story)
    brand.clock_at(NOON + timedelta(hours=2))
    return configured


@pytest.fixture
def spread(typed, env):
    def run(attribute):
        told = typed("segments", "spread", attribute, "--format", "json", env=env)
        assert told.exit_code == 0, told.output
        return json.loads(told.stdout)

    return run


def test_a_number_has_quantiles_a_mean_and_ten_bars(spread):
    found = spread("points")
    assert (found["people"], found["unknown"]) == (13, 1)
    assert found["quantiles"]["50"] == "6"
    assert found["quantiles"]["90"] == "11"
    assert found["mean"] == "6.50"
    assert len(found["bars"]) == 10
    assert sum(bar["people"] for bar in found["bars"]) == 12


def test_what_is_computed_over_history_is_spread_over_all_zones(spread):
    found = spread("bought")
    bars = {bar["label"]: bar["people"] for bar in found["bars"]}
    assert bars == {"0": 7, "10": 1, "30": 1, "50": 1, "70": 1, "90": 1, "110": 1}


def test_a_choice_has_a_bar_for_each_option_in_the_order_of_the_catalog(spread):
    bars = [(bar["label"], bar["people"]) for bar in spread("contact.tier")["bars"]]
    assert bars == [("bronze", 9), ("silver", 0), ("gold", 3)]


def test_what_the_base_cannot_say_is_asked_of_each_person(spread):
    bars = {bar["label"]: bar["people"] for bar in spread("reachable")["bars"]}
    assert bars == {"true": 9, "false": 4}


def test_it_reads_on_a_terminal(typed, env):
    told = typed("segments", "spread", "tier", env=env)
    assert told.stdout.splitlines() == [
        "tier: 12 people, unknown of 1",
        "value   people  share",
        "bronze  9       75 %   ████████████████████████████████████████",
        "silver  0       0 %",
        "gold    3       25 %   █████████████",
    ]


@pytest.mark.parametrize(
    ("attribute", "reason"), [("teir", "did you mean `tier`?"), ("email", "neither a number, an amount")]
)
def test_what_cannot_be_spread_is_said(typed, env, attribute, reason):
    told = typed("segments", "spread", attribute, env=env)
    assert told.exit_code == 2
    assert reason in told.stderr
