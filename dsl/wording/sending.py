"""What must hold for each message to leave: consent, hours, limits, patience, in sentences."""

from collections.abc import Iterator
from decimal import Decimal

from dsl import plan as p
from dsl.catalog import Topic
from dsl.english import English
from dsl.frozen import dataclass
from dsl.nodes import Expression
from dsl.policy import Hours, Limit, OnCap, Policy
from dsl.wording.actions import called, filled, topic
from dsl.wording.certainty import remaining
from dsl.wording.constants import clock, days_of_week, duration
from dsl.wording.speech import Names, channel_name, quoted, spaced

CONSENT = {
    "opt_in": "Needs the person's consent to {topic} by {channel}.",
    "soft_opt_in": (
        "Needs the person's consent to {topic} by {channel}, "
        "or a sale to the person of which no objection followed."
    ),
    "opt_out": (
        "Needs consent to {topic} by {channel}, or a sale to the person; "
        "a professional is written to unless there was an objection."
    ),
}
NO_CONSENT = {
    "service": "Needs no consent, and stops where the person objected to {topic} by {channel}.",
    "transactional": (
        "Needs no consent: it concerns the person's own order or account. "
        "Only an address that does not work stops it."
    ),
}
SHOWN = {"email": "Shows an unsubscribe link.", "sms": "Says how to answer STOP."}


@dataclass(frozen=True)
class MessageSheet:
    """One way in which one step may write to a person. `hours` None: at any time."""

    step: str
    title: str
    channel: str
    message: str
    message_class: str
    topic: str
    consent: str
    hours: str | None
    limits: tuple[str, ...]
    on_cap: str | None
    expires: str
    shown: str | None
    only_if: str | None
    tags: tuple[str, ...]
    filled_in: tuple[str, ...]


def messages(plan: p.Plan, policy: Policy, english: English) -> Iterator[MessageSheet]:
    """Every message of a plan, in file order; one line for each way of a `first_of`."""
    for step in plan.steps:
        if isinstance(step, p.MessageStep):
            for candidate in step.candidates:
                yield _sheet(plan, step, candidate, policy, english)


def _sheet(
    plan: p.Plan, step: p.MessageStep, candidate: p.Candidate, policy: Policy, english: English
) -> MessageSheet:
    free = policy.pressure.exempts(candidate.message_class, candidate.tags)
    marketing = candidate.message_class != "transactional"
    return MessageSheet(
        step=step.id,
        title=called(step),
        channel=candidate.channel,
        message=candidate.message,
        message_class=candidate.message_class,
        topic=candidate.topic,
        consent=consent(candidate, english),
        hours=_hours(candidate, policy, plan.zone),
        limits=tuple(
            _limit(each, policy, english.clause(when) if when else None)
            for each, when in open_limits(plan, candidate, policy)
        ),
        on_cap=None if free else _on_cap(candidate.on_cap or policy.pressure.on_cap),
        expires=f"Not sent later than {duration(candidate.expires or policy.expires)} after its turn came.",
        shown=SHOWN.get(candidate.channel) if marketing else None,
        only_if=english.clause(step.only_if.root) if step.only_if else None,
        tags=candidate.tags,
        filled_in=filled(candidate.with_, english),
    )


def consent(candidate: p.Candidate, english: English) -> str:
    """On what legal ground a message is sent."""
    declared: Topic | None = english.names.catalog.topics.get(candidate.topic)
    words = NO_CONSENT.get(candidate.message_class) or CONSENT[declared.default if declared else "opt_in"]
    return words.format(topic=topic(candidate.topic, english), channel=channel_name(candidate.channel))


def open_limits(
    plan: p.Plan, candidate: p.Candidate, policy: Policy
) -> Iterator[tuple[Limit, Expression | None]]:
    """The limits that may be asked for a message, with what of their conditions is not sure."""
    if policy.pressure.exempts(candidate.message_class, candidate.tags):
        return
    facts: dict[str, Decimal | str] = {
        "priority": Decimal(plan.priority),
        "class": candidate.message_class,
        "channel": candidate.channel,
    }
    for each in policy.pressure.limits:
        if each.counts(candidate.channel, candidate.tags):
            when = True if each.when is None else remaining(each.when.root, facts)
            if when is not False:
                yield each, None if isinstance(when, bool) else when


def said_limits(world: p.World) -> tuple[str, ...]:
    """All limits of a policy, each as a sentence."""
    english = English(Names(world.catalog))
    return tuple(
        _limit(each, world.policy, english.clause(each.when.root) if each.when else None)
        for each in world.policy.pressure.limits
    )


def _limit(each: Limit, policy: Policy, asked_where: str | None) -> str:
    """`At most 3 email messages to one person in 7 days.`."""
    what = "message" if each.channel is None else f"{channel_name(each.channel)} message"
    tagged = f" tagged {quoted(spaced(each.tag))}" if each.tag else ""
    days = (
        f"{each.days} days" if each.days > 1 else "day" if policy.pressure.day == "calendar" else "24 hours"
    )
    when = f"; asked where {asked_where}" if asked_where else ""
    many = f"{each.at_most} {what}{'' if each.at_most == 1 else 's'}{tagged}"
    return f"At most {many} to one {each.of} in {'one ' if days == 'day' else ''}{days}{when}."


def _on_cap(on_cap: OnCap) -> str:
    match on_cap.action:
        case "delay":
            return f"Waits for a place for at most {duration(on_cap.up_to)}, and is then given up."
        case "drop":
            return "Is given up at once where the limits leave no room."
        case "next":
            return "Gives way to the next of its list where the limits leave no room."
    return "Where the limits leave no room, the person leaves the scenario."


def _hours(candidate: p.Candidate, policy: Policy, zone: str | None) -> str | None:
    """When a message may leave: policy's hours of its channel and its own, which may be in another zone."""
    general = None if candidate.message_class == "transactional" else policy.hours.get(candidate.channel)
    own = candidate.hours
    if general and own and zone is None:
        general, own = _both(general, own), None
    said = [_said_hours(general, None)] if general else []
    said += [_said_hours(own, zone)] if own else []
    return f"Leaves {', and '.join(said)}." if said else None


def _both(one: Hours, other: Hours) -> Hours:
    return Hours(
        max(one.start, other.start),
        min(one.end, other.end),
        tuple(day for day in one.days if day in other.days),
        one.skip_holidays or other.skip_holidays,
    )


def _said_hours(hours: Hours, zone: str | None) -> str:
    days = days_of_week(hours.days)
    on = f", {days}" if days else ""
    holidays = ", not on public holidays" if hours.skip_holidays else ""
    where = f"in {zone}" if zone else "of the person's own time"
    return f"between {clock(hours.start)} and {clock(hours.end)} {where}{on}{holidays}"
