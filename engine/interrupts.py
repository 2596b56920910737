"""What an event does to a run, in order: handlers, then goals, then exits, then the wait that it is in."""

from collections.abc import Callable
from datetime import timedelta

from dsl.local_time import add
from dsl.plan import Candidate, WaitForStep
from dsl.scope import EventFact
from engine.ahead import messages_from
from engine.consent import Refusal, reachable
from engine.doing import assign
from engine.moving import take_branch
from engine.naming import BLOCKING_EVENTS, Named, named
from engine.walk import Walk, iso


def hear(walk: Walk) -> None:
    """Let the new events act on the run, one after the other; then what blocked the person without one."""
    for event in walk.new:
        touched = _handle(walk, event)
        _goal(walk, event)
        if walk.active:
            _exit(walk, event)
        if walk.active:
            _conditions_after(walk, event, touched=touched)
        if not walk.active:
            return
        _end_wait(walk, event)
    _conditions_after_blocks(walk)


def _conditions_after_blocks(walk: Walk) -> None:
    """A step of another scenario stops a topic, and no event tells of it: the block itself is what changed.

    One of before the entry changed nothing for this run. Only `can_receive` and `can_track` name all
    of these events.
    """
    if any(each.at > walk.run.entered.at for each in walk.facts.suppressions):
        check_conditions(walk, lambda names: names.events >= BLOCKING_EVENTS)


def _handle(walk: Walk, event: EventFact) -> bool:
    """Whether a handler changed something."""
    touched = False
    for handler in walk.plan.handlers:
        if walk.matches(handler.pattern, event):
            walk.tell("handled", f"{event.name} is taken in", event=event.name, seq=event.seq)
            assign(walk, handler.assignments, event.properties)
            touched = True
    return touched


def _goal(walk: Walk, event: EventFact) -> None:
    """A conversion is an event after the entry, within the window."""
    goal, entered = walk.plan.goal, walk.run.entered
    if goal is None or walk.run.goal_at is not None or (event.at, event.seq) <= (entered.at, entered.seq):
        return
    if goal.within and event.at > add(entered.at, goal.within, walk.scope().zone):
        return
    if not walk.matches(goal.pattern, event):
        return
    walk.change(goal_at=event.at)
    walk.tell("goal", f"goal reached: {event.name}", event=event.name, seq=event.seq, at=iso(event.at))
    if goal.exits:
        walk.end("goal", walk.now, f"ended: the goal {event.name} is reached")


def _exit(walk: Walk, event: EventFact) -> None:
    if not _is_news(walk, event):
        return
    for each in walk.plan.exits:
        if each.pattern and walk.matches(each.pattern, event):
            walk.tell("exit", f"{event.name} came", event=event.name, seq=event.seq, at=iso(event.at))
            walk.end(each.reason, walk.now, f"ended by {event.name}: {each.reason}")
            return


def _is_news(walk: Walk, event: EventFact) -> bool:
    """An event of before the entry still ends a run when it comes a little late, not out of an import."""
    entered = walk.run.entered
    if (event.at, event.seq) == (entered.at, entered.seq):
        return False
    late = timedelta(seconds=walk.facts.world.policy.late_events.exact_seconds)
    return (event.at, event.seq) > (entered.at, entered.seq) or walk.now - event.at <= late


def _conditions_after(walk: Walk, event: EventFact, *, touched: bool) -> None:
    """Conditions are looked at when something that they name changes."""

    def changed(names: Named) -> bool:
        return names.concerns(event) or (touched and names.run)

    check_conditions(walk, changed)


def check_conditions(walk: Walk, concerned: Callable[[Named], bool] | None = None) -> None:
    """End the run where a condition of `exit_when` holds; all are looked at, or those concerned."""
    for each in walk.plan.exits:
        if each.condition is None:
            continue
        if concerned and not concerned(named(each.condition.root, walk.facts.world)):
            continue
        if walk.holds(each.condition):
            walk.tell("exit", f"{each.condition.text}: it holds", condition=each.condition.text)
            walk.end(each.reason, walk.now, f"ended because {each.condition.text}: {each.reason}")
            return


def _end_wait(walk: Walk, event: EventFact) -> None:
    """Each event acts on the wait as it is after the events before it."""
    step = walk.plan.by_id.get(walk.run.position or "")
    if isinstance(step, WaitForStep) and walk.is_begun:
        take_branch(walk, step, event)


def check_consent(walk: Walk) -> None:
    """End the run where messages lie ahead and none can reach the person any more.

    That is: something took consent away or blocked an address since the entry. Who could never be reached
    goes on, and each message says so.
    """
    ahead = messages_from(walk.plan, walk.run.position)
    refusals: list[Refusal] = []
    for each in ahead:
        refusal = reachable(walk.facts, each.channel, each.topic, each.message_class, each.sender)
        if refusal is None:
            return
        refusals.append(refusal)
    lost = next((each for each in refusals if each.since and each.since > walk.run.entered.at), None)
    if lost is None and any(_is_about(event, each) for event in walk.new for each in ahead):
        lost = refusals[0]
    if lost:
        text = f"no message that lies ahead can reach the person: {lost.text}"
        walk.tell("lost_consent", text, lost.data, because=lost.because)
        walk.end("lost_consent", walk.now, "ended: no message can reach the person any more")


def _is_about(event: EventFact, candidate: Candidate) -> bool:
    """Whether an event may have taken away what a message needs, recorded with an earlier date perhaps.

    A bounce or a complaint is about the address, whatever the topic.
    """
    if event.name not in BLOCKING_EVENTS:
        return False
    channel = event.properties.get("channel")
    topic = event.properties.get("topic") if event.name == "consent.withdrawn" else None
    return channel in (None, candidate.channel) and topic in (None, candidate.topic)
