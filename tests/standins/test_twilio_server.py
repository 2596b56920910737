"""The stand-in refuses what Twilio refuses; or the tests that lean on it would prove nothing."""

import httpx
import pytest

from tests.standins.twilio_server import TwilioServer

VALID = {"To": "+33612345678", "From": "+33700000000", "Body": "Bonjour"}


async def post(form, path=None, **changes):
    async with TwilioServer() as server, httpx.AsyncClient(trust_env=False) as client:
        url = f"{server.base_url}{path or f'/2010-04-01/Accounts/{server.account_sid}/Messages.json'}"
        request = {"auth": (server.account_sid, server.auth_token), "data": form, **changes}
        return await client.post(url, **request)


async def test_a_valid_request_is_taken():
    answer = await post(VALID)
    assert answer.status_code == 201
    assert answer.json()["status"] == "queued"
    assert answer.json()["sid"].startswith("SM")


async def test_a_services_message_is_accepted_first():
    answer = await post({"To": "+33612345678", "MessagingServiceSid": "MG" + "1" * 32, "Body": "Bonjour"})
    assert answer.json()["status"] == "accepted"
    assert answer.json()["num_segments"] == "0"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": "0612345678"}, 21211),
        ({"To": "+15005550001"}, 21211),
        ({"To": "+15005550009"}, 21614),
        ({"To": "+15005550004"}, 21610),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"From": "Maison Verte Paris"}, 21212),
        ({"From": "12345678901"}, 21212),
        ({"StatusCallback": "crm.example/x"}, 21609),
        ({"StatusCallback": "https://my_host.example/x"}, 21609),
        ({"ValidityPeriod": "0"}, 20001),
        ({"ValidityPeriod": "36001"}, 20001),
        ({"ValidityPeriod": "1.5"}, 20001),
        ({"MessageIntent": "spam"}, 20001),
        ({"Unknown": "x"}, 20001),
        ({"To": ["+33612345678", "+33612345679"]}, 20001),
    ],
)
async def test_a_fault_has_its_code(change, code):
    answer = await post({**VALID, **change})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_a_message_needs_a_sender():
    assert (await post({"To": "+33612345678", "Body": "Bonjour"})).json()["code"] == 21603


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"auth": ("AC" + "0" * 32, "other")}, 401, 20003),
        ({"auth": None}, 401, 20003),
        ({"path": "/2010-04-01/Accounts/ACother/Messages.json"}, 404, 20404),
        ({"data": None, "json": VALID}, 400, 21604),
    ],
)
async def test_other_refusals(changes, status, code):
    answer = await post(VALID, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_message_is_deleted_once_and_by_delete():
    async with TwilioServer() as server, httpx.AsyncClient(trust_env=False) as client:
        keyed = {"auth": (server.account_sid, server.auth_token)}
        base = f"{server.base_url}/2010-04-01/Accounts/{server.account_sid}/Messages"
        sid = (await client.post(f"{base}.json", data=VALID, **keyed)).json()["sid"]
        assert (await client.post(f"{base}/{sid}.json", data=VALID, **keyed)).status_code == 405
        assert (await client.delete(f"{base}/{sid}.json")).status_code == 401
        assert (await client.delete(f"{base}/{sid}.json", **keyed)).status_code == 204
        again = await client.delete(f"{base}/{sid}.json", **keyed)
        assert (again.status_code, again.json()["code"]) == (404, 20404)
