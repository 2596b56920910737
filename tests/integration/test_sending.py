"""The protocol of sending, on a real database: what a crash, a refusal or a pause does to a message."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from channels.errors import Misconfigured, Refused, Retryable, UnknownOutcome
from channels.messages import Message, SendResult
from engine import attempts
from engine.deliver import TryLater
from engine.pauses import pause, resume
from engine.subscriptions import withdraw
from engine.wire import DeliverReply
from store.database import Database
from tests.integration.by_hand import MONDAY, ORDER, SUBSCRIBED, begin, deliver, look
from tests.integration.installation import Installation
from tests.integration.providers import Provider

RECEIPT = """
scenario: receipt
title: A receipt for every order
owner: crm-team
topic: service
trigger: { event: order.placed }
entry: always
steps:
  - email: welcome_hello
    id: thanks
"""

Prepare = Callable[..., Awaitable[Installation]]


@pytest.fixture
def prepare(database: Database, tmp_path: Path) -> Prepare:
    """Makes an installation in which c_42 is about to be welcomed, by this provider."""

    async def made(email: Provider, *, event: str = "contact.subscribed") -> Installation:
        relance = Installation(database, None, tmp_path / "outbox", at=MONDAY, channels={"email": email})
        await relance.publish()
        await relance.contacts("c_42")
        await relance.happen(event, SUBSCRIBED if event == "contact.subscribed" else ORDER, "c_42")
        await relance.route()
        return relance

    return made


async def leave(relance: Installation) -> None:
    await withdraw(
        relance.database, relance.plans, "c_42", "newsletter", "email", source="link", now=relance.now
    )


async def state(relance: Installation) -> str:
    (row,) = await relance.rows("select state from messages")
    return str(row["state"])


async def test_what_is_accepted_is_sent_and_the_run_goes_on(prepare: Prepare) -> None:
    email = Provider("email")
    relance = await prepare(email)
    assert (await deliver(relance, await look(relance))).sent == 1
    await look(relance)
    (run,) = await relance.rows("select position from runs")
    (told,) = await relance.rows("select contact_id, properties from events where name = 'message.sent'")
    assert (await state(relance), run["position"]) == ("sent", "2")
    assert told["contact_id"] == "c_42"
    assert told["properties"]["step"] == "hello"


async def test_delivering_again_sends_nothing_again(prepare: Prepare) -> None:
    email = Provider("email")
    relance = await prepare(email)
    ids = await look(relance)
    await deliver(relance, ids)
    assert await deliver(relance, ids) == DeliverReply()
    assert len(email.asked) == 1


async def test_a_message_whose_attempt_was_cut_off_is_never_sent_again(prepare: Prepare) -> None:
    email = Provider("email")
    relance = await prepare(email)
    ids = await look(relance)
    begun = await begin(relance, ids)
    assert len(begun.attempts) == 1
    assert await deliver(relance, ids) == DeliverReply()
    assert await look(relance) == []
    assert (email.asked, await state(relance)) == ([], "attempted")


async def test_an_outcome_that_stays_unknown_for_a_day_counts_as_sent(prepare: Prepare) -> None:
    email = Provider("email", [UnknownOutcome("read timeout", provider="scripted")])
    relance = await prepare(email)
    assert (await deliver(relance, await look(relance))).unknown == 1
    assert await attempts.settle_unknown(relance.database, relance.plans, MONDAY + timedelta(hours=23)) == 0
    relance.at = MONDAY + timedelta(hours=25)
    assert await attempts.settle_unknown(relance.database, relance.plans, relance.now) == 1
    await look(relance)
    (run,) = await relance.rows("select position from runs")
    assert (await state(relance), run["position"]) == ("unknown", "2")
    assert len(email.asked) == 1


async def test_a_transactional_message_is_tried_again_when_no_answer_came(
    prepare: Prepare, transactional: Path
) -> None:
    email = Provider("email", [UnknownOutcome("read timeout", provider="scripted")])
    relance = await prepare(email)
    relance.use(transactional)
    await relance.publish()
    await relance.happen("order.placed", ORDER, "c_42")
    await relance.route()
    ids = [row["id"] for row in await relance.rows("select id from messages")]
    ids = [each for each in await look(relance) if each not in ids]
    (receipt,) = await relance.rows("select id from messages where scenario = 'receipt'")
    with pytest.raises(TryLater):
        await deliver(relance, [receipt["id"]])
    assert (await deliver(relance, [receipt["id"]])).sent == 1
    assert len(email.asked) == 2


@pytest.fixture
def transactional(tmp_path: Path, project: Path) -> Path:
    """The shipped project with a receipt for orders beside."""
    (project / "scenarios" / "onboarding" / "receipt.yaml").write_text(RECEIPT, "utf-8")
    return project


async def test_what_the_provider_cannot_take_now_keeps_its_place_for_its_own_delay(prepare: Prepare) -> None:
    email = Provider("email", [Retryable("slow down", provider="scripted", after_seconds=17)])
    relance = await prepare(email)
    ids = await look(relance)
    with pytest.raises(TryLater) as later:
        await deliver(relance, ids)
    assert later.value.after == timedelta(seconds=17)
    assert await state(relance) == "reserved"
    assert (await deliver(relance, ids)).sent == 1


async def test_a_refusal_for_good_blocks_the_address_and_ends_a_run_that_can_reach_nobody(
    prepare: Prepare,
) -> None:
    refusal = Refused("not a mailbox", provider="scripted", code="invalid_to", suppress="invalid")
    relance = await prepare(Provider("email", [refusal]))
    assert (await deliver(relance, await look(relance))).refused == 1
    await relance.route()
    await look(relance)
    (block,) = await relance.rows("select channel, reason, address_hash from suppressions")
    (run,) = await relance.rows("select status, end_reason from runs")
    assert (block["channel"], block["reason"]) == ("email", "invalid")
    assert "example.com" not in block["address_hash"]
    assert (await state(relance), run["end_reason"]) == ("refused", "lost_consent")


async def test_a_wrong_key_pauses_the_channel_and_burns_no_message(prepare: Prepare) -> None:
    email = Provider("email", [Misconfigured("the key was refused", provider="scripted")])
    relance = await prepare(email)
    ids = await look(relance)
    assert (await deliver(relance, ids)).held == 1
    (paused,) = await relance.rows("select kind, name, reason from pauses")
    assert (paused["kind"], paused["name"], paused["reason"]) == ("channel", "email", "the key was refused")
    assert await state(relance) == "reserved"
    assert await look(relance) == []
    assert (await deliver(relance, ids)).held == 1
    assert await resume(relance.database, "email", ["email"], actor="ops", now=relance.now) == 1
    assert (await deliver(relance, await look(relance))).sent == 1


async def test_a_paused_scenario_decides_and_sends_nothing_until_it_is_resumed(prepare: Prepare) -> None:
    email = Provider("email")
    relance = await prepare(email)
    assert await pause(relance.database, "welcome", ["email"], actor="ops", reason="", now=relance.now)
    assert await look(relance) == []
    assert await resume(relance.database, "welcome", ["email"], actor="ops", now=relance.now) == 1
    assert (await deliver(relance, await look(relance))).sent == 1


async def test_nothing_stale_leaves_after_a_pause(prepare: Prepare) -> None:
    email = Provider("email")
    relance = await prepare(email)
    ids = await look(relance)
    await pause(relance.database, "email", ["email"], actor="ops", reason="incident", now=relance.now)
    relance.at = MONDAY + timedelta(days=5)
    await resume(relance.database, "email", ["email"], actor="ops", now=relance.now)
    assert (await deliver(relance, ids)).not_allowed == 1
    await look(relance)
    (told,) = await relance.rows("select data from trail where what = 'not_sent'")
    assert (email.asked, told["data"]["because"]) == ([], "expired")


async def test_an_order_that_nobody_has_routed_yet_stops_the_message(prepare: Prepare) -> None:
    email = Provider("email")
    relance = await prepare(email)
    ids = await look(relance)
    await relance.happen("order.placed", ORDER, "c_42")
    assert (await deliver(relance, ids)).not_allowed == 1
    await relance.route()
    await look(relance)
    (run,) = await relance.rows("select end_reason from runs")
    assert (email.asked, run["end_reason"]) == ([], "goal")


async def test_who_leaves_before_the_attempt_gets_nothing(prepare: Prepare) -> None:
    """The place was taken, and the worker has the message already."""
    email = Provider("email")
    relance = await prepare(email)
    ids = await look(relance)
    await leave(relance)
    await deliver(relance, ids)
    assert (email.asked, await state(relance)) == ([], "released")


class LeavesMeanwhile(Provider):
    """The person unsubscribes while the provider is being asked."""

    relance: Installation

    async def send(self, message: Message) -> SendResult:
        await leave(self.relance)
        return await super().send(message)


async def test_who_leaves_while_the_provider_is_asked_gets_that_and_nothing_more(prepare: Prepare) -> None:
    """What is on its way cannot be called back; it is recorded as sent, and nothing follows it."""
    email = LeavesMeanwhile("email")
    relance = await prepare(email)
    email.relance = relance
    assert (await deliver(relance, await look(relance))).sent == 1
    (told,) = await relance.rows(
        "select m.state, m.attempt_seq < c.seq as knew_no_better"
        " from messages m join consents c using (contact_id)"
        " where c.state = 'withdrawn' and c.channel = 'email'"
    )
    assert told == {"state": "sent", "knew_no_better": True}
    relance.at = MONDAY + timedelta(days=30)
    assert await look(relance) == []
    (run,) = await relance.rows("select status from runs")
    assert (run["status"], len(email.asked)) == ("ended", 1)


async def test_a_broken_template_holds_its_messages_and_says_so(prepare: Prepare, project: Path) -> None:
    relance = await prepare(Provider("email"))
    relance.use(project)
    template = project / "templates" / "welcome_hello" / "email.fr.mjml"
    whole = template.read_text("utf-8")
    template.write_text(whole + "{{ no_such_name }}", "utf-8")
    ids = await look(relance)
    with pytest.raises(TryLater, match=r"welcome_hello/email\.fr\.mjml"):
        await deliver(relance, ids)
    assert await state(relance) == "reserved"
    template.write_text(whole, "utf-8")
    assert (await deliver(relance, ids)).sent == 1


async def test_a_worker_that_is_stopped_writes_what_it_has_begun(prepare: Prepare) -> None:
    email = Provider("email")
    email.open.clear()
    relance = await prepare(email)
    delivery = asyncio.create_task(deliver(relance, await look(relance)))
    while not email.asked:  # noqa: ASYNC110 - the provider is called by the task
        await asyncio.sleep(0.01)
    delivery.cancel()
    email.open.set()
    with pytest.raises(asyncio.CancelledError):
        await delivery
    assert await state(relance) == "sent"


async def test_a_worker_killed_while_it_sends_never_sends_twice(
    prepare: Prepare, database_url: str, tmp_path: Path
) -> None:
    email = Provider("email")
    relance = await prepare(email)
    asked = tmp_path / "asked"
    asked.touch()
    killed = subprocess.Popen(  # noqa: ASYNC220 - it only begins here
        [sys.executable, "-m", "tests.integration.silent_worker", database_url, str(asked)],
        cwd=relance.project,
    )
    async with asyncio.timeout(60):
        while not asked.read_text():  # noqa: ASYNC110 - written by the other process
            await asyncio.sleep(0.02)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    (row,) = await relance.rows("select id from messages")
    assert await deliver(relance, [row["id"]]) == DeliverReply()
    assert (email.asked, await state(relance)) == ([], "attempted")
    assert len(asked.read_text().splitlines()) == 1
