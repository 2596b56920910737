"""The stand-in refuses what SendGrid refuses; or the tests that lean on it would prove nothing."""

import httpx
import pytest

from tests.standins.sendgrid_server import SendGridServer

VALID = {
    "from": {"email": "from@example.com"},
    "subject": "s",
    "personalizations": [{"to": [{"email": "zoe@example.com"}]}],
    "content": [{"type": "text/plain", "value": "t"}],
}


async def post(body, **changes):
    async with SendGridServer() as server, httpx.AsyncClient(trust_env=False) as client:
        request = {"headers": {"Authorization": f"Bearer {server.api_key}"}, "json": body, **changes}
        return await client.post(f"{server.base_url}/v3/mail/send", **request)


async def test_a_valid_request_is_taken():
    answer = await post(VALID)
    assert answer.status_code == 202
    assert answer.headers["X-Message-Id"]
    assert not answer.content


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"from": {"email": "nobody"}}, "from.email"),
        ({"from": None}, "from.email"),
        ({"subject": ""}, "subject"),
        ({"personalizations": []}, "personalizations"),
        ({"personalizations": VALID["personalizations"] * 1001}, "personalizations"),
        ({"personalizations": [{}]}, "personalizations.0.to"),
        ({"personalizations": [{"to": [{"email": "é@example.com"}]}]}, "personalizations.0.to.0.email"),
        (
            {"personalizations": [{"to": [{"email": "z@example.com", "name": "a, b"}]}]},
            "personalizations.0.to.0.name",
        ),
        ({"content": []}, "content"),
        ({"content": [{"type": "text/html", "value": "h"}, {"type": "text/plain", "value": "t"}]}, "content"),
        ({"content": [{"type": "text/plain", "value": ""}]}, "content.0.value"),
        ({"headers": {"Reply-To": "x"}}, "headers.Reply-To"),
        ({"headers": {"X-A": 1}}, "headers.X-A"),
        ({"categories": [str(n) for n in range(11)]}, "categories"),
        ({"categories": ["x" * 256]}, "categories"),
        ({"custom_args": {"id": 1}}, "custom_args"),
        ({"custom_args": {"id": "x" * 10_000}}, "custom_args"),
        (
            {"tracking_settings": {"open_tracking": {"enable": "false"}}},
            "tracking_settings.open_tracking.enable",
        ),
        ({"tracking_settings": {"opens": {"enable": True}}}, "tracking_settings.opens"),
        ({"reply_to": {"email": ""}}, "reply_to.email"),
        ({"subjet": "x"}, "subjet"),
    ],
)
async def test_a_fault_is_named_by_its_field(change, field):
    answer = await post({**VALID, **change})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"headers": {}}, 401),
        ({"headers": {"Authorization": "Bearer SG.other"}}, 401),
        ({"json": None, "data": {"subject": "s"}}, 415),
        ({"json": []}, 400),
    ],
)
async def test_other_refusals(changes, status):
    assert (await post(VALID, **changes)).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email_addresses": []},
        {"email_addresses": "zoe@example.com"},
        {"email_addresses": ["nobody"]},
        {"email_addresses": ["zoe@example.com"] * 5_001},
        {"email_addresses": ["zoe@example.com"], "subuser": "x"},
    ],
)
async def test_an_erasure_names_addresses_and_nothing_else(body):
    async with SendGridServer() as server, httpx.AsyncClient(trust_env=False) as client:
        keyed = {"headers": {"Authorization": f"Bearer {server.api_key}"}}
        url = f"{server.base_url}/v3/recipients/erasejob"
        assert (await client.post(url, json=body, **keyed)).status_code == 400
        right = await client.post(url, json={"email_addresses": ["zoe@example.com"]}, **keyed)
        assert (right.status_code, list(right.json())) == (202, ["job_id"])
