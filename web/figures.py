"""The figures of `/metrics`: what waits, read from the database now and then, and what this process did."""

import asyncio
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from prometheus_client import CollectorRegistry, Gauge, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from engine.clock import Clock
from engine.measures import REGISTRY
from engine.ramps import share_at
from store import gauges
from store.database import Row
from store.gauges import Gauges
from web.services import Services

Labels: TypeAlias = Any
"""A tuple of texts. A mapping's keys do not vary with their type, so that none can be named for all."""

FRESH_SECONDS = 10.0
"""How long a look at the database serves: many who scrape cost no more than one."""


@dataclass
class Figures:
    """The text of `/metrics` of one web process."""

    services: Services
    _looked_at: float = -math.inf
    _text: bytes = b""
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def text(self) -> bytes:
        """All figures in the exposition format."""
        async with self._one_at_a_time:
            time = asyncio.get_running_loop().time()
            if time - self._looked_at > FRESH_SECONDS:
                self._text = await self._look()
                self._looked_at = time
        return self._text + generate_latest(REGISTRY)

    async def _look(self) -> bytes:
        now = self.services.clock.now()
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        up = Gauge("relance_database_up", "Whether the database answers.", registry=registry)
        try:
            async with self.services.database.connection() as connection:
                found = await gauges.read(connection, now)
        except (OperationalError, PoolTimeout):
            return generate_latest(registry)
        up.set(1)
        registry.register(_Waiting(found, now, self.services.clock))
        return generate_latest(registry)


@dataclass(frozen=True, eq=False)
class _Waiting(Collector):
    found: Gauges
    now: datetime
    clock: Clock

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges of one look."""
        yield from self._runs()
        yield from self._messages()
        yield from self._outboxes()
        yield from self._stopped()
        yield self._tasks("relance_tasks_open", "What people are asked to do.", "open")
        yield self._tasks("relance_tasks_late", "What they should have done by now.", "late")
        yield _gauge(
            "relance_codes_free",
            "Codes left in a pool, up to ten thousand.",
            {(row["pool"],): row["free"] for row in self.found.codes},
            ["pool"],
        )

    def _runs(self) -> Iterator[GaugeMetricFamily]:
        active = {(row["scenario"],): row["active"] for row in self.found.runs}
        yield _gauge("relance_runs_active", "People under way.", active, ["scenario"])
        late = self.found.overdue
        yield _gauge("relance_runs_overdue", "Runs that should have been decided a minute ago.", late["runs"])
        yield self._oldest("relance_runs_overdue_seconds", "How late the latest of them is.", late["oldest"])

    def _messages(self) -> Iterator[GaugeMetricFamily]:
        waiting, open_ = self.found.messages, self.found.attempts
        yield _by_channel("relance_messages_waiting", "Messages with a place.", waiting, "waiting")
        yield _by_channel("relance_messages_due", "Those that should leave now.", waiting, "due")
        yield self._ages("relance_messages_due_seconds", "How late the latest of them is.", waiting)
        yield _by_channel("relance_messages_unknown", "Attempts without a known outcome.", open_, "open")
        yield self._ages("relance_messages_unknown_seconds", "How old the oldest of them is.", open_)

    def _outboxes(self) -> Iterator[GaugeMetricFamily]:
        out = self.found.outboxes
        yield _gauge("relance_events_unrouted", "Events that no worker has looked at.", out["events"])
        yield _gauge("relance_events_set_aside", "Events that could not be routed.", out["set_aside"])
        yield _gauge("relance_pokes_unsent", "Groups that Temporal was not told of yet.", out["pokes"])
        yield self._oldest("relance_pokes_seconds", "Since when the first of them waits.", out["oldest_poke"])
        yield _gauge("relance_calls_open", "Calls to webhooks without an answer.", out["calls"])

    def _stopped(self) -> Iterator[GaugeMetricFamily]:
        paused = {(each.kind, each.subject, each.actor): 1.0 for each in self.found.pauses}
        yield _gauge(
            "relance_paused", "What stands still, and who stopped it.", paused, ["kind", "subject", "actor"]
        )
        shares = {
            (each.kind, each.subject): share_at(each, self.clock.real_seconds(self.now - each.began_at))
            for each in self.found.ramps
        }
        rising = {key: share for key, share in shares.items() if share < 1}
        yield _gauge(
            "relance_pace_share", "The pace that is back after a pause.", rising, ["kind", "subject"]
        )

    def _tasks(self, name: str, what: str, value: str) -> GaugeMetricFamily:
        return _gauge(name, what, {(row["team"],): row[value] for row in self.found.tasks}, ["team"])

    def _ages(self, name: str, what: str, rows: Iterable[Row]) -> GaugeMetricFamily:
        ages = {(row["channel"],): self._age(row["oldest"]) for row in rows}
        return _gauge(name, what, ages, ["channel"])

    def _oldest(self, name: str, what: str, at: datetime | None) -> GaugeMetricFamily:
        return _gauge(name, what, self._age(at))

    def _age(self, at: datetime | None) -> float:
        return (self.now - at).total_seconds() if at else 0.0


def _by_channel(name: str, what: str, rows: Iterable[Row], value: str) -> GaugeMetricFamily:
    return _gauge(name, what, {(row["channel"],): row[value] for row in rows}, ["channel"])


def _gauge(
    name: str, what: str, values: float | Mapping[Labels, float], labels: Iterable[str] = ()
) -> GaugeMetricFamily:
    """One figure, or one for each combination of labels."""
    family = GaugeMetricFamily(name, what, labels=tuple(labels))
    for key, value in values.items() if isinstance(values, Mapping) else [((), values)]:
        family.add_metric(key, value)
    return family
