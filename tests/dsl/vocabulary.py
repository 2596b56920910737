"""A small brand for the tests of expressions, and short ways to read and ask one."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from dsl import types
from dsl.catalog import (
    BUILT_IN_ATTRIBUTES,
    Attribute,
    Brand,
    Catalog,
    CodePool,
    EventType,
    Sender,
    Topic,
    built_in_events,
)
from dsl.environment import Environment
from dsl.evaluate import evaluate
from dsl.expressions import SyntaxFault, parse
from dsl.nodes import Expression
from dsl.plan import World
from dsl.policy import Formula, Policy
from dsl.resolve import resolve
from dsl.scope import EventFact, Scope
from dsl.source import SourceFile
from dsl.types import ChoiceOf, ListOf, Number, Record

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 6, 15, 10, 30, tzinfo=UTC)

TIER = ChoiceOf(("bronze", "silver", "gold"), ordered=True)
ORDER = Record(
    (
        ("order_id", types.TEXT),
        ("total", types.MONEY),
        ("points", types.NUMBER),
        ("channel", ChoiceOf(("web", "store"))),
        ("items", ListOf(Record((("sku", types.TEXT), ("qty", types.NUMBER))))),
    )
)
ATTRIBUTES = (
    *BUILT_IN_ATTRIBUTES,
    Attribute("email", types.EMAIL),
    Attribute("first_name", types.TEXT),
    Attribute("birthdate", types.DATE),
    Attribute("country", ChoiceOf(("FR", "BE", "CH", "NO"))),
    Attribute("tier", TIER),
    Attribute("points", Number(Decimal(0))),
    Attribute("score", types.NUMBER),
    Attribute("engagement", types.NUMBER),
    Attribute("renewal_date", types.DATE),
    Attribute("balance", types.MONEY),
    Attribute("newsletter", types.BOOLEAN),
    Attribute("loyal", types.BOOLEAN),
    Attribute("wake_up", types.TIME),
    Attribute("sizes", ListOf(types.TEXT)),
)


def _catalog() -> Catalog:
    names = tuple(each.name for each in ATTRIBUTES)
    events = (
        EventType("order.placed", ORDER),
        EventType("product.viewed", Record((("sku", types.TEXT), ("price", types.MONEY)))),
        *built_in_events(("welcome", "birthday"), ("newsletter", "service"), ("email", "sms"), names),
    )
    return Catalog(
        Brand("Maison Verte", "Maison Verte SAS", "https://maison-verte.example", "EUR"),
        ("fr", "en"),
        {each.name: each for each in ATTRIBUTES},
        {each.name: each for each in events},
        {
            "newsletter": Topic("newsletter", "News", "marketing", ("email", "sms")),
            "service": Topic("service", "Your orders", "transactional"),
        },
        {"email": Sender("email", "bonjour@maison-verte.example"), "sms": Sender("sms", "MAISONVERTE")},
        {},
        {"winback_15": CodePool("winback_15", "codes/winback_15.csv")},
        {},
    )


CATALOG = _catalog()
SEGMENTS = ("vip", "lapsed")


def environment(text: str, **differences: object) -> Environment:
    """Inside a scenario that `order.placed` starts, with one message step."""
    usual = {
        "segments": SEGMENTS,
        "event": ORDER,
        "steps": {"hello": "email"},
        "step_ids": ("hello", "pause"),
    }
    return Environment(CATALOG, SourceFile("scenario.yaml", text), **{**usual, **differences})


def read(text: str, **differences: object) -> Expression:
    """The resolved expression of a text that has no mistake."""
    env = environment(text, **differences)
    resolved = resolve(parse(text, env.file, lambda i: i), env)
    mistakes = [each for each in resolved.diagnostics if each.severity == "error"]
    assert mistakes == []
    return resolved.expression


def drawn(text: str, expected: types.Type | None = None, **differences: object) -> str:
    """What the checker says about a text, each finding under the place it is about."""
    env = environment(text, **differences)
    try:
        found = resolve(parse(text, env.file, lambda i: i), env, expected).diagnostics
    except SyntaxFault as fault:
        found = (fault.diagnostic,)
    lines = [text]
    for each in sorted(found, key=lambda each: each.sort_key):
        carets = "^" * (each.span.end - each.span.start)
        lines.append(f"{' ' * each.span.start}{carets} {each.code}: {each.message}")
    return "\n".join(lines)


def world(**definitions: str) -> World:
    """Today's world; `segment__vip` defines a segment, `computed__x` an attribute."""
    attributes = dict(CATALOG.attributes)
    segments = {}
    for name, text in definitions.items():
        kind, _, rest = name.partition("__")
        root = read(text, in_run=False, event=None)
        if kind == "segment":
            segments[rest] = Formula(text, root)
        else:
            attributes[rest] = Attribute(rest, types.NUMBER, computed=root)
    catalog = Catalog(**{**vars(CATALOG), "attributes": attributes})
    return World(catalog, Policy(), segments)


WORLD = world()


def scope(events: tuple[EventFact, ...] = (), **facts: object) -> Scope:
    """Facts about one person at `NOW` in Paris."""

    def history(name: str) -> tuple[EventFact, ...]:
        return tuple(event for event in events if event.name == name)

    usual = {"world": WORLD, "now": NOW, "zone": PARIS, "history": history}
    return Scope(**{**usual, **facts})


def ask(text: str, asked: Scope | None = None, **facts: object) -> object:
    """The value of a text."""
    return evaluate(read(text), asked if asked is not None else scope(**facts))
