"""A worker finds by itself whom an object's event reaches and who came into a segment."""

import asyncio
from pathlib import Path

from temporalio.client import Client

from engine import search_attributes
from engine.clock import REAL_TIME
from engine.ingest import Incoming, ingest
from engine.loops import Loops
from engine.people import Profile, upsert
from store.database import Database
from tests.engine.story_projects import scenario, write
from tests.integration.installation import Installation
from worker import workers

REACHES = 'event: product.price_changed, reaches: "did(product.viewed where sku == event.sku, last 60 days)"'
NO_STORY = "  - { name: nothing, when: [], expect: [] }\n"
OPEN = (
    'time_zone: { default: Europe/Paris }\nhours: { email: { allow: "00:00-24:00" } }\n'
    "pressure: { limits: [{ at_most: 9, per: 1 day }], on_cap: delay up to 3 days }\nexpires: 4 days\n"
)
HELLO = "- email: hello\n"


async def test_events_about_objects_and_segments_need_nobodys_hand(
    database: Database, tmp_path: Path, temporal: Client
) -> None:
    """From what happens to the letter in the outbox, with all that a worker runs."""
    await search_attributes.register(temporal)
    scenarios = {
        "drop": scenario(HELLO, name="drop", trigger=REACHES),
        "vip": scenario(HELLO, name="vip", trigger="entered: vip"),
        "before": scenario(HELLO, name="before", trigger="entered: vip, existing: include"),
    }
    project = write(tmp_path / "project", scenarios, NO_STORY, policy=OPEN)
    relance = Installation(database, temporal, tmp_path / "outbox", project=project.folder)
    await relance.publish()
    await relance.contacts("ada", "ben", tier="silver")
    await relance.happen("product.viewed", {"sku": "FICUS"}, "ada")
    stop = asyncio.Event()
    loops = Loops(database, relance.plans, temporal, REAL_TIME, stop)
    running = workers(temporal, relance.activities, relance.channels)
    async with running, asyncio.TaskGroup() as group:
        group.create_task(loops.run())
        await relance.until("select 1 from segment_looks having count(done_at) = 2")
        dropped = Incoming("p1", "product.price_changed", None, relance.now, {"sku": "FICUS"})
        await ingest(database, relance.plans, [dropped], source="shop", now=relance.now)
        golden = Profile("ben", {"tier": "gold"})
        await upsert(database, relance.plans, [golden], source="api", now=relance.now)
        await relance.until("select 1 from messages where state = 'sent' having count(*) = 3")
        stop.set()
    found = await relance.rows("select scenario, contact_id from runs order by scenario")
    assert [(row["scenario"], row["contact_id"]) for row in found] == [
        ("before", "ben"),
        ("drop", "ada"),
        ("vip", "ben"),
    ]
