"""`relance simulate`: over nobody, over files and over a base, as it is typed."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.commands.small_brand import WELCOME, ada_is_greeted
from tests.engine.conftest import NOON, POLICY, write_project
from tests.engine.scenarios import scenario

LETTER = scenario(
    "letter",
    """
    - email: m3
      id: news
    """,
    trigger="every: day at 09:00",
    entry="always",
    head="""
    priority: 10
    audience: can_receive(email)
    """,
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that nobody published."""
    write_project(tmp_path / "project", {"welcome": WELCOME, "letter": LETTER}, codes=["A"])
    return tmp_path / "project"


@pytest.fixture
def simulated(typed, project):
    """What the verb says as JSON; it must succeed."""

    def run(*words, env=None):
        told = typed("simulate", "--project", str(project), "--format", "json", *words, env=env)
        assert told.exit_code == 0, told.output
        return json.loads(told.stdout)

    return run


def lines(path: Path, *objects) -> str:
    path.write_text("".join(json.dumps(each) + "\n" for each in objects))
    return str(path)


def person(id_, **more):
    consents = [{"topic": "newsletter", "channel": way, "state": "granted"} for way in ("email", "sms")]
    given = {"email": f"{id_}@example.com", "phone": "+33639980001", "country": "FR"}
    return {"id": id_, "attributes": given, "consents": consents} | more


def event(id_, contact, at, name="contact.subscribed", **said):
    return {"id": id_, "name": name, "contact": contact, "at": at, "with": said}


def test_people_are_made_up_where_nobody_is_named(typed, project):
    words = ("simulate", "--project", str(project), "--people", "40", "--from", "2027-02-01", "--days", "7")
    told = typed(*words)
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith("7 days from Monday 1 February 2027: 40 people, ")
    for part in ("messages\n", "calendar\n", "how much people get\n", "assumed:\n"):
        assert part in told.stdout
    assert "Mon 01 Feb  " in told.stdout
    assert "40 people are made up from the catalog" in told.stdout
    assert "contact.subscribed 0.3" in told.stdout
    assert typed(*words).stdout == told.stdout, "the same seed gives the same result"
    assert typed(*words, "--seed", "2").stdout != told.stdout


def test_rates_may_be_said_and_are_told(simulated):
    often = simulated("--people", "30", "--from", "2027-02-01", "--rate", "contact.subscribed=5")
    never = simulated("--people", "30", "--from", "2027-02-01", "--rate", "contact.subscribed=0")
    assert often["entries"]["welcome"]["entered"] > 8
    assert never["entries"]["welcome"]["entered"] == 0
    assert "nobody entered welcome. Nothing started it." in never["warnings"]


def test_people_and_events_of_files_are_lived_to_the_letter(simulated, tmp_path):
    """Ada subscribes on day 0; Bob did so before, and is not asked again; nobody else does anything."""
    contacts = lines(tmp_path / "people.jsonl", person("ada"), person("bob"), person("eve", consents=[]))
    events = lines(
        tmp_path / "events.jsonl",
        event("e1", "ada", "2027-02-15T12:00:00+01:00", list="newsletter"),
        event("e1", "ada", "2027-02-15T12:00:00+01:00", list="newsletter"),
        event("e2", "bob", "2027-01-10T12:00:00+01:00", list="newsletter"),
    )
    words = ("--contacts", contacts, "--events", events, "--from", "2027-02-15", "--days", "5")
    told = simulated(*words)
    assert told["contacts"] == 3
    assert told["entries"]["welcome"] == {"under_way": 0, "entered": 1, "goals": 0}
    assert told["messages"]["welcome"]["hello"] == {"sent": 1, "dropped": 0, "delayed": 0, "withheld": 0}
    assert told["messages"]["letter"]["news"]["sent"] == 10
    assert [day["sent"] for day in told["per_day"]] == [3, 2, 2, 3, 2]
    assert told["per_day"][0] == {
        "day": "2027-02-15",
        "sent": 3,
        "scenarios": {"letter": 2, "welcome": 1},
        "channels": {"email": 3},
    }
    assert told["per_contact"] == {"mean": 4.0, "p90": 7, "max": 7}
    alone = simulated("welcome", "--alone", *words)
    assert list(alone["messages"]) == ["welcome"]
    assert alone["per_contact"]["max"] == 2


