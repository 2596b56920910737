"""How an installation is: what stands still, what waits, what is late, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from engine.clock import Clock
from engine.pauses import OURSELVES
from engine.ramps import share_at
from store.gauges import Gauges
from store.pauses import Pause, Ramp

Grade: TypeAlias = Literal["fine", "look", "wrong"]

UNROUTED = 1000
LATE = timedelta(minutes=15)
FEW_CODES = 100


@dataclass(frozen=True)
class Remark:
    """One thing to know. `wrong` is to be mended, `look` is somebody's intention or will pass by itself."""

    grade: Grade
    text: str
    remedy: str = ""


def remarks(found: Gauges, now: datetime, clock: Clock) -> Iterator[Remark]:
    """Everything worth knowing at this instant, in the order in which one would ask."""
    for pause in found.pauses:
        yield _paused(pause)
    for ramp in found.ramps:
        yield from _rising(ramp, now, clock)
    yield from _outboxes(found)
    yield from _messages(found, now)
    for pool in found.codes:
        if pool["free"] < FEW_CODES:
            yield Remark("look", f"{pool['free']} codes are left in {pool['pool']}", "add some, and publish")
    for row in found.runs:
        yield Remark("fine", f"{row['active']} people are under way in {row['scenario']}")


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _paused(pause: Pause) -> Remark:
    why = f": {pause.reason}" if pause.reason else ""
    by_itself = pause.actor == OURSELVES
    who = "by itself" if by_itself else f"by {pause.actor}"
    text = f"{pause.subject} is paused since {_at(pause.at)}, {who}{why}"
    mend = "mend the setting, restart the workers, then " if by_itself else ""
    return Remark("wrong" if by_itself else "look", text, f"{mend}relance resume {pause.subject}")


def _rising(ramp: Ramp, now: datetime, clock: Clock) -> Iterator[Remark]:
    share = share_at(ramp, clock.real_seconds(now - ramp.began_at))
    if share < 1:
        text = f"{ramp.subject} comes back after a pause: {share:.0%} of the pace"
        yield Remark("look", text)


def _outboxes(found: Gauges) -> Iterator[Remark]:
    out = found.outboxes
    if out["events"] > UNROUTED:
        yield Remark("wrong", f"{out['events']} events wait for a worker", "start workers; read their logs")
    if found.overdue["runs"]:
        since = _at(found.overdue["oldest"])
        text = f"{found.overdue['runs']} runs should have been decided, the first at {since}"
        yield Remark("wrong", text, "look at Temporal; relance db reconcile finds workflows that are lost")
    if out["set_aside"]:
        text = f"{out['set_aside']} events could not be routed; they are tried again every 15 minutes"
        yield Remark("wrong", text, "look for `an event is set aside` in the logs")


def _messages(found: Gauges, now: datetime) -> Iterator[Remark]:
    for row in found.messages:
        late = row["oldest"] and now - row["oldest"] > LATE
        due = f", {row['due']} of them due" + (f" since {_at(row['oldest'])}" if late else "")
        text = f"{row['waiting']} messages by {row['channel']} wait" + (due if row["due"] else "")
        yield Remark(
            "wrong" if late else "fine", text, "their deliveries in Temporal's UI say why" if late else ""
        )
    for row in found.attempts:
        late = now - row["oldest"] > LATE
        text = f"of {row['open']} messages by {row['channel']} nobody knows what came"
        yield Remark(
            "look" if late else "fine", text, "does the provider's webhook reach us?" if late else ""
        )
