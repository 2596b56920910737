"""After an erasure nothing is left to be found: no table, no history of Temporal, no log says who it was."""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from channels.events import DeliveryEvent
from engine.deliveries import record
from store.database import Database
from tests.integration.installation import KEYS, PROJECT, Installation, fast

MONDAY = datetime(2027, 2, 15, 8, tzinfo=UTC)
PERSON: dict[str, Any] = {"first_name": "Zénobie", "last_name": "Quatrefages", "phone": "+33639980042"}
EMAIL = "c_42@example.com"
REPORT = DeliveryEvent(
    "deferred", "sendgrid", "email", "r1", MONDAY, reason=f"450 <{EMAIL}> is busy", raw={"to": EMAIL}
)


@pytest.fixture
async def relance(temporal: Client, database: Database, tmp_path: Path) -> Installation:
    """Where c_42 was welcomed and waits, and a namesake of hers lives."""
    installation = Installation(database, temporal, tmp_path / "outbox", fast(600, MONDAY))
    async with installation as lived:
        await lived.contacts("c_42", **PERSON)
        await lived.contacts("c_43", first_name="Zénobie")
        await lived.happen("contact.subscribed", {"list": "newsletter", "source": "Salon"}, "c_42")
        await lived.route()
        await lived.poke()
        await lived.until("select 1 from runs where position = '2'")
        await record(database, lived.plans, [REPORT], MONDAY)
    return installation


async def typed(relance: Installation, *words: str, said: str = "") -> tuple[int, dict[str, Any]]:
    """The status and the JSON of a verb of `relance privacy`."""
    assert relance.client is not None
    environment = os.environ | {
        "DATABASE_URL": relance.database.url,
        "TEMPORAL_ADDRESS": relance.client.service_client.config.target_host,
        "RELANCE_SECRET_KEYS": KEYS[0],
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", "privacy", *words, "--format", "json", cwd=PROJECT, env=environment,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, failed = await process.communicate(said.encode())
    assert process.returncode is not None
    assert told, failed.decode()
    return process.returncode, json.loads(told)


def places(told: dict[str, Any], word: str) -> set[str]:
    return {each["place"] for each in told["found"] if each["word"] == word}


async def test_who_was_forgotten_is_nowhere(relance: Installation, tmp_path: Path) -> None:
    log = tmp_path / "old.log"
    log.write_text(f"an old log of another program: {PERSON['phone']}\n", "utf-8")

    status, before = await typed(relance, "search", "c_42", "--files", str(log))
    assert status == 1
    assert {"table contacts", "table attribute_history"} <= places(before, "email")
    assert any(place.startswith("table delivery_reports") for place in places(before, "email"))
    assert f"file {log}" in places(before, "phone")
    assert before["histories"] == 1
    assert before["left_out"]["first_name"] == "others have it: 1"

    log.write_text("nobody\n", "utf-8")
    status, after = await typed(relance, "erase", "c_42", "--yes", "--search", "--files", str(log))
    assert (after["found"], status) == ([], 0)
    assert (after["histories"], after["files"]) == (1, 1)
    assert {"email", "phone", "last_name"} <= set(after["words"])
    assert after["tables"] == before["tables"] > 40


async def test_words_that_are_typed_are_looked_for_and_not_repeated(relance: Installation) -> None:
    status, told = await typed(relance, "search", "--words", "-", said="QUATREFAGES\nnobody@example.com\n")
    assert status == 1
    assert places(told, "line 1") >= {"table contacts", "table attribute_history"}
    assert not places(told, "line 2")
    assert "quatrefages" not in json.dumps(told).lower()
    audit = await relance.rows("select subject, data::text from audit where action = 'search'")
    assert [row["subject"] for row in audit] == ["words"]
