"""All that decisions need to know about up to some hundreds of people, in a handful of queries."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta

from dsl.codec import decode_value
from dsl.frozen import dataclass
from dsl.plan import CallStep, Plan, WaitForStep, World
from dsl.scope import EventFact
from engine import households
from engine.addresses import addresses_of
from engine.moving import REPLIED
from engine.plans import InForce, Plans
from engine.state import Answer, Consent, Facts, HouseholdMessage, MessageFact, Run, Suppression
from engine.territory import zone_of
from engine.typed import attributes, event_fact
from engine.wishes import SPACING, spacing
from store import consents, contacts, events, messages, pauses, runs
from store.database import Connection, Row

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
LEDGER_MARGIN = timedelta(days=2)
"""Beyond the longest limit, for local days that begin earlier than ours."""


@dataclass(frozen=True)
class Asked:
    """What facts are wanted for: the plans that people are in, and the runs to be decided."""

    plans: Collection[Plan]
    runs: Sequence[Run] = ()
    names: Mapping[str, datetime] = field(default_factory=dict)
    """Further events by name, as far back as an instant."""


async def load(
    connection: Connection,
    plans: Plans,
    contact_ids: Sequence[str],
    now: datetime,
    used: Iterable[Plan],
    run_list: Sequence[Run] = (),
) -> dict[str, Facts]:
    """Facts of contacts by id, as far as these plans and runs need them; unknown contacts are left out.

    For a decision the contacts must be locked.
    """
    rows = await contacts.read(connection, contact_ids)
    in_force = await plans.in_force(connection)
    return await of_rows(connection, plans, in_force, rows, now, Asked(tuple(used), run_list))


async def of_rows(
    connection: Connection, plans: Plans, in_force: InForce, rows: Sequence[Row], now: datetime, asked: Asked
) -> dict[str, Facts]:
    """The same for rows of contacts that were read already (by locking them)."""
    found = await _find(connection, plans, in_force, rows, now, asked)
    return {row["id"]: _of_row(in_force, row, found) for row in rows}


@dataclass(frozen=True)
class _Found:
    """What the queries gave, by contact where it is about one."""

    history: Mapping[str, Sequence[Row]]
    ledger: Mapping[str, Sequence[Row]]
    housemates: Mapping[str, tuple[HouseholdMessage, ...]]
    consents: Mapping[str, Sequence[Row]]
    blocks: Mapping[str, Sequence[Suppression]]
    paused: frozenset[str]
    empty_pools: Mapping[str | None, frozenset[str]]
    answers: Mapping[tuple[int, str, int], Answer]


async def _find(
    connection: Connection, plans: Plans, in_force: InForce, rows: Sequence[Row], now: datetime, asked: Asked
) -> _Found:
    ids = [row["id"] for row in rows]
    run_ids = [run.id for run in asked.runs]
    ledger_since = _ledger_since(in_force, rows, now)
    # Sent together and answered together: one wait for the database in place of one for each.
    async with connection.pipeline():
        history, ledger, held, blocks, stopped, empty = await asyncio.gather(
            events.history(connection, ids, since(in_force, asked, now), now),
            messages.of_contacts(connection, ids, ledger_since, run_ids),
            consents.latest(connection, ids),
            _suppressions(connection, plans, rows),
            pauses.in_force(connection),
            _empty_pools(connection, in_force.world.catalog.codes, asked.runs),
        )
    return _Found(
        history=_by_contact(history),
        ledger=_by_contact(ledger),
        housemates=await households.messages(connection, in_force.world, rows, ledger_since),
        consents=_by_contact(held),
        blocks=blocks,
        paused=frozenset(pause.name for pause in stopped if pause.kind == "channel"),
        empty_pools=empty,
        answers=await _answers(connection, run_ids) if _calls(asked.plans) else {},
    )


def _of_row(in_force: InForce, row: Row, found: _Found) -> Facts:
    contact, catalog = row["id"], in_force.world.catalog
    values = attributes(catalog, row)
    held = found.consents.get(contact, ())
    return Facts(
        contact_id=contact,
        attributes=values,
        zone=zone_of(values, in_force.world.policy),
        world=in_force.world,
        events=tuple(event_fact(catalog, each) for each in found.history.get(contact, ())),
        messages=tuple(message_fact(each) for each in found.ledger.get(contact, ())),
        housemates=found.housemates.get(contact, ()),
        consents=consents_held(held),
        suppressions=tuple(found.blocks.get(contact, ())),
        addresses=frozenset(addresses_of(row)),
        tracked_since=tracked(in_force.world, held),
        erased=row["erased_at"] is not None,
        paused_channels=found.paused,
        empty_pools=found.empty_pools.get(contact, found.empty_pools[None]),
        answers=found.answers,
    )


async def unseen(
    connection: Connection, in_force: InForce, run_ids: Collection[int]
) -> dict[int, tuple[EventFact, ...]]:
    """Committed events that runs have not looked at yet, oldest first: what the gate asks again."""
    catalog = in_force.world.catalog
    found: dict[int, list[EventFact]] = {}
    for row in await events.unseen(connection, run_ids):
        found.setdefault(row["run_id"], []).append(event_fact(catalog, row))
    return {run_id: tuple(each) for run_id, each in found.items()}


def since(in_force: InForce, asked: Asked, now: datetime) -> dict[str, datetime]:
    """How far back events of each name are needed.

    What can end a wait is needed from the beginning of the present step: a run that is looked at late has
    to see what came in between.
    """
    wanted = dict(asked.names)

    def ask(name: str, instant: datetime) -> None:
        wanted[name] = min(wanted.get(name, instant), instant)

    for need in (*in_force.policy_needs, *(need for plan in asked.plans for need in in_force.needs(plan))):
        ask(need.event, BEGINNING if need.seconds is None else now - timedelta(seconds=need.seconds))
    began = min((min(run.began.at, run.due_at or now) for run in asked.runs), default=None)
    if began is not None:
        for name in {name for plan in asked.plans for name in _acting(plan)}:
            ask(name, began)
    return wanted


def since_entry(plan: Plan, entering: datetime) -> dict[str, datetime]:
    """How far back a run that enters at an instant needs events, beside those that its plan looks at."""
    return dict.fromkeys(_acting(plan), entering)


def _acting(plan: Plan) -> Iterable[str]:
    """Names of events that may act on a run of the plan somewhere."""
    yield from plan.listens_to
    for step in plan.steps:
        if isinstance(step, WaitForStep):
            yield from (branch.pattern.event for branch in step.branches)
            if step.reply_to:
                yield REPLIED


def _ledger_since(in_force: InForce, rows: Sequence[Row], now: datetime) -> datetime:
    own = (spacing(row["attributes"].get(SPACING)) or 0 for row in rows)
    longest = max((*(limit.days for limit in in_force.world.policy.pressure.limits), *own), default=0)
    return now - timedelta(days=longest) - LEDGER_MARGIN


def message_fact(row: Row) -> MessageFact:
    """A message of the ledger."""
    return MessageFact(
        id=row["id"],
        run_id=row["run_id"],
        scenario=row["scenario"],
        step=row["step"],
        iteration=row["iteration"],
        channel=row["channel"],
        message=row["message"],
        topic=row["topic"],
        message_class=row["class"],
        tags=tuple(row["tags"]),
        priority=row["priority"],
        state=row["state"],
        at=row["at"],
        local_day=row["local_day"],
        exempt=row["exempt"],
        expires_at=row["expires_at"],
        first_refused_at=row["first_refused_at"],
        place_until=row["place_until"],
        reason=row["reason"],
        household=row["household"],
    )


def consents_held(rows: Iterable[Row]) -> dict[tuple[str, str], Consent]:
    """The latest lines of a person's ledger, by topic and channel."""
    return {(row["topic"], row["channel"]): Consent(row["state"], row["basis"], row["at"]) for row in rows}


