"""What a diagram says about each trigger, step and branch: short words for cards and edges."""

from datetime import time

from dsl.frozen import dataclass
from dsl.plan import (
    AfterDuration,
    ApiTrigger,
    CallStep,
    CampaignTrigger,
    Candidate,
    ChangeTrigger,
    ChooseStep,
    DateTrigger,
    EmitStep,
    EventTrigger,
    ExitStep,
    GrantStep,
    MessageStep,
    Moment,
    Pattern,
    Plan,
    ReachTrigger,
    RepeatStep,
    ScanTrigger,
    SegmentTrigger,
    SetStep,
    SplitStep,
    Step,
    SuppressStep,
    TaskStep,
    Trigger,
    UntilInstant,
    UntilTime,
    WaitForStep,
    WaitStep,
)
from dsl.values import Duration

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CHANNEL_NAMES = {"email": "Email", "sms": "SMS"}
MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Card:
    """One box of the diagram: its kind (how it is drawn), a small heading, the text, and side notes."""

    kind: str
    heading: str
    text: str
    notes: tuple[str, ...] = ()

    @property
    def spoken(self) -> str:
        """The whole card in one line, for screen readers and tooltips."""
        return ". ".join((f"{self.heading}: {self.text}" if self.text else self.heading, *self.notes))


@dataclass(frozen=True)
class Way:
    """One way out of a step: what it is called, and the step that it leads to (None: the end)."""

    label: str
    target: str | None
    kind: str = "plain"
    """`yes`, `no`, `timeout` or `plain`: how the label is drawn."""


def channel_name(channel: str) -> str:
    """`Email`, `SMS`, or the channel's own name with a capital."""
    return CHANNEL_NAMES.get(channel, channel.capitalize())


def spaced(name: str) -> str:
    """`welcome_hello` as people read it: `Welcome hello`."""
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


def duration(value: Duration) -> str:
    """`3 days`, `2 weeks`, `1 year 6 months`, `72 hours`, as a scenario would write it; sign dropped."""
    years, months = divmod(abs(value.months), MONTHS_A_YEAR)
    parts = [(years, "year"), (months, "month"), *_days(abs(value.days)), *_clock(abs(value.seconds))]
    said = [f"{count} {unit}{'s' if count > 1 else ''}" for count, unit in parts if count]
    return " ".join(said) or "no time"


