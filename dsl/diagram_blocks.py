"""A plan's graph folded back into nested rows: what follows what, and which ways meet again where.

A scenario has no `goto`, so its graph nests. The step at which the ways out of a branch meet again is the
branch's nearest post-dominator, counting only ways that do not leave the scenario by an `exit`.
"""

from collections.abc import Mapping

from dsl.diagram_words import Way, ways
from dsl.frozen import dataclass
from dsl.plan import ExitStep, Plan, RepeatStep, Step

END = ""
"""The end of the scenario, as a place where ways may meet. No step has an empty id."""


@dataclass(frozen=True)
class Arm:
    """One way out of a branch, and the rows on it until the ways meet again."""

    way: Way
    body: "Rows"


@dataclass(frozen=True)
class Row:
    """A step; with the arms that leave it, or with the rows that it repeats."""

    step: Step
    arms: tuple[Arm, ...] = ()
    loop: "Rows | None" = None


@dataclass(frozen=True)
class Rows:
    """Steps one after the other. `flows_on` is false when nobody comes out at the bottom."""

    rows: tuple[Row, ...]
    flows_on: bool = True


def fold(plan: Plan) -> Rows:
    """The plan's steps as nested rows, from its start."""
    meetings = _meetings(plan)
    return _rows(plan, meetings, plan.start or END, END)


def _rows(plan: Plan, meetings: Mapping[str, str | None], start: str, stop: str) -> Rows:
    rows: list[Row] = []
    at: str | None = start
    while at is not None and at not in (stop, END):
        step = plan.by_id[at]
        row, at = _row(plan, meetings, step)
        rows.append(row)
    return Rows(tuple(rows), flows_on=at is not None)


def _row(plan: Plan, meetings: Mapping[str, str | None], step: Step) -> tuple[Row, str | None]:
    """A step's row, and where its ways meet again; None where they never do."""
    if isinstance(step, RepeatStep):
        body = _rows(plan, meetings, step.body or END, step.id)
        return Row(step, loop=body), step.next or END
    if _leaves(step):
        return Row(step), None
    out = ways(step)
    if not out:
        return Row(step), step.next or END
    meeting = meetings[step.id]
    arms = tuple(Arm(way, _rows(plan, meetings, way.target or END, _stop(meeting))) for way in out)
    if meeting is None and any(arm.body.flows_on for arm in arms):
        meeting = END
    return Row(step, arms), meeting


def _stop(meeting: str | None) -> str:
    return END if meeting is None else meeting


def _leaves(step: Step) -> bool:
    return isinstance(step, ExitStep) and step.only_if is None


def _followers(step: Step) -> tuple[str, ...]:
    if _leaves(step):
        return ()
    if isinstance(step, RepeatStep):
        return (step.next or END,)
    out = ways(step)
    return tuple(way.target or END for way in out) if out else (step.next or END,)


def _meetings(plan: Plan) -> dict[str, str | None]:
    """For each step, the nearest step that every way from it comes through; None where all ways leave."""
    arriving = _arriving(plan)
    everything = frozenset(arriving)
    after = dict.fromkeys(arriving, everything) | {END: frozenset({END})}
    changed = True
    while changed:
        changed = False
        for step in reversed([each for each in plan.steps if each.id in arriving]):
            sets = [after[each] for each in _followers(step) if each in arriving]
            met = frozenset.intersection(*sets) | {step.id}
            changed |= met != after[step.id]
            after[step.id] = met
    return {step.id: _nearest(after, step.id) or _shared(plan, step) for step in plan.steps}


def _arriving(plan: Plan) -> set[str]:
    """The steps from which the end can be reached without leaving by an `exit`, and the end."""
    arriving = {END}
    size = 0
    while size != len(arriving):
        size = len(arriving)
        arriving |= {step.id for step in plan.steps if arriving.intersection(_followers(step))}
    return arriving


def _shared(plan: Plan, step: Step) -> str | None:
    """The first later step that two ways out come to, where everybody leaves by an `exit` in the end."""
    place = {each.id: number for number, each in enumerate(plan.steps)}
    times: dict[str, int] = {}
    for start in _followers(step):
        seen: set[str] = set()
        ahead = [start]
        while ahead:
            at = ahead.pop()
            if at != END and at not in seen and place[at] > place[step.id]:
                seen.add(at)
                ahead += _followers(plan.by_id[at])
        for each in seen:
            times[each] = times.get(each, 0) + 1
    return min(
        (each for each, ways_there in times.items() if ways_there > 1), key=place.__getitem__, default=None
    )


def _nearest(after: Mapping[str, frozenset[str]], step: str) -> str | None:
    """The nearest post-dominator: the one that itself has most of them, since they form a chain."""
    others = after.get(step, frozenset()) - {step}
    return max(others, key=lambda each: len(after[each])) if others else None
