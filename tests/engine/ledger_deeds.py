"""What happens in the lives of `test_ledger_against_a_model`: each deed for the engine and for the model."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from channels.errors import ChannelError, Refused, Retryable, UnknownOutcome
from channels.events import DeliveryEvent, EventKind
from channels.messages import SendResult
from engine import deliveries, pauses
from engine.advance import advance
from engine.attempts import Attempt, Outcome, begin, settle, settle_unknown
from engine.ingest import Incoming, ingest
from engine.links import Links
from engine.rendering import Renderer
from engine.router import route
from store.database import Database
from tests.engine.conftest import KEYS, Shop
from tests.engine.naive_ledger import DAY, Brand, Person, Policy, Row

CHANNELS = ("email", "sms")
STEPS = {
    "urgent": (90, "delay up to 1 day", "email: m1"),
    "plain": (50, "delay up to 2 days", "email: m2"),
    "shy": (30, "drop", "email: m3"),
    "text": (70, "delay up to 2 days", "sms: m1"),
    "receipt": (95, "drop", "email: m1"),
}
"""By scenario: its priority, what is done where a limit is full, and its message."""

ANSWERS: dict[str, ChannelError | None] = {
    "sent": None,
    "refused": Refused("no", provider="tests", code="no"),
    "again": Retryable("busy", provider="tests"),
    "lost": UnknownOutcome("no answer", provider="tests"),
}
ROWS = """
select id, contact_id, run_id, scenario, channel, class, priority, exempt, state, planned_at, attempted_at,
  sent_at, local_day, expires_at, reason, uid::text as uid
