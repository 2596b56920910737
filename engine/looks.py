"""Looks at groups, as workflows are told of them: what is due now, and how long to sleep until the next.

Looks that are asked for at about the same time are taken together, in one transaction.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from time import monotonic
from typing import NamedTuple

from engine import wire
from engine.advance import LIMIT, Advanced, advance_together
from engine.clock import Clock
from engine.measures import ADVANCED
from engine.plans import Plans
from engine.together import Together
from store.database import Database
from store.turns import Urgency

BATCH = 500
"""Messages a delivery: enough to cost little each, few enough to be over in seconds."""


PUT_OFF = wire.AdvanceReply(
    [], 0.0, 1, "**Now:** due, behind others that asked before", "others that asked before are decided first"
)
"""For a group that those before it left no room for: it is looked at next."""

PATIENCE = 10.0
"""Seconds for which a group is kept here while others are decided, well within the limit of an activity. Its
workflow asks again then, so that it holds no place that others could have."""

FORGOTTEN = 300.0
"""Seconds after which nobody asks again here: another process does."""


class Wanted(NamedTuple):
    """A group, now by the server's clock, when that was by ours, and since when it waits to be decided."""

    group_id: int
    at: datetime
    asked: float
    since: float


@dataclass(frozen=True)
class Looks:
    """The looks of one process. Instants are real, or the server's where it skips time.

    `limit`: runs that one transaction decides.
    """

    database: Database
    plans: Plans
    clock: Clock
    limit: int = LIMIT
    patience: float = PATIENCE
    _since: dict[int, float] = field(default_factory=dict, init=False, repr=False, compare=False)

    async def at_group(self, group_id: int, at: datetime) -> wire.AdvanceReply | None:
        """Decide what is due in a group, and say where it stands; None where there is no such group.

        `at` is now by the server's clock, and moves on while others are decided before. Where that takes
        long it is to be asked again at once, and keeps its age.
        """
        asked = monotonic()
        wanted = Wanted(group_id, at, asked, self._since.pop(group_id, asked))
        while (found := await self._together.ask(wanted)) is PUT_OFF:
            if (now := monotonic()) - asked > self.patience:
                self._forget(now - FORGOTTEN)
                self._since[group_id] = wanted.since
                break
        return found

    async def at_groups(self, group_ids: Collection[int], at: datetime) -> dict[int, wire.AdvanceReply]:
        """The same for the first of several groups, by id: as many as one transaction decides."""
        found = await self._look(group_ids, at, 0.0)
        return {id_: each for id_, each in found.items() if each is not PUT_OFF}

    async def _look(
        self, group_ids: Collection[int], at: datetime, waited: float
    ) -> dict[int, wire.AdvanceReply]:
        asked = monotonic()
        async with self.database.turns.taken(Urgency.DECISION, waited):
            at = _moved_on(at, asked)
            now = self.clock.at(at)
            found = await advance_together(self.database, self.plans, group_ids, now, self.limit)
        ADVANCED.inc(sum(each is not None for each in found.values()))
        return {id_: self._reply(each, at, now) if each else PUT_OFF for id_, each in found.items()}

    @cached_property
    def _together(self) -> Together[Wanted, wire.AdvanceReply | None]:
        return Together(self._all)

    async def _all(self, wanted: Sequence[Wanted]) -> dict[Wanted, wire.AdvanceReply | None]:
        """Groups that are asked for at about the same time, as of the latest of their instants."""
        at = max(_moved_on(each.at, each.asked) for each in wanted)
        first = sorted(wanted, key=lambda each: each.since)
        ids = dict.fromkeys(each.group_id for each in first)
        found = await self._look(list(ids), at, monotonic() - first[0].since)
        return {each: found.get(each.group_id) for each in wanted}

    def _forget(self, before: float) -> None:
        for group_id in [id_ for id_, since in self._since.items() if since < before]:
            del self._since[group_id]

    def _reply(self, standing: Advanced, at: datetime, now: datetime) -> wire.AdvanceReply:
        return wire.AdvanceReply(
            deliveries=_batches(standing),
            sleep_seconds=self._sleep(standing.next_due_at, now),
            active=standing.active,
            details=_details(standing),
            waiting_for=standing.waiting_for,
            outcome=standing.outcome,
            at=at,
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
