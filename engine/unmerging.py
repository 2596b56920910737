"""A merge undone: what it moved goes back, what it ended goes on, what came after stays with the winner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Rollback

from engine.merging import MERGED, UNDONE_WITHIN, CannotMerge
from engine.objections import release_forbidden, release_marketing
from engine.people import stored
from engine.plans import Plans
from engine.typed import COLUMNS
from store import contacts, merges, operations, publications, runs
from store.database import Connection, Database, Row, rows_of


@dataclass(frozen=True)
class Unmerged:
    """What went back. `going_on`: runs that the merge had ended; `lost`: those whose place is taken since."""

    id: int
    winner: str
    loser: str
    going_on: Sequence[int] = ()
    lost: Sequence[int] = ()
    kept: Sequence[str] = ()
    """Attributes that came from the loser and were changed since: the winner keeps them."""
    moved: Mapping[str, int] = field(default_factory=dict)


async def unmerge(
    database: Database, plans: Plans, merge_id: int, *, actor: str, now: datetime, dry_run: bool = False
) -> Unmerged:
    """Undo a merge; with `dry_run` all is done, told, and taken back.

    Raises CannotMerge, and then nothing has changed.
    """
    told: Unmerged | None = None
    async with database.transaction() as connection:
        undoing = await _begun(connection, plans, merge_id, actor, now)
        told = await undoing.all()
        if dry_run:
            raise Rollback
    assert told is not None
    return told


async def _begun(
    connection: Connection, plans: Plans, merge_id: int, actor: str, now: datetime
) -> "_Undoing":
    """A merge that may be undone, its contacts locked. Raises CannotMerge."""
    found = await merges.read(connection, merge_id)
    if found is None:
        raise CannotMerge("unknown_merge", f"there is no merge {merge_id}: relance contacts show names them")
    pair = {"winner": found["winner_id"], "loser": found["loser_id"]}
    tombstones = found["data"].get("tombstones", [])
    rows = await merges.run(connection, "lock_undoing", {**pair, "tombstones": tombstones})
    people = {row["id"]: row for row in rows}
    # Only behind the locks is certain how it stands.
    found = await merges.read(connection, merge_id)
    assert found is not None
    if found["undone_at"] is not None:
        raise CannotMerge("undone_already", f"merge {merge_id} was undone on {found['undone_at']:%Y-%m-%d}")
    for later in await merges.run(connection, "later", {**pair, "id": merge_id}):
        into, first = later["winner_id"], later["id"]
        raise CannotMerge(
            "merged_since", f"`{pair['winner']}` was merged into `{into}` since: undo merge {first} first"
        )
    if people[pair["winner"]]["erased_at"] is not None:
        raise CannotMerge("erased", f"`{pair['winner']}` was erased: what undoing needs went with them")
    if now > found["at"] + UNDONE_WITHIN or "rows" not in found["data"]:
        raise CannotMerge(
            "too_late", f"merge {merge_id} is of {found['at']:%Y-%m-%d}: one is undone within 30 days"
        )
    return _Undoing(connection, plans, found, people[pair["winner"]], actor, now)


@dataclass
class _Undoing:
    """One undoing under way."""

    connection: Connection
    plans: Plans
    merge: Row
    winner: Row
    actor: str
    now: datetime

    async def all(self) -> Unmerged:
        """Do it. The loser's row is back first, so that all else has whom to belong to."""
        data, winner, loser = self.merge["data"], self.merge["winner_id"], self.merge["loser_id"]
        source = merges.source_of(self.merge["id"])
        await self._run("unbury", row=rows_of([data["loser"]]))
        await self._run("give_tombstones", tombstones=data["tombstones"])
        await self._run("may_give")
        await self._run("return_consents", source=source)
        await self._run("object_for_both", merged_at=self.merge["at"])
        await self._run("lift", source=source)
        kept = await self._empty(data["filled"], data["history"])
        moved = await merges.move_back(self.connection, await self._loser_s(data["rows"]), loser, winner)
        run_ids = [row["id"] for row in data["rows"].get("runs", ())]
        await merges.follow_runs(self.connection, run_ids, loser, winner)
        await self._run("restore_occurrences", rows=rows_of(data["occurrences"]))
        await self._run("restore_segments", rows=rows_of(data["segments"]))
        await self._run("rehome_lines")
        going_on = await self._revive(data["ended"])
        await release_forbidden(self.connection, self.plans, [winner, loser], self.now)
        await release_marketing(self.connection, self.plans, [winner, loser], self.now, why="unmerged")
        await self._run("undone", id=self.merge["id"])
        told = {"merge": self.merge["id"], "from": winner}
        await publications.audit(self.connection, self.actor, "unmerge", loser, told, self.now)
        lost = [row["id"] for row in data["ended"] if row["id"] not in going_on]
        return Unmerged(self.merge["id"], winner, loser, going_on, lost, kept, moved)

    async def _run(self, name: str, **more: Any) -> list[Row]:
        pair = {"winner": self.merge["winner_id"], "loser": self.merge["loser_id"], "now": self.now}
        return await merges.run(self.connection, name, {**pair, **more})

    async def _loser_s(self, rows: merges.Keys) -> merges.Keys:
        """What goes back. Messages that left since went to the winner, whose limits count them."""
        ids = [row["id"] for row in rows.get("messages", ())]
        left = {row["id"] for row in await self._run("left_since", ids=ids, seq=self.merge["seq"])}
        return {**rows, "messages": [row for row in rows.get("messages", ()) if row["id"] not in left]}

    async def _empty(self, filled: Mapping[str, Any], history: Sequence[int]) -> list[str]:
        """Take away what the loser filled; returns what was said of the winner since, which stays."""
        since = {
            row["attribute"] for row in await self._run("said_since", names=list(filled), seqs=list(history))
        }
        same = [n for n, value in filled.items() if n not in since and stored(self.winner, n) == value]
        columns = {name: None for name in same if name in COLUMNS}
        others = {name: value for name, value in self.winner["attributes"].items() if name not in same}
        if same:
            row = {**self.winner, **columns, "attributes": others}
            await contacts.write(self.connection, [row], self.now)
        await self._run("remove_values", seqs=list(history))
        return sorted(set(filled) - set(same))

    async def _revive(self, ended: Sequence[Row]) -> list[int]:
        """Let runs that the merge ended go on where they were."""
        found = await self._run("revive", rows=rows_of(ended), reason=MERGED)
        groups = sorted({row["group_id"] for row in found})
        await self._run("reopen_groups", groups=groups)
        text = "goes on: the merge that ended it was undone"
        said = {"line": 0, "at": self.now, "what": "resumed", "step": None, "text": text}
        lines = [
            {"run_id": row["id"], "contact_id": row["contact_id"], "sequence": row["sequence"], **said}
            for row in found
        ]
        await runs.add_trail(self.connection, lines)
        await operations.poke(self.connection, groups, self.now)
        return [row["id"] for row in found]
