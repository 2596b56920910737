"""Groups advanced and messages delivered by hand, without workflows, after a Monday morning."""

from datetime import UTC, datetime
from pathlib import Path

from engine import attempts
from engine.advance import advance
from engine.deliver import Signals
from engine.wire import DeliverReply, DeliverRequest
from tests.integration.installation import Installation

MONDAY = datetime(2027, 2, 15, 8, tzinfo=UTC)
SUBSCRIBED = {"list": "newsletter", "source": "site"}
ORDER = {"order_id": "o1", "total": 40, "channel": "web", "items": []}


async def look(relance: Installation) -> list[int]:
    """Decide what is due in every group; the messages to deliver."""
    ids = []
    for group in await relance.rows("select id from groups order by id"):
        standing = await advance(relance.database, relance.plans, group["id"], relance.now)
        ids += [each for due in standing.deliveries for each in due.message_ids]
    return ids


async def deliver(relance: Installation, ids: list[int], tries: int = 1) -> DeliverReply:
    """Deliver emails, as the activity does."""
    signals = Signals(lambda: relance.now, lambda: None, lambda: False, tries)
    return await relance.deliveries.deliver(DeliverRequest("email", ids), signals)


async def begin(relance: Installation, ids: list[int]) -> attempts.Begun:
    """Attempts on these messages, before their provider is asked."""
    return await attempts.begin(relance.database, relance.plans, relance.renderer, ids, relance.now)


async def states(relance: Installation) -> list[str]:
    """The states of all messages, the oldest first."""
    return [row["state"] for row in await relance.rows("select state from messages order by id")]


def only(project: Path, **scenarios: str) -> None:
    """Leave a project no other scenarios than these."""
    for other in project.glob("scenarios/*/*.yaml"):
        other.unlink()
    folder = project / "scenarios" / "tests"
    folder.mkdir()
    for name, text in scenarios.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
