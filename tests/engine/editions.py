"""Versions of one small scenario that are published one after the other, and people in flight in them."""

from datetime import timedelta

from engine.edit_rounds import carry_on
from engine.publish import Publication, publish
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