def test_a_csv_file_is_read_as_an_import_reads_it(simulated, tmp_path):
    contacts, mapping = tmp_path / "people.csv", tmp_path / "mapping.yaml"
    contacts.write_text(
        "id;email;country;newsletter\nada;ada@example.com;FR;oui\nbob;bob@example.com;FR;non\n"
    )
    mapping.write_text("columns: { newsletter: { consent: newsletter.email } }\n")
    events = lines(tmp_path / "events.jsonl", event("e1", "ada", "2027-02-15T12:00:00+01:00", list="x"))
    told = simulated(
        "--contacts", str(contacts), "--mapping", str(mapping), "--events", events, "--days", "3"
    )
    assert told["from"] == "2027-02-15", "the day of the first event"
    assert told["messages"]["letter"]["news"]["sent"] == 3


def test_a_base_goes_on_from_where_it_stands(simulated, configured, brand):
    """Ada has had her first message; the reminder is under way, and what she got counts for the limits."""
    brand.lives(ada_is_greeted)
    weekly = POLICY.replace("at_most: 100, per: 1 day", "at_most: 1, per: 7 days")
    write_project(brand.folder, {"welcome": WELCOME, "letter": LETTER}, policy=weekly, codes=["A"])
    words = (
        "--contacts",
        "base",
        "--project",
        str(brand.folder),
        "--days",
        "8",
        "--rate",
        "contact.subscribed=0",
    )
    told = simulated(*words, env=configured)
    assert told["contacts"] == 1
    assert told["from"] == "2027-02-15"
    assert told["entries"]["welcome"]["under_way"] == 1
    assert told["messages"]["welcome"]["reminder"] == {
        "sent": 0,
        "dropped": 1,
        "delayed": 0,
        "withheld": 0,
    }
    assert told["messages"]["letter"]["news"]["sent"] == 1
    assert told["refusals"]["at most 1 message per 7 days"] > 1
    assert any("less than a week" in each for each in told["assumptions"])
    assert simulated(*words, env=configured) == told
    compared = simulated(*words, "--compare", env=configured)
    before = compared.pop("before")
    assert before["messages"]["welcome"]["reminder"]["sent"] == 1, "no limit is in force yet"
    assert before["messages"]["letter"]["news"]["sent"] == 8
    assert compared == told


def test_a_base_lives_on_as_it_was_recorded(simulated, configured, brand):
    """Each Monday at noon everybody subscribed anew; so they do in the coming weeks."""

    async def three_weeks(shop):
        await shop.publish(welcome=WELCOME.replace("entry: once", "entry: always"))
        for name in ("ada", "bob", "eve"):
            await shop.person(name, now=NOON - timedelta(days=1))
        for week in range(3):
            for name in ("ada", "bob", "eve"):
                at = NOON + timedelta(days=7 * week)
                await shop.happens("contact.subscribed", name, at=at, list="newsletter")
                await shop.sent(name, now=at)
                await shop.look(at)
        await shop.look(NOON + timedelta(days=20, hours=23))

    brand.lives(three_weeks)
    brand.clock_at(NOON + timedelta(days=20, hours=23))
    write_project(
        brand.folder,
        {"welcome": WELCOME.replace("entry: once", "entry: always"), "letter": LETTER},
        codes=["A"],
    )
    told = simulated("--contacts", "base", "--project", str(brand.folder), "--days", "14", env=configured)
    assert told["entries"]["welcome"] == {"under_way": 3, "entered": 6, "goals": 0}
    by_day = {day["day"]: day["scenarios"].get("welcome", 0) for day in told["per_day"]}
    assert told["messages"]["welcome"]["hello"]["sent"] == by_day["2027-03-08"] == 6
    assert by_day["2027-03-15"] == 3
    assert any(each.startswith("what people do is drawn from") for each in told["assumptions"])


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["welcom"], 2, "there is no scenario `welcom`; did you mean `welcome`?"),
        (["--alone"], 2, "--alone goes with the names of scenarios"),
        (["--rate", "order.place=1"], 2, "`order.place` is no event of people"),
        (["--rate", "order.placed=often"], 2, "--rate takes EVENT=N like order.placed=0.5"),
        (["--from", "monday"], 2, "--from takes a day or an instant like 2027-02-01, not `monday`"),
        (["--contacts", "nowhere.csv"], 2, "nowhere.csv"),
        (["--contacts", "base"], 2, "DATABASE_URL is missing"),
        (["--compare"], 2, "--compare is with what is in force"),
    ],
)
def test_what_is_typed_wrong_says_what_to_type(typed, project, words, status, says):
    told = typed("simulate", "--project", str(project), *words)
    assert told.exit_code == status, told.output
    assert says in told.stderr


