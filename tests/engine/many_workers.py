"""Many workers who look at every group at once, and a provider that counts what it was given."""

import asyncio
from datetime import timedelta

from channels.messages import SendResult
from engine.advance import advance
from engine.attempts import Outcome, begin, settle
from engine.links import Links
from engine.rendering import Renderer


class Provider:
    """Counts what it was given, by message and by person."""

    def __init__(self) -> None:
        self.given: list[tuple[int, str]] = []

    def take(self, message_id: int, contact_id: str) -> SendResult:
        self.given.append((message_id, contact_id))
        return SendResult("tests", f"p{len(self.given)}")


async def work(shop, provider, group, renderer, now) -> None:
    """What a workflow does with a group: advance, deliver, advance again."""
    standing = await advance(shop.database, shop.plans, group, now)
    for due in standing.deliveries:
        begun = await begin(shop.database, shop.plans, renderer, due.message_ids, now)
        outcomes = [
            Outcome(attempt, provider.take(attempt.message_id, attempt.contact_id))
            for attempt in begun.attempts
        ]
        await settle(shop.database, shop.plans, outcomes, now)


async def days(shop, provider, count, now, *also) -> None:
    """Many workers look at every group, several times an hour."""
    renderer = Renderer(
        shop.folder / "templates", Links("https://mv.example", ["a secret key of the tests, long enough"])
    )
    groups = [row["id"] for row in await shop.rows("select id from groups order by id")]
    for hour in range(0, count * 24, 6):
        at = now + timedelta(hours=hour)
        extra = [make(at) for make in also] if hour == 24 else []
        await asyncio.gather(*(work(shop, provider, group, renderer, at) for group in groups * 2), *extra)
        await shop.route(at)
