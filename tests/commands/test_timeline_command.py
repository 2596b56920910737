"""`relance contacts timeline`, as it is typed."""

import json
from datetime import timedelta

import pytest

from tests.commands.small_brand import ada_is_greeted
from tests.engine.conftest import NOON


@pytest.fixture
def env(brand, configured):
    """Ada subscribed, was greeted, and filled a cart."""

    async def story(shop):
        await ada_is_greeted(shop)
        await shop.happens("cart.updated", cart_id="c1", at=NOON + timedelta(minutes=30))

    brand.lives(story)
    return configured


def test_a_life_is_told_newest_first_with_why_and_what_follows(typed, env):
    told = typed("contacts", "timeline", "ada", env=env)
    assert told.exit_code == 0, told.output
    lines = [" ".join(line.split()) for line in told.output.splitlines()]
    assert lines[0] == "ada (Europe/Paris), newest first"
    assert lines[2].startswith("Mon 15 Feb 2027 at 12:30 in - cart.updated")
    (message,) = (line for line in lines if "message m1" in line)
    assert message.startswith(
        "Mon 15 Feb 2027 at 12:01 out email message m1 - sent welcome/hello goes on at 2 on"
    )
    (subscribed,) = (line for line in lines if "contact.subscribed" in line)
    assert subscribed.endswith("began welcome")


def test_it_is_filtered_and_paged_as_json(typed, env):
    words = ("contacts", "timeline", "ada", "--format", "json", "--limit", "1")
    first = json.loads(typed(*words, "--kind", "event", env=env).stdout)
    assert [each["name"] for each in first["entries"]] == ["cart.updated"]
    second = json.loads(typed(*words, "--kind", "event", "--cursor", first["next"], env=env).stdout)
    assert [each["name"] for each in second["entries"]] == ["contact.subscribed"]
    assert second["next"] is None
    mail = json.loads(typed(*words, "--medium", "email", "--direction", "out", env=env).stdout)
    assert [each["name"] for each in mail["entries"]] == ["m1"]
    before = typed("contacts", "timeline", "ada", "--until", "2027-02-14", "--kind", "event", env=env)
    assert before.output == "ada: nothing of this has happened\n"
    that_day = ("--from", "2027-02-15", "--until", "2027-02-15", "--kind", "event")
    assert "cart.updated" in typed("contacts", "timeline", "ada", *that_day, env=env).output


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("bob",), "there is no contact `bob` in the base"),
        (("ada", "--from", "soon"), "--from takes a day or an instant like 2026-12-01T09:00"),
        (("ada", "--cursor", "xyz"), "begin without one"),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_line(typed, env, words, remedy):
    told = typed("contacts", "timeline", *words, env=env)
    assert told.exit_code == 2
    assert remedy in told.stderr
