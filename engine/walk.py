"""A run on its way through its plan within one decision: where it is, what was done, what was said.

The only thing that changes while `decide` works. It starts from frozen facts and ends as a frozen Decision.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from dsl.evaluate import holds
from dsl.plan import Pattern, Plan
from dsl.policy import Formula
from dsl.scope import NOTHING, EventFact, Mark, Scope
from dsl.values import Value
from engine.decision import Decision, Effect, Release, TrailLine
from engine.scopes import Known, scope_of
from engine.state import Facts, MessageFact, Run


def iso(instant: datetime | None) -> str | None:
    """An instant as the trail's data holds it."""
    return instant.isoformat() if instant else None


class Walk:
    """One decision in the making.

    A step handler calls exactly one of `go`, `rest` and `end`. `facts` change with what the run itself does,
    so that the next step sees it.
    """

    def __init__(self, plan: Plan, run: Run, facts: Facts, now: datetime, new: Sequence[EventFact]) -> None:
        self.plan = plan
        self.run = run
        self.facts = facts
        self.now = now
        self.new = tuple(sorted(new, key=lambda event: (event.at, event.seq)))
        self.known = Known(facts, new)
        self.resting = False
        self.readdressed = False
        """The run changed an address: what is known of the new one is read before the next step."""
        self.just_begun = False
        self._first = run
        self._effects: list[Effect] = []
        self._trail: list[TrailLine] = []

    @property
    def active(self) -> bool:
        """Whether the run is still under way."""
        return self.run.status == "active"

    @property
    def began(self) -> datetime:
        """When the present step began, by the plan's own clock and not the worker's."""
        return self.run.began.at

    @property
    def iteration(self) -> int:
        """How often the present step was begun, this time included."""
        return self.run.passes.get(self.run.position or "", 0)

    @property
    def is_begun(self) -> bool:
        """Whether the run has been at the present step before, and not only been led to it."""
        return self.run.steps.get(self.run.position or "") == self.run.began

    def scope(self, *, looked_at: Mapping[str, Value] = NOTHING) -> Scope:
        """What expressions see now, with the event that a `where` looks at."""
        return scope_of(self.plan, self.run, self.facts, self.known, self.now, looked_at=looked_at)

    def holds(self, formula: Formula | None) -> bool:
        """Whether a condition is true now; one that was not written is."""
        return formula is None or holds(formula, self.scope())

    def matches(self, pattern: Pattern, event: EventFact) -> bool:
        """Whether an event is one of a pattern."""
        if event.name != pattern.event:
            return False
        return pattern.where is None or holds(pattern.where, self.scope(looked_at=event.properties))

    # What happens

    def change(self, **fields: object) -> None:
        """Set fields of the run."""
        self.run = self.run.changed(**fields)

    def do(self, effect: Effect) -> None:
        """Ask for something to be done."""
        self._effects.append(effect)

    def tell(self, what: str, text: str, data: Mapping[str, object] = NOTHING, **more: object) -> None:
        """Say in the trail what happened at the present step, with the data behind it (JSON values)."""
        self._trail.append(TrailLine(self.now, what, self.run.position, text, {**data, **more}))

    # Where the run goes

    def begin(self) -> None:
        """The present step begins: counted once, however often it is looked at."""
        step = self.run.position
        assert step is not None
        self.just_begun = True
        passes = {**self.run.passes, step: self.run.passes.get(step, 0) + 1}
        self.change(steps={**self.run.steps, step: self.run.began}, passes=passes)

    def go(self, target: str | None, began: Mark | None = None) -> None:
        """On to a step, which begins at a mark (None: when the present one did); the end where None."""
        began = began or self.run.began
        self.just_begun = False
        self.change(began=began, pending=None, waits_until=None, due_at=None)
        if target is None:
            self.end("end", min(began.at, self.now))
        else:
            self.change(position=target)

    def rest(self, until: datetime | None) -> None:
        """Nothing more can be done before an instant, or before an event where None."""
        self.change(due_at=until)
        self.resting = True

    def end(self, reason: str, at: datetime, text: str | None = None) -> None:
        """The run is over: what it had reserved is given back."""
        for message in self.reserved():
            self.do(Release(message.id, reason))
        self.tell(
            "ended", text or ("came to the end" if reason == "end" else f"ended: {reason}"), reason=reason
        )
        self.run = self.run.ended(reason, at)

    def reserved(self) -> tuple[MessageFact, ...]:
        """The messages of this run that have a place and have not been handed over."""
        own = (m for m in self.facts.messages if m.run_id == self.run.id)
        return tuple(message for message in own if message.state == "reserved")

    def decision(self) -> Decision:
        """What was decided. A run that had nothing to do is the very one that came in."""
        run = self._first if self.run == self._first else self.run
        return Decision(run, tuple(self._effects), tuple(self._trail))
