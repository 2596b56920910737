"""Events about an object, which have no contact: how they find the runs and the people they concern."""

from collections.abc import Iterator

from dsl import scenario as s
from dsl.catalog import EventType
from dsl.checks.draft import Draft
from dsl.dependence import about_key, conjuncts
from dsl.diagnostics import Diagnostic, error
from dsl.meaning import Meanings
from dsl.nodes import Compare, Expression, Field, History
from dsl.source import SourceFile, Span


def check(draft: Draft) -> Iterator[Diagnostic]:
    """`reaches` that can be indexed, patterns that can be found by key, and lists with a key."""
    for scenario in draft.scenarios:
        reader = _Reader(draft, scenario)
        for trigger in scenario.triggers:
            if isinstance(trigger, s.EventTrigger):
                yield from reader.trigger(trigger)
        for pattern in _patterns(scenario):
            yield from reader.pattern(pattern)
        for step in scenario.every_step:
            if isinstance(step, s.EmitStep):
                yield from reader.emitted(step)


def _patterns(scenario: s.Scenario) -> Iterator[s.Pattern]:
    """Every pattern by which an event acts on an active run."""
    if scenario.goal:
        yield scenario.goal.pattern
    yield from (end.pattern for end in scenario.exits if end.pattern)
    yield from (handler.pattern for handler in scenario.handlers)
    for step in scenario.every_step:
        if isinstance(step, s.WaitForStep):
            yield from (branch.pattern for branch in step.branches)


class _Reader:
    def __init__(self, draft: Draft, scenario: s.Scenario) -> None:
        self.catalog = draft.catalog
        self.scenario = scenario
        self.file: SourceFile = scenario.file
        self.meanings: Meanings = draft.meanings[scenario.file.path]

    def trigger(self, trigger: s.EventTrigger) -> Iterator[Diagnostic]:
        event = self.catalog.events.get(trigger.pattern.event.value)
        if trigger.for_each is not None and self.scenario.key is None:
            remedy = "add `key: item.sku`, or what tells the items apart"
            yield error(self.file, "E408", "`for_each` needs a `key`", trigger.for_each.span, remedy=remedy)
        if event is None:
            return
        if event.about is None and trigger.reaches is not None:
            remedy = "leave `reaches` out; `audience` chooses among people"
            message = f"`{event.name}` has a contact, so that it reaches nobody else"
            yield error(self.file, "E409", message, trigger.reaches.span, remedy=remedy)
        elif event.about is not None and trigger.reaches is None:
            yield error(
                self.file,
                "E409",
                f"`{event.name}` is about `{event.about}` and has no contact",
                trigger.pattern.span,
                "nobody enters by it alone",
                "add `reaches:` with the history of the people it concerns",
            )
        elif trigger.reaches is not None and trigger.reaches in self.meanings.of:
            yield from self._reaches(trigger.reaches)

    def _reaches(self, reaches: s.Written) -> Iterator[Diagnostic]:
        conditions = list(conjuncts(self.meanings.of[reaches].expression))
        if any(_is_indexed(condition) for condition in conditions):
            return
        yield Diagnostic(
            "E407",
            "error",
            "`reaches` cannot be looked up",
            self.file,
            reaches.span,
            label="needs a `did` with an equality and a bounded window",
            help="write it like `did(product.viewed where sku == event.sku, last 60 days)`",
            note="the people are found by an index over their events; the rest belongs in `audience`",
        )

    def pattern(self, pattern: s.Pattern) -> Iterator[Diagnostic]:
        event = self.catalog.events.get(pattern.event.value)
        if event is None or event.about is None:
            return
        if pattern.where is not None and pattern.where not in self.meanings.of:
            return
        where = self.meanings.formula(pattern.where) if pattern.where else None
        if where is None or about_key(where, event.about) is None:
            yield self._no_key(event, pattern.where.span if pattern.where else pattern.span)

    def _no_key(self, event: EventType, span: Span) -> Diagnostic:
        return error(
            self.file,
            "E410",
            f"`{event.name}` is about `{event.about}`, and nothing says which runs it concerns",
            span,
            remedy=f"add `where: {event.about} == run.key`, or what in the run, event or item it equals",
        )

    def emitted(self, step: s.EmitStep) -> Iterator[Diagnostic]:
        event = self.catalog.events.get(step.event.value)
        if event is None:
            return
        if event.built_in:
            message = f"`{event.name}` is raised by the system alone"
            yield error(self.file, "E411", message, step.event.span, remedy="declare an event of your own")
        elif event.about is not None:
            message = f"`{event.name}` is about an object, and a scenario speaks for a person"
            yield error(self.file, "E411", message, step.event.span, remedy="emit an event of the contact")


def _is_indexed(condition: Expression) -> bool:
    """`did(E where x == event.y, last N)`: an equality that an index over properties can answer."""
    if not isinstance(condition, History) or condition.function != "did" or condition.where is None:
        return False
    bounded = condition.window.form in ("last", "today", "between")
    return bounded and any(_is_equality(each) for each in conjuncts(condition.where))


def _is_equality(condition: Expression) -> bool:
    if not isinstance(condition, Compare) or condition.op != "==":
        return False
    sides = {each.root for each in (condition.left, condition.right) if isinstance(each, Field)}
    return sides == {"property", "event"}
