"""Completion inside an expression: what may stand at the cursor, by what stands before it."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from commands.editor.offers import Offer, Sight, attributes, events, segments, topics, words
from commands.editor.tokens import HISTORIES, OPERATORS, Reading, read
from dsl.catalog_parser import channels_of
from dsl.environment import Environment
from dsl.nodes import Name
from dsl.resolution.names import lookup, visible
from dsl.signatures import HISTORY_EXTREMES, SIGNATURES
from dsl.types import BOOLEAN, ChoiceOf, ListOf, Record, Type, describe

MESSAGE_TESTS = frozenset(name for name, each in SIGNATURES.items() if each.family == "message")
WINDOWS = ("last 30 days", "since entry", "today", "ever", "between")
AFTER_OPERAND = ("and", "or", "in", "not in", "between", "contains", "starts with", "is known", "is unknown")
STARTS = ("not", "in segment", "not in segment", "true", "false")


def complete(text: str, sight: Sight) -> tuple[str, list[Offer]]:
    """The word to replace at the end of `text`, and what may stand there instead."""
    reading = read(text)
    env = _environment(reading, sight.env)
    return reading.word, _offers(reading, replace(sight, env=env))


def _environment(reading: Reading, env: Environment) -> Environment:
    event = env.catalog.events.get(reading.event or "")
    return replace(env, looked_at=event.properties) if event else env


def _offers(reading: Reading, sight: Sight) -> list[Offer]:
    if reading.before == "segment":
        return segments(sight.project)
    if reading.before == "since":
        return words(("entry", *(each for each in sight.env.step_ids if each.isidentifier())), "step")
    argument = ARGUMENTS.get(reading.here.function)
    if argument is not None and "where" not in reading.here.tokens:
        return list(argument(reading, sight))
    if reading.before and reading.before not in OPERATORS and reading.before != "where":
        return words(AFTER_OPERAND, "word")
    compared = _type_compared(reading, sight)
    if isinstance(compared, ChoiceOf):
        others = [] if reading.here.function == "[" else _operands(reading, sight)
        return [*words(compared.options), *others]
    if compared == BOOLEAN:
        return [*words(("true", "false")), *_operands(reading, sight)]
    return _operands(reading, sight)


def _type_compared(reading: Reading, sight: Sight) -> Type | None:
    """The type of what the word is compared with."""
    operand = reading.compared
    if operand.endswith(")"):
        signature = SIGNATURES.get(operand[:-1])
        return signature.gives if signature and not isinstance(signature.gives, str) else None
    found = lookup(Name(tuple(operand.split("."))), sight.env) if operand else None
    type_ = None if found is None else found[1]
    return type_.item if isinstance(type_, ListOf) else type_


# Operands


def _operands(reading: Reading, sight: Sight) -> list[Offer]:
    """Everything that is a value here, dotted names whole."""
    env = sight.env
    found = [*_properties(env.looked_at, ""), *attributes(sight.project), *_rooted(env)]
    plain = [name for name in visible(env) if name != "contact"]
    looked_at = {name for name, _ in env.looked_at.fields} if env.looked_at else set()
    found += words((name for name in plain if name not in looked_at), "word")
    if "." not in reading.word:
        found += [*_functions(env), *words(STARTS, "word")]
    return found


def _rooted(env: Environment) -> list[Offer]:
    item = env.item if isinstance(env.item, Record) else None
    found = [*_properties(env.event, "event."), *_properties(item, "item.")]
    found += _properties(Record(tuple(env.run.items())), "run.")
    for name, record in env.bound.items():
        found += _properties(record, f"{name}.")
    return found


def _properties(record: Record | None, prefix: str) -> list[Offer]:
    fields = record.fields if record else ()
    return [Offer(f"{prefix}{name}", "property", describe(type_)) for name, type_ in fields]


def _functions(env: Environment) -> list[Offer]:
    known = {**SIGNATURES, **{name: SIGNATURES[name] for name in HISTORY_EXTREMES}}
    allowed = (each for each in known.values() if each.name != "take" or env.allow_take)
    return [Offer(each.name, "function", each.usage, each.doc, f"{each.name}(") for each in allowed]


# Arguments of functions that take names and not values


def _history(reading: Reading, sight: Sight) -> list[Offer]:
    if reading.here.argument > 0:
        return words(WINDOWS, "word") if not reading.before else []
    if reading.before:
        return words(("where",), "word")
    found = events(sight.project)
    if reading.here.function in {"did", "count"}:
        return found
    event = sight.env.catalog.events.get(".".join(reading.word.split(".")[:2]))
    inner = _properties(event.properties, f"{event.name}.") if event else []
    values = _operands(reading, sight) if reading.here.function in HISTORY_EXTREMES else []
    return [*inner, *found, *values]


def _steps(reading: Reading, sight: Sight) -> list[Offer]:
    if reading.here.argument:
        return []
    given = (each for each in sight.env.steps.items() if each[0].isidentifier())
    return [Offer(name, "step", f"a message by {channel}") for name, channel in given]


def _can_receive(reading: Reading, sight: Sight) -> list[Offer]:
    if reading.here.argument == 0:
        return words(channels_of(sight.env.catalog), "name", "channel")
    return topics(sight.project)


def _can_track(_reading: Reading, _sight: Sight) -> list[Offer]:
    return words(("opens", "clicks"))


def _take(_reading: Reading, sight: Sight) -> list[Offer]:
    return words(sight.env.catalog.codes, "name", "a pool of codes")


ARGUMENTS: dict[str, Callable[[Reading, Sight], Iterable[Offer]]] = {
    **dict.fromkeys(HISTORIES, _history),
    **dict.fromkeys(MESSAGE_TESTS, _steps),
    "can_receive": _can_receive,
    "can_track": _can_track,
    "take": _take,
}
