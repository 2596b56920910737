"""The audit of who saw whom: a line when somebody opens a person's page or reads one over the API."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Annotated, TypeAlias

from fastapi import Depends, Request

from store import audit
from web.services import Services

Place: TypeAlias = str
"""Where somebody was seen: contact, why, message, search, last messages, step, archive, api."""

AGAIN_SECONDS = 600
MOST = 20_000
"""Sightings that this process remembers. One that it has forgotten is written down again: harmless."""


class Sightings:
    """Writes down who saw whom: once in `AGAIN_SECONDS` for the same eyes, place and person."""

    def __init__(self, services: Services, seconds: Callable[[], float] = monotonic) -> None:
        self._services = services
        self._seconds = seconds
        self._last: OrderedDict[tuple[str, Place, str, bool], float] = OrderedDict()

    async def note(self, actor: str, place: Place, contacts: Iterable[str], *, masked: bool) -> None:
        """Say in the audit that somebody saw these people; before it is there, nothing is shown."""
        now = self._seconds()
        seen = {contact: (actor, place, contact, masked) for contact in contacts}
        fresh = [
            contact
            for contact, key in seen.items()
            if now - self._last.get(key, now - AGAIN_SECONDS) >= AGAIN_SECONDS
        ]
        if not fresh:
            return
        data = {"place": place, "masked": masked}
        async with self._services.database.transaction() as connection:
            await audit.saw(connection, actor, fresh, data, self._services.clock.now())
        for contact in fresh:
            self._last[seen[contact]] = now
            self._last.move_to_end(seen[contact])
        while len(self._last) > MOST:
            self._last.popitem(last=False)


def _sightings(request: Request) -> Sightings:
    found: Sightings = request.app.state.sightings
    return found


Seen = Annotated[Sightings, Depends(_sightings)]
"""A handler's parameter of this type writes down who saw whom."""
