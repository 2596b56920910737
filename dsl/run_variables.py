"""Where names are bound inside a scenario: events that ended waits, and the variables of the run."""

from collections.abc import Iterator
from dataclasses import replace

from dsl import scenario as s
from dsl import types
from dsl.environment import Environment
from dsl.resolve import resolve
from dsl.types import Number, Record, Type


def places(steps: tuple[s.Step, ...], env: Environment) -> Iterator[tuple[s.Step, Environment]]:
    """Every step with its environment: inside `then` the event that ended the wait has a name."""
    for step in steps:
        yield step, env
        for body, inside in _bodies(step, env):
            yield from places(body, inside)


def _bodies(step: s.Step, env: Environment) -> Iterator[tuple[tuple[s.Step, ...], Environment]]:
    if not isinstance(step, s.WaitForStep):
        yield from ((body, env) for body in s.inner(step))
        return
    then = env
    for branch in step.branches:
        ended = _bind(env, branch.id, properties(branch.pattern, env))
        yield branch.then, ended
        then = ended if len(step.branches) == 1 else env
    if step.reply is not None:
        then = _bind(env, step.frame.given_id, env.catalog.events["message.replied"].properties)
    yield step.then, then
    yield step.timeout or (), env


def _bind(env: Environment, name: s.Given[str] | None, record: Record | None) -> Environment:
    """Beside its properties the event has its instant, unless it declares an `at` of its own."""
    if name is None or record is None:
        return env
    fields = record.fields if record.field("at") else (*record.fields, ("at", types.INSTANT))
    return replace(env, bound={**env.bound, name.value: Record(fields)})


def properties(pattern: s.Pattern, env: Environment) -> Record | None:
    """The properties of a pattern's event, or None for an unknown one."""
    event = env.catalog.events.get(pattern.event.value)
    return event.properties if event else None


def variables(scenario: s.Scenario, env: Environment) -> dict[str, Type]:
    """Types of `run.x`, told from what is assigned in file order; again until nothing new is learnt."""
    known: dict[str, Type] = dict(env.run)
    while assigned_names(scenario) - known.keys():
        before = len(known)
        for name, type_ in _assigned(scenario, replace(env, run=known)):
            known.setdefault(name, type_)
        if len(known) == before:
            break
    return known


def assigned_names(scenario: s.Scenario) -> set[str]:
    """Every variable that some step or handler makes, whether or not its type can be told."""
    steps = scenario.every_step
    saved = {step.save.value for step in steps if isinstance(step, s.CallStep) and step.save}
    lines = [line for step in steps if isinstance(step, s.SetStep) for line in step.assignments]
    lines += [line for handler in scenario.handlers for line in handler.assignments]
    return saved | {line.name.value for line in lines if line.scope == "run"}


def _assigned(scenario: s.Scenario, env: Environment) -> Iterator[tuple[str, Type]]:
    for step, inside in places(scenario.steps, env):
        if isinstance(step, s.CallStep) and step.save:
            webhook = env.catalog.webhooks.get(step.webhook.value)
            if webhook is not None:
                yield step.save.value, webhook.returns
        if isinstance(step, s.SetStep):
            yield from _typed(step.assignments, inside)
    for handler in scenario.handlers:
        looked_at = properties(handler.pattern, env)
        yield from _typed(handler.assignments, replace(env, looked_at=looked_at))


def _typed(lines: tuple[s.Assignment, ...], env: Environment) -> Iterator[tuple[str, Type]]:
    """The variables that these lines set, with the types that can be told already."""
    for line in lines:
        if line.scope == "run" and line.value is not None and line.value.tree is not None:
            resolved = resolve(line.value.tree, env)
            if not resolved.diagnostics and resolved.type != types.UNKNOWN:
                yield line.name.value, unbounded(resolved.type)


def unbounded(type_: Type) -> Type:
    """A number without bounds: what is added, or what a variable holds, has none."""
    return types.NUMBER if isinstance(type_, Number) else type_
