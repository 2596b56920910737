"""Looks at groups, as workflows are told of them: what is due now, and how long to sleep until the next.

Looks that are asked for at about the same time are taken together, in one transaction.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from time import monotonic
from typing import TypeAlias

from engine import wire
from engine.advance import LIMIT, Advanced, advance_together
from engine.clock import Clock
from engine.measures import ADVANCED
from engine.plans import Plans
from engine.together import Together
from store.database import Database
from store.turns import Urgency

Wanted: TypeAlias = tuple[int, datetime, float]
"""A group, now by the server's clock, and when that was by ours."""

BATCH = 500
"""Messages a delivery: enough to cost little each, few enough to be over in seconds."""


@dataclass(frozen=True)
class _Seen:
    """Where a group stood at an instant of the server, which is `now` in business time."""

    standing: Advanced
    at: datetime
    now: datetime

    @property
    def is_late(self) -> bool:
        """Whether somebody was due already and could not be decided with the others."""
        due_at = self.standing.next_due_at
        return due_at is not None and due_at <= self.now


@dataclass(frozen=True)
class Looks:
    """The looks of one process. Instants are real, or the server's where it skips time.

    `limit`: runs that one transaction decides.
    """

    database: Database
    plans: Plans
    clock: Clock
    limit: int = LIMIT

    async def at_group(self, group_id: int, at: datetime) -> wire.AdvanceReply | None:
        """Decide what is due in a group, and say where it stands; None where there is no such group.

        `at` is now by the server's clock, and moves on while others are decided before.
        """
        return await self._together.ask((group_id, at, monotonic()))

    async def at_groups(self, group_ids: Collection[int], at: datetime) -> dict[int, wire.AdvanceReply]:
        """The same for several groups together, by id.

        Those of whom one transaction could not decide everybody that is due have another one.
        """
        ADVANCED.inc(len(group_ids))
        asked = monotonic()
        found = await self._look(group_ids, _moved_on(at, asked))
        for _ in range(self._more(found.values())):
            late = [id_ for id_, seen in found.items() if seen.is_late]
            if not late:
                break
            found |= await self._look(late, _moved_on(at, asked))
        return {id_: self._reply(seen) for id_, seen in found.items()}

    def _more(self, found: Collection[_Seen]) -> int:
        """How many transactions more can have somebody to decide; none where one group was alone."""
        late = sum(seen.standing.active for seen in found if seen.is_late)
        return math.ceil(late / self.limit) if len(found) > 1 else 0

    async def _look(self, group_ids: Collection[int], at: datetime) -> dict[int, _Seen]:
        asked = monotonic()
        async with self.database.turns.taken(Urgency.DECISION):
            at = _moved_on(at, asked)
            now = self.clock.at(at)
            found = await advance_together(self.database, self.plans, group_ids, now, self.limit)
        return {id_: _Seen(standing, at, now) for id_, standing in found.items()}

    @cached_property
    def _together(self) -> Together[Wanted, wire.AdvanceReply | None]:
        return Together(self._all)

    async def _all(self, wanted: Sequence[Wanted]) -> dict[Wanted, wire.AdvanceReply | None]:
        """Groups that are asked for at about the same time, as of the latest of their instants."""
        at = max(_moved_on(at, asked) for _, at, asked in wanted)
        found = await self.at_groups({group_id for group_id, *_ in wanted}, at)
        return {each: found.get(each[0]) for each in wanted}

    def _reply(self, seen: _Seen) -> wire.AdvanceReply:
        standing = seen.standing
        return wire.AdvanceReply(
            deliveries=_batches(standing),
            sleep_seconds=self._sleep(standing.next_due_at, seen.now),
            active=standing.active,
            details=_details(standing),
            waiting_for=standing.waiting_for,
            outcome=standing.outcome,
            at=seen.at,
        )

    def _sleep(self, due_at: datetime | None, now: datetime) -> float | None:
        """Real seconds until a business instant, to the next millisecond so that it is not woken before."""
        if due_at is None:
            return None
        return max(0.0, math.ceil(self.clock.real_seconds(due_at - now) * 1000) / 1000)


def _moved_on(at: datetime, asked: float) -> datetime:
    """What time it is where it was `at` when somebody asked, in seconds of our own clock."""
    return at + timedelta(seconds=monotonic() - asked)


def _batches(standing: Advanced) -> list[wire.Batch]:
    return [
        wire.Batch(
            due.channel, list(due.message_ids[start : start + BATCH]), _said(due.said[start : start + BATCH])
        )
        for due in standing.deliveries
        for start in range(0, len(due.message_ids), BATCH)
    ]


def _said(pairs: Sequence[tuple[str, str]]) -> str:
    """What goes to whom, by ids: `welcome_hello to c_42`, `birthday_soon to 312 people`."""
    people: dict[str, list[str]] = {}
    for message, contact in sorted(pairs):
        people.setdefault(message, []).append(contact)
    most_first = sorted(people.items(), key=lambda item: -len(item[1]))
    return ", ".join(
        f"{message} to {whom[0] if len(whom) == 1 else f'{len(whom)} people'}" for message, whom in most_first
    )


def _details(standing: Advanced) -> str:
    """Where everybody is, as Markdown for the UI."""
    if standing.outcome:
        return f"**Over:** {standing.outcome}"
    lines = [f"**Now:** {standing.steps}"]
    lines += [f"**Latest:** {standing.waiting_for}"] if standing.waiting_for else []
    return "\n\n".join(lines)
