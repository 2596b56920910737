"""The protocol of sending: an attempt is committed before the provider is called, its outcome after.

What lies between is an outcome that nobody knows, since neither SendGrid nor Twilio takes an idempotency
key. Marketing and service messages are then never sent again, and count as sent after a day in which the
provider reported nothing; transactional ones are tried again (`delivery` in policy.yaml).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from channels.errors import ChannelError, Misconfigured, Retryable, UnknownOutcome
from channels.messages import Email, Message, SendResult
from dsl.frozen import dataclass
from dsl.local_time import local_day
from engine import households
from engine.composing import compose
from engine.editing import GIVEN_BACK
from engine.edits import catch_up
from engine.going_on import go_on
from engine.judgement import Judged, judge, sent_again
from engine.message_events import announcement
from engine.plans import Plans
from engine.refused import settle_refused
from engine.rendering import Renderer
from engine.rights.passing_on import Carried, carried_since
from engine.template_sandbox import Unrenderable
from store import attempts as rows
from store import contacts, events, messages, runs
from store.attempts import Accepted, NewAttempt
from store.database import Connection, Database, Row, plan_for
from store.messages import Giveback

UNDER_WAY = timedelta(minutes=1)
"""How long an attempt of which nothing is known may still be waiting for its provider, in another worker
perhaps: longer than every timeout of a request together."""

SETTLED_AFTER = timedelta(days=1)
"""How long a provider's report is waited for before an unknown outcome counts as sent."""


@dataclass(frozen=True)
class Attempt:
    """A message that may be handed over now. `once`: never again if no answer comes. `run_row`: of its run.

    From `until` on it may not any more without being asked again, however long the call had to wait.
    """

    message_id: int
    run_id: int
    contact_id: str
    attempt_id: UUID
    message: Message
    once: bool
    until: datetime | None = None
    run_row: Row | None = None


@dataclass(frozen=True)
class Begun:
    """What became of due messages: attempts to make, and how many may not leave or are held by a pause.

    `faults`: why messages could not be written or judged, which others are not kept waiting for.
    `under_way`: how many have an attempt that may not be over.
    """

    attempts: tuple[Attempt, ...] = ()
    faults: tuple[str, ...] = ()
    not_allowed: int = 0
    held: int = 0
    under_way: int = 0

    def __add__(self, other: "Begun") -> "Begun":
        return Begun(
            self.attempts + other.attempts,
            self.faults + other.faults,
            self.not_allowed + other.not_allowed,
            self.held + other.held,
            self.under_way + other.under_way,
        )


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt: a result, or an error of the provider."""

    attempt: Attempt
    result: SendResult | None = None
    error: ChannelError | None = None


async def begin(
    database: Database, plans: Plans, renderer: Renderer, ids: Sequence[int], now: datetime
) -> Begun:
    """Ask the gate again for messages that are due, and record the attempts of those that may leave.

    What may not leave is released and goes back to the gate with its run. What was settled meanwhile, and
    what has another place by now, is left alone, so that this may be repeated.
    """
    return sum((await begin_each(database, plans, renderer, ids, now)).values(), Begun())


async def begin_each(
    database: Database, plans: Plans, renderer: Renderer, ids: Sequence[int], now: datetime
) -> dict[int, Begun]:
    """The same, with what became of each message by its id."""
    async with database.keyed_transaction() as connection:
        await plan_for(connection, len(ids))
        people = await rows.lock_contacts(connection, ids)
        in_force = await plans.in_force(connection)
        await households.lock(connection, in_force.world, people)
        await catch_up(connection, plans, in_force, [person["id"] for person in people], now)
        again = sent_again(in_force.world)
        found = await rows.to_attempt(connection, ids, again, since=now - UNDER_WAY, now=now)
        # What an undone merge gave back to somebody who is not locked is handed over the next time.
        locked = {person["id"] for person in people}
        found = [row for row in found if row["contact_id"] in locked]
        ready = [row for row in found if not row["held"] and not row["under_way"]]
        judged = await judge(connection, plans, in_force, people, ready, now)
        refused = [each for each in judged if each.verdict and not each.verdict.send]
        attempts, faults = _write(
            [each for each in judged if each.verdict and each.verdict.send], renderer, now
        )
        unjudged = [each.row["id"] for each in judged if not each.verdict]
        faults |= {id_: f"message {id_} cannot be judged" for id_ in unjudged}
        await rows.attempt(connection, [new for _, new in attempts], now)
        await _send_back(connection, refused, now)
    begun = {attempt.message_id: Begun(attempts=(attempt,)) for attempt, _ in attempts}
    begun |= {id_: Begun(faults=(fault,)) for id_, fault in faults.items()}
    begun |= {each.row["id"]: Begun(not_allowed=1) for each in refused}
    begun |= _kept_back(found)
    return {id_: begun.get(id_, Begun()) for id_ in ids}


def _kept_back(found: Sequence[Row]) -> dict[int, Begun]:
    """Messages that somebody else is trying now, and those of what stands still."""
    under_way = {row["id"]: Begun(under_way=1) for row in found if row["under_way"]}
    return under_way | {row["id"]: Begun(held=1) for row in found if row["held"]}


async def settle(database: Database, plans: Plans, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write what came of attempts, and let their runs take the steps that come after.

    An unknown outcome of a message that is sent once only is left as it is, for the provider to report.
    """
    if not outcomes:
        return
    async with database.keyed_transaction() as connection:
        await plan_for(connection, len(outcomes))
        whose = {each.attempt.contact_id for each in outcomes}
        people = await contacts.lock(connection, whose, {each.attempt.run_id for each in outcomes})
        in_force = await plans.in_force(connection)
        await households.lock(connection, in_force.world, people)
        into = {row["id"]: row["merged_into"] for row in people if row["merged_into"] is not None}
        outcomes = [_of_winner(each, into) for each in outcomes] if into else outcomes
        settled = await _settle_sent(connection, outcomes, in_force.unheard, now)
        settled |= await settle_refused(connection, plans, outcomes, now)
        unsent = [(each.attempt.message_id, each.attempt.attempt_id) for each in outcomes if _is_unsent(each)]
        over = _over(await rows.give_back(connection, unsent))
        await messages.release(connection, over, now)
        # Who was moved to another version meanwhile asks for it anew.
        gone = {each.id for each in over}
        settled |= {each.attempt.run_id for each in outcomes if each.attempt.message_id in gone}
        await carried_since(connection, plans.addresses, _of_erased(people, outcomes), now)
        seen = [each.attempt.run_row for each in outcomes if each.attempt.run_row]
        await go_on(connection, plans, people, settled, now, seen)


