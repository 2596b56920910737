"""The studio's page that takes the base out: who may, what comes, what is written down, and how often."""

import csv
import io
import json
import re

import pytest
from pyarrow import parquet
from starlette.requests import ClientDisconnect

from engine.exports.tables import Column
from engine.exports.writers import Drain, writer
from engine.people import Profile, upsert
from tests.web.conftest import NOW
from tests.web.signing import browser, closed, let_in, sign_in, token_in
from web.exports import Download

ASKED = {"what": "contacts", "form": "csv"}


@pytest.fixture
async def privacy(services):
    """A browser in which somebody of the role privacy is signed in, and what its forms bring back."""
    await let_in(services, "ada", "privacy")
    app = closed(services)
    async with browser(app) as client:
        await sign_in(client, "ada")
        yield client, {"form_token": token_in(await client.get("/exports"))}
    await app.state.pulse.close()


async def audited(services):
    """What the audit tells of exports."""
    async with services.database.connection() as connection:
        cursor = await connection.execute(
            "select actor, subject, data from audit where action = 'export' order by place"
        )
        return [tuple(row.values()) for row in await cursor.fetchall()]


async def test_people_come_as_csv_with_formulas_made_harmless_and_the_audit_says_who_took_them(
    services, privacy
):
    client, token = privacy
    told = [Profile("c_cmd", {"first_name": "=cmd|' /C calc'!A0"})]
    assert not (await upsert(services.database, services.plans, told, source="till", now=NOW)).errors
    taken = await client.post("/exports", data=ASKED | token)
    assert taken.status_code == 200
    assert re.fullmatch(
        r'attachment; filename="contacts-\d{4}-\d\d-\d\d\.csv"', taken.headers["content-disposition"]
    )
    assert taken.headers["cache-control"] == "no-store"
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(taken.text))}
    assert rows["c_zoe"]["email"] == "zoe@example.com"
    assert rows["c_cmd"]["first_name"] == "'=cmd|' /C calc'!A0"
    ((actor, subject, data),) = await audited(services)
    assert (actor, subject, data["form"], data["segment"]) == ("user/ada", "contacts", "csv", None)


async def test_each_form_holds_the_same_rows(services, privacy):
    client, token = privacy
    lines = await client.post("/exports", data=ASKED | token | {"form": "jsonl"})
    table = await client.post("/exports", data=ASKED | token | {"form": "parquet"})
    ids = [json.loads(line)["id"] for line in lines.text.splitlines()]
    assert parquet.read_table(io.BytesIO(table.content)).column("id").to_pylist() == ids
    assert "c_zoe" in ids


async def test_more_than_a_page_comes_whole_and_in_parts(services, privacy):
    """Nothing is gathered: the parts are those that the database gave."""
    client, token = privacy
    many = [Profile(f"m_{number:05}") for number in range(4_500)]
    await upsert(services.database, services.plans, many, source="till", now=NOW)
    async with client.stream("POST", "/exports", data=ASKED | token) as answer:
        assert "content-length" not in answer.headers
        text = (await answer.aread()).decode()
    assert len(text.splitlines()) > 4_500
    assert text.splitlines()[-1].startswith("m_04499")


async def test_the_period_and_the_segment_choose_what_comes(services, privacy):
    client, token = privacy
    none = await client.post("/exports", data=ASKED | token | {"since": "2100-01-01"})
    assert len(none.text.splitlines()) == 1
    unknown = await client.post("/exports", data=ASKED | token | {"segment": "vup"})
    assert unknown.status_code == 422
    assert "vup" in unknown.text
    assert len(await audited(services)) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"what": "secrets"}, "Choose one of contacts, events, messages, consents"),
        ({"form": "xls"}, "Choose one of csv, jsonl, parquet"),
        ({"since": "31/02/2026"}, "A day is written like 2026-12-25"),
        ({"since": "2026-02-31"}, "A day is written like 2026-12-25"),
        ({"since": "2026-03-01", "until": "2026-03-01"}, "The first day is not before"),
    ],
)
async def test_what_cannot_be_meant_is_said_and_nothing_leaves(services, privacy, wrong, said):
    client, token = privacy
    refused = await client.post("/exports", data=ASKED | token | wrong)
    assert refused.status_code == 422
    assert said in refused.text
    assert await audited(services) == []


async def test_a_form_of_another_site_takes_nothing(services, privacy):
    client, _ = privacy
    refused = await client.post("/exports", data=ASKED | {"form_token": "0" * 64})
    assert refused.status_code == 403
    assert await audited(services) == []


async def test_who_takes_out_again_and_again_is_asked_to_use_the_command(services, privacy):
    client, token = privacy
    answers = [await client.post("/exports", data=ASKED | token) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert answers[-1].headers["retry-after"] == "3600"
    assert len(await audited(services)) == 20


@pytest.mark.parametrize("role", ["viewer", "marketer", "operations"])
async def test_other_roles_see_no_page_of_it_and_no_way_there(services, role):
    await let_in(services, "bob", role)
    app = closed(services)
    async with browser(app) as client:
        await sign_in(client, "bob")
        home = await client.get("/")
        assert 'href="/exports"' not in home.text
        sent = ASKED | {"form_token": token_in(home)}
        assert (await client.post("/exports", data=sent)).status_code == 403
    await app.state.pulse.close()
    assert await audited(services) == []


async def test_who_goes_away_before_the_first_byte_holds_nothing():
    let_go = []

    async def parts():
        try:
            yield b"first"
            yield b"second"
        finally:
            let_go.append("the snapshot")

    async def receive():
        return {"type": "http.disconnect"}

    async def gone(_message):
        raise OSError

    rest = parts()
    download = Download(await anext(rest), rest, "contacts.csv", "text/csv")
    with pytest.raises(ClientDisconnect):
        await download({"type": "http", "asgi": {"spec_version": "2.4"}}, receive, gone)
    assert let_go == ["the snapshot"]


@pytest.mark.parametrize("text", ["=1+1", "-1+cmd", "@SUM(1)", "\n=1+1", "\uff1d1+1", "\uff20SUM(1)"])
def test_whatever_a_spreadsheet_takes_for_a_formula_is_a_text(text):
    drain = Drain()
    out = writer("csv", [Column("first_name")], drain)
    out.write([[text], ["+33639980001"]])
    rows = list(csv.reader(io.StringIO(drain.taken().decode(), newline="")))
    assert rows == [["first_name"], [f"'{text}"], ["+33639980001"]]
