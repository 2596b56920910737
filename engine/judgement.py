"""The gate asked again for messages that are about to leave, in the transaction of their attempts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from dsl.frozen import dataclass
from dsl.local_time import local_day
from dsl.plan import Plan, World
from dsl.scope import EventFact
from engine import facts, faults
from engine.facts import Asked
from engine.gate import Verdict, recheck
from engine.plans import InForce, Plans
from engine.run_rows import read_run
from engine.state import Facts, HouseholdMessage, MessageFact, Run
from store import runs
from store.database import Connection, Row

RUN_ENDED = Verdict(send=False, because="ended", text="the run has ended")
EXPIRED = Verdict(send=False, because="expired", text="it could not be sent in time")


@dataclass(frozen=True)
class Judged:
    """A message that is due, with the facts by which the gate answered. `once` as in `Attempt`.

    `verdict` None: the question could not be answered. `events`: those that the run has not looked at yet.
    `run_row`: its row of `runs`, None where it has ended.
    """

    row: Row
    fact: MessageFact
    plan: Plan
    facts: Facts
    once: bool
    verdict: Verdict | None
    events: tuple[EventFact, ...]
    run_row: Row | None


def _homes(known: Mapping[str, Facts]) -> dict[str | None, list[str]]:
    """Who lives together."""
    homes: dict[str | None, list[str]] = {}
    for contact_id, each in known.items():
        homes.setdefault(each.household, []).append(contact_id)
    return homes


async def judge(
    connection: Connection,
    plans: Plans,
    in_force: InForce,
    people: Sequence[Row],
    due: Sequence[Row],
    now: datetime,
) -> list[Judged]:
    """The gate's answer for each of these messages of locked contacts."""
    again = sent_again(in_force.world)
    rows = {row["id"]: row for row in await runs.by_ids(connection, {row["run_id"] for row in due})}
    by_id = {id_: read_run(row) for id_, row in rows.items()}
    used = {id_: await plans.plan(run.scenario, run.version, connection) for id_, run in by_id.items()}
    asked = Asked(tuple({id(p): p for p in used.values()}.values()), list(by_id.values()))
    known = await facts.of_rows(connection, plans, in_force, people, now, asked)
    unseen = await facts.unseen(connection, in_force, list(used))
    homes = _homes(known)
    several = Counter(row["contact_id"] for row in due)
    shared = in_force.world.policy.pressure.of_household
    judged = []
    for row in due:
        about, fact = known[row["contact_id"]], facts.message_fact({**row, "at": row["planned_at"]})
        run, events_ = by_id.get(row["run_id"]), unseen.get(row["run_id"], ())
        plan = used.get(row["run_id"]) or await plans.plan(row["scenario"], row["version"], connection)
        verdict = _verdict(plan, run, fact, about, events_, now) if run else RUN_ENDED
        once, run_row = row["class"] not in again, rows.get(row["run_id"])
        judged.append(Judged(row, fact, plan, about, once, verdict, events_, run_row))
        if verdict and verdict.send and (shared or several[row["contact_id"]] > 1):
            _remember_attempt(known, homes, about, fact, now)
    return judged


def _remember_attempt(
    known: dict[str, Facts],
    homes: Mapping[str | None, Sequence[str]],
    about: Facts,
    fact: MessageFact,
    now: datetime,
) -> None:
    """What is known once a message leaves: the next one of the person, or of the household, is held to it.

    `homes`: the ids of `known`, by household.
    """
    day = local_day(now, ZoneInfo(about.zone))
    leaving = replace(fact, state="attempted", at=now, local_day=day, household=about.household)
    others = (*(m for m in about.messages if m.id != fact.id), leaving)
    known[about.contact_id] = replace(about, messages=others)
    if fact.exempt or not about.world.policy.pressure.of_household:
        return
    seen = HouseholdMessage(fact.id, fact.channel, fact.tags, "attempted", now, day)
    # In the household that it was left for another one, its place is free.
    for home in {about.household, fact.household} - {None}:
        for each in [known[id_] for id_ in homes.get(home, ()) if id_ != about.contact_id]:
            kept = tuple(m for m in each.housemates if m.id != fact.id)
            theirs = (*kept, seen) if home == about.household else kept
            known[each.contact_id] = replace(each, housemates=theirs)


def _verdict(
    plan: Plan, run: Run, fact: MessageFact, about: Facts, events_: tuple[EventFact, ...], now: datetime
) -> Verdict | None:
    """The gate's answer; None where it has none, which must not keep the messages of others."""
    try:
        return recheck(plan, run, fact, about, events_, now)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one run is wrong with that run alone
        faults.tell("unjudged message", error, message=fact.id, run=run.id)
        return EXPIRED if fact.expires_at and now > fact.expires_at else None


def sent_again(world: World) -> list[str]:
    """The classes whose messages are sent again when no answer came."""
    return [name for name, promise in world.policy.delivery.items() if promise == "at_least_once"]
