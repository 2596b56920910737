"""Deliveries where something is wrong with one message, one run or one scenario, and the others go on."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from channels.errors import Misconfigured
from engine import attempts
from engine.deliver import Deliveries, Signals, TryLater
from engine.pace import AT_A_TIME
from engine.pauses import pause, resume
from engine.wire import DeliverReply, DeliverRequest
from store import pokes
from store.database import Database
from tests.integration.by_hand import MONDAY, ORDER, SUBSCRIBED, begin, deliver, look, only, states
from tests.integration.installation import Installation
from tests.integration.providers import Picky, Provider

LETTER = """
scenario: letter
title: A letter
owner: crm-team
topic: newsletter
trigger: { event: contact.subscribed, where: source == "site" }
entry: once
exit_when: [order.placed]
steps:
  - email: welcome_hello
    id: hello
"""

WATCH = """
scenario: watch
title: Until somebody buys
owner: crm-team
topic: service
trigger: { event: contact.subscribed }
entry: once
exit_when: [order.placed]
steps:
  - wait: 30 days
"""

RECEIPT = """
scenario: letter
title: A receipt
owner: crm-team
topic: service
trigger: { event: contact.subscribed }
entry: always
steps:
  - email: welcome_hello
    id: hello
"""

Prepare = Callable[..., Awaitable[Installation]]


@pytest.fixture
def prepare(database: Database, tmp_path: Path, project: Path) -> Prepare:
    """Makes an installation with these scenarios alone, in which these people have just subscribed."""

    async def made(email: Provider, *names: str, letter: str = LETTER, watch: bool = False) -> Installation:
        only(project, letter=letter, **({"watch": WATCH} if watch else {}))
        relance = Installation(
            database, None, tmp_path / "outbox", at=MONDAY, channels={"email": email}, project=project
        )
        await relance.publish()
        await relance.contacts(*(names or ("c_42",)))
        await relance.happen("contact.subscribed", SUBSCRIBED, *(names or ("c_42",)))
        await relance.route()
        return relance

    return made


async def test_what_another_run_has_still_to_see_is_no_news_to_a_run_that_began_after_it(
    prepare: Prepare,
) -> None:
    """Else it would ask for a place, lose it and ask again, until the event is too old to count."""
    email = Provider("email")
    relance = await prepare(email, watch=True, letter=LETTER.replace('"site"', '"shop"'))
    await look(relance)
    await pause(relance.database, "watch", ["email"], actor="ops", reason="", now=relance.now)
    relance.at = MONDAY + timedelta(minutes=10)
    await relance.happen("order.placed", ORDER, "c_42")
    await relance.route()
    relance.at = MONDAY + timedelta(minutes=20)
    await relance.happen("contact.subscribed", {**SUBSCRIBED, "source": "shop"}, "c_42")
    await relance.route()
    assert (await deliver(relance, await look(relance))).sent == 1


async def test_a_run_that_an_unrouted_event_ends_does_not_ask_again_however_late_the_router_is(
    prepare: Prepare,
) -> None:
    email = Provider("email")
    relance = await prepare(email)
    ids = await look(relance)
    relance.at = MONDAY + timedelta(minutes=1)
    await relance.happen("order.placed", ORDER, "c_42")
    assert (await deliver(relance, ids)).not_allowed == 1
    assert await look(relance) == []
    (run,) = await relance.rows("select end_reason from runs")
    assert (run["end_reason"], email.asked) == ("order.placed", [])


async def test_what_is_already_named_for_delivery_obeys_a_pause_of_its_scenario(prepare: Prepare) -> None:
    email = Provider("email")
    relance = await prepare(email)
    ids = await look(relance)
    await pause(relance.database, "letter", ["email"], actor="ops", reason="a mistake", now=relance.now)
    assert (await deliver(relance, ids)).held == 1
    assert (email.asked, await states(relance)) == ([], ["reserved"])
    assert await resume(relance.database, "letter", ["email"], actor="ops", now=relance.now) == 1
    assert (await deliver(relance, await look(relance))).sent == 1


async def test_a_message_whose_workflow_was_lost_is_found_again(prepare: Prepare) -> None:
    """Its run waits for it alone, so no run is overdue."""
    relance = await prepare(Provider("email"))
    await look(relance)
    await relance.rows("delete from pokes returning id")
    later = MONDAY + timedelta(hours=1)
    async with relance.database.transaction() as connection:
        assert await pokes.put_undelivered(connection, MONDAY - timedelta(minutes=1), later) == 0
        assert await pokes.put_undelivered(connection, later, later) == 1
        assert await pokes.put_undelivered(connection, later, later) == 0


async def test_nobody_looks_for_the_messages_of_what_is_paused(prepare: Prepare) -> None:
    relance = await prepare(Provider("email"))
    await look(relance)
    await relance.rows("delete from pokes returning id")
    await pause(relance.database, "email", ["email"], actor="ops", reason="", now=relance.now)
    later = MONDAY + timedelta(hours=1)
    async with relance.database.transaction() as connection:
        assert await pokes.put_undelivered(connection, later, later) == 0


async def test_a_place_is_not_kept_for_a_run_that_ended_during_the_attempt(prepare: Prepare) -> None:
    email = Provider("email", [Misconfigured("the key was refused", provider="scripted")])
    email.open.clear()
    relance = await prepare(email)
    delivery = asyncio.create_task(deliver(relance, await look(relance)))
    while not email.asked:  # noqa: ASYNC110 - the provider is called by the task
        await asyncio.sleep(0.01)
    relance.at = MONDAY + timedelta(minutes=1)
    await relance.happen("order.placed", ORDER, "c_42")
    await relance.route()
    await look(relance)
    email.open.set()
    assert (await delivery).held == 1
    (run,) = await relance.rows("select end_reason from runs")
    assert (run["end_reason"], await states(relance)) == ("order.placed", ["released"])


async def test_a_message_that_cannot_be_taken_holds_up_the_others_for_one_try(prepare: Prepare) -> None:
    names = [f"c_{n:03}" for n in range(3 * AT_A_TIME)]
    email = Picky("c_000@example.com", "c_001@example.com")
    relance = await prepare(email, *names)
    ids = await look(relance)
    for tries in (1, 2):
        with pytest.raises(TryLater):
            await deliver(relance, ids, tries)
    assert len(email.taken) == len(names) - 2


async def test_a_message_that_cannot_be_written_holds_up_no_other(prepare: Prepare) -> None:
    email = Provider("email")
    relance = await prepare(email, "c_1", "c_2", "c_3")
    ids = await look(relance)
    await _spoil_variables(relance, "c_2")
    with pytest.raises(TryLater, match="ValueError while it is written"):
        await deliver(relance, ids)
    assert sorted(message.to for message in email.taken) == ["c_1@example.com", "c_3@example.com"]
    assert (await states(relance)).count("reserved") == 1


async def test_a_message_that_cannot_be_written_in_time_is_given_up(prepare: Prepare) -> None:
    relance = await prepare(Provider("email"))
    ids = await look(relance)
    await _spoil_variables(relance, "c_42")
    relance.at = MONDAY + timedelta(days=10)
    assert (await deliver(relance, ids)).not_allowed == 1
    await look(relance)
    (run,) = await relance.rows("select status, end_reason from runs")
    (told,) = await relance.rows("select data from trail where what = 'not_sent'")
    assert (run["end_reason"], told["data"]["because"]) == ("end", "expired")


async def test_a_transactional_message_is_not_sent_twice_while_its_provider_is_slow(prepare: Prepare) -> None:
    """Whoever is asked to deliver it meanwhile waits until the attempt cannot be under way any more."""
    relance = await prepare(Provider("email"), letter=RECEIPT)
    ids = await look(relance)
    assert len((await begin(relance, ids)).attempts) == 1
    relance.at = MONDAY + attempts.UNDER_WAY / 2
    again = await begin(relance, ids)
    assert (again.attempts, again.under_way) == ((), 1)
    with pytest.raises(TryLater):
        await deliver(relance, ids)
    relance.at = MONDAY + 2 * attempts.UNDER_WAY
    assert (await deliver(relance, ids)).sent == 1


async def test_a_message_that_has_a_later_place_by_now_waits_for_it(prepare: Prepare) -> None:
    email = Provider("email")
    relance = await prepare(email)
    ids = await look(relance)
    await relance.rows("update messages set planned_at = planned_at + interval '1 day' returning id")
    assert await deliver(relance, ids) == DeliverReply()
    assert (email.asked, await states(relance)) == ([], ["reserved"])


async def test_a_delivery_shows_signs_of_life_while_its_provider_takes_its_time(prepare: Prepare) -> None:
    email = Provider("email")
    email.open.clear()
    relance = await prepare(email)
    alive = asyncio.Event()
    signals = Signals(lambda: relance.now, alive.set, lambda: False)
    request = DeliverRequest("email", await look(relance))
    delivery = asyncio.create_task(relance.deliveries.deliver(request, signals))
    async with asyncio.timeout(30):
        await alive.wait()
    email.open.set()
    assert (await delivery).sent == 1


async def test_a_delivery_that_is_over_at_once_shows_none(prepare: Prepare) -> None:
    """Each is something for Temporal to write down."""
    relance = await prepare(Provider("email"))
    alive = asyncio.Event()
    signals = Signals(lambda: relance.now, alive.set, lambda: False)
    reply = await relance.deliveries.deliver(DeliverRequest("email", await look(relance)), signals)
    assert (reply.sent, alive.is_set()) == (1, False)


async def test_nothing_waits_for_its_turn_once_its_attempt_is_recorded(prepare: Prepare) -> None:
    """A STOP that comes while a channel is busy must still find what has not been handed over."""
    names = [f"c_{n:03}" for n in range(3 * AT_A_TIME)]
    email = Provider("email")
    email.open.clear()
    relance = await prepare(email, *names)
    relance.deliveries = Deliveries(
        relance.database, relance.plans, relance.renderer, relance.channels, {"email": AT_A_TIME}
    )
    ids = await look(relance)
    parts = [ids[start : start + AT_A_TIME] for start in range(0, len(ids), AT_A_TIME)]
    running = [asyncio.create_task(deliver(relance, part)) for part in parts]
    while not email.asked:  # noqa: ASYNC110 - the provider is called by the tasks
        await asyncio.sleep(0.01)
    assert (await states(relance)).count("attempted") == AT_A_TIME
    email.open.set()
    assert sum([(await task).sent for task in running]) == len(names)


async def test_whose_turn_is_far_off_does_not_wait_where_other_channels_stand_in_line(
    prepare: Prepare,
) -> None:
    """In the queue of its channel it does, and leaves."""
    relance = await prepare(Provider("email"), "c_1", "c_2", "c_3")
    parts = relance.database, relance.plans, relance.renderer, relance.channels
    one, other, third = (DeliverRequest("email", [id_]) for id_ in await look(relance))
    here = Signals(lambda: relance.now, lambda: None, lambda: False, in_line=False)
    one_a_minute = Deliveries(*parts, {"email": 1 / 60})
    assert (await one_a_minute.deliver(one, here)).sent == 1
    with pytest.raises(TryLater, match="others of its channel"):
        await one_a_minute.deliver(other, here)
    assert sorted(await states(relance)) == ["reserved", "reserved", "sent"]
    relance.deliveries = Deliveries(*parts, {"email": 0.6})
    assert (await deliver(relance, third.message_ids)).sent == 1
    assert (await deliver(relance, other.message_ids)).sent == 1


async def test_single_messages_that_leave_together_leave_once_each_whoever_asks(prepare: Prepare) -> None:
    """Single deliveries share their transactions; one that is tried again while it runs changes nothing."""
    names = [f"c_{n:03}" for n in range(12)]
    email = Provider("email")
    relance = await prepare(email, *names)
    ids = await look(relance)
    done = await asyncio.gather(*(deliver(relance, [id_]) for _ in range(3) for id_ in ids))
    assert sorted(message.to for message in email.taken) == [f"{name}@example.com" for name in names]
    assert sum(each.sent for each in done) == len(names)
    assert await states(relance) == ["sent"] * len(names)


async def _spoil_variables(relance: Installation, contact: str) -> None:
    await relance.rows(
        """update messages set variables = '{"x": {"$": "nonsense"}}' where contact_id = %s returning id""",
        contact,
    )
