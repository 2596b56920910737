"""Nothing bursts after a pause: on real workers, workflows and rows."""

from datetime import UTC, datetime
from pathlib import Path

from temporalio.client import Client

from engine.clock import Clock
from engine.pauses import Returning, pause, resume
from engine.ramps import allowed_by
from store import pauses
from store.database import Database
from tests.integration.installation import Installation

MONDAY = datetime(2027, 2, 15, 8, tzinfo=UTC)
SUBSCRIBED = {"list": "newsletter", "source": "site"}
PEOPLE = [f"c_{number}" for number in range(60)]
RETURNING = Returning(seconds=3, share=0.01)


async def test_what_a_pause_held_leaves_along_the_ramp_and_all_of_it(
    temporal: Client, database: Database, tmp_path: Path
) -> None:
    """Two workers' deliveries of groups and of people alone; each message is counted at its attempt."""
    clock = Clock(1.0, MONDAY, datetime.now(UTC))
    async with Installation(database, temporal, tmp_path / "outbox", clock) as relance:
        await pause(database, "welcome", ["email"], actor="ops", reason="wrong code", now=relance.now)
        await relance.contacts(*PEOPLE)
        await relance.happen("contact.subscribed", SUBSCRIBED, *PEOPLE[:55])
        await relance.route()
        await relance.happen("contact.subscribed", SUBSCRIBED, *PEOPLE[55:])
        await relance.route()
        await relance.poke()
        assert relance.letters() == []
        await resume(database, "welcome", ["email"], actor="ops", now=relance.now, returning=RETURNING)
        await relance.poke()
        await relance.until(
            "select 1 from runs where status = 'active' and position is distinct from '2' having count(*) = 0"
        )
        (ramp,) = await pauses_of(database)
        left = await relance.rows(
            "select attempted_at from messages where attempted_at is not null order by attempted_at"
        )
        held_out = await relance.rows("select 1 from runs where holdout")
    assert len(left) + len(held_out) == len(PEOPLE)
    for number, row in enumerate(left, start=1):
        elapsed = (row["attempted_at"] - ramp.began_at).total_seconds()
        assert number <= allowed_by(ramp, elapsed, pace=1000.0)


async def pauses_of(database: Database) -> list[pauses.Ramp]:
    async with database.connection() as connection:
        return await pauses.ramps(connection)
