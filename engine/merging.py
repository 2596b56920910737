"""Two contacts that turn out to be one person become one, in one transaction, and can be two again.

What it means is the same every time, and said before and after: of two active runs of a scenario and key the
older goes on; messages of both count for limits; what either objected to is objected to; codes stay with the
runs that took them; the winner's attributes hold, the loser's fill what is unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from psycopg import Rollback
from psycopg.types.json import Jsonb

from engine import households
from engine.addresses import ATTRIBUTE_OF_CHANNEL
from engine.new_addresses import block_like, is_objection
from engine.objections import release_forbidden, release_marketing
from engine.people import stored
from engine.plans import Plans
from engine.stopping import end_locked
from engine.typed import COLUMNS
from store import consents, contacts, merges, publications
from store.database import Connection, Database, Row, rows_of

UNDONE_WITHIN = timedelta(days=30)
MERGED = "merged"


class CannotMerge(ValueError):
    """These two cannot become one; `code` for machines, the message says why and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class RunTold:
    """A run of either: `of` is whose it was, `after` is `goes on`, `merged` or how it had ended."""

    run: int
    scenario: str
    key: str | None
    of: str
    before: str
    after: str


@dataclass(frozen=True)
class ConsentTold:
    """What each said of a topic on a channel (None: nothing), and what holds."""

    topic: str
    channel: str
    winner: str | None
    loser: str | None
    after: str


@dataclass(frozen=True)
class HouseholdTold:
    """Where each lives, and where the one person does; messages count on where they went."""

    winner: str | None
    loser: str | None
    after: str | None


@dataclass(frozen=True)
class Merged:
    """What a merge does, or did; `id` is 0 of a dry run.

    Counts of `messages` are those that limits counted in the last 30 days.
    """

    id: int
    winner: str
    loser: str
    at: datetime
    undo_until: datetime
    runs: Sequence[RunTold] = ()
    consents: Sequence[ConsentTold] = ()
    messages: Mapping[str, int] = field(default_factory=dict)
    released: int = 0
    codes: int = 0
    filled: Sequence[str] = ()
    kept: Sequence[str] = ()
    moved: Mapping[str, int] = field(default_factory=dict)
    household: HouseholdTold | None = None
    """None where neither is in one."""


async def merge(
    database: Database,
    plans: Plans,
    winner: str,
    loser: str,
    *,
    actor: str,
    now: datetime,
    dry_run: bool = False,
) -> Merged:
    """Make the loser part of the winner; with `dry_run` all is done, told, and taken back.

    Raises CannotMerge, and then nothing has changed.
    """
    if winner == loser:
        raise CannotMerge("oneself", f"`{winner}` cannot be merged with itself: name two contacts")
    told: Merged | None = None
    async with database.transaction() as connection:
        people = await _lock(connection, winner, loser)
        told = await _Merging(connection, plans, people[winner], people[loser], actor, now).all()
        if dry_run:
            raise Rollback
    assert told is not None
    return replace(told, id=0) if dry_run else told


async def _lock(connection: Connection, winner: str, loser: str) -> dict[str, Row]:
    """Both, locked with whoever came to the loser before. Raises CannotMerge."""
    rows = await merges.run(connection, "lock", {"winner": winner, "loser": loser})
    people = {row["id"]: row for row in rows}
    for id_ in (winner, loser):
        person = people.get(id_)
        if person is None:
            raise CannotMerge("unknown_contact", f"there is no contact `{id_}` in the base")
        if person["merged_into"] is not None:
            into = person["merged_into"]
            raise CannotMerge("merged_already", f"`{id_}` was merged into `{into}` already: name `{into}`")
        if person["erased_at"] is not None:
            raise CannotMerge("erased", f"`{id_}` was erased: nobody is left to be merged")
    return people


