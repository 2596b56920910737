"""A run of the past decided again, step by step, from the facts that are recorded: it must say the same.

Each decision is made anew by the same `decide`, by the version that the run was on, with what was known then
and no more. The run goes on from what is decided now, not from what is stored, so that the whole way is
checked. The first difference ends it: what comes after would rest on another past.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

from dsl.plan import Plan
from dsl.scope import Mark
from engine.decide import decide, listen
from engine.decision import Decision
from engine.editing import RESTARTED, edit
from engine.facts_then import Missing, Past, Then
from engine.merging import MERGED
from engine.plans import Plans
from engine.replayed import Outcome, Replay, Said, Step, difference, line_of, looked, said
from engine.run_rows import read_run
from engine.state import Facts, Run
from engine.stopping import STOPPED
from store import contacts, merges, operations, transitions
from store.database import Connection, Row

FROM_OUTSIDE = (STOPPED, RESTARTED, MERGED)
"""Why a run ends that nobody decided to end: it was stopped, another took its place, or a merge ended it."""


RESUMED = "resumed"
"""What the trail says of a run that goes on since the merge that ended it was undone."""


class UnknownRun(LookupError):
    """There is no such run."""


class NotRecorded(LookupError):
    """The run cannot be decided again; the message says why."""


async def replay(connection: Connection, plans: Plans, run_id: int) -> Replay:
    """Decide a run again from its entry to where it stands. Raises UnknownRun or NotRecorded."""
    row = await operations.run(connection, run_id)
    if row is None:
        raise UnknownRun(f"there is no run {run_id}: see `relance runs list`")
    people = await contacts.read(connection, [row["contact_id"]])
    if not people or people[0]["erased_at"] is not None:
        raise NotRecorded("the person was erased, and with them what was decided and why")
    for each in await merges.of_contact(connection, row["contact_id"]):
        if each["undone_at"] is None and each["at"] >= row["entered_at"]:
            raise NotRecorded(
                f"the person was merged on {each['at']:%Y-%m-%d} (merge {each['id']}), after this run began: "
                "what each of the two had done is not told apart any more"
            )
    again = _Again(connection, plans, row, Past(connection, plans, people[0]))
    await again.read()
    steps = [step async for step in again.steps()]
    first = next((f"step {each.sequence}: {each.difference}" for each in steps if each.difference), None)
    stands = None if first else again.stands_elsewhere()
    facts = again.facts
    return Replay(
        run_id,
        row["scenario"],
        row["contact_id"],
        facts.zone if facts else "UTC",
        tuple(steps),
        first or stands,
    )


class _Again:
    """A run on its way a second time."""

    def __init__(self, connection: Connection, plans: Plans, row: Row, past: Past) -> None:
        self._connection = connection
        self._plans = plans
        self._row = row
        self._past = past
        self._recorded: dict[int, Row] = {}
        self._trail: dict[int, list[Row]] = {}
        self._messages: dict[tuple[str, int], int] = {}
        self._apart: Run | None = None
        self.run = read_run(row)
        self.facts: Facts | None = None

    async def read(self) -> None:
        """Read what is recorded, and put the run back to its beginning. Raises NotRecorded."""
        run_id = self._row["id"]
        self._recorded = await transitions.of_run(self._connection, run_id)
        self._trail = await transitions.trail(self._connection, run_id)
        self._messages = await transitions.own_messages(self._connection, run_id)
        missing = self._row["sequence"] - len(self._recorded.keys() | self._trail.keys())
        if missing > 0:
            raise NotRecorded(
                f"{missing} of its {self._row['sequence']} decisions are not recorded: they were made by an "
                "older release, or are past their retention"
            )
        first = min(self._recorded, default=None)
        version = self._recorded[first]["version"] if first else self._row["version"]
        plan = await self._plans.plan(self._row["scenario"], version, self._connection)
        self.run = _begun(read_run(self._row), plan, version)

    async def steps(self) -> AsyncIterator[Step]:
        """Each decision again, up to the first that differs. Raises NotRecorded."""
        for sequence in range(1, self._row["sequence"] + 1):
            recorded = self._recorded.get(sequence)
            lines = tuple(map(said, self._trail.get(sequence, ())))
            step = (
                await self._decided(sequence, recorded, lines)
                if recorded
                else await self._outside(sequence, lines)
            )
            yield step
            if step.difference:
                return

    async def _decided(self, sequence: int, recorded: Row, lines: tuple[Said, ...]) -> Step:
        before = self.run
        plan = await self._plans.plan(before.scenario, before.version, self._connection)
        try:
            then = await self._past.then(recorded, plan, before)
        except Missing as missing:
            raise NotRecorded(f"decision {sequence} cannot be made again: {missing}") from None
        self.facts = then.facts
        if [each.what for each in lines] == ["error"]:
            return _step(sequence, recorded, before, then, lines, lines, "undecided")
        try:
            how = listen if recorded["facts"].get("held") else decide
            decision = how(plan, before, then.wake, then.facts, recorded["at"])
        except Exception as error:  # noqa: BLE001 - whatever it is, it was decided then and is not now
            failed = Said("error", before.position, f"it could not be decided ({type(error).__name__})", {})
            return _step(sequence, recorded, before, then, lines, (failed,), "differs")
        self.run = self._gone_on(before, decision)
        decided = tuple(map(line_of, decision.trail))
        return _step(sequence, recorded, before, then, lines, decided, "same")

    def _gone_on(self, before: Run, decision: Decision) -> Run:
        """The run as it is stored after a decision: it knows the id of the message that it waits for."""
        after = replace(decision.run, sequence=before.sequence + 1)
        reserved = [each for each in decision.effects if each.kind == "reserve" and not each.withheld]
        if after.pending is None or after.pending.message_id is not None or not reserved:
            return after
        id_ = self._messages.get((reserved[-1].step, reserved[-1].iteration))
        return replace(after, pending=replace(after.pending, message_id=id_))

    async def _outside(self, sequence: int, lines: tuple[Said, ...]) -> Step:
        """A new version took it over, or somebody ended it. Raises NotRecorded."""
        before, line, at = self.run, lines[0], self._trail[sequence][0]["at"]
        if line.what == RESUMED and self._apart:
            # Undoing a merge puts back the run that the merge ended.
            self.run = replace(self._apart, sequence=before.sequence + 1)
            where = {"version": self.run.version, "at": at}
            return _step(sequence, where, before, None, lines, lines, "from outside")
        if line.data.get("reason") == MERGED:
            self._apart = before
        if not _is_from_outside(line):
            raise NotRecorded(f"decision {sequence} was made by an older release, which did not record it")
        decided: tuple[Said, ...] = lines
        if line.data.get("version") is not None:
            after, decided = await self._edited(before, int(line.data["version"]), at)
        else:
            after = _ended(before, at, line.data.get("reason")) if line.what == "ended" else before
        self.run = replace(after, sequence=before.sequence + 1)
        where = {"version": after.version, "at": at}
        return _step(sequence, where, before, None, lines, decided, "from outside")

    async def _edited(self, before: Run, version: int, at: datetime) -> tuple[Run, tuple[Said, ...]]:
        old = await self._plans.plan(before.scenario, before.version, self._connection)
        new = await self._plans.plan(before.scenario, version, self._connection)
        worlds = [row["world_id"] for row in self._recorded.values() if row["at"] >= at]
        world = await self._past.world(min(worlds)) if worlds else await self._plans.world(self._connection)
        edited = edit(before, old, new, version, world, at)
        return (edited.run, (line_of(edited.trail),)) if edited else (before, ())

    def stands_elsewhere(self) -> str | None:
        """How the run that came out differs from the one that is stored; None where it does not."""
        stored = read_run(self._row)
        if not self._row["sequence"]:
            return None
        for name in ("status", "position", "end_reason", "goal_at", "variables", "passes", "version"):
            came, kept = getattr(self.run, name), getattr(stored, name)
            if came != kept:
                return f"it stands elsewhere than it is stored: {name} is {kept}, and {came} comes out"
        return None


def _step(
    sequence: int,
    recorded: Row,
    before: Run,
    then: Then | None,
    lines: tuple[Said, ...],
    decided: tuple[Said, ...],
    outcome: Outcome,
) -> Step:
    parts = difference(lines, decided)
    return Step(
        sequence=sequence,
        at=recorded["at"],
        version=recorded["version"],
        position=before.position,
        woken_by=tuple(event.name for event in then.wake.events) if then else (),
        looked_at=looked(then.facts) if then else None,
        recorded=lines,
        decided=decided,
        outcome="differs" if parts else outcome,
        difference=parts,
    )


def _is_from_outside(line: Said) -> bool:
    return line.what in ("moved", "error") or (
        line.what == "ended" and (line.data.get("reason") in FROM_OUTSIDE or "version" in line.data)
    )


def _ended(run: Run, at: datetime, reason: str | None) -> Run:
    """A run that was ended from outside."""
    return replace(
        run,
        status="ended",
        position=None,
        due_at=None,
        listens_to=(),
        ended_at=at,
        end_reason=reason,
    )


def _begun(stored: Run, plan: Plan, version: int) -> Run:
    """A run as it was when it began, before anything was decided."""
    return Run(
        id=stored.id,
        scenario=stored.scenario,
        version=version,
        contact_id=stored.contact_id,
        entered=stored.entered,
        position=plan.start,
        began=Mark(stored.entered.at, stored.entered.seq),
        key=stored.key,
        typed_key=stored.typed_key,
        trigger_event=stored.trigger_event,
        item=stored.item,
        due_at=stored.entered.at,
        holdout=stored.holdout,
    )
