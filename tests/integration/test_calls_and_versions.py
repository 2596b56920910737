"""Versions that come while a call waits for its answer, or before anybody made it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine.edit_rounds import carry_on
from store.database import Database
from tests.engine.story_projects import scenario
from tests.integration.installation import Installation
from tests.integration.test_calls import SECOND, STEPS, Hands, begun, calls, ends, look, tried
from tests.standins.webhook_server import Scripted, WebhookServer

KEPT = (STEPS % "continue").replace("opened", "anew")
CHANGED = "- { wait: 2 hours, id: ask }\n- exit: waited\n"
GONE = "- { wait: 2 hours, id: rest }\n- exit: rested\n"


@pytest.fixture
async def support() -> AsyncIterator[WebhookServer]:
    """Whom the scenario asks."""
    async with WebhookServer() as running:
        yield running


async def published(relance: Installation, steps: str, rule: str) -> None:
    """The scenario with other steps; nobody is taken over yet."""
    text = scenario(steps, f"on_edit: {rule}\n")
    (relance.project / "scenarios" / "program" / "case.yaml").write_text(text)
    await relance.publish()


async def rounds(relance: Installation) -> None:
    while await carry_on(relance.database, relance.plans, relance.now, settled=timedelta()):
        pass


async def to_the_end(relance: Installation, hands: Hands, support: WebhookServer) -> None:
    """Whatever is left to ask is asked, and the waits of two hours are over."""
    for later in (10 * SECOND, timedelta(hours=2)):
        hands.at += later
        await tried(relance, hands, support)


@pytest.mark.parametrize(("rule", "steps", "made", "ended"), [
    ("exit", KEPT, 1, ["stopped"]),
    ("restart", KEPT, 2, ["restarted", "anew"]),
    ("{ move: exit }", KEPT, 1, ["anew"]),
    ("{ move: exit }", CHANGED, 1, ["waited"]),
    ("{ move: finish }", GONE, 1, ["opened"]),
])  # fmt: skip
async def test_a_version_comes_while_the_other_side_makes_up_its_mind(
    rule: str,
    steps: str,
    made: int,
    ended: list[str],
    database: Database,
    tmp_path: Path,
    support: WebhookServer,
) -> None:
    """Who goes on at the call gets its answer, and nobody else; nobody is asked twice but who begins anew."""
    relance, hands = await begun(database, tmp_path), Hands()
    thought = asyncio.Event()
    support.script.append(Scripted(body={"case_id": "c1"}, when=thought))
    performer = calls(relance, hands, support.url)
    assert await performer.begin() == 1
    while not support.calls:  # noqa: ASYNC110 - on the other side
        await asyncio.sleep(0)
    await published(relance, steps, rule)
    await rounds(relance)
    await look(relance)
    thought.set()
    await performer.finish()
    await look(relance)
    await to_the_end(relance, hands, support)
    assert len(support.calls) == made
    found = await relance.rows("select end_reason from runs order by id")
    assert [row["end_reason"] for row in found] == ended
    assert len({call.headers["idempotency-key"] for call in support.calls}) == made


@pytest.mark.parametrize(("rule", "steps", "made", "ended"), [
    ("exit", KEPT, 0, ["stopped"]),
    ("{ move: exit }", KEPT, 1, ["anew"]),
    ("{ move: finish }", GONE, 1, ["opened"]),
])  # fmt: skip
async def test_a_call_that_nobody_made_yet_is_made_by_the_version_that_counts(
    rule: str,
    steps: str,
    made: int,
    ended: list[str],
    database: Database,
    tmp_path: Path,
    support: WebhookServer,
) -> None:
    """Also before the round comes: who is to be taken over asks for nothing by the version of before."""
    relance, hands = await begun(database, tmp_path), Hands()
    await published(relance, steps, rule)
    early = await tried(relance, hands, support)
    assert early == (made if rule == "{ move: finish }" else 0)
    await rounds(relance)
    await to_the_end(relance, hands, support)
    assert (len(support.calls), await ends(relance)) == (made, ended)


async def test_a_call_that_was_called_off_is_made_when_a_later_version_has_it_again(
    database: Database,
    tmp_path: Path,
    support: WebhookServer,
) -> None:
    relance, hands = await begun(database, tmp_path), Hands()
    for steps in (CHANGED, KEPT):
        await published(relance, steps, "{ move: exit }")
        await rounds(relance)
    assert await tried(relance, hands, support) == 1
    assert await ends(relance) == ["anew"]