def tracked(world: World, held: Sequence[Row]) -> dict[str, datetime]:
    """Since when the person agrees without a break to be tracked, as the topic `tracking` says."""
    allowed = {"opens": world.policy.track_opens, "clicks": world.policy.track_clicks}
    return {
        row["channel"]: row["since"]
        for row in held
        if row["topic"] == "tracking"
        and row["state"] == "granted"
        and allowed.get(row["channel"]) == "with_consent"
    }


async def _suppressions(
    connection: Connection, plans: Plans, rows: Sequence[Row]
) -> dict[str, list[Suppression]]:
    """Blocks on the addresses that contacts have now, and blocks on topics of the contacts themselves."""
    owners: dict[str, list[str]] = {}
    for row in rows:
        for digest in plans.addresses.hashes_of(row):
            owners.setdefault(digest, []).append(row["id"])
    found: dict[str, list[Suppression]] = {}
    for block in await consents.suppressions(connection, list(owners), [row["id"] for row in rows]):
        concerned = dict.fromkeys(owners.get(block["address_hash"], ()))
        if block["topics"] is not None and block["contact_id"]:
            concerned |= {block["contact_id"]: None}
        for contact in concerned:
            found.setdefault(contact, []).append(suppression(block))
    return found


def suppression(row: Row) -> Suppression:
    """A block of the ledger."""
    return Suppression(
        channel=row["channel"],
        reason=row["reason"],
        at=row["at"],
        topics=None if row["topics"] is None else tuple(row["topics"]),
        reaches=frozenset(row["classes"]),
        sender=row["sender"],
    )


async def _empty_pools(
    connection: Connection, pools: Collection[str], run_list: Sequence[Run]
) -> dict[str | None, frozenset[str]]:
    """Pools without a free code, by contact; a run that has its code keeps it. None: everybody else."""
    empty = frozenset(await messages.empty_pools(connection, pools))
    result: dict[str | None, frozenset[str]] = {None: empty}
    if empty and run_list:
        held = await messages.pools_held(connection, empty, [run.id for run in run_list])
        for run in run_list:
            result[run.contact_id] = empty - {pool for run_id, pool in held if run_id == run.id}
    return result


def _calls(plans: Iterable[Plan]) -> bool:
    return any(isinstance(step, CallStep) for plan in plans for step in plan.steps)


async def _answers(connection: Connection, run_ids: Sequence[int]) -> dict[tuple[int, str, int], Answer]:
    if not run_ids:
        return {}
    return {
        (row["run_id"], row["step"], row["iteration"]): Answer(
            ok=row["state"] == "answered", at=row["settled_at"], body=decode_value(row["answer"] or {})
        )
        for row in await runs.answers(connection, run_ids)
    }


def _by_contact(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["contact_id"], []).append(row)
    return found
