"""Transitions a second of `advance`, against the statements that they come to, written by hand in one script.

Each transition of the first step: lock the contact, read facts, reserve a message, write run and trail. The
hand-written one decides nothing and knows its only scenario, so that what is left over is the price of plans,
facts and decisions.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from benchmarks.crowd import Crowd, crowd
from benchmarks.lap import SCENARIO
from benchmarks.result import Result
from benchmarks.stage import stage
from dsl.scope import EventFact
from engine.advance import advance
from engine.entry import Candidate, enter
from engine.grouping import GROUP_SIZE
from store import pauses
from store.database import NAME_LINE
from store.pauses import Pause

AIM = 4.0
"""Decisions in Python may cost a few times the statements; more is a fact read twice or a loop of queries."""

PAIRS = 6
TEXT = (Path(__file__).parent / "by_hand.sql").read_text("utf-8")
PARTS = NAME_LINE.split(TEXT)[1:]
BY_HAND = {name: statement.encode() for name, statement in zip(PARTS[::2], PARTS[1::2], strict=True)}
HISTORY = timedelta(days=90)
NAMES = ["contact.subscribed", "message.clicked", "message.sent", "order.placed"]


async def measure(scale: float = 1.0) -> Result:
    """The seconds of a transition of the engine over those of one written by hand."""
    pairs, size = max(1, round(PAIRS * scale)), GROUP_SIZE if scale >= 1 / PAIRS else 20
    with stage(temporal=False) as parts:
        async with crowd(parts) as people:
            ours, hand = 0.0, 0.0
            # The first pair warms caches and connections up and does not count.
            for number in range(pairs + 1):
                first, second = [await _group(people, size) for _ in range(2)]
                one = await _timed(_advanced, people, first)
                other = await _timed(_by_hand, people, second)
                if number:
                    ours, hand = ours + one, hand + other
    transitions = pairs * size
    figures: dict[str, float | int | str] = {
        "transitions_each": transitions,
        "engine_per_second": transitions / ours,
        "by_hand_per_second": transitions / hand,
    }
    return Result("advance", ours / hand, AIM, figures)


async def _group(people: Crowd, size: int) -> int:
    """The id of a group of people who entered while the scenario stood still: their first step is to come."""
    ids = await people.people(size)
    now = datetime.now(UTC)
    event = EventFact(0, "contact.subscribed", now, {"list": "newsletter"})
    candidates = [Candidate(id_, 0, event) for id_ in ids]
    async with people.database.transaction() as connection:
        await pauses.add(
            connection, Pause("scenario", SCENARIO, now, "benchmarks", "to take first steps later")
        )
        await enter(connection, people.plans, SCENARIO, candidates, now)
        await pauses.remove(connection, "scenario", SCENARIO)
    found: int = (await people.row("select max(id) as id from groups"))["id"]
    statement = "select count(*) as n from runs where group_id = %s and sequence > 0"
    if moved := (await people.row(statement, found))["n"]:
        raise RuntimeError(f"{moved} people took their first step too early for it to be measured")
    return found


async def _timed(work: Callable[[Crowd, int, datetime], Awaitable[int]], people: Crowd, group: int) -> float:
    began = perf_counter()
    due = await work(people, group, datetime.now(UTC))
    seconds = perf_counter() - began
    expected = (await people.row("select size from groups where id = %s", group))["size"]
    if due != expected:
        raise RuntimeError(f"{expected} messages should be due, {due} are")
    return seconds


async def _advanced(people: Crowd, group: int, now: datetime) -> int:
    standing = await advance(people.database, people.plans, group, now)
    return sum(len(due.message_ids) for due in standing.deliveries)


async def _by_hand(people: Crowd, group: int, now: datetime) -> int:
    parameters: dict[str, object] = {"group": group, "now": now, "since": now - HISTORY, "names": NAMES}
    async with people.database.transaction() as connection:
        await connection.execute(BY_HAND["lock"], parameters)
        runs = await (await connection.execute(BY_HAND["runs"], parameters)).fetchall()
        parameters["runs"] = [row["id"] for row in runs]
        parameters["contacts"] = [row["contact_id"] for row in runs]
        for name in ("history", "ledger", "consents"):
            await (await connection.execute(BY_HAND[name], parameters)).fetchall()
        for name in ("reserve", "write", "trail"):
            await connection.execute(BY_HAND[name], parameters)
        due = await (await connection.execute(BY_HAND["due"], parameters)).fetchall()
    return len(due)
