"""New versions that bend what people are in the middle of: production does what the virtual world does."""

from datetime import UTC
from pathlib import Path

import pytest

from store.database import Database
from tests.engine.production_life import Life
from tests.engine.story_projects import PERSON, POLICY, SUBSCRIBED, scenario, stage_of, story, write
from tests.engine.test_stories_in_production import same_in_both
from tests.integration.installation import Installation

AT = "{{ at: {}, publishes: case_v2.yaml }}"
ORDERED = (
    '{ at: day 0 09:00, event: order.placed, with: { order_id: o1, total: 40, items: [{ sku: "A", qty: 1 }, '
    '{ sku: "B", qty: 2 }] } }'
)
RULES = ("restart", "{ move: exit }", "{ move: finish }")
KINDS = {
    "a message": "- { email: hello, id: it, hours: { allow: '18:00-19:00' } }\n",
    "a text": "- { sms: hello, id: it, hours: { allow: '18:00-19:00' } }\n",
    "a wait": "- { wait: 3 days, id: it }\n",
    "an order": "- wait_for: order.placed\n  id: it\n  up_to: 3 days\n  then: [{ email: offer }]\n",
    "a repeat": "- repeat: { every: 1 day, at_most: 3 }\n  id: it\n  steps: [{ wait: 2 hours, id: in }]\n",
}
BECOMES = [
    ("a message", "a text"),
    ("a message", "an order"),
    ("a text", "a repeat"),
    ("a wait", "a message"),
    ("an order", "a wait"),
    ("a repeat", "a text"),
]
LAST = "- { email: offer, id: last }\n"


async def lived(database: Database, folder: Path, first: str, second: str, *lines: str, **more: str) -> Life:
    """The life of somebody in a scenario that becomes another."""
    given = more.pop("given", PERSON)
    told = story("\n".join(lines), "", given)
    project = write(
        folder / "project", {"case": first}, told, policy=more.pop("policy", POLICY), case_v2=second, **more
    )
    (file,) = project.stories
    relance = Installation(database, None, folder / "outbox", project=project.folder)
    return Life.of(relance, file.stories[0], file, stage_of(project))


@pytest.mark.parametrize(("then", "now"), BECOMES)
async def test_a_step_may_become_another_kind_of_step(
    then: str, now: str, database: Database, tmp_path: Path
) -> None:
    """Under the same id: what it was in the middle of is not taken for what it is to begin."""
    first = scenario(KINDS[then] + LAST)
    second = scenario(KINDS[now] + LAST, "on_edit: { move: exit }\n")
    life = await lived(database, tmp_path, first, second, SUBSCRIBED, AT.format("day 0 12:00"))
    assert await same_in_both(life) > 0
    assert await life.relance.rows("select 1 from runs where status = 'active'") == []


@pytest.mark.parametrize(("rule", "leaves"), [
    ("finish", [("hello", 17)]),
    ("restart", [("offer", 19)]),
    ("exit", []),
    ("{ move: exit }", [("offer", 19)]),
])  # fmt: skip
async def test_a_message_that_waits_for_its_hours_leaves_once_in_those_that_count(
    rule: str, leaves: list[tuple[str, int]], database: Database, tmp_path: Path
) -> None:
    """It has its place from the morning on, and at noon another text and other hours are published."""
    first = "- { email: hello, id: it, hours: { allow: '18:00-19:00' } }\n"
    second = first.replace("hello", "offer").replace("18:00-19:00", "20:00-21:00")
    becomes = scenario(second, f"on_edit: {rule}\n")
    life = await lived(database, tmp_path, scenario(first), becomes, SUBSCRIBED, AT.format("day 0 12:00"))
    await same_in_both(life)
    sent = await life.relance.rows("select message, sent_at from messages where state = 'delivered'")
    assert [(row["message"], row["sent_at"].astimezone(UTC).hour) for row in sent] == leaves


@pytest.mark.parametrize("rule", RULES)
async def test_each_item_of_a_list_goes_its_own_way(rule: str, database: Database, tmp_path: Path) -> None:
    """Two runs of one order, each with its item."""
    trigger = "event: order.placed, for_each: event.items"
    head = "key: item.sku\nwhile_active: parallel\n"
    steps = '- { email: hello, id: first, only_if: item.sku == "A" }\n- { wait: 2 days, id: pause }\n' + LAST
    first = scenario(steps, head, trigger=trigger)
    second = scenario(steps.replace("2 days", "1 day"), f"{head}on_edit: {rule}\n", trigger=trigger)
    life = await lived(database, tmp_path, first, second, ORDERED, AT.format("day 1 12:00"))
    assert await same_in_both(life) > 2
    runs = await life.relance.rows("select key, end_reason from runs order by id")
    assert sorted({row["key"] for row in runs}) == ["A", "B"]
    assert len(runs) == (4 if rule == "restart" else 2)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("when", ["day 0 12:00", "day 1 12:00"])
async def test_codes_are_taken_once_and_given_back_where_nothing_left(
    when: str, rule: str, database: Database, tmp_path: Path
) -> None:
    """At noon the mail with its code still waits for its hours, a day later it has left."""
    code = (
        "- { email: offer, id: coded, with: { code: take(winback_15) }, hours: { allow: '18:00-19:00' } }\n"
    )
    steps = code + "- { wait: 3 days, id: pause }\n" + LAST.replace("last", "end")
    first = scenario(steps)
    second = scenario(steps, f"on_edit: {rule}\n")
    given = PERSON + "  pool: { winback_15: 2 }\n"
    second = second.replace("3 days", "2 days")
    life = await lived(database, tmp_path, first, second, SUBSCRIBED, AT.format(when), given=given)
    assert await same_in_both(life) > 1
    taken = await life.relance.rows("select 1 from codes where taken_at is not null")
    assert len(taken) == (2 if rule == "restart" and when == "day 1 12:00" else 1)


@pytest.mark.parametrize("rule", RULES)
async def test_runs_side_by_side_are_all_taken_over(rule: str, database: Database, tmp_path: Path) -> None:
    head = "while_active: parallel\n"
    steps = "- { email: hello, id: first }\n- { wait: 3 days, id: pause }\n" + LAST
    again = "{ at: day 0 15:00, event: contact.subscribed, with: { list: again } }"
    second = scenario(steps.replace("3 days", "2 days"), f"{head}on_edit: {rule}\n")
    life = await lived(
        database, tmp_path, scenario(steps, head), second, SUBSCRIBED, again, AT.format("day 1 12:00")
    )
    assert await same_in_both(life) > 3


def split(*arms: str) -> str:
    """A split into these arms, in each of which people wait."""
    shares = ", ".join(f"{arm}: 50%" for arm in arms)
    ways = "".join(
        f"    {arm}: [{{ wait: 2 days, id: wait_{arm} }}, {{ email: hello, id: in_{arm} }}]\n" for arm in arms
    )
    return f"- split: {{ {shares} }}\n  id: way\n  branches:\n{ways}{LAST}"


@pytest.mark.parametrize("rule", RULES)
async def test_the_arms_of_a_split_may_change_around_somebody(
    rule: str, database: Database, tmp_path: Path
) -> None:
    """Whoever stands in an arm that is there goes on in it; whose arm is gone leaves or finishes."""
    first, second = scenario(split("a", "b")), scenario(split("b", "c"), f"on_edit: {rule}\n")
    life = await lived(database, tmp_path, first, second, SUBSCRIBED, AT.format("day 1 12:00"))
    assert await same_in_both(life) > 0
