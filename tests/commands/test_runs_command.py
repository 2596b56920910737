"""`relance runs list`, `show` and `stop`, as they are typed over people who are under way."""

import json
from datetime import timedelta

import psycopg
import pytest

from engine.advance import advance
from tests.commands.small_brand import WELCOME, ada_is_greeted
from tests.engine.conftest import NOON


@pytest.fixture
def env(brand, configured):
    """Ada is under way in `welcome`, waiting for the reminder."""
    brand.lives(ada_is_greeted)
    return configured


@pytest.fixture
def reserved(brand, configured):
    """Ada and Bob have a place each for the first message, which nobody has sent yet."""

    async def story(shop):
        await shop.publish(welcome=WELCOME)
        for name in ("ada", "bob"):
            await shop.person(name)
            await shop.happens("contact.subscribed", name, list="newsletter")

    brand.lives(story)
    return configured


def rows(env, sql):
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        return connection.execute(sql).fetchall()


# list


def test_those_under_way_are_listed_with_what_was_said_last(typed, env):
    told = typed("runs", "list", env=env)
    assert told.exit_code == 0, told.output
    heading, line = told.output.splitlines()
    assert heading.split()[:3] == ["run", "scenario", "contact"]
    assert "welcome v1  ada" in line
    assert "at 2" in line
    assert "waiting until Thu 18 Feb 2027 at 12:01" in line


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ((), 2),
        (("--contact", "bob"), 1),
        (("--scenario", "welcome", "--limit", "1"), 1),
        (("--status", "ended"), 0),
        (("--contact", "nobody"), 0),
    ],
)
def test_a_list_is_narrowed(typed, reserved, words, count):
    told = typed("runs", "list", *words, "--format", "json", env=reserved)
    assert len(json.loads(told.stdout)) == count


def test_a_scenario_that_there_is_not_is_no_empty_list(typed, env):
    told = typed("runs", "list", "--scenario", "welcom", env=env)
    assert told.exit_code == 2
    assert "there is no scenario `welcom`" in told.stderr


# show


def test_a_run_is_shown_with_all_that_belongs_to_it(typed, env):
    ((run,),) = rows(env, "select id from runs")
    told = typed("runs", "show", str(run), env=env | {"RELANCE_TEMPORAL_UI": "http://ui.example/"})
    assert told.exit_code == 0, told.output
    assert f"run {run}: ada in welcome, version 1" in told.output
    assert "at         2 (wait: 3 days)" in told.output
    assert "waits for  waiting until Thu 18 Feb 2027 at 12:01" in told.output
    assert f"http://ui.example/namespaces/default/workflows/welcome%2Fada%2F{run}" in told.output
    assert "m1       email    sent   Mon 15 Feb 2027 at 12:01" in told.output
    assert "m1 by email leaves now" in told.output


def test_a_run_reads_as_json(typed, env):
    ((run,),) = rows(env, "select id from runs")
    shown = json.loads(typed("runs", "show", str(run), "--format", "json", env=env).stdout)
    assert (shown["contact"], shown["position"], shown["status"]) == ("ada", "2", "active")
    assert shown["until"] == "2027-02-18T11:01:00+00:00"
    assert shown["workflow"] == {"id": f"welcome/ada/{run}", "people": 1, "link": None}
    assert [line["what"] for line in shown["trail"]][:2] == ["entered", "reserved"]
    assert [message["state"] for message in shown["messages"]] == ["sent"]


def test_variables_are_shown_as_they_are(typed, env, brand):
    async def cart(shop):
        await shop.happens("cart.updated", cart_id="basket-7")

    brand.lives(cart)
    shown = json.loads(typed("runs", "show", "1", "--format", "json", env=env).stdout)
    assert shown["variables"] == {"basket": "basket-7"}


def test_a_run_that_is_held_says_who_holds_it_and_why(typed, reserved):
    assert typed("pause", "email", "--reason", "incident", env=reserved).exit_code == 0
    told = typed("runs", "show", "1", env=reserved)
    assert "waits for  email is paused by " in told.output
    assert "(incident); then m1 to leave by email" in told.output


def test_a_run_that_there_is_not_names_the_list(typed, env):
    told = typed("runs", "show", "999", env=env)
    assert told.exit_code == 2
    assert told.stderr == "relance: there is no run 999: see `relance runs list`\n"


# stop


def test_what_would_be_stopped_is_counted_before_it_is_asked(typed, reserved):
    told = typed("runs", "stop", "--scenario", "welcome", env=reserved)
    assert told.exit_code == 1
    assert told.output.startswith("2 active runs would end, and 2 reserved messages would be released.\n")
    assert rows(reserved, "select count(*) from runs where status = 'active'") == [(2,)]
    assert rows(reserved, "select count(*) from audit where action = 'stop'") == [(0,)]


