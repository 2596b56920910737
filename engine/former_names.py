"""What earlier releases recorded under the place of a trigger by time, named by what that said then."""

from collections.abc import Sequence
from datetime import datetime

from engine.occurrence_names import BY_PLACE, name_of, renamed, trigger_at
from engine.plans import Plans
from store import occurrences, scenarios
from store.database import Connection, Row


async def by_what_they_say(
    connection: Connection, plans: Plans, scenario: str, rows: Sequence[Row]
) -> list[Row]:
    """Runs of a scenario, the occurrences by which they entered named as today."""
    if not any(BY_PLACE.fullmatch(row["occurrence"] or "") for row in rows):
        return list(rows)
    published = await scenarios.published(connection, scenario)
    found = []
    for row in rows:
        name = row["occurrence"]
        if name and BY_PLACE.fullmatch(name):
            plan = await plans.plan(scenario, _version(published, row["entered_at"]), connection)
            found.append({**row, "occurrence": renamed(plan, name)})
        else:
            found.append(row)
    return found


async def name_occurrences(connection: Connection, plans: Plans, scenario: str) -> None:
    """Name what was looked at before occurrences had names; of two of a name the one that is over has it."""
    rows = await occurrences.nameless(connection, scenario)
    if not rows:
        return
    published = await scenarios.published(connection, scenario)
    named: set[tuple[str, str, datetime]] = set()
    for row in rows:
        plan = await plans.plan(scenario, _version(published, row["started_at"]), connection)
        trigger = trigger_at(plan, row["trigger"])
        name = name_of(trigger) if trigger else ""
        known = (name, row["zone"], row["due_at"])
        # What no trigger of then accounts for is not asked about again.
        row["name"] = name if name and known not in named else f"place {row['trigger']}"
        named.add(known)
    await occurrences.name(connection, scenario, rows)


def _version(published: Sequence[Row], at: datetime) -> int:
    """The version that was in force at an instant, by who was published when, the oldest first."""
    return next((row["version"] for row in reversed(published) if row["published_at"] <= at), 1)
