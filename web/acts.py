"""What the studio changes: tasks, pauses, runs that are stopped. Each wants a form of ours."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Path, Response
from fastapi.responses import RedirectResponse

from channels.registry import CHANNELS
from engine import pauses, tasks
from engine.known_then import NothingKnown
from engine.pauses import UnknownSubject
from engine.rights.archive import archive_of, zipped
from engine.stopping import stop
from engine.tasks import NotYours, UnknownTask
from store import publications
from store.operations import Choice
from web.problems import Problem
from web.services import Use
from web.tasks import LONGEST, problem_of
from web.visits import Form, Here

MOST = 200

Number = Annotated[int, Path(ge=1, le=2**63 - 1)]


async def take_task(services: Use, visit: Here, task_id: Number) -> Response:
    """Take a task, as who is signed in."""
    try:
        await tasks.take(services.database, task_id, visit.name or visit.actor, services.clock.now())
    except (NotYours, UnknownTask) as error:
        raise problem_of(error) from None
    return RedirectResponse("/tasks", 303)


async def end_task(services: Use, visit: Here, form: Form, task_id: Number) -> Response:
    """Say what came of a task."""
    outcome = _needed(form.get("outcome", ""), "What came of it", LONGEST)
    who, now = visit.name or visit.actor, services.clock.now()
    try:
        await tasks.done(services.database, task_id, who, outcome, now)
    except (NotYours, UnknownTask) as error:
        raise problem_of(error) from None
    return RedirectResponse("/tasks", 303)


async def stop_run(services: Use, visit: Here, form: Form, run_id: Number) -> Response:
    """End a run; what it had planned never leaves. Harmless to repeat."""
    now = services.clock.now()
    await stop(services.database, Choice(run=run_id), run_id, actor=visit.actor, now=now)
    return RedirectResponse(f"/contacts/{quote(form.get('contact', ''))}", 303)


async def pause(services: Use, visit: Here, form: Form) -> Response:
    """Let a scenario or a channel stand still."""
    subject = _needed(form.get("subject", ""), "What is paused", MOST)
    reason = _needed(form.get("reason", ""), "Why it is paused", MOST)
    now = services.clock.now()
    try:
        await pauses.pause(services.database, subject, CHANNELS, actor=visit.actor, reason=reason, now=now)
    except UnknownSubject as error:
        raise _unknown(error) from None
    return RedirectResponse("/", 303)


async def resume(services: Use, visit: Here, form: Form) -> Response:
    """Let what stands still go on, its pace coming back slowly."""
    subject, now = _needed(form.get("subject", ""), "What goes on", MOST), services.clock.now()
    try:
        await pauses.resume(
            services.database, subject, CHANNELS, actor=visit.actor, now=now, clock=services.clock
        )
    except UnknownSubject as error:
        raise _unknown(error) from None
    return RedirectResponse("/", 303)


async def archive(services: Use, visit: Here, contact_id: str) -> Response:
    """All that is kept about somebody: a page for them and JSON (GDPR, articles 15 and 20)."""
    now = services.clock.now()
    async with services.database.transaction() as connection:
        try:
            found = await archive_of(connection, services.plans, contact_id, now)
        except NothingKnown as error:
            raise Problem(404, "nothing-known", "Nothing is known", f"{error}.") from None
        await publications.audit(connection, visit.actor, "access", contact_id, {}, now)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(contact_id, safe='')}.zip",
        "Cache-Control": "no-store",
    }
    return Response(zipped(found), media_type="application/zip", headers=headers)


def _needed(text: str, what: str, longest: int) -> str:
    if not text.strip() or len(text) > longest:
        detail = f"{what} is missing, or longer than {longest} characters. Nothing was changed."
        raise Problem(422, "bad-form", "The form is not complete", detail)
    return text.strip()


def _unknown(error: UnknownSubject) -> Problem:
    return Problem(404, "unknown-subject", "There is nothing of this name", f"{error}.")
