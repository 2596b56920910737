"""What must hold at the end of the month, asked of the rows and the outbox and not of the engine."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from channels.outbox.send import HANDED_OVER
from dsl.plan import World
from dsl.policy import Limit
from store.database import Connection, queries

GRACE = timedelta(hours=6)
"""Business time in which something due may still be under way: a second or two of a shortened day."""

PATIENCE_SECONDS, AGAIN_SECONDS = 20.0, 0.05
"""For how long what is under way may last on a busy machine, and how often it is asked for."""


@dataclass(frozen=True)
class Invariant:
    """A promise, whether it held, and what was counted."""

    promise: str
    holds: bool
    detail: str


@dataclass(frozen=True)
class Month:
    """What is checked: the base, the policy in force, the outbox, and what the API said that it took."""

    connection: Connection
    world: World
    outbox: Path
    accepted: int
    source: str
    since: datetime
    now: datetime


async def check_all(month: Month) -> list[Invariant]:
    """Every promise, in the order of importance."""
    return [
        await _limits(month),
        await _opt_outs(month),
        await _hours(month),
        await _once(month),
        await _nothing_lost(month),
    ]


async def _ask(month: Month, file: str, name: str, **parameters: Any) -> list[dict[str, Any]]:
    cursor = await month.connection.execute(queries(file)[name], parameters)
    return await cursor.fetchall()


async def _limits(month: Month) -> Invariant:
    """Limits with a `when` are left out: which messages they were asked for is not in the rows."""
    limits = [limit for limit in month.world.policy.pressure.limits if limit.when is None]
    broken = [line for limit in limits for line in await _over(month, limit)]
    detail = "; ".join(broken[:3]) or f"{len(limits)} limits, every window of every person"
    return Invariant("nobody over a limit", not broken, detail)


async def _over(month: Month, limit: Limit) -> list[str]:
    rows = await _ask(
        month,
        "invariants",
        "over_a_limit",
        channel=limit.channel,
        tag=limit.tag,
        days=limit.days,
        at_most=limit.at_most,
        of_household=limit.of == "household",
    )
    return [f"{row['whose']}: {row['messages']} where {limit.text}" for row in rows]


async def _opt_outs(month: Month) -> Invariant:
    rows = await _ask(month, "invariants", "written_after_withdrawal")
    rows += await _ask(month, "invariants", "written_after_block")
    outs = await _ask(month, "tallies", "opt_outs", since=month.since)
    detail = f"{sum(row['people'] for row in outs)} withdrawals and blocks in all"
    return Invariant("nobody written to after opting out", not rows, _named(rows) or detail)


async def _hours(month: Month) -> Invariant:
    late: list[dict[str, Any]] = []
    for channel, hours in month.world.policy.hours.items():
        late += await _ask(
            month,
            "invariants",
            "outside_hours",
            channel=channel,
            zone=month.world.policy.default_zone,
            opens=hours.start,
            closes="24:00" if hours.end == time.max else hours.end,
            days=list(hours.days),
        )
    return Invariant(
        "nobody written to outside the hours", not late, _named(late) or "by each person's own clock"
    )


async def _once(month: Month) -> Invariant:
    """The outbox keeps a line for each time that it was handed a message."""
    twice = await _ask(month, "invariants", "sent_twice")
    recorded = {row["uid"] for row in await _ask(month, "invariants", "handed_over")}
    log = month.outbox / HANDED_OVER
    lines = log.read_text().splitlines() if log.exists() else []
    handed = Counter(json.loads(line)["message_id"] for line in lines)
    repeated = [uid for uid, times in handed.items() if times > 1]
    strange = recorded ^ set(handed)
    holds = not twice and not repeated and not strange
    fault = f"{len(repeated)} handed over twice, {len(strange)} on one side only"
    return Invariant("nothing sent twice", holds, f"{len(handed)} messages" if holds else fault)


async def _nothing_lost(month: Month) -> Invariant:
    left = await _left_behind(month)
    [stored] = await _ask(month, "invariants", "stored_events", source=month.source)
    faults = [f"{count} {what.replace('_', ' ')}" for what, count in left.items() if count]
    if stored["n"] != month.accepted:
        faults.append(f"{month.accepted} events accepted, {stored['n']} stored")
    detail = ", ".join(faults) or f"{stored['n']} events accepted and stored, every run has its next step"
    return Invariant("nothing lost", not faults, detail)


async def _left_behind(month: Month) -> dict[str, Any]:
    """What nobody would look at again: what is merely under way is done soon, and what is lost stays."""
    until = monotonic() + PATIENCE_SECONDS
    while True:
        [left] = await _ask(month, "invariants", "left_behind", overdue=month.now - GRACE)
        if not any(left.values()) or monotonic() > until:
            return left
        await asyncio.sleep(AGAIN_SECONDS)


def _named(rows: Sequence[dict[str, Any]]) -> str:
    return ", ".join(f"{row['contact_id']} (message {row['id']})" for row in rows[:3])