@dataclass
class _Merging:
    """One merge under way. `data` is what undoing needs."""

    connection: Connection
    plans: Plans
    winner: Row
    loser: Row
    actor: str
    now: datetime
    data: dict[str, Any] = field(default_factory=dict)

    async def all(self) -> Merged:
        """Do it, in the order in which nothing is in the way of what comes next."""
        (begun,) = await self._run("begin", actor=self.actor)
        id_ = begun["id"]
        messages, codes = (await self._run("counted"))[0], (await self._run("codes"))[0]["codes"]
        held = await self._run("consents_of_both")
        ended, released = await self._end_rivals()
        runs = await self._runs_told(ended)
        self.data["loser"] = _kept(self.loser)
        self.data["occurrences"] = await self._run("stop_twins")
        self.data["segments"] = [row["row"] for row in await self._run("drop_segments")]
        await self._agree(id_)
        filled = await self._fill(id_)
        await self._object(id_)
        rows = self.data["rows"] = await merges.move(self.connection, self.loser["id"], self.winner["id"])
        buried = [row["id"] for row in await self._run("bury")]
        self.data["tombstones"] = [each for each in buried if each != self.loser["id"]]
        whom = [self.winner["id"]]
        released += await release_forbidden(self.connection, self.plans, whom, self.now)
        released += await release_marketing(self.connection, self.plans, whom, self.now, why=MERGED)
        told = Merged(
            id_, self.winner["id"], self.loser["id"], self.now, self.now + UNDONE_WITHIN, runs,
            consents=_consents_told(held, self.winner["id"]),
            messages={**messages, "after": sum(messages.values())},
            released=released, codes=codes, filled=sorted(filled), kept=self._rivals_of(filled),
            moved={table: len(keys) for table, keys in rows.items()},
            household=await self._household_told(),
        )  # fmt: skip
        await self._remember(told)
        return told

    async def _run(self, name: str, **more: Any) -> list[Row]:
        pair = {"winner": self.winner["id"], "loser": self.loser["id"], "now": self.now}
        return await merges.run(self.connection, name, {**pair, **more})

    async def _end_rivals(self) -> tuple[list[int], int]:
        """Of two active runs of a scenario and key the older goes on; the ids of the others."""
        rivals = await self._run("rivals")
        ids = [row["id"] for row in rivals]
        self.data["ended"] = [row["run"] for row in await self._run("as_json", ids=ids)]
        if not rivals:
            return [], 0
        text = "ended: the person was merged, and the older run of the two goes on"
        return await end_locked(self.connection, rivals, MERGED, text, self.now)

    async def _runs_told(self, ended: Sequence[int]) -> list[RunTold]:
        before = {row["id"]: row["position"] for row in self.data["ended"]}
        return [
            RunTold(
                row["id"], row["scenario"], row["key"], row["contact_id"],
                f"at {before[row['id']] or 'the beginning'}" if row["id"] in before else _stands(row),
                MERGED if row["id"] in ended else "goes on" if row["status"] == "active" else _stands(row),
            )
            for row in await self._run("runs_of_both")
        ]  # fmt: skip

    async def _household_told(self) -> HouseholdTold | None:
        world = await self.plans.world(self.connection)
        winner, loser = (households.of_row(world, row) for row in (self.winner, self.loser))
        return HouseholdTold(winner, loser, winner or loser) if winner or loser else None

    async def _agree(self, id_: int) -> None:
        """The stricter of what both said holds."""
        await self._run("copy_consents", source=merges.source_of(id_))

    async def _fill(self, id_: int) -> dict[str, Any]:
        """The loser's values where the winner has none, with their own date; in one write."""
        names = [*(name for name in COLUMNS if name not in ("id", "created_at")), *self.loser["attributes"]]
        filled = {
            name: stored(self.loser, name)
            for name in names
            if stored(self.loser, name) is not None and stored(self.winner, name) is None
        }
        self.data["filled"] = filled
        values = {"names": list(filled), "values": Jsonb(filled), "source": merges.source_of(id_)}
        self.data["history"] = [row["seq"] for row in await self._run("copy_values", **values)]
        columns = {name: value for name, value in filled.items() if name in COLUMNS}
        others = {name: value for name, value in filled.items() if name not in COLUMNS}
        row = {**self.winner, **columns, "attributes": {**self.winner["attributes"], **others}}
        if filled:
            await contacts.write(self.connection, [row], self.now)
        return filled

    def _rivals_of(self, filled: Mapping[str, Any]) -> list[str]:
        """Attributes of which both had a value, and not the same one: the winner's holds."""
        names = [*(name for name in COLUMNS if name not in ("id", "created_at")), *self.loser["attributes"]]
        return sorted(
            name
            for name in names
            if name not in filled and stored(self.loser, name) not in (None, stored(self.winner, name))
        )

    async def _object(self, id_: int) -> None:
        """What the loser objected to by an address that is not used any more holds for the winner's."""
        blocks = []
        for channel, name in ATTRIBUTE_OF_CHANNEL.items():
            old, new = self.loser[name], self.winner[name]
            if old and new and old != new:
                hashes = self.plans.addresses.hashes(channel, old)
                held = await consents.suppressions(self.connection, hashes, ())
                kept = self.plans.addresses.hashes(channel, new)
                source = merges.source_of(id_)
                blocks += [
                    block_like(row, kept, source, self.now) for row in held if is_objection(row, channel)
                ]
        await consents.suppress(self.connection, blocks)

    async def _remember(self, told: Merged) -> None:
        self.data["told"] = asdict(told)
        await self._run("remember", id=told.id, rows=rows_of([self.data]))
        subject, data = self.loser["id"], {"merge": told.id, "into": self.winner["id"]}
        await publications.audit(self.connection, self.actor, "merge", subject, data, self.now)


def _kept(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("erased_at", "merged_into")}


def _stands(row: Row) -> str:
    if row["status"] == "active":
        return f"at {row['position'] or 'the beginning'}"
    return f"ended: {row['end_reason']}"


def _consents_told(held: Sequence[Row], winner: str) -> list[ConsentTold]:
    by_pair: dict[tuple[str, str], dict[bool, str]] = {}
    for row in held:
        said = by_pair.setdefault((row["topic"], row["channel"]), {})
        said[row["contact_id"] == winner] = row["state"]
    return [
        ConsentTold(
            *pair, said.get(True), said.get(False), "withdrawn" if "withdrawn" in said.values() else "granted"
        )
        for pair, said in by_pair.items()
    ]
