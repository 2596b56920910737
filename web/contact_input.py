"""People as the API is told of them, given to the engine in its own words."""

from collections.abc import Sequence

from engine import contact_input
from engine.contact_input import IdentityTaken, PersonError
from engine.contact_shapes import BatchContactIn
from web.problems import Problem
from web.services import Services


async def take(services: Services, given: Sequence[BatchContactIn], source: str) -> list[PersonError]:
    """Create or change people, in one transaction. One with a mistake is left out whole.

    Raises Problem 409 where an id elsewhere was given to somebody else at the same moment.
    """
    now = services.clock.now()
    persons = [each.person() for each in given]
    try:
        async with services.database.transaction() as connection:
            return await contact_input.take(connection, services.plans, persons, source=source, now=now)
    except IdentityTaken as error:
        raise Problem(409, "identity-taken", "An id was taken meanwhile", str(error)) from None
