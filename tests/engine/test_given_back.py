"""Messages that come back from their provider after a new version was published (to go with attempts.py)."""

from datetime import timedelta

import pytest

from channels.errors import Retryable, UnknownOutcome
from engine.attempts import Outcome, settle, settle_unknown
from tests.engine.conftest import NOON
from tests.engine.editions import STEPS, attempted, live, put, rounds, standing, subscribed, text

LATER = NOON + timedelta(minutes=5)


@pytest.mark.parametrize("reached", [True, False])
async def test_what_comes_back_from_its_provider_is_asked_for_anew(reached, shop, noon):
    """The provider had no time for it: it leaves with the text of the version that its run is on now."""
    await put(shop, text())
    await subscribed(shop, "ada")
    (attempt,) = await attempted(shop)
    await put(shop, text(STEPS.replace("m1", "m3"), "on_edit: { move: exit }\n"))
    if reached:
        await rounds(shop)
        await shop.look()
    await settle(
        shop.database, shop.plans, [Outcome(attempt, error=Retryable("busy", provider="tests"))], LATER
    )
    await rounds(shop)
    await live(shop, LATER, noon + timedelta(days=9))
    assert await shop.messages() == [("m3", "email", "sent"), ("m2", "email", "sent")]
    assert await standing(shop) == [("ada", 2, "ended", "end")]


async def test_what_must_arrive_and_was_not_heard_of_for_a_day_is_asked_for_anew(shop, noon):
    head = "class: transactional\n"
    await put(shop, text(head=head))
    await subscribed(shop, "ada")
    (attempt,) = await attempted(shop)
    await put(shop, text(STEPS.replace("m1", "m3"), f"{head}on_edit: {{ move: exit }}\n"))
    await rounds(shop)
    await shop.look()
    error = UnknownOutcome("no answer", provider="tests")
    await settle(shop.database, shop.plans, [Outcome(attempt, error=error)], LATER)
    later = LATER + timedelta(days=1, minutes=1)
    await settle_unknown(shop.database, shop.plans, later)
    await live(shop, later, noon + timedelta(days=9))
    assert await shop.messages() == [("m3", "email", "sent"), ("m2", "email", "sent")]
