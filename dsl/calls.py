"""What a call means: a question about a history, about a message of this run, or a function of values.

`min` and `max` are both: `min(order.placed.total, last 90 days)` asks a history, `min(1, contact.points)`
compares values. An event's name has two words, so a name of three or more is an event with a property.
"""

from typing import Literal, TypeAlias, cast

from dsl.frozen import dataclass
from dsl.nodes import (
    Call,
    CanReceive,
    CanTrack,
    Constant,
    Expression,
    History,
    MessageTest,
    Name,
    Window,
)
from dsl.signatures import HISTORY_EXTREMES, SIGNATURES
from dsl.source import Span

HISTORIES = frozenset({"did", "count", "sum", "avg", "first", "latest"})
EXTREMES = frozenset({"min", "max"})
OF_A_PROPERTY = frozenset({"sum", "avg", "min", "max"})
PICKS = frozenset({"first", "latest"})
MESSAGE_TESTS = frozenset({"sent", "delivered", "clicked", "opened", "replied"})
EVENT_WORDS = 2
NEVER_AN_EVENT = frozenset({"event", "item", "run"})
EVER = Window("ever")


class Misread(Exception):
    """The words fit the grammar and mean nothing: `25:00`, `did()`. Says what, where, and what to write."""

    def __init__(self, message: str, span: Span, help_: str) -> None:
        super().__init__(message)
        self.message, self.span, self.help = message, span, help_


@dataclass(frozen=True)
class Filtered:
    """`order.placed where total > 50`, which only history functions take."""

    name: Name
    where: Expression


Argument: TypeAlias = Expression | Filtered | Window


@dataclass(frozen=True)
class WrittenCall:
    """A call as written, its arguments read."""

    function: str
    arguments: tuple[Argument, ...]
    span: Span
    name_span: Span

    def misread(self, message: str, span: Span | None = None) -> Misread:
        """A mistake in this call; the help is how the function is used."""
        signature = HISTORY_EXTREMES.get(self.function) or SIGNATURES.get(self.function)
        usage = f"write `{signature.usage}`" if signature else "see the functions in docs/language.md"
        return Misread(message, span or self.name_span, usage)


def read_call(call: WrittenCall) -> Expression:
    """The node of a call. Raises Misread where its arguments are not what the function takes."""
    if call.function in HISTORIES or _asks_history(call):
        return _history(call)
    if call.function in MESSAGE_TESTS:
        return _message_test(call)
    if call.function == "can_receive":
        return _can_receive(call)
    if call.function == "can_track":
        return _can_track(call)
    values = [a for a in call.arguments if not isinstance(a, Filtered | Window)]
    if len(values) < len(call.arguments):
        raise call.misread(f"`{call.function}` takes values, no `where` and no window")
    return Call(call.function, tuple(values), call.span, call.name_span)


def read_property(call: Expression, path: tuple[str, ...], span: Span, path_span: Span) -> Expression:
    """`first(order.placed).total`. Raises Misread after any other call."""
    if isinstance(call, History) and call.function in PICKS:
        return History(call.function, call.event, path, call.where, call.window, span, call.name_span)
    raise Misread(
        "only `first(...)` and `latest(...)` have properties",
        path_span,
        "write `latest(order.placed).total`; for a person `contact.x`, for the event `event.x`",
    )


def _asks_history(call: WrittenCall) -> bool:
    if call.function not in EXTREMES or not call.arguments:
        return False
    head = call.arguments[0]
    if (
        isinstance(head, Filtered)
        or any(isinstance(a, Window) for a in call.arguments)
        or len(call.arguments) == 1
    ):
        return True
    return isinstance(head, Name) and len(head.path) > EVENT_WORDS and head.path[0] not in NEVER_AN_EVENT


def _history(call: WrittenCall) -> Expression:
    if not call.arguments:
        raise call.misread(f"`{call.function}` needs an event")
    head, *rest = call.arguments
    name, where = (head.name, head.where) if isinstance(head, Filtered) else (head, None)
    if not isinstance(name, Name):
        raise call.misread(f"`{call.function}` needs an event's name", getattr(name, "span", None))
    path = _history_path(call, name)
    if len(rest) > 1:
        raise call.misread(f"`{call.function}` takes an event and one window")
    window = _window(call, rest[0]) if rest else EVER
    event = ".".join(name.path[:EVENT_WORDS])
    function = cast('Literal["did", "count", "sum", "avg", "min", "max", "first", "latest"]', call.function)
    return History(function, event, path, where, window, call.span, name.span)


def _history_path(call: WrittenCall, name: Name) -> tuple[str, ...]:
    if len(name.path) < EVENT_WORDS:
        raise call.misread(
            f"`{'.'.join(name.path)}` is no event: events are named like `order.placed`", name.span
        )
    path = name.path[EVENT_WORDS:]
    if call.function in OF_A_PROPERTY and not path:
        raise call.misread(f"`{call.function}` needs a property of the event", name.span)
    if call.function in PICKS and path:
        raise call.misread("the property stands after the bracket", name.span)
    if call.function not in OF_A_PROPERTY and path:
        raise call.misread(f"`{call.function}` looks at events, not at a property", name.span)
    return path


def _window(call: WrittenCall, argument: Argument) -> Window:
    if isinstance(argument, Window):
        return argument
    if isinstance(argument, Name) and argument.path == ("today",):
        return Window("today", span=argument.span)
    span = argument.name.span if isinstance(argument, Filtered) else argument.span
    raise Misread(
        f"`{call.function}` takes a window here",
        span,
        "windows are `last 90 days`, `since entry`, `since STEP`, `today`, `between D1 and D2`, `ever`",
    )


def _word(call: WrittenCall, argument: Argument, what: str) -> Name:
    if isinstance(argument, Name) and len(argument.path) == 1:
        return argument
    span = call.span if isinstance(argument, Filtered) else argument.span
    raise call.misread(f"`{call.function}` needs {what}", span)


def _message_test(call: WrittenCall) -> Expression:
    longest = 2 if call.function == "clicked" else 1
    if not 1 <= len(call.arguments) <= longest:
        raise call.misread(f"`{call.function}` needs the id of a message step")
    step = _word(call, call.arguments[0], "the id of a message step")
    link = _link(call, call.arguments[1]) if call.arguments[1:] else None
    function = cast('Literal["sent", "delivered", "clicked", "opened", "replied"]', call.function)
    return MessageTest(function, step.path[0], link, call.span, step.span)


def _link(call: WrittenCall, argument: Argument) -> str:
    if isinstance(argument, Constant) and isinstance(argument.value, str):
        return argument.value
    span = argument.name.span if isinstance(argument, Filtered) else argument.span
    raise call.misread("a link is named in double quotes", span)


def _can_receive(call: WrittenCall) -> Expression:
    if not 1 <= len(call.arguments) <= 2:  # noqa: PLR2004 - a channel and a topic
        raise call.misread("`can_receive` needs a channel")
    channel = _word(call, call.arguments[0], "a channel")
    topic = _word(call, call.arguments[1], "a topic") if call.arguments[1:] else None
    return CanReceive(
        channel.path[0],
        topic.path[0] if topic else None,
        call.span,
        channel.span,
        topic.span if topic else channel.span,
    )


def _can_track(call: WrittenCall) -> Expression:
    word = _word(call, call.arguments[0], "`opens` or `clicks`") if len(call.arguments) == 1 else None
    if word is None or word.path[0] not in {"opens", "clicks"}:
        raise call.misread("`can_track` asks about `opens` or `clicks`", word.span if word else None)
    return CanTrack(cast('Literal["opens", "clicks"]', word.path[0]), call.span)