def _days(days: int) -> list[tuple[int, str]]:
    whole_weeks = days and days % 7 == 0 and days > 7  # noqa: PLR2004 - "7 days" reads better than a week
    return [(days // 7, "week")] if whole_weeks else [(days, "day")]


def _clock(seconds: int) -> list[tuple[int, str]]:
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    return [(hours, "hour"), (minutes, "minute"), (rest, "second")]


def clock_time(at: time) -> str:
    """`09:00`."""
    return at.strftime("%H:%M")


def moment(value: Moment) -> str:
    """When a wait ends: `3 days at 10:00`, `until next Monday at 09:00`."""
    match value:
        case AfterDuration():
            return duration(value.duration) + (f" at {clock_time(value.at)}" if value.at else "")
        case UntilTime(weekday=None):
            return f"until {clock_time(value.at)}"
        case UntilTime(weekday=weekday):
            return f"until next {WEEKDAYS[weekday or 0]} at {clock_time(value.at)}"
        case UntilInstant():
            words = value.instant.text.removeprefix("until ")
            at = f" at {clock_time(value.at)}" if value.at and " at " not in words else ""
            return f"until {words}{at}"


def pattern(value: Pattern) -> str:
    """`order.placed where total > 50`."""
    return value.event + (f" where {value.where.text}" if value.where else "")


def trigger(value: Trigger) -> str:
    """What starts a run, as a sentence without its full stop."""
    match value:
        case EventTrigger():
            each = f", once for each of {value.for_each.text}" if value.for_each else ""
            return f"When {pattern(value.pattern)}{each}"
        case ReachTrigger():
            return f"When {pattern(value.pattern)}, for everyone with {value.reaches.text}"
        case DateTrigger():
            return _date_trigger(value)
        case ScanTrigger():
            return f"Every {_scan_day(value)} at {clock_time(value.at)}"
        case SegmentTrigger():
            verb = "comes into" if value.direction == "entered" else "leaves"
            return f"When somebody {verb} the segment {value.segment}"
        case ChangeTrigger():
            guard = f" and {value.where.text}" if value.where else ""
            return f"When contact.{value.attribute} changes{guard}"
        case CampaignTrigger():
            return f"Once, on {value.at:%d/%m/%Y at %H:%M}"
        case ApiTrigger():
            return "When the API asks for it"


def _date_trigger(value: DateTrigger) -> str:
    offset = value.offset
    amount = offset.months or offset.days or offset.seconds
    side = f"{duration(offset)} {'before' if amount < 0 else 'after'} " if amount else "On "
    yearly = "every year, " if value.yearly else ""
    return f"{side}{value.date.text}, {yearly}at {clock_time(value.at)}"


def _scan_day(value: ScanTrigger) -> str:
    if value.every == "week":
        return WEEKDAYS[value.on or 0]
    return f"month on day {value.on}" if value.every == "month" else "day"


def entry_card(plan: Plan) -> Card:
    """The card at the head: what starts a run, for whom, and how often."""
    text = " · or ".join(trigger(each) for each in plan.triggers) or "No trigger"
    notes = [f"For: {plan.audience.text}"] if plan.audience else []
    notes.append(f"Entry: {_entry_rule(plan)}")
    if plan.goal:
        within = f" within {duration(plan.goal.within)}" if plan.goal.within else ""
        notes.append(f"Goal: {pattern(plan.goal.pattern)}{within}")
    for each in plan.exits:
        what = (
            pattern(each.pattern) if each.pattern else each.condition.text if each.condition else each.reason
        )
        notes.append(f"Leaves on: {what}")
    return Card("entry", "Starts", text, tuple(notes))


def _entry_rule(plan: Plan) -> str:
    if plan.entry.rule == "once_per" and plan.entry.period:
        return f"once per {duration(plan.entry.period)}"
    return {"once": "once", "always": "every time"}.get(plan.entry.rule, plan.entry.rule)


def card(step: Step) -> Card:
    """The card of a step: its title where it has one, else what it does."""
    kind, heading, text, notes = _step_words(step)
    if step.title:
        notes = (text, *notes) if text else notes
        text = step.title
    if step.only_if:
        notes = (*notes, f"Only if {step.only_if.text}")
    return Card(kind, heading, text, tuple(notes))


def _step_words(step: Step) -> tuple[str, str, str, tuple[str, ...]]:
    match step:
        case MessageStep(candidates=candidates):
            return _message_words(candidates)
        case WaitStep():
            past = (f"If past: {step.if_past}",) if step.if_past != "now" else ()
            return "wait", "Wait", moment(step.until), past
        case WaitForStep():
            up_to = (f"Up to {moment(step.up_to)}",) if step.up_to else ()
            return "wait", "Wait for", _awaited(step), up_to
        case ChooseStep(cases=cases):
            return (
                ("branch", "If", cases[0][0].text, ())
                if len(cases) == 1
                else ("branch", "Choose", "the first that holds", ())
            )
        case SplitStep():
            return "branch", "Experiment" if step.experiment else "Split", _shares(step), ()
        case RepeatStep():
            until = (f"Until {step.until.text}",) if step.until else ()
            return "repeat", "Repeat", f"every {duration(step.every)}, at most {step.at_most} times", until
        case ExitStep():
            return "exit", "Leaves", step.reason, ()
        case _:
            return _action_words(step)


def _action_words(step: Step) -> tuple[str, str, str, tuple[str, ...]]:
    match step:
        case SetStep(assignments=assignments):
            said = [f"{'.'.join(a.target)}: {a.value.text if a.value else 'unknown'}" for a in assignments]
            return "data", "Add" if assignments and assignments[0].op == "add" else "Set", ", ".join(said), ()
        case GrantStep():
            return "data", "Record consent", f"{step.topic} by {channel_name(step.channel)}", ()
        case SuppressStep():
            return "data", "Stop", f"{step.topic} by {channel_name(step.channel)}: {step.reason}", ()
        case EmitStep():
            return "action", "Raise", step.event, ()
        case CallStep():
            return "action", "Call", spaced(step.webhook), ()
        case TaskStep():
            due = (f"Due in {duration(step.due)}",) if step.due else ()
            return "action", f"Task for {step.team}", step.task, due
    raise TypeError(f"no words for {type(step).__name__}")


def _message_words(candidates: tuple[Candidate, ...]) -> tuple[str, str, str, tuple[str, ...]]:
    names = list(dict.fromkeys(channel_name(each.channel) for each in candidates))
    texts = list(dict.fromkeys(spaced(each.message) for each in candidates))
    kind = candidates[0].channel if len(names) == 1 and names[0] in CHANNEL_NAMES.values() else "message"
    return kind, " or ".join(names), " · ".join(texts), ()


def _awaited(step: WaitForStep) -> str:
    if step.reply_to:
        return f"a reply to {spaced(step.reply_to).lower()}"
    if step.condition:
        return step.condition.text
    return " or ".join(each.pattern.event for each in step.branches)


def _shares(step: SplitStep) -> str:
    return " / ".join(f"{name} {share * 100:.0f}%" for name, share, _ in step.arms)


def ways(step: Step) -> tuple[Way, ...]:
    """The labelled ways out of a step that branches, in file order; empty for the others."""
    match step:
        case ChooseStep(cases=((_, target),)):
            return (Way("yes", target, "yes"), Way("no", step.otherwise, "no"))
        case ChooseStep(cases=cases):
            chosen = tuple(Way(formula.text, target) for formula, target in cases)
            return (*chosen, Way("otherwise", step.otherwise, "no"))
        case SplitStep(arms=arms):
            return tuple(Way(f"{name} · {share * 100:.0f}%", target) for name, share, target in arms)
        case WaitForStep():
            return _wait_for_ways(step)
        case WaitStep(inner=inner) if inner is not None:
            return (Way("in time", inner, "yes"), Way("already past", step.next, "no"))
    return ()


def _wait_for_ways(step: WaitForStep) -> tuple[Way, ...]:
    found = tuple(Way(pattern(each.pattern), each.then, "yes") for each in step.branches)
    if not found:
        found = (Way("reply" if step.reply_to else "yes", step.then, "yes"),)
    late = f"after {moment(step.up_to)}" if step.up_to else "never"
    return (*found, Way(late, step.timeout, "timeout")) if step.up_to else found
