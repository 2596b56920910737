"""Worlds, plans and facts by hand, small enough to be read in a test."""

from datetime import UTC, datetime
from decimal import Decimal

from dsl import types
from dsl.catalog import (
    BUILT_IN_ATTRIBUTES,
    Attribute,
    Brand,
    Catalog,
    CodePool,
    EventType,
    Topic,
    built_in_events,
)
from dsl.environment import Environment
from dsl.expressions import parse
from dsl.plan import Candidate, MessageStep, Pattern, Plan, World
from dsl.policy import Formula, Policy, Pressure
from dsl.resolve import resolve
from dsl.scope import EventFact, Mark
from dsl.source import SourceFile
from dsl.types import ChoiceOf, Number, Record
from engine.state import Consent, Facts, Run

EVENTS = {
    "contact.subscribed": Record((("list", types.TEXT),)),
    "order.placed": Record(
        (("order_id", types.TEXT), ("total", types.MONEY), ("channel", ChoiceOf(("web", "store"))))
    ),
    "cart.updated": Record((("cart_id", types.TEXT),)),
    "appointment.moved": Record((("id", types.TEXT), ("starts_at", types.INSTANT))),
    "quiz.answered": Record((("score", types.NUMBER),)),
}
ATTRIBUTES = (
    *BUILT_IN_ATTRIBUTES,
    Attribute("country", ChoiceOf(("FR", "BE", "CH", "NO"))),
    Attribute("tier", ChoiceOf(("bronze", "silver", "gold"), ordered=True)),
    Attribute("points", Number(Decimal(0))),
    Attribute("birthdate", types.DATE),
    Attribute("renewal_date", types.DATE),
    Attribute("stage", types.TEXT),
)
TOPICS = {
    "newsletter": Topic("newsletter", "News", "marketing", ("email", "sms")),
    "care": Topic("care", "Advice on what you bought", "service"),
    "service": Topic("service", "Your orders", "transactional"),
    "partners": Topic("partners", "Offers of partners", "marketing", default="soft_opt_in"),
    "trade": Topic("trade", "News for professionals", "marketing", default="opt_out"),
}
CATALOG = Catalog(
    brand=Brand("Maison Verte", "Maison Verte SAS", "https://maison-verte.example", "EUR"),
    locales=("fr",),
    attributes={attribute.name: attribute for attribute in ATTRIBUTES},
    events={
        **{name: EventType(name, record) for name, record in EVENTS.items()},
        **{
            built_in.name: built_in
            for built_in in built_in_events(
                ("welcome",), tuple(TOPICS), ("email", "sms"), tuple(a.name for a in ATTRIBUTES)
            )
        },
    },
    topics=TOPICS,
    senders={},
    webhooks={},
    codes={"winback_15": CodePool("winback_15", "codes.csv")},
    texts={},
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


START = utc("2027-02-15 09:00")
"""A Monday; 10:00 in Paris."""


def when(text: str, *, looks_at: str | None = None, steps=("hello",), **run: types.Type) -> Formula:
    """A formula of the text, resolved; `looks_at` names the event of a `where`, `run` are its variables."""
    file = SourceFile("test.yaml", text)
    env = Environment(
        CATALOG,
        file,
        event=Record((("starts_at", types.INSTANT), ("id", types.TEXT), ("cart_id", types.TEXT))),
        run={"key": types.TEXT, **run},
        bound={"answer": EVENTS["quiz.answered"]},
        looked_at=CATALOG.events[looks_at].properties if looks_at else None,
        message=True,
        steps=dict.fromkeys(steps, "email"),
        step_ids=steps,
        allow_take=True,
    )
    resolved = resolve(parse(text, file, lambda index: index), env)
    errors = [d.message for d in resolved.diagnostics if d.severity == "error"]
    assert not errors, errors
    return Formula(text, resolved.expression)


def pattern(name: str, where: str | None = None, **run: types.Type) -> Pattern:
    return Pattern(name, when(where, looks_at=name, **run) if where else None)


def world(*, limits=(), hours=None, day="calendar", on_cap=None, **policy) -> World:
    pressure = Pressure(day=day, limits=tuple(limits), exempt_tags=("sunset",))
    if on_cap:
        pressure = Pressure(day, tuple(limits), exempt_tags=("sunset",), on_cap=on_cap)
    return World(CATALOG, Policy(hours=hours or {}, pressure=pressure, **policy), {})


def candidate(message="hello", channel="email", **more) -> Candidate:
    more.setdefault("topic", "newsletter")
    more.setdefault("message_class", "marketing")
    return Candidate(channel=channel, message=message, **more)


def email(step, next_=None, **more) -> MessageStep:
    only_if = more.pop("only_if", None)
    return MessageStep(step, (candidate(step, **more),), next_, only_if=only_if)


def plan(*steps, **more) -> Plan:
    more.setdefault("scenario", "welcome")
    return Plan(
        title="Welcome",
        program="onboarding",
        topic="newsletter",
        message_class="marketing",
        triggers=(),
        steps=tuple(steps),
        start=steps[0].id if steps else None,
        **more,
    )


def facts(world_: World | None = None, **more) -> Facts:
    more.setdefault("attributes", {"country": "FR", "created_at": utc("2020-01-01 00:00")})
    more.setdefault("addresses", frozenset({"email", "sms"}))
    more.setdefault(
        "consents", {("newsletter", c): Consent("granted", "consent", START) for c in ("email", "sms")}
    )
    more.setdefault("zone", "Europe/Paris")
    return Facts(contact_id="c_1", world=world_ or world(), **more)


def run(plan_: Plan, at: datetime = START, **more) -> Run:
    mark = more.pop("entered", Mark(at, 10))
    return Run(
        id=more.pop("id", 1),
        scenario=plan_.scenario,
        version=1,
        contact_id="c_1",
        entered=mark,
        position=plan_.start,
        began=mark,
        **more,
    )


def event(name: str, at: datetime, seq: int = 100, **properties) -> EventFact:
    return EventFact(seq, name, at, properties)
