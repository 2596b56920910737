"""Steps that change something besides messages: `set`, `add`, `grant`, `suppress`, `emit`, `call`, `task`."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from dsl.evaluate import value_of
from dsl.local_time import add
from dsl.plan import Assignment, CallStep, EmitStep, GrantStep, SetStep, SuppressStep, TaskStep
from dsl.scope import NOTHING, Mark, Scope
from dsl.types import EMAIL, PHONE, Number
from dsl.values import LARGEST, Money, Value
from engine.addresses import ATTRIBUTE_OF_CHANNEL
from engine.attribute_input import BadAttribute, read_attribute
from engine.decision import Assign, Emit, GrantConsent, OpenTask, Request, SuppressTopic
from engine.state import Answer, Consent, Pending, Suppression
from engine.territory import zone_of
from engine.walk import Walk, iso

MOST = Decimal(LARGEST - 1)


def assign(walk: Walk, assignments: Iterable[Assignment], looked_at: Mapping[str, Value] = NOTHING) -> None:
    """Give variables and attributes their values, one after the other; each sees those before it.

    `looked_at` are the properties of a handler's event, which are bare names there.
    """
    for assignment in assignments:
        value = _value(walk, assignment, walk.scope(looked_at=looked_at))
        root, name = assignment.target
        if root == "run":
            walk.change(variables={**walk.run.variables, name: value})
            walk.tell("set", f"{assignment.op} run.{name}", target=f"run.{name}")
        else:
            _assign_attribute(walk, name, value, assignment.op)


def _value(walk: Walk, assignment: Assignment, scope: Scope) -> Value:
    value = value_of(assignment.value, scope) if assignment.value else None
    if assignment.op == "set":
        return value
    root, name = assignment.target
    before = (walk.run.variables if root == "run" else walk.facts.attributes).get(name)
    return total(before, value)


def total(before: Value, more: Value) -> Value:
    """What `add` makes: unknown counts from nothing, and adding the unknown changes nothing."""
    if more is None or before is None:
        return before if more is None else more
    if isinstance(before, Money) and isinstance(more, Money):
        return (
            Money(before.amount + more.amount, before.currency)
            if before.currency == more.currency
            else before
        )
    return before + more


def _assign_attribute(walk: Walk, name: str, value: Value, op: str) -> None:
    before = walk.facts.attributes.get(name)
    try:
        value = _as_stored(walk, name, _within_range(walk, name, value))
    except BadAttribute as error:
        walk.tell("not_set", f"{op} contact.{error}: it stays as it was", target=f"contact.{name}")
        return
    if value == before:
        return
    walk.do(Assign(name, before, value))
    attributes = {**walk.facts.attributes, name: value}
    zone = zone_of(attributes, walk.facts.world.policy)
    walk.facts = replace(walk.facts, attributes=attributes, zone=zone)
    walk.readdressed |= name in ATTRIBUTE_OF_CHANNEL.values()
    walk.tell("set", f"{op} contact.{name}", target=f"contact.{name}")


def _within_range(walk: Walk, name: str, value: Value) -> Value:
    """A number stops at the end of the range that the catalog promises, which others rely on."""
    declared = walk.facts.world.catalog.attributes.get(name)
    if isinstance(value, Decimal):
        value = max(min(value, MOST), -MOST)
    if declared is None or not isinstance(declared.type, Number) or not isinstance(value, Decimal):
        return value
    low, high = declared.type.minimum, declared.type.maximum
    value = value if low is None else max(value, low)
    return value if high is None else min(value, high)


def _as_stored(walk: Walk, name: str, value: Value) -> Value:
    """An address or a zone in the one spelling that blocks and clocks are found by. Raises BadAttribute."""
    declared = walk.facts.world.catalog.attributes.get(name)
    if value is None or declared is None or not (declared.type in (EMAIL, PHONE) or name == "timezone"):
        return value
    country = walk.facts.attributes.get("country")
    return read_attribute(walk.facts.world.catalog, name, value, country)


def set_values(walk: Walk, step: SetStep) -> None:
    """`set` and `add`."""
    assign(walk, step.assignments)
    walk.go(step.next)


def grant(walk: Walk, step: GrantStep) -> None:
    """`grant`: consent with the version of the text that was agreed to."""
    walk.do(GrantConsent(step.topic, step.channel, step.text, step.proof))
    line = Consent("granted", "consent", walk.now)
    consents = {**walk.facts.consents, (step.topic, step.channel): line}
    left = [s for s in walk.facts.suppressions if not s.is_lifted_by(step.topic, step.channel)]
    walk.facts = replace(walk.facts, consents=consents, suppressions=tuple(left))
    text = f"consent to {step.topic} by {step.channel} is recorded"
    walk.tell("granted", text, topic=step.topic, channel=step.channel, text_version=step.text)
    walk.go(step.next)


def suppress(walk: Walk, step: SuppressStep) -> None:
    """`suppress`: stops a topic on a channel, and does not pretend that the person asked."""
    walk.do(SuppressTopic(step.topic, step.channel, step.reason))
    block = Suppression(step.channel, step.reason, walk.now, (step.topic,))
    walk.facts = replace(walk.facts, suppressions=(*walk.facts.suppressions, block))
    text = f"{step.topic} by {step.channel} is stopped: {step.reason}"
    walk.tell("suppressed", text, topic=step.topic, channel=step.channel, reason=step.reason)
    walk.go(step.next)


def emit(walk: Walk, step: EmitStep) -> None:
    """`emit`: one event for this pass through the step, however often the transition is tried."""
    scope = walk.scope()
    properties = {name: value_of(formula, scope) for name, formula in step.with_}
    walk.do(Emit(step.event, properties, f"{walk.run.id}/{step.id}/{walk.iteration}"))
    walk.tell("emitted", f"{step.event} is raised", event=step.event)
    walk.go(step.next)


def open_task(walk: Walk, step: TaskStep) -> None:
    """`task`: for people to do; withheld from those who are held out."""
    if walk.run.holdout:
        walk.tell(
            "withheld", f"the task `{step.task}` is withheld: holdout", because="holdout", task=step.task
        )
    else:
        due_at = add(walk.began, step.due, walk.scope().zone) if step.due else None
        walk.do(OpenTask(step.id, step.task, step.team, due_at))
        walk.tell("task", f"a task for {step.team}: {step.task}", task=step.task, team=step.team)
    walk.go(step.next)


def call(walk: Walk, step: CallStep) -> None:
    """`call`: asked once, then the run stays until the answer is there or `up_to` is over."""
    until = add(walk.began, step.up_to, walk.scope().zone)
    answer = walk.facts.answers.get((walk.run.id, step.id, walk.iteration))
    if answer:
        _answered(walk, step, answer)
    elif walk.run.waits_until and walk.run.waits_until <= walk.now:
        _failed(walk, step, Mark(walk.run.waits_until), "no answer in time")
    else:
        if walk.run.pending is None:
            scope = walk.scope()
            body = {name: value_of(formula, scope) for name, formula in step.with_}
            # Who is called late, after a pause, still has the whole time to answer.
            until = add(walk.now, step.up_to, scope.zone) if until <= walk.now else until
            walk.do(Request(step.id, walk.iteration, step.webhook, body, until))
            walk.tell("called", f"{step.webhook} is called", webhook=step.webhook, until=iso(until))
            walk.change(pending=Pending(), waits_until=until)
        walk.rest(walk.run.waits_until)


def _answered(walk: Walk, step: CallStep, answer: Answer) -> None:
    if not answer.ok:
        _failed(walk, step, Mark(answer.at), "it failed")
        return
    if step.save:
        name = step.save.removeprefix("run.")
        walk.change(variables={**walk.run.variables, name: dict(answer.body)})
    walk.tell("answered", f"{step.webhook} answered", webhook=step.webhook)
    walk.go(step.next, Mark(answer.at))


def _failed(walk: Walk, step: CallStep, at: Mark, why: str) -> None:
    walk.tell("failed", f"{step.webhook}: {why}", webhook=step.webhook, reason=why)
    if step.on_error == "exit":
        walk.end("error", min(at.at, walk.now), f"ended because the call of {step.webhook} did not succeed")
    else:
        walk.go(step.next, at)
