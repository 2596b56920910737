"""Versions of one small scenario that are published one after the other, and people in flight in them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from channels.messages import SendResult
from engine.attempts import Attempt, Outcome, begin, settle
from engine.edit_rounds import carry_on
from engine.links import Links
from engine.publish import Publication, publish
from engine.rendering import Renderer
from tests.engine.conftest import NOON, Shop, write_project

AT_ONCE = timedelta()
STEPS = """
  - { email: m1, id: hello }
  - { wait: 2 days, id: pause }
  - { email: m2, id: last }
"""


def text(steps: str = STEPS, head: str = "", trigger: str = "{ event: contact.subscribed }") -> str:
    """A scenario of these steps."""
    return (
        f"scenario: case\ntitle: Case\nowner: crm\ntopic: newsletter\ntrigger: {trigger}\nentry: always\n"
        f"{head}steps:{steps}"
    )


async def put(shop: Shop, scenario: str, **more: object) -> Publication:
    """Publish it, in the place of what was."""
    write_project(shop.folder, {"case": scenario})
    return await publish(shop.database, shop.folder, author="ada", now=NOON, **more)


async def subscribed(shop: Shop, *people: str) -> None:
    """People in flight, whose first message has its place."""
    for each in people:
        await shop.person(each)
        await shop.happens("contact.subscribed", each, list="news")


async def waiting(shop: Shop, *people: str) -> None:
    """People in flight in their wait: the first message has left."""
    await subscribed(shop, *people)
    for each in people:
        await shop.sent(each)
    await shop.look()


async def rounds(shop: Shop) -> int:
    """All rounds that there are to make; how many runs they came to."""
    total = 0
    while moved := await carry_on(shop.database, shop.plans, NOON, settled=AT_ONCE):
        total += moved
    return total


async def standing(shop: Shop) -> list[tuple[str, int, str, str | None]]:
    """(person, version, status, step or reason) of every run."""
    found = await shop.rows("select * from runs order by contact_id, id")
    return [(r["contact_id"], r["version"], r["status"], r["position"] or r["end_reason"]) for r in found]


def renderer(shop: Shop) -> Renderer:
    """What writes its messages."""
    return Renderer(shop.folder / "templates", Links("https://mv.example", ("k" * 40,)))


async def attempted(shop: Shop, now: datetime = NOON) -> Sequence[Attempt]:
    """Everything that is due is handed over; what came of it nobody knows yet."""
    due = await shop.rows(
        "select id from messages where state = 'reserved' and planned_at <= %s order by id", now
    )
    ids = [row["id"] for row in due]
    return (await begin(shop.database, shop.plans, renderer(shop), ids, now)).attempts


async def live(shop: Shop, now: datetime, until: datetime) -> None:
    """All that happens by itself, instant by instant: runs look, messages leave."""
    while now <= until:
        await shop.look(now)
        while attempts := await attempted(shop, now):
            came = [Outcome(each, SendResult("tests", f"p{each.message_id}")) for each in attempts]
            await settle(shop.database, shop.plans, came, now)
            await shop.look(now)
        (following,) = await shop.rows(
            "select min(at) as at from (select due_at as at from runs where status = 'active' union all"
            " select planned_at from messages where state = 'reserved') x where at > %s",
            now,
        )
        if following["at"] is None:
            break
        now = following["at"]
