"""`relance replay`: a run decided again, as it is typed."""

import json

import pytest

from tests.commands.small_brand import ada_is_greeted


@pytest.fixture
def env(configured, brand):
    brand.lives(ada_is_greeted)
    return configured


def test_a_run_is_told_step_by_step_and_is_the_same(typed, env):
    told = typed("replay", "1", env=env)
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert lines[0] == "run 1: ada in welcome (Europe/Paris)"
    assert (
        lines[2]
        == "  1  Mon 15 Feb 2027 at 12:00  at hello, version 1, woken by its time, or a message of it"
    )
    assert lines[3] == (
        "     knew: 0 events; consent to newsletter by email, newsletter by sms; no codes in welcome"
    )
    assert lines[4:6] == ["     = entered Welcome", "     = m1 by email leaves now"]
    assert lines[-1] == "same: 2 decisions, as recorded"


def test_programs_get_the_same_as_json(typed, env):
    told = json.loads(typed("replay", "1", "--format", "json", env=env).stdout)
    assert told["same"] is True
    assert told["difference"] is None
    first = told["steps"][0]
    assert first["outcome"] == "same"
    assert first["at"] == "2027-02-15T11:00:00+00:00"
    assert first["recorded"] == first["decided"]
    assert first["looked_at"]["consents"] == ["newsletter by email", "newsletter by sms"]


def test_what_was_tampered_with_ends_with_1_and_both_are_shown(typed, env, brand):
    async def tamper(shop):
        await shop.tamper("update consents set state = 'withdrawn' where channel = 'email'")

    brand.lives(tamper)
    told = typed("replay", "1", env=env)
    assert told.exit_code == 1
    assert "     then  m1 by email leaves now\n     now   m1 by email is not sent: consent" in told.stdout
    assert "differs: step 1: then: m1 by email leaves now; now: m1 by email is not sent" in told.stdout


@pytest.mark.parametrize(
    ("tampering", "says"),
    [
        (None, "relance: there is no run 4711: see `relance runs list`"),
        ("delete from worlds returning 1", "the catalog and policy of then are not kept any more"),
        (
            "delete from transitions returning 1",
            "relance: run 1 cannot be replayed: decision 1 was made by an",
        ),
    ],
)
def test_a_run_that_cannot_be_replayed_ends_with_2_and_the_reason(typed, env, brand, tampering, says):
    async def tamper(shop):
        await shop.rows(tampering)

    if tampering:
        brand.lives(tamper)
    told = typed("replay", "1" if tampering else "4711", env=env)
    assert told.exit_code == 2
    assert says in told.stderr
