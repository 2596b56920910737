"""For whatever watches over the process: alive, ready, and figures for Prometheus."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from psycopg import Error, OperationalError
from psycopg_pool import PoolTimeout

from engine.plans import NothingPublished
from store import studio
from store.database import Row
from web.services import Use


async def healthz() -> JSONResponse:
    """The process answers. Says nothing about what it depends on."""
    return JSONResponse({"status": "ok"})


async def readyz(services: Use) -> JSONResponse:
    """Ready for requests: the database answers and something is published; 503 says what is not."""
    try:
        async with services.database.connection() as connection:
            await connection.execute("select 1 from contacts limit 1")
        published = await services.plans.current()
    except (OperationalError, PoolTimeout):
        return _not_ready("the database does not answer: look at DATABASE_URL and at PostgreSQL")
    except NothingPublished as error:
        return _not_ready(str(error))
    except Error as error:
        what = type(error).__name__
        return _not_ready(
            f"the database has not the tables of this version ({what}): run `relance db migrate`"
        )
    return JSONResponse({"status": "ready", "scenarios": len(published)})


def _not_ready(why: str) -> JSONResponse:
    return JSONResponse({"status": "not ready", "why": why}, 503)


async def metrics(services: Use) -> Response:
    """Figures for Prometheus, read from the database, so that every web process says the same."""
    async with services.database.connection() as connection:
        messages, runs, waiting = await studio.gauges(connection)
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(_Figures(messages, runs, waiting))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


@dataclass(frozen=True, eq=False)
class _Figures(Collector):
    messages: list[Row]
    runs: list[Row]
    waiting: int

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges of one look."""
        messages = GaugeMetricFamily("relance_messages", "Messages kept.", labels=["channel", "state"])
        for row in self.messages:
            messages.add_metric([row["channel"], row["state"]], row["messages"])
        yield messages
        runs = GaugeMetricFamily("relance_runs", "Runs kept.", labels=["scenario", "status"])
        for row in self.runs:
            runs.add_metric([row["scenario"], row["status"]], row["runs"])
        yield runs
        yield GaugeMetricFamily("relance_events_unrouted", "Events not routed yet.", value=self.waiting)
