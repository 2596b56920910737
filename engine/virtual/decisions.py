"""Decisions in a virtual world: facts in, `decide`, everything that it asks for written in memory."""

from collections.abc import Iterable
from dataclasses import replace

from dsl.values import Value, read_value, write_value
from engine.decide import decide, listen
from engine.decision import (
    Assign,
    Decision,
    Emit,
    GrantConsent,
    OpenTask,
    Release,
    Request,
    Reserve,
    SuppressTopic,
    TrailLine,
)
from engine.state import Answer, Run, Wake
from engine.virtual import ledger
from engine.virtual.person import Person
from engine.virtual.world import Happened, Told, VirtualWorld


def decide_run(world: VirtualWorld, person: Person, run: Run) -> None:
    """Let a run do all that it can do now."""
    plan = world.plan_of(run)
    wake = Wake(tuple(person.wakes.pop(run.id, ())))
    decision = decide(plan, run, wake, world.facts(person, plan, run), world.now)
    _apply(world, person, run, decision)


def hear_end(world: VirtualWorld, person: Person, run: Run) -> bool:
    """Let an event end a run that stands still; whether it did."""
    events = tuple(person.wakes.get(run.id, ()))
    if not events:
        return False
    plan = world.plan_of(run)
    decision = listen(plan, run, Wake(events), world.facts(person, plan, run), world.now)
    if decision.run.status != "ended":
        return False
    _apply(world, person, run, decision)
    return True


def _apply(world: VirtualWorld, person: Person, before: Run, decision: Decision) -> None:
    """Write a decision, in the order in which production does."""
    after = decision.run
    person.runs[before.id] = after
    _release(world, person, after, decision)
    ids = [_reserve(world, person, after, e) for e in decision.effects if isinstance(e, Reserve)]
    for effect in decision.effects:
        _do(world, person, after, effect)
    if after.pending and after.pending.message_id is None and ids and ids[-1] is not None:
        after = replace(after, pending=replace(after.pending, message_id=ids[-1]))
    answered = any(isinstance(effect, Request) for effect in decision.effects)
    _store(world, person, replace(after, sequence=before.sequence + 1), answered=answered)
    _record(world, person, before, decision)


def _store(world: VirtualWorld, person: Person, run: Run, *, answered: bool) -> None:
    person.runs[run.id] = run
    due = world.now if answered else run.due_at
    if run.status == "active" and due is not None:
        person.due[run.id] = due
    else:
        person.due.pop(run.id, None)
    if run.status == "ended":
        person.wakes.pop(run.id, None)


# Messages


def _release(world: VirtualWorld, person: Person, run: Run, decision: Decision) -> None:
    """Give places back: what the decision releases, what makes room, and all that an ended run still held."""
    for effect in decision.effects:
        if isinstance(effect, Release):
            ledger.release(world, person, effect.message_id, effect.reason)
    if run.status == "ended":
        for message in [each for each in person.reserved() if each.run_id == run.id]:
            ledger.release(world, person, message.id, run.end_reason or "ended")
    for effect in decision.effects:
        for loser in effect.displaces if isinstance(effect, Reserve) else ():
            ledger.release(world, person, loser, "displaced", displaced=True)
            owner = person.messages[loser].run_id
            if owner != run.id:
                person.wake(owner, world.now)


def _reserve(world: VirtualWorld, person: Person, run: Run, effect: Reserve) -> int | None:
    """Take a place; the id of the message, None where it is withheld."""
    id_ = _id_of(person, run, effect) or world.numbers()
    person.senders[id_] = effect.sender
    person.messages[id_] = effect.as_message(id_, run)
    world.homes.note(person, person.messages[id_])
    if effect.withheld:
        return None
    _take_codes(world, run, effect, id_)
    return id_


def _id_of(person: Person, run: Run, effect: Reserve) -> int | None:
    """The message of this pass through the step, which was released and is reserved again."""
    key = (run.id, effect.step, effect.iteration)
    same = (m.id for m in person.messages.values() if (m.run_id, m.step, m.iteration) == key)
    return next(same, None)


def _take_codes(world: VirtualWorld, run: Run, effect: Reserve, message_id: int) -> None:
    """A run that has a code of the pool keeps it."""
    for _, pool in effect.take_codes:
        if (run.id, pool) not in world.codes:
            world.codes[run.id, pool] = message_id
            if pool in world.outside.pools:
                world.outside.pools[pool] -= 1


# Everything else


def _do(world: VirtualWorld, person: Person, run: Run, effect: object) -> None:
    source = f"scenario {run.scenario}"
    match effect:
        case Assign(attribute=name, after=value):
            ledger.assign(world, person, name, write_value(value), source)
        case GrantConsent(topic=topic, channel=channel):
            ledger.grant(world, person, topic, channel, source)
        case SuppressTopic(topic=topic, channel=channel, reason=reason):
            ledger.suppress_topic(world, person, topic, channel, reason)
        case Emit(event=name, properties=properties):
            ledger.happen(world, person, name, {key: write_value(each) for key, each in properties.items()})
        case Request():
            _answer(world, person, run, effect)


def _answer(world: VirtualWorld, person: Person, run: Run, request: Request) -> None:
    """A webhook answers at once; who says nothing of it answers with nothing known."""
    given = world.outside.answers.get(request.webhook, {})
    declared = world.rules.catalog.webhooks.get(request.webhook)
    body: dict[str, Value] = {}
    if declared and given is not None:
        body = read_value(declared.returns, dict(given), world.rules.catalog.brand.currency)
    key = (run.id, request.step, request.iteration)
    person.answers[key] = Answer(ok=given is not None, at=world.now, body=body)


# What is told


def _record(world: VirtualWorld, person: Person, before: Run, decision: Decision) -> None:
    """What people would notice, in the order in which it was decided, and the trail behind it."""
    run = decision.run
    for line in decision.trail:
        world.tell(Told(line.at, person.id, run.scenario, line.text, line, run))
    for happened in (*_done(world, person, before, decision), *_given_up(world, person, run, decision.trail)):
        world.record(happened)
    if run.status == "ended":
        text = decision.trail[-1].text if decision.trail else ""
        name = run.end_reason or "end"
        world.record(Happened(world.now, person.id, run.scenario, "exit", name, text=text))


def _done(world: VirtualWorld, person: Person, before: Run, decision: Decision) -> Iterable[Happened]:
    now, id_, scenario = world.now, person.id, before.scenario
    for effect in decision.effects:
        match effect:
            case Request(webhook=webhook, step=step):
                yield Happened(now, id_, scenario, "call", webhook, step)
            case OpenTask(task=task, step=step, team=team):
                yield Happened(now, id_, scenario, "task", task, step, f"for {team}")
            case Emit(event=event):
                yield Happened(now, id_, scenario, "emit", event)
            case Assign(attribute=name, after=value):
                yield Happened(now, id_, scenario, "set", f"contact.{name}", value=value)
    for name, value in decision.run.variables.items():
        if before.variables.get(name) != value:
            yield Happened(now, id_, scenario, "set", f"run.{name}", value=value)


def _given_up(
    world: VirtualWorld, person: Person, run: Run, trail: Iterable[TrailLine]
) -> Iterable[Happened]:
    """Each message step that was reached and given up."""
    for line in trail:
        if line.what == "not_sent":
            yield Happened(
                world.now,
                person.id,
                run.scenario,
                "not_sent",
                str(line.data.get("message")),
                line.step,
                line.text,
                channel=line.data.get("channel"),
                because=line.data.get("because"),
            )
