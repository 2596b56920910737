"""The meaning of every expression of one scenario.

Events named by patterns are looked up here, since a `where` speaks of their properties.
"""

from collections.abc import Iterable
from dataclasses import replace

from dsl import scenario as s
from dsl import types
from dsl.catalog import Attribute, Catalog, EventType
from dsl.diagnostics import did_you_mean, error
from dsl.environment import Environment
from dsl.meaning import Meanings
from dsl.nodes import Field
from dsl.run_variables import assigned_names, places, properties, unbounded, variables
from dsl.source import Span
from dsl.types import ListOf, Number, Record, Simple, Type, describe


def give_meaning(scenario: s.Scenario, catalog: Catalog, segments: Iterable[str]) -> Meanings:
    """Resolve every expression of a scenario."""
    reader = _Reader(scenario, catalog, tuple(segments))
    reader.read()
    return reader.meanings


class _Reader:
    def __init__(self, scenario: s.Scenario, catalog: Catalog, segments: tuple[str, ...]) -> None:
        self.scenario = scenario
        self.catalog = catalog
        self.file = scenario.file
        self.meanings = Meanings()
        steps = scenario.every_step
        self.env = Environment(
            catalog,
            scenario.file,
            segments,
            steps={
                step.frame.id: step.forms[0].channel.value
                for step in steps
                if isinstance(step, s.MessageStep)
            },
            step_ids=tuple(step.frame.id for step in steps),
        )

    def read(self) -> None:
        entering = replace(self.env, in_run=False, steps={}, step_ids=())
        event, item = self._triggers(entering)
        if event is not None or item is not None:
            entering = replace(entering, event=event, item=item)
        self._ask(self.scenario.audience, entering, types.BOOLEAN)
        key = self._ask(self.scenario.key, entering)
        self._key_is_one_value(key)
        self.env = replace(self.env, event=event, item=item, run={"key": key} if key else {})
        known = variables(self.scenario, self.env)
        self.env = replace(self.env, run=known) if known != self.env.run else self.env
        self.meanings.variables = known
        self.meanings.unsure |= self._unsure()
        self._ends()
        for step, env in places(self.scenario.steps, self.env):
            self._ask(step.frame.only_if, env, types.BOOLEAN)
            self._step(step, env)

    def _ask(self, written: s.Written | None, env: Environment, expected: Type | None = None) -> Type | None:
        return self.meanings.ask(written, env, expected)

    def _error(self, code: str, message: str, span: Span, label: str = "", remedy: str | None = None) -> None:
        self.meanings.found.append(error(self.file, code, message, span, label, remedy))

    def _key_is_one_value(self, key: Type | None) -> None:
        if isinstance(key, ListOf | Record) and self.scenario.key:
            self._error("E301", f"`key` is one value, not {describe(key)}", self.scenario.key.span)

    def _unsure(self) -> set[str]:
        """Ids of waits on unknown events, and variables whose type could not be told."""
        names = {f"run.{name}" for name in assigned_names(self.scenario) if name not in self.env.run}
        items = any(isinstance(t, s.EventTrigger) and t.for_each for t in self.scenario.triggers)
        if "key" not in self.env.run and (self.scenario.key or items):
            names.add("run.key")
        for step in self.scenario.every_step:
            for branch in step.branches if isinstance(step, s.WaitForStep) else ():
                if branch.id and properties(branch.pattern, self.env) is None:
                    names.add(branch.id.value)
        return names

    # events

    def _event(self, name: s.Given[str]) -> EventType | None:
        event = self.catalog.events.get(name.value)
        if event is None:
            remedy = did_you_mean(name.value, self.catalog.events) or "declare it in catalog.yaml"
            self._error("E210", f"unknown event `{name.value}`", name.span, "not in the catalog", remedy)
        return event

    def _pattern(self, pattern: s.Pattern, env: Environment) -> Record | None:
        """The properties of the event, once its condition is resolved."""
        event = self._event(pattern.event)
        if event is None:
            return None
        if pattern.where is not None:
            self._ask(pattern.where, replace(env, looked_at=event.properties), types.BOOLEAN)
        return event.properties

    # triggers

    def _triggers(self, env: Environment) -> tuple[Record | None, Type | None]:
        """Resolve the triggers; what `event.x` and `item.x` can be, over all of them."""
        records = [self._trigger(trigger, env) for trigger in self.scenario.triggers]
        items = [self._item(trigger, env) for trigger in self.scenario.triggers]
        known = [record for record in records if record is not None]
        return (_merged(known) if known else None), next((item for item in items if item), None)

    def _trigger(self, trigger: s.Trigger, env: Environment) -> Record | None:
        match trigger:
            case s.EventTrigger(pattern=pattern, reaches=reaches):
                with_event = replace(env, event=properties(pattern, env))
                if with_event.event is None:
                    self.meanings.unsure |= {"event", "item"}
                self._ask(reaches, with_event, types.BOOLEAN)
                return self._pattern(pattern, with_event)
            case s.DateTrigger(date=date):
                self._expect(date, self._ask(date, env), (types.DATE,), "the `date` of a trigger", "a date")
                self._is_stored(date)
            case s.ChangeTrigger():
                return self._changed(trigger, env)
            case s.ApiTrigger(inputs=inputs):
                return Record(inputs)
        return None

    def _is_stored(self, date: s.Written) -> None:
        """People are found by the attribute itself, in the base: what is calculated cannot be looked up."""
        meaning = self.meanings.of.get(date)
        if meaning is None or meaning.type != types.DATE:
            return
        root = meaning.expression
        attribute = None
        if isinstance(root, Field) and root.root == "contact" and len(root.path) == 1:
            attribute = self.catalog.attributes.get(root.path[0])
        if attribute is None or attribute.computed is not None:
            self._error(
                "E301",
                "the `date` of a trigger must be an attribute that is stored",
                date.span,
                "calculated" if attribute is None else "computed",
                "name one like `contact.birthdate`; days are added with `offset: -7 days`",
            )

    def _item(self, trigger: s.Trigger, env: Environment) -> Type | None:
        if not isinstance(trigger, s.EventTrigger) or trigger.for_each is None:
            return None
        type_ = self._ask(trigger.for_each, replace(env, event=properties(trigger.pattern, env)))
        if isinstance(type_, ListOf):
            return type_.item
        self.meanings.unsure.add("item")
        if type_ is not None:
            message = f"`for_each` goes through a list, not {describe(type_)}"
            self._error("E301", message, trigger.for_each.span)
        return None

    def _changed(self, trigger: s.ChangeTrigger, env: Environment) -> Record | None:
        attribute = self._attribute(trigger.attribute)
        if attribute is None:
            self.meanings.unsure.add("event")
            return None
        self._ask(trigger.where, replace(env, changed=attribute.type), types.BOOLEAN)
        fields = dict(self.catalog.events["contact.changed"].properties.fields)
        return Record(tuple((fields | {"before": attribute.type, "after": attribute.type}).items()))

    def _attribute(self, name: s.Given[str]) -> Attribute | None:
        attribute = self.catalog.attributes.get(name.value)
        if attribute is None:
            remedy = did_you_mean(name.value, self.catalog.attributes) or "declare it in catalog.yaml"
            self._error("E211", f"unknown attribute `{name.value}`", name.span, "not in the catalog", remedy)
        return attribute

    def _expect(
        self, written: s.Written, type_: Type | None, among: tuple[Type, ...], what: str, due: str
    ) -> None:
        if type_ is not None and type_ not in among:
            self._error("E301", f"{what} must be {due}, not {describe(type_)}", written.span)

    # ends and handlers

    def _ends(self) -> None:
        if self.scenario.goal:
            self._pattern(self.scenario.goal.pattern, self.env)
        for end in self.scenario.exits:
            if end.pattern:
                self._pattern(end.pattern, self.env)
            self._ask(end.condition, self.env, types.BOOLEAN)
        for handler in self.scenario.handlers:
            looked_at = self._pattern(handler.pattern, self.env)
            if looked_at is not None:
                self._assignments(handler.assignments, replace(self.env, looked_at=looked_at))

    def _assignments(self, lines: tuple[s.Assignment, ...], env: Environment) -> None:
        for line in lines:
            if line.scope == "run":
                type_ = self._ask(line.value, env, self.env.run.get(line.name.value))
                if line.op == "add" and type_ is not None and not _adds_up(type_):
                    due = f"`add` needs a number or money, not {describe(type_)}"
                    self._error("E301", due, line.name.span)
            else:
                self._set_attribute(line, env)

    def _set_attribute(self, line: s.Assignment, env: Environment) -> None:
        attribute = self._attribute(line.name)
        if attribute is None:
            return
        household = attribute.name == self.catalog.household
        if attribute.name in ("id", "created_at") or attribute.computed is not None or household:
            why = "it follows from others" if attribute.computed else "it is given once for all"
            why = "who lives together is told from outside" if household else why
            self._error("E212", f"`contact.{attribute.name}` cannot be changed", line.name.span, why)
        elif line.op == "set":
            self._ask(line.value, env, attribute.type)
        elif _adds_up(attribute.type):
            self._ask(line.value, env, unbounded(attribute.type))
        else:
            due = f"`add` needs a number or money, not {describe(attribute.type)}"
            self._error("E301", due, line.name.span)

    # steps

    def _step(self, step: s.Step, env: Environment) -> None:
        match step:
            case s.MessageStep() | s.EmitStep() | s.CallStep():
                self._sending(step, env)
            case s.WaitStep(until=until):
                self._moment(until, env)
            case s.WaitForStep(branches=branches, condition=condition, up_to=up_to):
                for branch in branches:
                    self._pattern(branch.pattern, env)
                self._ask(condition, env, types.BOOLEAN)
                self._moment(up_to, env)
            case s.ChooseStep(cases=cases):
                for case in cases:
                    self._ask(case.when, env, types.BOOLEAN)
            case s.SetStep(assignments=lines):
                self._assignments(lines, env)
            case s.RepeatStep(until=condition):
                self._ask(condition, env, types.BOOLEAN)

    def _sending(self, step: s.MessageStep | s.EmitStep | s.CallStep, env: Environment) -> None:
        match step:
            case s.MessageStep(forms=forms):
                giving = replace(env, allow_take=True) if any(form.with_ for form in forms) else env
                for form in forms:
                    self._with(form.with_, giving)
            case s.EmitStep(event=event, with_=with_):
                self._emit(event, with_, env)
            case s.CallStep(with_=with_):
                self._with(with_, env)

    def _with(self, lines: tuple[s.Variable, ...], env: Environment) -> None:
        for line in lines:
            self._ask(line.value, env)

    def _moment(self, moment: s.Moment | None, env: Environment) -> None:
        if isinstance(moment, s.UntilInstant):
            type_ = self._ask(moment.instant, env)
            among = (types.DATE, types.INSTANT)
            self._expect(moment.instant, type_, among, "what a wait ends at", "a date or an instant")

    def _emit(self, name: s.Given[str], lines: tuple[s.Variable, ...], env: Environment) -> None:
        event = self._event(name)
        for line in lines if event else ():
            assert event is not None
            type_ = event.properties.field(line.name.value)
            if type_ is not None:
                self._ask(line.value, env, type_)
                continue
            known = dict(event.properties.fields)
            message = f"`{event.name}` has no property `{line.name.value}`"
            remedy = did_you_mean(line.name.value, known) or "its properties are " + ", ".join(known)
            self._error("E213", message, line.name.span, remedy=remedy)


def _merged(records: list[Record]) -> Record:
    """The properties of several triggers' events together; one that two declare differently is in none."""
    merged: dict[str, Type] = {}
    clashing: set[str] = set()
    for record in records:
        for name, type_ in record.fields:
            if merged.setdefault(name, type_) != type_:
                clashing.add(name)
    return Record(tuple((name, type_) for name, type_ in merged.items() if name not in clashing))


def _adds_up(type_: Type) -> bool:
    return isinstance(type_, Number) or (isinstance(type_, Simple) and type_.name == "money")
