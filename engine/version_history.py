"""The versions of scenarios: who published which text when, who is on it, how far people are taken over."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.edit_rounds import Progress, progress
from engine.plans import Plans
from store import publications, scenarios
from store.database import Connection


@dataclass(frozen=True)
class Version:
    """One version of a scenario. `people` are on it now; `same_as`: an older version with the same plan.

    `to_heed`: people of older versions who have still to heed its `on_edit`; None where that is over.
    """

    scenario: str
    version: int
    published_at: datetime
    author: str
    commit: str | None
    on_edit: str
    in_force: bool
    people: int
    same_as: int | None
    to_heed: int | None


async def history(connection: Connection, plans: Plans, scenario: str | None = None) -> tuple[Version, ...]:
    """Every version, or those of one scenario, the newest first."""
    rows = await scenarios.listed(connection, scenario)
    people: Counter[tuple[str, int]] = Counter()
    for row in await publications.in_flight(connection, {row["scenario"] for row in rows}):
        people[row["scenario"], row["version"]] += row["people"]
    under_way = _by_version(await progress(connection, plans, scenario))
    first: dict[tuple[str, str], int] = {}
    for row in reversed(rows):
        first.setdefault((row["scenario"], row["hash"]), row["version"])
    found = []
    for row in rows:
        key = (row["scenario"], row["version"])
        same = first[row["scenario"], row["hash"]]
        found.append(
            Version(
                scenario=row["scenario"],
                version=row["version"],
                published_at=row["published_at"],
                author=row["author"],
                commit=row["commit"],
                on_edit=row["on_edit"],
                in_force=row["in_force"],
                people=people[key],
                same_as=same if same != row["version"] else None,
                to_heed=under_way.get(key),
            )
        )
    return tuple(found)


def _by_version(found: Sequence[Progress]) -> Mapping[tuple[str, int], int]:
    return {(each.edit.scenario, each.edit.version): each.remaining for each in found}
