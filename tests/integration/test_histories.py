"""Temporal keeps what happened for as long as its operators like: nothing in it says who somebody is."""

from datetime import UTC, datetime
from pathlib import Path

from temporalio.client import Client

from store.database import Database
from tests.integration.installation import Installation, fast

MONDAY = datetime(2027, 2, 15, 8, tzinfo=UTC)
PERSON = {"first_name": "Zénobie", "last_name": "Quatrefages", "phone": "+33639980042"}


async def test_a_history_holds_ids_and_nothing_of_the_person(
    temporal: Client, database: Database, tmp_path: Path
) -> None:
    """Neither payloads nor summaries nor details, through an event, a decision, a delivery and a goal."""
    installation = Installation(database, temporal, tmp_path / "outbox", fast(600, MONDAY))
    async with installation as relance:
        await relance.contacts("c_42", **PERSON)
        await relance.happen("contact.subscribed", {"list": "newsletter", "source": "Salon"}, "c_42")
        await relance.route()
        await relance.poke()
        await relance.until("select 1 from runs where position = '2'")
        await relance.happen("order.placed", {"order_id": "o_secret", "total": 40}, "c_42")
        await relance.route()
        await relance.poke()
        (group,) = await relance.until("select workflow_id from groups where ended_at is not null")
        handle = temporal.get_workflow_handle(group["workflow_id"])
        await handle.result()
        history = await handle.fetch_history()
        told = "".join(event.SerializeToString().decode("utf-8", "replace") for event in history.events)
        assert "welcome_hello to c_42" in told
    for secret in (*PERSON.values(), "c_42@example.com", "Salon", "o_secret"):
        assert secret not in told
