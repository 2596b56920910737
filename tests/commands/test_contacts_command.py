"""`relance contacts show`, as it is typed."""

import json
from datetime import timedelta

import pytest

from engine.subscriptions import stop_sms
from tests.commands.small_brand import ada_is_greeted
from tests.engine.conftest import NOON


@pytest.fixture
def env(brand, configured):
    """Ada was greeted, and then said STOP."""

    async def story(shop):
        await ada_is_greeted(shop)
        (row,) = await shop.rows("select phone from contacts")
        late = NOON + timedelta(minutes=5)
        await stop_sms(shop.database, shop.plans, row["phone"], None, source="twilio", now=late)

    brand.lives(story)
    return configured


def test_a_person_is_shown_with_all_that_is_kept(typed, env):
    told = typed("contacts", "show", "ada", env=env)
    assert told.exit_code == 0, told.output
    lines = [" ".join(line.split()) for line in told.output.splitlines()]
    assert lines[0].startswith("ada: known since Sun 14 Feb 2027 at 12:00")
    assert "email ada@example.com" in lines
    assert "newsletter email granted consent Sun 14 Feb 2027 at 12:00 -" in lines
    assert "sms stop Mon 15 Feb 2027 at 12:05 all all" in lines
    assert "m1 email welcome sent Mon 15 Feb 2027 at 12:01 -" in lines
    assert "1 welcome at 2 Mon 15 Feb 2027 at 12:00" in lines


def test_a_person_reads_as_json(typed, env):
    shown = json.loads(typed("contacts", "show", "ada", "--format", "json", env=env).stdout)
    assert shown["attributes"]["country"] == "FR"
    assert [each["state"] for each in shown["consents"]] == ["granted", "granted"]
    (block,) = shown["suppressions"]
    assert (block["channel"], block["reason"]) == ("sms", "stop")
    assert block["classes"] == ["marketing", "service"]
    assert [each["scenario"] for each in shown["runs"]] == ["welcome"]
    assert shown["messages"][0]["state"] == "sent"


def test_somebody_who_is_not_there_is_said_so(typed, env):
    told = typed("contacts", "show", "bob", env=env)
    assert told.exit_code == 2
    assert told.stderr == "relance: there is no contact `bob` in the base\n"


@pytest.fixture
def old(brand, configured):
    """Ada's points were told at noon, and it is two months later."""

    async def story(shop):
        await shop.publish()
        await shop.person("ada", points=7, tier="gold")

    brand.lives(story)
    brand.clock_at(NOON + timedelta(days=60))
    return configured


def test_a_value_older_than_it_is_fresh_is_flagged_and_counted(typed, old):
    """By the catalog's `fresh_for: 30 days`; an attribute that says nothing is never stale."""
    lines = [" ".join(line.split()) for line in typed("contacts", "show", "ada", env=old).output.splitlines()]
    assert "points 7 (stale: of 2027-02-14)" in lines
    assert "tier gold" in lines
    shown = json.loads(typed("contacts", "stale", "points", "--format", "json", env=old).stdout)
    assert shown == [{"attribute": "points", "days": 30, "known": 1, "stale": 1}]


def test_an_attribute_without_a_limit_is_told_with_those_that_have_one(typed, old):
    told = typed("contacts", "stale", "tier", env=old)
    assert told.exit_code == 2
    assert "`tier` has neither `fresh_for` nor `keep`; there are points" in told.stderr
