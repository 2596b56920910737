"""Jinja2 held to what a message needs: no code, no files, no endless work, no silent blanks.

Values can be read, compared, looped over and formatted. Methods cannot be called, texts cannot be
multiplied, and what comes out is cut off far above the size of any mail that providers accept.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dsl.template_depth import examine
from dsl.template_uses import FILTERS
from dsl.values import Money, Value
from engine.template_budget import Buffer, Spending, within
from engine.template_code import Generator
from engine.template_filters import JINJAS, as_text
from engine.template_formats import FORMATS, OUTWARD, outward, written, written_on_one_line
from engine.template_values import COMPARISONS, aligned, calculated, comparable, not_for

MAX_CHARACTERS = 500_000
"""Gmail cuts mails off at 102 kB; nothing sensible comes near this."""

PIECES = 256
"""After so many it is looked whether a message has grown too large: a whole mail is some thirty."""

_GROWING = frozenset({"*", "%", "**"})
"""Operators that make a long text of a short one; of numbers they are no danger, but for powers."""
_COUNTED = (int, float, Decimal, Money, type(None))


_OF_NUMBERS = ("divisibleby", "even", "odd")
Function = TypeVar("Function", bound=Callable[..., Any])
_QUOTED = re.compile(r"(?:attribute |^)'([^']*)'(?: is undefined)?$")


class Unrenderable(Exception):
    """A template cannot be rendered. Names the template and the mistake, never a value of the person."""


def for_templates(function: Function) -> Function:
    """Marks a function as one that templates may call."""
    function.for_templates = True  # type: ignore[attr-defined]
    return function


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment of every template. `escape`: HTML, not plain text. `one_line`: breaks are blanks."""

    code_generator_class = Generator
    context_class = Spending
    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})
    intercepted_unops = frozenset({"+", "-"})
    comparable = staticmethod(comparable)

    def __init__(self, *, escape: bool, one_line: bool = False) -> None:
        printed = written_on_one_line if one_line else written
        # Not optimized: what is worked out beforehand, `1.5 ~ none`, is not written for the person.
        super().__init__(
            autoescape=escape, undefined=StrictUndefined, finalize=printed, loader=None, optimized=False
        )
        own = JINJAS | FORMATS
        self.filters = {name: own[name] for name in FILTERS} | {OUTWARD: outward}
        self.tests |= COMPARISONS | {name: _of_known(self.tests[name]) for name in _OF_NUMBERS}
        self.globals = {}
        self._callables: set[str] = set()

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Fields of records by name, whatever methods a mapping has."""
        # Most are dicts, and asking an abstract class costs more than the rest of it.
        if type(obj) is dict or isinstance(obj, Mapping):
            return self._field(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """The same, written with brackets."""
        if isinstance(obj, Mapping):
            return self._field(obj, argument)
        return super().getitem(obj, argument)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Plain data, and what a loop says of itself."""
        if isinstance(obj, LoopContext):
            return not attr.startswith("_")
        return not callable(value) and super().is_safe_attribute(obj, attr, value)

    def is_safe_callable(self, obj: Any) -> bool:
        """Macros of the template, `loop.cycle`, and the functions that a rendering gives."""
        return (
            isinstance(obj, Macro)
            or isinstance(getattr(obj, "__self__", None), LoopContext)
            or getattr(obj, "for_templates", False)
        )

    def call(self, context: Spending, callee: Any, /, *given: Any, **named: Any) -> Any:  # type: ignore[override]
        """Macros, loops that call themselves and links, each call of which is a turn."""
        context.budget.turn()
        return super().call(context, callee, *given, **named)

    @for_templates
    def turns(self, context: Spending, values: Iterable[Value]) -> Iterator[Value]:
        """What a loop goes over."""
        return context.budget.turns(values)

    def buffer(self, context: Spending) -> Buffer:
        """What a text is kept in that is not sent at once."""
        return Buffer(context.budget)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Unknown where a part of it is, and by zero; on numbers, since `"x" * 1000000000` is no message."""
        if operator in _GROWING and not (isinstance(left, _COUNTED) and isinstance(right, _COUNTED)):
            raise SecurityError(f"`{operator}` is for numbers")
        if operator == "**":
            raise SecurityError("there are no powers")
        # A name that there is not is no unknown value: the operator itself complains of it.
        if left is None and not isinstance(right, Undefined):
            return None
        if right is None and not isinstance(left, Undefined):
            return None
        left, right = aligned(left, right)
        is_of_amounts = Money in (type(left), type(right))
        try:
            if is_of_amounts and not isinstance(left, Undefined) and not isinstance(right, Undefined):
                return calculated(operator, left, right)
            return within(context, super().call_binop(context, operator, left, right))
        except ArithmeticError:
            return None
        except TypeError:
            raise not_for(operator, left, right) from None

    def call_unop(self, context: Any, operator: str, arg: Any) -> Any:
        """The same with one part."""
        if isinstance(arg, Money):
            return calculated("*", arg, Decimal(-1 if operator == "-" else 1))
        return None if arg is None else super().call_unop(context, operator, arg)

    def printed(self, context: Context, values: Iterable[Value]) -> list[str]:
        """What each of the parts of a `~` prints."""
        return [within(context, as_text(context, value)) for value in values]

    def _field(self, record: Mapping[str, Any], name: Any) -> Any:
        if isinstance(name, str) and name in record:
            return record[name]
        return self.undefined(obj=record, name=name)


def _of_known(test: Any) -> Callable[..., bool]:
    """A test of numbers, which nothing unknown passes."""
    return lambda value, *given: value is not None and None not in given and test(value, *given)


_ENVIRONMENTS = {
    (escape, one_line): Sandbox(escape=escape, one_line=one_line)
    for escape in (False, True)
    for one_line in (False, True)
}


def lexed(source: str) -> Iterator[tuple[str, str]]:
    """The pieces of a template, (kind, text) as Jinja2 names them. Raises TemplateError."""
    return ((kind, text) for _, kind, text in _ENVIRONMENTS[False, False].lex(source))


@lru_cache(maxsize=1024)
def compiled(source: str, *, escape: bool, one_line: bool = False) -> Template:
    """A template ready to be filled. Raises TemplateError."""
    environment = _ENVIRONMENTS[escape, one_line]
    examine(environment.lex(source))
    try:
        return environment.from_string(source)
    except (RecursionError, SyntaxError) as error:
        # Five thousand `elif` are within bounds, and beyond what Python reads.
        raise TemplateSyntaxError("it is too long to be read", 1) from error


def render(source: str, names: Mapping[str, Any], where: str, *, escape: bool, one_line: bool = False) -> str:
    """`source` filled with `names`. `where` is the template's path, for people to find the mistake.

    Raises Unrenderable on a mistake of the template, on a name that there is not, and on endless output.
    """
    return "".join(render_pieces(source, names, where, escape=escape, one_line=one_line))


def render_pieces(
    source: str, names: Mapping[str, Any], where: str, *, escape: bool, one_line: bool = False
) -> list[str]:
    """The same in pieces: those that are the template's own are the same objects each time."""
    try:
        return filled(source, names, where, escape=escape, one_line=one_line)
    except TemplateError as error:
        raise Unrenderable(f"{where}: {_said(error, source)}") from None
    except Unrenderable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a filter makes of a value that it cannot take
        # The words of these errors may quote a value, and values are personal.
        raise Unrenderable(f"{where}: {type(error).__name__} while rendering") from None


def _said(error: TemplateError, source: str) -> str:
    """What went wrong, in Jinja2's words where they name what the template writes itself.

    They quote what is called or looked for, too, which may be a value, and values are personal.
    """
    message = error.message or type(error).__name__
    if isinstance(error, UndefinedError):
        named = _QUOTED.search(message)
        written = named is not None and re.search(rf"\b{re.escape(named[1])}\b", source)
        return message if written else "it asks for a field or an element that there is not"
    if message.endswith("is not safely callable"):
        return "it calls what is no function"
    return message


def filled(
    source: str, names: Mapping[str, Any], where: str, *, escape: bool, one_line: bool = False
) -> list[str]:
    """The same, for names that are nobody's: raises whatever Jinja2 or a filter does, in its own words."""
    pieces: list[str] = []
    size = 0
    coming = compiled(source, escape=escape, one_line=one_line).generate(names)
    while more := list(islice(coming, PIECES)):
        pieces += more
        size += sum(map(len, more))
        if size > MAX_CHARACTERS:
            raise Unrenderable(f"{where}: more than {MAX_CHARACTERS:,} characters come out")
    return pieces
