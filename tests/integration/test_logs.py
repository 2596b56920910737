"""What processes say of a real life: by ids, as JSON, and nothing of the person, also when all goes wrong."""

import asyncio
import json
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

from commands.local.ports import first_free
from engine.access import keep_key
from store.database import Database
from store.settings import write_setting
from tests.integration.installation import Installation, fast
from tests.integration.processes import Start, environment, starting

MONDAY = datetime(2027, 2, 15, 8, tzinfo=UTC)
KEY = "rl_key_of_the_tests"
PERSON = {
    "email": "zenobie.quatrefages@example.com",
    "phone": "+33639980042",
    "first_name": "Zénobie",
    "last_name": "Quatrefages",
    "country": "FR",
    "locale": "fr",
}
SECRETS = ("zenobie.quatrefages", "639980042", "Zénobie", "Quatrefages", "Salon")

# A fault that quotes what it is about, as databases do.
QUOTES = "begin raise exception 'of %', 'zenobie.quatrefages@example.com, Quatrefages'; end"
FAULT = (
    f"create function quotes() returns trigger language plpgsql as $${QUOTES}$$",
    "create trigger quotes before insert on messages for each row execute function quotes()",
    "create trigger quotes before insert on attribute_history for each row execute function quotes()",
)


@pytest.fixture
async def start(temporal: Client, database: Database, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts a verb as a process that logs all it can, as JSON."""
    talkative = {"RELANCE_LOGS": "json", "RELANCE_LOG_LEVEL": "debug"}
    async with starting(environment(database, temporal, tmp_path / "outbox") | talkative) as program:

        async def one(*words: str) -> Process:
            with (tmp_path / f"{words[0]}.log").open("wb") as log:
                return await program(sys.executable, "-m", "cli", *words, stdout=log, stderr=log)

        yield one


async def stopped(process: Process) -> None:
    """A process is asked to stop, and does."""
    process.terminate()
    async with asyncio.timeout(40):
        await process.wait()


async def installed(database: Database, temporal: Client, folder: Path) -> Installation:
    """What processes find: a publication, a clock that hurries, and a key."""
    relance = Installation(database, temporal, folder / "outbox", fast(600, MONDAY))
    await relance.publish()
    async with database.transaction() as connection:
        await write_setting(connection, "clock", relance.clock.stored())
        await keep_key(connection, "tests", KEY, scopes=("events", "contacts"), now=MONDAY)
    return relance


async def executed(database: Database, *statements: str) -> None:
    async with database.transaction() as connection:
        for statement in statements:
            await connection.execute(statement.encode())


async def test_logs_of_a_life_and_of_its_faults_name_ids_and_nobody(
    temporal: Client, database: Database, tmp_path: Path, start: Start
) -> None:
    relance = await installed(database, temporal, tmp_path)
    port = first_free(8300)
    worker, web = await start("worker"), await start("web", "--port", str(port))
    # A fault ends its connection, which would be another request's.
    headers = {"Authorization": f"Bearer {KEY}", "Connection": "close"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as client:
        await up(client)
        await sign_up(client, "c_1")
        await client.put("/v1/contacts/c_2", json=body())
        await relance.until("select 1 from messages where state = 'sent'", seconds=60)
        await executed(database, *FAULT)
        assert (await client.put("/v1/contacts/c_3", json=body())).status_code == 500
        await client.post("/v1/events", content=f'{{"id": "Quatrefages", "email": "{PERSON["email"]}"')
        await subscribe(client, "c_2")
        (run,) = await relance.until("select workflow_id from groups where contact_id = 'c_2'", seconds=60)
        handle = temporal.get_workflow_handle(run["workflow_id"])
        async with asyncio.timeout(60):
            while "RaiseException at " not in logged(tmp_path, "worker"):  # noqa: ASYNC110 - another writes
                await asyncio.sleep(0.1)
        history = await handle.fetch_history()
        await executed(database, "drop function quotes cascade")
        await relance.until("select 1 from messages where state = 'sent' having count(*) = 2", seconds=60)
    await stopped(worker)
    await stopped(web)
    told = logged(tmp_path, "worker") + logged(tmp_path, "web")
    assert all(json.loads(line) for line in told.splitlines())
    kept = "".join(event.SerializeToString().decode("utf-8", "replace") for event in history.events)
    assert '"event":"message tried"' in told
    assert '"contact":"c_1"' in told
    assert '"error":"RaiseException"' in logged(tmp_path, "web")
    for secret in SECRETS:
        assert secret not in told
        assert secret not in kept


def logged(folder: Path, verb: str) -> str:
    return (folder / f"{verb}.log").read_text("utf-8")


async def up(client: httpx.AsyncClient) -> None:
    """Return once the web answers."""
    async with asyncio.timeout(60):
        while True:
            try:
                if (await client.get("/readyz")).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


def body() -> dict[str, object]:
    consent = {"topic": "newsletter", "channel": "email", "state": "granted", "basis": "consent"}
    return {"attributes": PERSON, "consents": [consent | {"proof": {"form": "Salon"}}]}


async def sign_up(client: httpx.AsyncClient, contact: str) -> None:
    assert (await client.put(f"/v1/contacts/{contact}", json=body())).status_code == 200
    await subscribe(client, contact)


async def subscribe(client: httpx.AsyncClient, contact: str) -> None:
    event = {"id": f"s-{contact}", "name": "contact.subscribed", "contact": contact, "at": MONDAY.isoformat()}
    answer = await client.post("/v1/events", json=event | {"with": {"list": "newsletter", "source": "Salon"}})
    assert answer.status_code == 202
