"""An erasure goes on to the providers until they confirm; what is kept for it is sealed, then gone."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from channels.events import DeliveryEvent
from channels.outbox.send import Outbox
from channels.sendgrid.send import SendGrid
from channels.twilio.send import Senders, Twilio
from engine.deliveries import record
from engine.people import Profile, upsert
from engine.plans import Plans
from engine.privacy import erase
from engine.rights.passing_on import PassingOn
from tests.engine.conftest import KEYS, NOON
from tests.engine.scenarios import scenario
from tests.standins.fixtures import sendgrid_server, twilio_server
from tests.standins.twilio_server import TakenSms

__all__ = ["sendgrid_server", "twilio_server"]

HELLO = scenario(
    "hello",
    """
    - email: m1
    - sms: m2
    """,
    trigger="event: order.placed",
    entry="always",
)
SENT, WRITTEN = "SM" + "a" * 32, "SM" + "b" * 32


@dataclass
class Hands:
    """A clock that stands where it is put."""

    at: object = field(default=NOON)
    speed: float = 1.0

    def now(self):
        return self.at


@dataclass
class Asking:
    """A worker that passes erasures on, round by round."""

    passing: PassingOn
    hands: Hands

    async def after(self, **span):
        self.hands.at += timedelta(**span)
        while await self.passing.next():
            pass


@pytest.fixture
async def erased(shop):
    """Ada, who had two mailboxes, got an email and an SMS, answered, and asked to be forgotten."""
    await shop.publish(hello=HELLO)
    await shop.person("ada", email="ada@old.example")
    moved = [Profile("ada", {"email": "ada@new.example"})]
    await upsert(shop.database, shop.plans, moved, source="form", now=NOON)
    await shop.happens("order.placed", order_id="o1", total=3)
    for provider, id_ in (("sendgrid", "x-message-id"), ("twilio", SENT)):
        await shop.sent(provider_id=id_)
        await shop.rows("update messages set provider = %s where provider_id = %s returning 1", provider, id_)
        await shop.look()
    reply = DeliveryEvent(
        "replied",
        "twilio",
        "sms",
        WRITTEN,
        NOON,
        address="+33639980294",
        text="merci",
        raw={"MessageSid": WRITTEN, "Body": "merci"},
    )
    await record(shop.database, shop.plans, [reply], NOON)
    assert await erase(shop.database, shop.plans, "ada", source="api", now=NOON)
    return shop


@pytest.fixture
async def asking(erased, sendgrid_server, twilio_server):
    twilio_server.taken += [TakenSms(SENT, {}), TakenSms(WRITTEN, {})]
    channels = (
        SendGrid(sendgrid_server.api_key, sendgrid_server.base_url),
        Twilio(
            twilio_server.account_sid,
            twilio_server.auth_token,
            Senders("MAISONVERTE"),
            status_callback="https://crm.example/status",
            base_url=twilio_server.base_url,
        ),
    )
    hands = Hands()
    yield Asking(PassingOn(erased.database, erased.plans.addresses, channels, hands), hands)
    for channel in channels:
        await channel.close()


async def states(shop):
    found = await shop.rows("select provider, state, addresses, message_ids from erasures order by provider")
    assert all(each["state"] == "open" or not each["addresses"] + each["message_ids"] for each in found)
    return {each["provider"]: each["state"] for each in found}


async def test_each_provider_forgets_every_address_and_message(
    erased, asking, sendgrid_server, twilio_server
):
    assert await states(erased) == {"sendgrid": "open", "twilio": "open"}
    await asking.after(seconds=1)
    assert set(sendgrid_server.erased) == {"ada@old.example", "ada@new.example"}
    assert sorted(twilio_server.deleted) == [SENT, WRITTEN]
    assert await states(erased) == {"sendgrid": "done", "twilio": "done"}
    before = len(sendgrid_server.requests)
    await asking.after(days=30)
    assert len(sendgrid_server.requests) == before, "asked once"


async def test_nobody_reads_meanwhile_who_it_was(erased):
    kept = str(await erased.rows("select * from erasures"))
    for secret in ("ada@", "example", "+33639980294"):
        assert secret not in kept


async def test_it_is_asked_again_until_it_is_confirmed(erased, asking, sendgrid_server, twilio_server):
    sendgrid_server.answer_next(503)
    sendgrid_server.answer_next(401)
    twilio_server.under_way.add(WRITTEN)
    await asking.after(seconds=1)
    assert await states(erased) == {"sendgrid": "open", "twilio": "open"}
    await asking.after(minutes=2)
    twilio_server.under_way.clear()
    await asking.after(minutes=5)
    assert await states(erased) == {"sendgrid": "open", "twilio": "done"}, "a bad key is repaired by a person"
    assert sorted(twilio_server.deleted) == [SENT, WRITTEN], "what was gone already is no error"
    await asking.after(hours=2)
    assert await states(erased) == {"sendgrid": "done", "twilio": "done"}


async def test_who_cannot_be_asked_is_said_and_nothing_is_kept_for_it(erased, tmp_path):
    mail = Outbox("email", tmp_path)
    await erased.rows("update erasures set provider = 'outbox' where provider = 'sendgrid' returning 1")
    asking = Asking(PassingOn(erased.database, erased.plans.addresses, [mail], Hands()), Hands())
    await asking.after(seconds=1)
    assert await states(erased) == {"outbox": "not_asked", "twilio": "not_asked"}
    told = await erased.rows("select provider, why from erasures order by provider")
    assert told[0]["why"] == "this provider takes no such request"
    assert told[1]["why"] == "this installation has no such provider"


async def test_keys_may_be_rotated_meanwhile(erased, asking, sendgrid_server):
    rotated = Plans(erased.database, ("another key of the tests, long enough", *KEYS))
    later = PassingOn(erased.database, rotated.addresses, asking.passing.channels, asking.hands)
    while await later.next():
        pass
    assert "ada@new.example" in sendgrid_server.erased
