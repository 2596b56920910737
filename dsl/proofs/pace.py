"""How many messages one scenario sends to one person in a week, by its own waits and its rule of entry.

Time is counted in local days, as limits count it: a window is today and the six days after. Waits give the
least number of days between two messages; hours and limits only push a message later, which is why a
window begins at every message in turn. The result is never too small, and None where nothing bounds it.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

from dsl import scenario as s
from dsl.flow import most_messages, ways
from dsl.values import Duration

WEEK_DAYS = 7
SHORTEST_MONTH, LONGEST_MONTH = 28, 31
HOUR, DAY = 3_600, 86_400
MOST_STATES = 20_000
DEEPEST = 200
"""Beyond so many ways, or so long a one, all messages of a run stand for those of a week."""

Rest: TypeAlias = tuple[Any, ...]
"""What follows: (body, place in it, what follows the body), or (repeat, passes left, days that were left when
the last one began, what follows the repeat)."""
END: Rest = ()
_OF_A_REPEAT = 4


def least_days(length: Duration) -> int:
    """How many local midnights lie in a length of time at the least, over changes of the clocks too."""
    whole = length.months * SHORTEST_MONTH + length.days
    return max(0, whole + (length.seconds - HOUR) // DAY if length.seconds else whole)


def most_days(length: Duration) -> int:
    """How many local midnights lie in a length of time at the most."""
    exact = -(-(length.seconds + HOUR) // DAY) if length.seconds else 0
    return length.months * LONGEST_MONTH + length.days + exact


def most_a_week(scenario: s.Scenario, expires: Duration) -> int | None:
    """The messages to one person in any 7 days at the most; `expires` is the policy's."""
    of_a_run = most_messages(scenario.steps)
    if not of_a_run:
        return 0
    runs = _runs_a_week(scenario, longest(scenario.steps, expires))
    return None if runs is None else runs * (1 if of_a_run == 1 else _Window(expires).most(scenario.steps))


def _runs_a_week(scenario: s.Scenario, longest_run: int | None) -> int | None:
    """How many runs of one person send something in the same 7 days at the most."""
    apart = _entries_apart(scenario)
    if apart is None or scenario.key is not None:
        return None
    if not apart:
        return 1
    return None if longest_run is None else (WEEK_DAYS - 1 + longest_run) // apart + 1


def _entries_apart(scenario: s.Scenario) -> int | None:
    """Days between two entries at the least; 0: there is only one; None: they may follow at once."""
    # A restart does not ask the rule: every event begins a new run of whoever is inside.
    entry = scenario.entry if scenario.while_active != "restart" else None
    if entry is not None and entry.rule == "once":
        return 0
    if entry is not None and entry.period is not None:
        return least_days(entry.period) or None
    match scenario.triggers:
        case (s.ScanTrigger(every=every),):
            return {"day": 1, "week": WEEK_DAYS, "month": SHORTEST_MONTH}[every]
        case (s.CampaignTrigger(),):
            return 0
    return None


def longest(steps: tuple[s.Step, ...], expires: Duration) -> int | None:
    """Days from the first step to the end of the last at the most; None where nothing bounds them."""
    total = 0
    for step in steps:
        days = _longest(step, expires)
        if days is None:
            return None
        total += days
    return total


def _longest(step: s.Step, expires: Duration) -> int | None:
    match step:
        case s.MessageStep(forms=forms):
            return max(most_days(form.expires.value if form.expires else expires) for form in forms)
        case s.WaitStep(until=s.After(duration=length)):
            return most_days(length)
        case s.WaitStep(until=s.UntilTime()):
            return WEEK_DAYS
        case s.WaitStep():
            return None
        case s.WaitForStep(up_to=s.After(duration=length)):
            return _most_of([longest(body, expires) for body in ways(step)], most_days(length))
        case s.WaitForStep():
            return None
        case s.ChooseStep() | s.SplitStep():
            return _most_of([longest(body, expires) for body in ways(step)])
        case s.CallStep(up_to=length):
            return most_days(length)
        case s.RepeatStep(steps=steps, every=every, at_most=at_most):
            a_pass = _most_of([longest(steps, expires), most_days(every)])
            return None if a_pass is None else a_pass * at_most
    return 0


def _most_of(lengths: list[int | None], more: int = 0) -> int | None:
    known = [length for length in lengths if length is not None]
    return max(known, default=0) + more if len(known) == len(lengths) else None


