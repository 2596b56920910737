"""A person on a virtual clock: applies what runs decide, delivers what is due, tells runs what happens.

The least that production must do around `decide`, in memory: one person, any number of runs.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dsl.local_time import local_day
from dsl.plan import Plan
from dsl.scope import EventFact, Mark
from engine.decide import decide
from engine.decision import Assign, Decision, GrantConsent, Release, Reserve, SuppressTopic, TrailLine
from engine.gate import recheck
from engine.state import Consent, Facts, MessageFact, Run, Suppression, Wake


@dataclass
class Person:
    """`facts` and `now` move; `done` is everything that was decided, in order."""

    facts: Facts
    now: datetime
    runs: dict[int, Run] = field(default_factory=dict)
    plans: dict[int, Plan] = field(default_factory=dict)
    effects: list[object] = field(default_factory=list)
    trail: list[TrailLine] = field(default_factory=list)
    sent: list[MessageFact] = field(default_factory=list)
    late: timedelta = timedelta(0)
    """How long after its instant a worker looks at a run."""

    def enter(self, plan: Plan, *, at: datetime | None = None, seq: int = 0, **more: object) -> int:
        """A run of the plan begins now."""
        number = len(self.runs) + 1
        mark = Mark(at or self.now, seq)
        run = Run(number, plan.scenario, 1, self.facts.contact_id, mark, plan.start, mark)
        self.runs[number] = replace(run, **more)
        self.plans[number] = plan
        self.look(number)
        return number

    def look(self, number: int, *events: EventFact) -> Decision:
        """Decide for a run now, apply it, and hold that looking again changes nothing."""
        plan = self.plans[number]
        decision = decide(plan, self.runs[number], Wake(events), self.facts, self.now)
        self._apply(number, decision)
        again = decide(plan, self.runs[number], Wake(), self.facts, self.now)
        assert again == Decision(self.runs[number]), "a second look found something to do"
        self._wake_displaced()
        return decision

    def _apply(self, number: int, decision: Decision) -> None:
        self.runs[number] = decision.run
        self.effects += decision.effects
        self.trail += decision.trail
        for effect in decision.effects:
            match effect:
                case Reserve():
                    self._reserve(number, effect)
                case Release(message_id=message_id, reason=reason):
                    self._release(message_id, reason)
                case Assign(attribute=name, after=after):
                    self.facts = replace(self.facts, attributes={**self.facts.attributes, name: after})
                case GrantConsent(topic=topic, channel=channel):
                    line = Consent("granted", "consent", self.now)
                    self.facts = replace(self.facts, consents={**self.facts.consents, (topic, channel): line})
                case SuppressTopic(topic=topic, channel=channel, reason=reason):
                    block = Suppression(channel, reason, self.now, (topic,))
                    self.facts = replace(self.facts, suppressions=(*self.facts.suppressions, block))

    def _reserve(self, number: int, effect: Reserve) -> None:
        for loser in effect.displaces:
            self._release(loser, "displaced")
        key = (number, effect.step, effect.iteration)
        known = {(m.run_id, m.step, m.iteration): m.id for m in self.facts.messages}
        message = effect.as_message(known.get(key, len(known) + 1), self.runs[number])
        others = tuple(m for m in self.facts.messages if m.id != message.id)
        self.facts = replace(self.facts, messages=(*others, message))
        run = self.runs[number]
        if run.pending and not effect.withheld:
            self.runs[number] = replace(run, pending=replace(run.pending, message_id=message.id))

    def change_message(self, message_id: int, **fields: object) -> None:
        """Set fields of a message, as a provider's report or a withdrawal would."""
        changed = tuple(replace(m, **fields) if m.id == message_id else m for m in self.facts.messages)
        self.facts = replace(self.facts, messages=changed)

    def _release(self, message_id: int, reason: str) -> None:
        self.change_message(message_id, state="released", reason=reason)

    def _wake_displaced(self) -> None:
        for message in self.facts.messages:
            run = self.runs[message.run_id]
            waits = run.status == "active" and run.pending and run.pending.message_id == message.id
            if message.state == "released" and waits:
                self.look(message.run_id)
                return

    # Time

    def until(self, instant: datetime) -> None:
        """Let time pass: each wait ends and each message leaves when it is due."""
        while (following := self.next_due()) is not None and following + self.late <= instant:
            self.now = max(self.now, following + self.late)
            self._deliver()
            for number, run in list(self.runs.items()):
                if run.status == "active" and run.due_at and run.due_at <= self.now:
                    self.look(number)
            self._deliver()
        self.now = max(self.now, instant)

    def next_due(self) -> datetime | None:
        """The next instant at which something of the person is due."""
        dues = [r.due_at for r in self.runs.values() if r.status == "active" and r.due_at]
        dues += [m.at for m in self.facts.messages if m.state == "reserved"]
        return min(dues, default=None)

    def _deliver(self) -> None:
        while due := next(
            (m for m in self.facts.messages if m.state == "reserved" and m.at <= self.now), None
        ):
            number = due.run_id
            verdict = recheck(self.plans[number], self.runs[number], due, self.facts, (), self.now)
            if not verdict.send:
                self._release(due.id, verdict.because or "")
                self.look(number)
                continue
            day = local_day(self.now, ZoneInfo(self.facts.zone))
            home = self.facts.household
            self.change_message(due.id, state="sent", at=self.now, local_day=day, household=home)
            self.sent.append(next(m for m in self.facts.messages if m.id == due.id))
            self.tell(
                "message.sent", scenario=due.scenario, step=due.step, run_id=due.run_id, channel=due.channel
            )

    # What happens

    def tell(self, name: str, at: datetime | None = None, **properties: object) -> None:
        """An event of the person: committed, then heard by every run that listens."""
        seq = 1000 + len(self.facts.events)
        event = EventFact(seq, name, at or self.now, properties)
        self.facts = replace(self.facts, events=(*self.facts.events, event))
        for number, run in list(self.runs.items()):
            if run.status == "active" and name in run.listens_to:
                self.look(number, event)

    def click(self, step: str, number: int = 1) -> None:
        """A click in the message of a step."""
        self.tell("message.clicked", scenario=self.plans[number].scenario, step=step, run_id=number)

    def withdraw(self, topic: str, channel: str) -> None:
        """An unsubscribe: recorded, its messages released, the runs woken."""
        line = Consent("withdrawn", "consent", self.now)
        self.facts = replace(self.facts, consents={**self.facts.consents, (topic, channel): line})
        for message in self.facts.messages:
            if message.state == "reserved" and (message.topic, message.channel) == (topic, channel):
                self._release(message.id, "consent withdrawn")
        self.tell("consent.withdrawn", topic=topic, channel=channel)

    # What is asked

    def ended(self, number: int = 1) -> str | None:
        """Why a run ended."""
        return self.runs[number].end_reason

    def left(self) -> list[tuple[str, str, str]]:
        """What was sent: UTC minute, channel, message."""
        return [(f"{m.at:%m-%d %H:%M}", m.channel, m.message) for m in self.sent]

    def said(self, what: str) -> list[TrailLine]:
        """The trail's lines of one kind."""
        return [line for line in self.trail if line.what == what]