def test_lines_that_are_wrong_are_named(typed, project, tmp_path):
    contacts = lines(tmp_path / "people.jsonl", person("ada"), person("bob", attributes={"size": 3}))
    told = typed("simulate", "--project", str(project), "--contacts", contacts)
    assert told.exit_code == 2
    assert "line 2: size: not an attribute of the catalog" in told.stderr
    contacts = lines(tmp_path / "people.jsonl", person("ada"))
    events = lines(
        tmp_path / "events.jsonl",
        event("e1", "ada", "2027-02-15"),
        event("e2", "ada", "2027-02-15T12:00:00Z", "order.place"),
        {"name": "order.placed"},
    )
    told = typed("simulate", "--project", str(project), "--contacts", contacts, "--events", events)
    assert told.exit_code == 2
    assert "line 1: '2027-02-15' has no offset" in told.stderr
    assert "line 2: `order.place` is not an event of the catalog; did you mean `order.placed`?" in told.stderr
    assert "line 3: id, name, at and contact are texts" in told.stderr
    events = lines(tmp_path / "events.jsonl", event("e1", "zoe", "2027-02-15T12:00:00Z"))
    told = typed("simulate", "--project", str(project), "--contacts", contacts, "--events", events)
    assert "1 contacts are not in" in told.stderr


def test_what_changes_against_what_is_in_force_is_shown(typed, configured, brand):
    brand.lives(ada_is_greeted)
    write_project(brand.folder, {"welcome": WELCOME, "letter": LETTER}, codes=["A"])
    words = ("simulate", "--compare", "--days", "3", "--rate", "contact.subscribed=0")
    told = typed(*words, "--project", str(brand.folder), env=configured)
    assert told.exit_code == 0, told.output
    changes = told.stdout.split("what changes\n", 1)[1].split("\n\n", 1)[0]
    assert [line.split() for line in changes.splitlines()] == [
        ["scenario", "in", "force", "as", "here", "change"],
        ["letter", "0", "3", "+3"],
        ["welcome", "1", "1", "="],
        ["all", "1", "4", "+3"],
        ["nine", "in", "ten", "get", "at", "most", "1", "4", "+3"],
        ["the", "most", "1", "4", "+3"],
    ]


def test_a_file_without_consents_is_said_to_be_one(simulated, tmp_path):
    contacts = lines(tmp_path / "people.jsonl", person("ada", consents=[]))
    told = simulated("--contacts", contacts, "--days", "2")
    assert told["warnings"][0].startswith(f"nobody in {contacts} has agreed to anything")


def test_a_project_with_mistakes_is_not_simulated(typed, project):
    (project / "scenarios" / "tests" / "welcome.yaml").write_text(WELCOME.replace("email: m1", "email: m9"))
    told = typed("simulate", "--project", str(project), "--people", "5")
    assert told.exit_code == 1
    assert "m9" in told.stderr