class _Window:
    """The most messages in a window that begins with one of them."""

    def __init__(self, expires: Duration) -> None:
        self._expires = expires
        self._known: dict[tuple[Rest, int], int] = {}
        self._bodies: dict[int, tuple[s.Step, ...]] = {}
        self._repeats: dict[int, s.RepeatStep] = {}
        self._ways: dict[int, tuple[tuple[s.Step, ...], ...]] = {}
        self._depth = 0

    def most(self, steps: tuple[s.Step, ...]) -> int:
        """Over all messages that a window may begin with."""
        try:
            return max((self._from(rest, WEEK_DAYS - 1) for rest in self._starts(steps, END)), default=0)
        except OverflowError:
            return most_messages(steps)

    def _at(self, steps: tuple[s.Step, ...], place: int, after: Rest) -> Rest:
        if place == len(steps):
            return after
        self._bodies[id(steps)] = steps
        return (id(steps), place, after)

    def _again(self, step: s.RepeatStep, passes: int, began: int, after: Rest) -> Rest:
        self._repeats[id(step)] = step
        return (id(step), passes, began, after)

    def _bodies_of(self, step: s.Step) -> tuple[tuple[s.Step, ...], ...]:
        known = self._ways.get(id(step))
        if known is None:
            known = tuple(ways(step)) if isinstance(step, s.WaitForStep) else s.inner(step)
            self._ways[id(step)] = known
        return known

    def _starts(self, steps: tuple[s.Step, ...], after: Rest) -> Iterator[Rest]:
        """Every message and what follows it, the message in front."""
        for place, step in enumerate(steps):
            rest = self._at(steps, place + 1, after)
            match step:
                case s.MessageStep():
                    yield self._at(steps, place, after)
                case s.RepeatStep():
                    length, every = longest(step.steps, self._expires), least_days(step.every)
                    soon = 0 if length is None else max(0, every - length)
                    again = self._again(step, step.at_most - 1, WEEK_DAYS - 1 - soon + every, rest)
                    yield from self._starts(step.steps, again)
                case _:
                    for body in self._bodies_of(step):
                        yield from self._starts(body, rest)

    def _from(self, rest: Rest, left: int) -> int:
        """The most messages of what follows, within so many days more."""
        if not rest or left < 0:
            return 0
        known = self._known.get((rest, left))
        if known is None:
            if len(self._known) >= MOST_STATES or self._depth >= DEEPEST:
                raise OverflowError
            self._depth += 1
            known = self._known[rest, left] = self._look(rest, left)
            self._depth -= 1
        return known

    def _look(self, rest: Rest, left: int) -> int:
        if len(rest) == _OF_A_REPEAT:
            return self._next_pass(rest, left)
        number, place, after = rest
        step = self._bodies[number][place]
        following = self._at(self._bodies[number], place + 1, after)
        most = self._step(step, following, left)
        return max(most, self._from(following, left)) if step.frame.only_if else most

    def _next_pass(self, rest: Rest, left: int) -> int:
        number, passes, began, after = rest
        step = self._repeats[number]
        out: int = self._from(after, left)
        if not passes:
            return out
        every = least_days(step.every)
        if not every:
            in_time: int = min(passes, WEEK_DAYS * DAY // max(1, step.every.seconds) + 1)
            return max(out, in_time * most_messages(step.steps) + out)
        begins: int = min(left, began - every)
        again = self._again(step, passes - 1, begins, after)
        return max(out, self._from(self._at(step.steps, 0, again), begins))

    def _step(self, step: s.Step, following: Rest, left: int) -> int:
        match step:
            case s.MessageStep():
                return 1 + self._from(following, left)
            case s.ExitStep():
                return 0
            case s.WaitStep(until=until, steps=steps):
                length = least_days(until.duration) if isinstance(until, s.After) else 0
                within = self._from(self._at(steps or (), 0, following), left - length)
                return max(within, self._from(following, left)) if steps is not None else within
            case s.WaitForStep(up_to=up_to):
                *came, last = self._bodies_of(step)
                length = least_days(up_to.duration) if isinstance(up_to, s.After) else 0
                over = self._from(self._at(last, 0, following), left - length if up_to else left)
                return max([over, *(self._from(self._at(body, 0, following), left) for body in came)])
            case s.ChooseStep() | s.SplitStep():
                bodies = self._bodies_of(step)
                return max(self._from(self._at(body, 0, following), left) for body in bodies)
            case s.RepeatStep():
                first = self._again(step, step.at_most, left + least_days(step.every), following)
                return self._from(first, left)
        return self._from(following, left)