def test_stopped_runs_end_and_give_their_places_back(typed, reserved):
    before = rows(reserved, "select coalesce(max(id), 0) from pokes")[0][0]
    told = typed("runs", "stop", "--scenario", "welcome", "--yes", env=reserved)
    assert told.output.splitlines()[-1] == "2 runs stopped, 2 messages released"
    assert rows(reserved, "select distinct status, end_reason, position from runs") == [
        ("ended", "stopped", None)
    ]
    assert rows(reserved, "select distinct state, reason from messages") == [("released", "stopped")]
    assert rows(reserved, f"select count(distinct group_id) from pokes where id > {before}") == [(2,)]
    assert rows(reserved, "select subject, data from audit where action = 'stop'") == [
        ("scenario welcome", {"runs": [1, 2], "messages": 2})
    ]
    assert (
        rows(reserved, "select text from trail where what = 'ended'") == [("ended: somebody stopped it",)] * 2
    )


def test_the_workflows_of_stopped_runs_have_nothing_more_to_do(typed, reserved, brand):
    """Each group looks once more, finds nobody under way, and is over."""
    assert typed("runs", "stop", "--scenario", "welcome", "--yes", env=reserved).exit_code == 0

    async def story(shop):
        return [
            await advance(shop.database, shop.plans, group, NOON + timedelta(hours=2)) for group in (1, 2)
        ]

    assert [(each.active, each.deliveries) for each in brand.lives(story)] == [(0, ()), (0, ())]
    assert rows(reserved, "select count(*) from groups where ended_at is null") == [(0,)]


def test_many_runs_are_stopped_page_by_page(typed, configured, brand):
    """Each page is a transaction of its own, with its line in the audit; who enters later is left alone."""
    brand.lives(lambda shop: shop.publish(welcome=WELCOME))
    with psycopg.connect(configured["DATABASE_URL"]) as connection:
        connection.execute(
            "insert into contacts (id, created_at, updated_at)"
            " select 'p' || n, now(), now() from generate_series(1, 1100) n"
        )
        connection.execute(
            "insert into groups (workflow_id, scenario, version, size, created_at)"
            " values ('welcome/crowd', 'welcome', 1, 1100, now())"
        )
        connection.execute(
            "insert into runs (group_id, scenario, version, contact_id, position, entered_at)"
            " select 1, 'welcome', 1, 'p' || n, '2', now() from generate_series(1, 1100) n"
        )
    told = typed("runs", "stop", "--scenario", "welcome", "--yes", env=configured)
    assert told.output.splitlines()[-1] == "1100 runs stopped, 0 messages released"
    counted = rows(configured, "select jsonb_array_length(data -> 'runs') from audit where action = 'stop'")
    assert counted == [(500,), (500,), (100,)]


def test_only_those_of_a_contact_are_stopped(typed, reserved):
    told = typed("runs", "stop", "--contact", "bob", "--yes", env=reserved)
    assert told.exit_code == 0, told.output
    assert rows(reserved, "select contact_id from runs where status = 'active'") == [("ada",)]


def test_one_run_is_stopped_after_a_yes(typed, reserved):
    told = typed("runs", "stop", "1", env=reserved, said="y\n")
    assert told.exit_code == 0, told.output
    assert rows(reserved, "select id from runs where status = 'active'") == [(2,)]


def test_json_never_asks(typed, reserved):
    told = json.loads(typed("runs", "stop", "1", "--format", "json", env=reserved).stdout)
    assert told == {"would_stop": {"runs": 1, "messages": 1}, "stopped": {"runs": 0, "messages": 0}}
    told = json.loads(typed("runs", "stop", "1", "--yes", "--format", "json", env=reserved).stdout)
    assert told["stopped"] == {"runs": 1, "messages": 1}


def test_a_stopped_run_is_not_stopped_again(typed, reserved):
    assert typed("runs", "stop", "1", "--yes", env=reserved).exit_code == 0
    told = typed("runs", "stop", "1", "--yes", env=reserved)
    assert told.exit_code == 2
    assert "no active run is like that" in told.stderr


@pytest.mark.parametrize("words", [(), ("1", "--contact", "ada"), ("1", "--scenario", "welcome")])
def test_it_must_be_said_which(typed, reserved, words):
    told = typed("runs", "stop", *words, env=reserved)
    assert told.exit_code == 2
    assert "say which: a RUN, --contact, --scenario" in told.stderr