async def settle_unknown(database: Database, plans: Plans, now: datetime, limit: int = 500) -> int:
    """Settle the attempts of which nothing was heard for a day; returns how many there were.

    They count as sent, but for classes that must arrive, which are attempted again.
    """
    before = now - SETTLED_AFTER
    async with database.transaction() as connection:
        if not (found := await rows.unsettled(connection, before, limit)):
            return 0
        whose, their_runs = {row["contact_id"] for row in found}, {row["run_id"] for row in found}
        await contacts.lock(connection, whose, their_runs)
        again = sent_again(await plans.world(connection))
        settled = await rows.settle_unknown(connection, [row["id"] for row in found], again, before, now)
        await messages.release(connection, _over(settled), now)
        await runs.wake(connection, {row["run_id"] for row in settled}, now)
    return len(settled)


def _over(given_back: Sequence[Row]) -> list[Giveback]:
    """Those that nobody waits for any more: their runs have ended, or are on another version by now."""
    reasons = {None: "ended", False: GIVEN_BACK}
    return [Giveback(row["id"], reasons[row["stands"]]) for row in given_back if not row["stands"]]


async def _send_back(connection: Connection, refused: Sequence[Judged], now: datetime) -> None:
    """Release what may not leave, and let its run look at what it had not seen.

    The router may be far behind: a run that an event ends must not ask for a place again until it comes.
    """
    gone = [Giveback(each.row["id"], each.verdict.text) for each in refused if each.verdict]
    await messages.release(connection, gone, now)
    ending = [each for each in refused if each.verdict and each.verdict.because in ("goal", "exit")]
    wakes = [(each.row["run_id"], event.seq, event.at) for each in ending for event in each.events]
    await runs.put_wakes(connection, wakes)
    await rows.make_due(connection, [each.row["run_id"] for each in refused], now)


def _write(
    judged: Sequence[Judged], renderer: Renderer, now: datetime
) -> tuple[list[tuple[Attempt, NewAttempt]], dict[int, str]]:
    """Render messages; those that cannot be are left as they are, with the fault of their template by id."""
    attempts, faults = [], {}
    for each in judged:
        try:
            composed = compose(each.row, each.fact, each.plan, each.facts, renderer, now)
        except Unrenderable as fault:
            faults[each.row["id"]] = str(fault)
            continue
        except Exception as error:  # noqa: BLE001 - one message that cannot be written must not hold up others
            # The type alone: the words of an error may quote what is known of a person.
            faults[each.row["id"]] = f"message {each.row['id']}: {type(error).__name__} while it is written"
            continue
        id_, run_id, contact_id = each.row["id"], each.row["run_id"], each.row["contact_id"]
        until = each.verdict.until if each.verdict else None
        attempt = Attempt(id_, run_id, contact_id, uuid4(), composed.message, each.once, until, each.run_row)
        day, home = local_day(now, ZoneInfo(each.facts.zone)), each.facts.household
        attempts.append((attempt, NewAttempt(id_, attempt.attempt_id, day, composed.content_hash, home)))
    return attempts, faults


def _of_winner(outcome: Outcome, into: Mapping[str, str]) -> Outcome:
    """What came of a message to somebody who was merged while it was under way."""
    contact_id = into.get(outcome.attempt.contact_id, outcome.attempt.contact_id)
    return replace(outcome, attempt=replace(outcome.attempt, contact_id=contact_id))


async def _settle_sent(
    connection: Connection, outcomes: Sequence[Outcome], unheard: Collection[str], now: datetime
) -> set[int]:
    """What was taken has left; the runs whose messages these are."""
    accepted = [
        Accepted(
            each.attempt.message_id, each.attempt.attempt_id, each.result.provider, each.result.provider_id
        )
        for each in outcomes
        if each.result
    ]
    written = await rows.sent(connection, accepted, now)
    told = [announcement("message.sent", row, now) for row in written]
    await events.append(connection, told, now, unheard=unheard)
    return {row["run_id"] for row in written}


def _of_erased(people: Sequence[Row], outcomes: Sequence[Outcome]) -> list[Carried]:
    """What went to people who were erased meanwhile: their providers were asked to forget before."""
    erased = {row["id"] for row in people if row["erased_at"] is not None}
    return [
        Carried(
            each.attempt.contact_id,
            each.result.provider,
            "email" if isinstance(each.attempt.message, Email) else "sms",
            each.result.provider_id,
            each.attempt.message.to,
        )
        for each in outcomes
        if each.result and each.attempt.contact_id in erased
    ]


def _is_unsent(outcome: Outcome) -> bool:
    """Whether a message keeps its place for another attempt: nothing left, or it must arrive."""
    if isinstance(outcome.error, UnknownOutcome):
        return not outcome.attempt.once
    return isinstance(outcome.error, Retryable | Misconfigured)
