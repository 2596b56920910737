"""For whatever watches over the process: alive, ready, and figures for Prometheus."""

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from psycopg import Error, OperationalError
from psycopg_pool import PoolTimeout

from engine.plans import NothingPublished
from store import pauses
from web.figures import Figures
from web.services import Use


async def healthz() -> JSONResponse:
    """The process answers. Says nothing about what it depends on."""
    return JSONResponse({"status": "ok"})


async def readyz(services: Use) -> JSONResponse:
    """Ready for requests: the database answers and something is published; 503 says what is not.

    What is paused is told and takes nobody out of service: events must be taken in meanwhile.
    """
    try:
        async with services.database.connection() as connection:
            await connection.execute("select 1 from contacts limit 1")
            paused = await pauses.in_force(connection)
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
    told = [{"subject": each.subject, "since": each.at.isoformat(), "why": each.reason} for each in paused]
    return JSONResponse({"status": "ready", "scenarios": len(published)} | ({"paused": told} if told else {}))


def _not_ready(why: str) -> JSONResponse:
    return JSONResponse({"status": "not ready", "why": why}, 503)


async def metrics(request: Request) -> Response:
    """Figures for Prometheus: what waits, as the database has it, and what this process did."""
    figures: Figures = request.app.state.figures
    return Response(await figures.text(), media_type=CONTENT_TYPE_LATEST)
