"""What a run did, it sees: its key, the address and the clock that it set, the consent that it recorded."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.database import Database
from tests.engine.production_life import Life
from tests.engine.story_projects import PERSON, SUBSCRIBED, scenario, stage_of, story, write
from tests.engine.test_stories_in_production import same_in_both
from tests.integration.installation import Installation

ORDER = "{ at: day 0 09:00, event: order.placed, with: { order_id: o1, total: 20, channel: web } }"
AGAIN = "{ at: day 1 09:00, event: order.placed, with: { order_id: o1, total: 20, channel: web } }"


async def lived(
    database: Database, folder: Path, scenarios: dict[str, str], deeds: str, given: str = PERSON
) -> Life:
    """A life that goes the same way in the virtual world, in PostgreSQL, and decided again."""
    project = write(folder / "project", scenarios, story(deeds, "", given))
    (file,) = project.stories
    relance = Installation(database, None, folder / "outbox", project=project.folder)
    life = Life.of(relance, file.stories[0], file, stage_of(project))
    await same_in_both(life)
    return life


async def told(life: Life) -> list[str]:
    """Channels of what left, ends, and what was not sent, in order."""
    return [kind if name in ("hello", "offer") else name for _, kind, name in await life.timeline()]


@pytest.mark.parametrize("name", ["order_id", "total", "channel"])
async def test_a_key_is_compared_with_values_of_its_own_type(
    name: str, database: Database, tmp_path: Path
) -> None:
    """Text, money or choice: the event of the same value ends the run before its message."""
    head = f"key: event.{name}\nwhile_active: ignore\n"
    head += f"exit_when: [{{ event: order.placed, where: {name} == run.key, as: same }}]\n"
    text = scenario("- wait: 2 days\n- email: hello\n", head, trigger="event: order.placed")
    life = await lived(database, tmp_path, {"case": text}, f"{ORDER}\n{AGAIN}")
    assert (await told(life))[0] == "same"


async def test_a_key_may_be_asked_what_its_type_knows(database: Database, tmp_path: Path) -> None:
    text = scenario(
        "- if: run.key > 10\n  then: [{ exit: dear }]\n- exit: cheap\n",
        "key: event.total\n",
        trigger="event: order.placed",
    )
    assert await told(await lived(database, tmp_path, {"case": text}, ORDER)) == ["dear"]


async def test_the_items_of_a_list_of_texts_each_begin_a_run(database: Database, tmp_path: Path) -> None:
    text = scenario(
        '- if: item == "B"\n  then: [{ exit: b }]\n- exit: other\n',
        "key: item\n",
        trigger="event: order.placed, for_each: event.items.sku",
    )
    items = "{ at: day 0 09:00, event: order.placed, with: { items: [{ sku: A }, { sku: B }] } }"
    life = await lived(database, tmp_path, {"case": text}, items)
    rows = await life.rows("select key, end_reason as why from runs order by key")
    assert [(row["key"], row["why"]) for row in rows] == [("A", "other"), ("B", "b")]


async def test_a_number_that_the_run_learns_gets_its_message(database: Database, tmp_path: Path) -> None:
    """As the person would have written it: in E.164, in which a STOP is kept."""
    text = scenario('- set: { contact.phone: "06 39 98 00 02" }\n- sms: hello\n')
    life = await lived(database, tmp_path, {"case": text}, SUBSCRIBED)
    assert "sms" in await told(life)
    assert (await life.rows("select phone from contacts"))[0]["phone"] == "+33639980002"


async def test_no_spelling_of_a_number_evades_a_stop(database: Database, tmp_path: Path) -> None:
    """STOP was said by +33639980001, to which the run comes back after a while with another number."""
    text = scenario(
        "- sms: hello\n- wait: 1 day at 12:00\n"
        '- set: { contact.phone: "+33639980002" }\n- set: { contact.phone: "06 39 98 00 01" }\n- sms: offer\n'
    )
    life = await lived(
        database, tmp_path, {"case": text}, f'{SUBSCRIBED}\n{{ at: day 0 12:00, replies: "STOP" }}'
    )
    assert "sms" not in (await told(life))[1:]


async def test_what_is_no_address_and_no_zone_is_left_as_it_was(database: Database, tmp_path: Path) -> None:
    """The trail says so."""
    text = scenario(
        '- set: { contact.phone: "12" }\n- set: { contact.timezone: "Mars/Phobos" }\n- sms: hello\n'
    )
    life = await lived(database, tmp_path, {"case": text}, SUBSCRIBED)
    (row,) = await life.rows("select phone, timezone from contacts")
    assert (row["phone"], row["timezone"]) == ("+33639980001", None)
    lines = [
        each["text"]
        for each in await life.rows("select text from trail where what = 'not_set' order by line")
    ]
    assert lines[0].startswith("set contact.phone: not a phone number")
    assert lines[1].startswith("set contact.timezone: not a time zone")


async def test_a_wait_goes_by_the_clock_that_the_run_has_just_set(database: Database, tmp_path: Path) -> None:
    """Nine in Paris is already five in the afternoon in Tokyo."""
    text = scenario('- set: { contact.timezone: "Asia/Tokyo" }\n- wait: until 18:00\n- email: hello\n')
    life = await lived(database, tmp_path, {"case": text}, SUBSCRIBED)
    assert (await life.timeline())[0][0] == datetime(2027, 2, 15, 9, tzinfo=UTC)


@pytest.mark.parametrize("reason", ["inactive", "dormant"])
async def test_a_consent_lifts_the_blocks_of_its_topic_at_once(
    reason: str, database: Database, tmp_path: Path
) -> None:
    """Whatever word the scenario that blocked gave as its reason."""
    sunset = scenario(
        f"- suppress: {{ topic: newsletter, channel: email, reason: {reason} }}\n",
        name="sunset",
        trigger="event: order.placed",
    )
    back = scenario(
        "- grant: { topic: newsletter, channel: email, text: optin_v3, proof: click }\n- email: hello\n",
        name="back",
    )
    deeds = f"{ORDER}\n{SUBSCRIBED.replace('day 0', 'day 3')}"
    assert "email" in await told(await lived(database, tmp_path, {"sunset": sunset, "back": back}, deeds))


async def test_of_a_block_and_a_consent_the_later_holds(database: Database, tmp_path: Path) -> None:
    """In the transaction of one decision too."""
    text = scenario(
        "- suppress: { topic: newsletter, channel: email, reason: inactive }\n"
        "- grant: { topic: newsletter, channel: email, text: optin_v3, proof: click }\n"
        "- wait: 1 day\n- email: hello\n"
    )
    assert "email" in await told(await lived(database, tmp_path, {"case": text}, SUBSCRIBED))


async def test_a_day_that_means_never_is_waited_for(database: Database, tmp_path: Path) -> None:
    """The last day of the calendar, in a zone where it is over before it is in UTC."""
    text = scenario("- wait: until contact.renewal_date at 23:30\n  if_past: exit\n- email: hello\n")
    given = PERSON.replace("points: 10", "points: 10, renewal_date: 9999-12-31")
    assert await told(await lived(database, tmp_path, {"case": text}, SUBSCRIBED, given)) == []
