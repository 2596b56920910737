"""People in flight at a new version: they finish, leave, begin again, or go on at the step of that id.

The one rule that production and the virtual world share, and by which a publication says beforehand how many
people it touches. It does no I/O and reads no clock.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeAlias

from dsl.codec import encode
from dsl.frozen import dataclass
from dsl.plan import CallStep, Plan, RepeatStep, Step, World
from engine.ahead import targets
from engine.decision import TrailLine
from engine.listening import listening
from engine.state import Loop, Pending, Run

EDITED = "stopped"
"""Why a run ends that a new version does not take over."""

RESTARTED = "restarted"

GIVEN_BACK = "a new version was published"
"""Why a message of a run that moves loses its place; the new version asks for one of its own."""

Fate: TypeAlias = Literal["finish", "move", "restart", "exit"]


@dataclass(frozen=True)
class Edited:
    """What a new version makes of a run. `run` moved or ended; its reserved messages are given back.

    `fresh` is the run that begins in the place of one that was ended to begin again, without an id.
    """

    run: Run
    trail: TrailLine
    fresh: Run | None = None

    @property
    def given_back(self) -> str:
        """Why its reserved messages lose their places."""
        return self.run.end_reason or GIVEN_BACK

    @property
    def calls_off(self) -> bool:
        """Whether it goes on and waits for no answer any more: only for one is there an instant by now."""
        return self.run.status == "active" and self.run.waits_until is None


def fate(old: Plan, position: str | None, new: Plan) -> Fate:
    """What becomes of somebody who stands at a step of an old version."""
    match new.on_edit:
        case "move_exit" | "move_finish" if has_step(old, position, new):
            return "move"
        case "move_exit":
            return "exit"
        case "restart" | "exit" as rule:
            return rule
    return "finish"


def has_step(old: Plan, position: str | None, new: Plan) -> bool:
    """Whether a step of the old version is there in the new one.

    A step without an id is named by its place. Another kind of step at that place is another step.
    """
    before, after = old.by_id.get(position or ""), new.by_id.get(position or "")
    if before is None or after is None:
        return after is not None
    return not is_unnamed(before.id) or before.kind == after.kind


def is_unnamed(step: str) -> bool:
    """Whether a step has no id of its own, and goes by its place: `3.then.1`."""
    return step[:1].isdigit()


def edit(run: Run, old: Plan, new: Plan, version: int, world: World, now: datetime) -> Edited | None:
    """What a new version makes of an active run of an older one; None where it stays as it is."""
    match fate(old, run.position, new):
        case "exit":
            return Edited(*_ended(run, EDITED, _why(run, new, version), version, now))
        case "restart":
            text = f"ended: version {version} begins anew"
            return Edited(*_ended(run, RESTARTED, text, version, now), _anew(run, new, version, world, now))
        case "move":
            return _moved(run, old, new, version, world, now)
    return None


def _why(run: Run, new: Plan, version: int) -> str:
    if new.on_edit == "exit":
        return f"ended: version {version} was published"
    return f"ended: version {version} has no step {run.position}"


def _ended(run: Run, reason: str, text: str, version: int, now: datetime) -> tuple[Run, TrailLine]:
    data = {"reason": reason, "version": version}
    return run.ended(reason, now), TrailLine(now, "ended", run.position, text, data)


def _anew(run: Run, new: Plan, version: int, world: World, now: datetime) -> Run:
    """A run that begins now with what started the old one; nobody is asked again."""
    begun = replace(run.entered, at=now)
    fresh = Run(
        id=0,
        scenario=run.scenario,
        version=version,
        contact_id=run.contact_id,
        entered=begun,
        position=new.start,
        began=begun,
        key=run.key,
        typed_key=run.typed_key,
        trigger_event=run.trigger_event,
        item=run.item,
        due_at=now,
        holdout=run.holdout,
    )
    return listening(new, fresh, world)


def _moved(run: Run, old: Plan, new: Plan, version: int, world: World, now: datetime) -> Edited:
    """At the step of the same id; its wait is computed again from when it began, its message asked anew.

    How long it has waited for a place stays counted. A call that was made is not made again.
    """
    loops, done = _loops(run, new), _done(run, old, new)
    moved = replace(run, version=version, loops=loops, done=done, due_at=now)
    if not all(isinstance(plan.by_id.get(run.position or ""), CallStep) for plan in (old, new)):
        since = run.pending.refused_since if run.pending else None
        moved = replace(moved, waits_until=None, pending=Pending(refused_since=since) if since else None)
    text = f"goes on at {run.position} of version {version}"
    line = TrailLine(now, "moved", run.position, text, {"from": run.version, "version": version})
    return Edited(listening(new, moved, world), line)


def _done(run: Run, old: Plan, new: Plan) -> tuple[str, ...]:
    """What it has done and does not do again; another step at the place of one without an id is not done."""
    return tuple(name for name in run.done if is_same(old.by_id.get(name), new.by_id.get(name)))


def is_same(before: Step | None, after: Step | None) -> bool:
    """Whether a step of a name is the same in two versions, as far as one of them lacks it too."""
    if before is None or after is None:
        return True
    if not is_unnamed(after.id):
        return before.kind == after.kind
    said, says = (encode(replace(step, next=None)) for step in (before, after))
    return bool(said == says)


def _loops(run: Run, new: Plan) -> Mapping[str, Loop]:
    """The repeats that it is inside of now; in one that is new around it, it is in the first pass."""
    around = [step.id for step in new.steps if isinstance(step, RepeatStep) and _is_inside(new, step, run)]
    return {name: run.loops.get(name, Loop(1, run.began)) for name in around}


def _is_inside(plan: Plan, repeat: RepeatStep, run: Run) -> bool:
    """Whether a run is in a pass of a repeat: at one of its steps, or back at it after a pass."""
    if run.position == repeat.id:
        return repeat.id in run.loops
    seen: set[str | None] = {repeat.id, None}
    waiting = [repeat.body]
    while waiting:
        name = waiting.pop()
        if name == run.position:
            return True
        if name not in seen:
            seen.add(name)
            waiting.extend(targets(plan.by_id[name or ""]))
    return False