from messages where contact_id = any(%s) order by id
"""
DUE = """
select distinct group_id as id from runs where contact_id = any(%s) and status = 'active' and due_at <= %s
order by 1
"""
RUNS = """
select id, contact_id, scenario, status, due_at, position from runs where contact_id = any(%s) order by id
"""
_numbers = count(1)


def nothing_changes(_: Brand) -> None:
    """The model stays as it is."""


@dataclass
class Deed:
    """`run` does it, `change` tells the model; `attempts` are made of the messages that were `asked` for."""

    kind: str
    run: Callable[[Database], Awaitable[None]]
    change: Callable[[Brand], None] = nothing_changes
    prepare: Callable[[], Awaitable[None]] | None = None
    """What comes before it, and meets nothing."""
    attempts: list[Attempt] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    states: dict[int, set[str]] = field(default_factory=dict)
    """What state the ledger must tell of a message that the deed is about."""
    enters: str | None = None
    """Who begins a run by it."""


def scenario(name: str) -> str:
    """One message, whatever else goes on."""
    priority, on_cap, step = STEPS[name]
    topic = "service" if name == "receipt" else "newsletter"
    return (
        f"scenario: {name}\ntitle: The {name}\nowner: crm\ntopic: {topic}\npriority: {priority}\n"
        f'trigger: {{ event: contact.subscribed, where: list == "{name}" }}\n'
        f"entry: always\nwhile_active: parallel\nsteps:\n  - {step}\n    on_cap: {on_cap}\n"
    )


class Home:
    """One database and one event loop for all lives; each has people of its own."""

    def __init__(self, runner: asyncio.Runner, shop: Shop) -> None:
        self.runner = runner
        self.shop = shop
        self.database, self.plans = shop.database, shop.plans
        self.renderer = Renderer(shop.folder / "templates", Links("https://mv.example", KEYS))
        self.policy: Policy | None = None
        self.merge = 0
        """The id of the last one."""

    async def settle_in(self, brand: Brand, now: datetime) -> None:
        """Nothing is paused, the policy is in force, people have agreed to everything."""
        if self.policy != brand.policy:
            await self.publish(self.database, brand.policy, now)
        for subject in (*CHANNELS, *STEPS, pauses.EVERYTHING):
            await pauses.resume(self.database, subject, CHANNELS, actor="t", now=now)
        for each in brand.people.values():
            await self.shop.person(each.id, now=now - DAY, timezone=each.zone.key, phone=each.phone)

    async def publish(self, database: Database, policy: Policy, now: datetime) -> None:
        """Put a policy in force."""
        shop = replace(self.shop, database=database)
        await shop.publish(policy=policy.text(), now=now, **{name: scenario(name) for name in STEPS})
        self.policy = policy

    async def calm(self, people: Sequence[str], now: datetime) -> None:
        """What is due of these people is decided, and what that raises is routed, until nothing moves."""
        last = None
        for _ in range(20):
            routed = await self.shop.route(now)
            due = await self.shop.rows(DUE, list(people), now)
            if not routed and due in ([], last):
                return
            for row in due:
                await advance(self.database, self.plans, row["id"], now)
            last = due

    async def rows(self, people: Sequence[str]) -> dict[int, Row]:
        """The ledger of these people."""
        return {row["id"]: row for row in await self.shop.rows(ROWS, list(people))}

    async def runs(self, people: Sequence[str]) -> list[Row]:
        """The runs of these people."""
        return await self.shop.rows(RUNS, list(people))

    # Deeds

    def entering(self, who: Person, called: str, name: str, now: datetime) -> Deed:
        """An event begins a run, whose first step asks for a place. `called`: the id in it, or an old one."""
        return Deed("enter", self._routing(now), prepare=self._told(called, name, now), enters=who.id)

    def asking(self, who: Person, called: str, name: str, now: datetime) -> Deed:
        """The same, but the run is there, and asks for its place when others may ask as well."""
        # Who is to hear of more hears it before a first step.
        tell = self._told(called, name, now, "cart.updated")
        begun: list[int] = []

        async def prepare() -> None:
            await tell()
            await self.shop.route(now)
            begun.extend(row["id"] for row in (await self.shop.rows(DUE, [who.id], now))[-1:])

        async def run(database: Database) -> None:
            for group in begun:
                await advance(database, self.plans, group, now)

        return Deed("enter", run, prepare=prepare, enters=who.id)

    def _told(self, called: str, name: str, now: datetime, *then: str) -> Callable[[], Awaitable[None]]:
        given = {"contact.subscribed": {"list": name}} | {each: {"cart_id": "c"} for each in then}
        events = [Incoming(f"e{next(_numbers)}", each, called, now, given[each]) for each in given]

        async def tell() -> None:
            await ingest(self.database, self.plans, events, source="t", now=now)

        return tell

    def _routing(self, now: datetime) -> Callable[[Database], Awaitable[None]]:
        async def run(database: Database) -> None:
            await route(database, self.plans, now)

        return run

    def beginning(self, rows: Sequence[Row], now: datetime) -> Deed:
        """What is due is handed over, as far as the gate says yes again."""
        deed = Deed("deliver", self._nothing, asked=[row["id"] for row in rows])

        async def run(database: Database) -> None:
            begun = await begin(database, self.plans, self.renderer, deed.asked, now)
            deed.attempts += begun.attempts
            deed.states |= {each.message_id: {"attempted"} for each in begun.attempts}

        deed.run = run
        return deed

    def settling(self, attempts: Sequence[Attempt], came: str, now: datetime) -> Deed:
        """The provider answers."""
        error = ANSWERS[came]
        result = None if error else SendResult("tests", None)
        outcomes = [Outcome(each, result, error) for each in attempts]

        async def run(database: Database) -> None:
            await settle(database, self.plans, outcomes, now)

        return Deed("hear", run, states={each.message_id: _states(each, came) for each in attempts})

    def waiting(self, rows: Sequence[Row], now: datetime) -> Deed:
        """Nothing but time; what was not heard of for a day counts as sent, or is sent again."""

        async def run(database: Database) -> None:
            await settle_unknown(database, self.plans, now)

        late = [row for row in rows if row["state"] == "attempted" and row["attempted_at"] < now - DAY]
        states = {
            row["id"]: {"reserved", "released"} if row["class"] == "transactional" else {"unknown"}
            for row in late
        }
        return Deed("wait", run, states=states)

    def reporting(self, row: Row, kind: EventKind, now: datetime) -> Deed:
        """The provider tells what became of a message."""
        report = DeliveryEvent(
            kind, "tests", row["channel"], f"r{next(_numbers)}", now, message_id=row["uid"]
        )

        async def run(database: Database) -> None:
            await deliveries.record(database, self.plans, [report], now)

        return Deed("report", run, states={row["id"]: {"delivered" if kind == "delivered" else "refused"}})

    def pausing(self, brand: Brand, subject: str, now: datetime) -> Deed:
        """A channel, a scenario or everything stands still, or goes on."""
        again = subject in brand.paused

        async def run(database: Database) -> None:
            if again:
                await pauses.resume(database, subject, CHANNELS, actor="t", now=now)
            else:
                await pauses.pause(database, subject, CHANNELS, actor="t", reason="t", now=now)

        def change(changed: Brand) -> None:
            changed.paused.discard(subject) if again else changed.paused.add(subject)

        return Deed("pause", run, change)

    def publishing(self, policy: Policy, now: datetime) -> Deed:
        """Another policy."""

        async def run(database: Database) -> None:
            await self.publish(database, policy, now)

        def change(brand: Brand) -> None:
            brand.policy = policy

        return Deed("publish", run, change)

    async def _nothing(self, database: Database) -> None:
        """Nothing is done."""


def _states(attempt: Attempt, came: str) -> set[str]:
    """What the ledger says after an answer. What keeps its place may be released before it leaves."""
    match came:
        case "sent" | "refused":
            return {came}
        case "lost" if attempt.once:
            return {"attempted"}
    return {"reserved", "released"}
