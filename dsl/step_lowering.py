"""Steps to the graph of a plan: what follows each step is known, so that the last is lowered first."""

from dsl import plan as p
from dsl import scenario as s
from dsl.catalog import Catalog, MessageClass
from dsl.dependence import about_key, names_data
from dsl.meaning import Meanings
from dsl.nodes import Unknown
from dsl.policy import Formula


class Graph:
    """Lowers the steps of one scenario; `steps` are in file order once `lower` is done."""

    def __init__(self, scenario: s.Scenario, meanings: Meanings, catalog: Catalog) -> None:
        self.scenario = scenario
        self.meanings = meanings
        self.catalog = catalog
        self._lowered: dict[str, p.Step] = {}

    def lower(self) -> tuple[str | None, tuple[p.Step, ...]]:
        """The id of the first step, and all steps."""
        start = self._body(self.scenario.steps, None)
        order = [step.frame.id for step in self.scenario.every_step]
        return start, tuple(self._lowered[name] for name in order)

    def _body(self, steps: tuple[s.Step, ...], after: str | None) -> str | None:
        """Lower a list of steps; the id of its first, or what follows where it is empty."""
        for step in reversed(steps):
            self._lowered[step.frame.id] = self._step(step, after)
            after = step.frame.id
        return after

    def formula(self, written: s.Written | None) -> Formula | None:
        """The formula of an expression, or None for none."""
        return None if written is None else self.meanings.formula(written)

    def pattern(self, pattern: s.Pattern) -> p.Pattern:
        """A pattern with the formula by which runs are found for an event about an object."""
        where = self.formula(pattern.where)
        event = self.catalog.events[pattern.event.value]
        key = about_key(where, event.about) if where and event.about else None
        return p.Pattern(event.name, where, key)

    def assignments(self, lines: tuple[s.Assignment, ...]) -> tuple[p.Assignment, ...]:
        """`set` and `add`; the word `unknown` clears."""
        return tuple(self._assignment(line) for line in lines)

    def _assignment(self, line: s.Assignment) -> p.Assignment:
        value = self.formula(line.value)
        if value is not None and isinstance(value.root, Unknown):
            value = None
        return p.Assignment((line.scope, line.name.value), value, line.op)

    def moment(self, moment: s.Moment) -> p.Moment:
        """When a wait ends."""
        match moment:
            case s.After(duration=duration, at=at):
                return p.AfterDuration(duration, at)
            case s.UntilTime(at=at, weekday=weekday):
                return p.UntilTime(at, weekday)
            case s.UntilInstant(instant=written, at=at):
                instant = self.meanings.formula(written)
                return p.UntilInstant(instant, at, names_data(instant.root))

    def _step(self, step: s.Step, after: str | None) -> p.Step:
        frame = step.frame
        only_if = self.formula(frame.only_if)
        match step:
            case s.MessageStep(forms=forms):
                candidates = tuple(self._candidate(form) for form in forms)
                return p.MessageStep(frame.id, candidates, after, frame.title, only_if)
            case s.WaitStep():
                inner = self._body(step.steps, after) if step.steps is not None else None
                past = step.if_past.value if step.if_past else "now"
                return p.WaitStep(frame.id, self.moment(step.until), after, inner, past, frame.title, only_if)
            case s.WaitForStep():
                return self._wait_for(step, after)
            case s.ChooseStep(cases=cases, otherwise=otherwise):
                lowered = tuple(
                    (self.meanings.formula(case.when), self._body(case.steps, after)) for case in cases
                )
                last = self._body(otherwise, after)
                return p.ChooseStep(frame.id, lowered, last, frame.title, only_if, after)
            case s.SplitStep(arms=arms, experiment=experiment):
                split = tuple((arm.name.value, arm.share, self._body(arm.steps, after)) for arm in arms)
                return p.SplitStep(frame.id, split, experiment, frame.title, only_if, after)
            case s.RepeatStep():
                body = self._body(step.steps, frame.id)
                until = self.formula(step.until)
                return p.RepeatStep(
                    frame.id, step.every, step.at_most, body, after, until, frame.title, only_if
                )
            case _:
                return self._simple(step, after, only_if)

    def _simple(self, step: s.Step, after: str | None, only_if: Formula | None) -> p.Step:
        """Steps that do one thing and go on."""
        name, title = step.frame.id, step.frame.title
        match step:
            case s.SetStep(assignments=lines):
                return p.SetStep(name, self.assignments(lines), after, title, only_if)
            case s.GrantStep(topic=topic, channel=channel, text=text, proof=proof):
                return p.GrantStep(name, topic.value, channel.value, text.value, after, proof, title, only_if)
            case s.SuppressStep(topic=topic, channel=channel, reason=reason):
                return p.SuppressStep(name, topic.value, channel.value, reason, after, title, only_if)
            case s.EmitStep(event=event, with_=with_):
                return p.EmitStep(name, event.value, after, self._with(with_), title, only_if)
            case s.CallStep(webhook=webhook, save=save):
                return p.CallStep(
                    name,
                    webhook.value,
                    after,
                    self._with(step.with_),
                    save.value if save else None,
                    step.on_error,
                    step.up_to,
                    title,
                    only_if,
                )
            case s.TaskStep(task=task, team=team, due=due):
                return p.TaskStep(name, task, team, after, due, title, only_if)
            case s.ExitStep(reason=reason):
                return p.ExitStep(name, reason, title, only_if, after)
        raise TypeError(f"no lowering for {type(step).__name__}")

    def _with(self, lines: tuple[s.Variable, ...]) -> tuple[tuple[str, Formula], ...]:
        return tuple((line.name.value, self.meanings.formula(line.value)) for line in lines)

    def _wait_for(self, step: s.WaitForStep, after: str | None) -> p.WaitForStep:
        then = self._body(step.then, after)
        alone = len(step.branches) == 1
        branches = tuple(
            p.WaitBranch(
                self.pattern(branch.pattern),
                self._body(branch.then, then if alone else after),
                branch.id.value if branch.id else None,
            )
            for branch in step.branches
        )
        up_to = self.moment(step.up_to) if step.up_to is not None else None
        assert not isinstance(up_to, p.UntilTime)
        return p.WaitForStep(
            step.frame.id,
            self._body(step.timeout or (), after),
            branches,
            step.reply.value if step.reply else None,
            self.formula(step.condition),
            then,
            up_to,
            step.frame.title,
            self.formula(step.frame.only_if),
            after,
        )

    def _candidate(self, form: s.MessageForm) -> p.Candidate:
        topic = form.topic or self.scenario.topic
        assert topic is not None
        tags = (*self.scenario.tags, *form.tags)
        return p.Candidate(
            channel=form.channel.value,
            message=form.message.value,
            topic=topic.value,
            message_class=self._class(form),
            with_=self._with(form.with_),
            tags=tuple(dict.fromkeys(tag.value for tag in tags)),
            hours=form.hours.value if form.hours else None,
            on_cap=form.on_cap.value if form.on_cap else None,
            expires=form.expires.value if form.expires else None,
            sender=form.sender.value if form.sender else None,
        )

    def _class(self, form: s.MessageForm) -> MessageClass:
        """A message's own class, else its own topic's, else its scenario's, else its scenario's topic's."""
        if form.message_class:
            return form.message_class.value
        if form.topic is None and self.scenario.message_class:
            return self.scenario.message_class.value
        topic = form.topic or self.scenario.topic
        assert topic is not None
        return self.catalog.topics[topic.value].message_class
