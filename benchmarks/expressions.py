"""Conditions through the evaluator against the same ones in Python by hand, and in SQL against SQL by hand.

The hand-written ones know the types, the tables and that nothing is unknown where they look.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from statistics import geometric_mean
from time import process_time
from zoneinfo import ZoneInfo

from benchmarks.bounds import Bound, against
from benchmarks.crowd import Crowd, crowd
from benchmarks.result import Result
from benchmarks.scan import SQL
from benchmarks.stage import stage
from dsl import sql
from dsl.compiler import compile_project
from dsl.evaluate import holds
from dsl.plan import World
from dsl.policy import Formula
from dsl.scope import EventFact, Scope
from dsl.values import Money
from store.database import Connection

PEOPLE_IN_SQL, PEOPLE_IN_PYTHON = 100_000, 2_000
LAPS = 3
OVER_PYTHON, OVER_SQL = 8.0, 6.0
"""Three-valued logic and types that are asked of each value have their price."""

ORDERS = 4
ZONE = ZoneInfo("Europe/Paris")
YEAR = timedelta(days=365)

WRITTEN: Mapping[str, str] = {
    "in_a_list": "contact.country in [FR, BE] and contact.points > 250",
    "ordered": "contact.tier >= silver or contact.points >= 400",
    "a_birthday": 'contact.birthdate is known and contact.first_name == "Ada"',
    "a_sum": "sum(order.placed.total, last 365 days) >= 500",
}
"""As a marketer writes them."""

IN_SQL: Mapping[str, str] = {
    "in_a_list": "attributes->>'country' in ('FR', 'BE') and (attributes->>'points')::numeric > 250",
    "ordered": "attributes->>'tier' in ('silver', 'gold') or (attributes->>'points')::numeric >= 400",
    "a_birthday": "attributes->>'birthdate' is not null and attributes->>'first_name' = 'Ada'",
    "a_sum": "(select sum((properties->>'total')::numeric) from events e where e.contact_id = c.id"
    " and e.name = 'order.placed' and e.at >= %(since)s) >= 500",
}


def _in_a_list(scope: Scope) -> object:
    return scope.attributes["country"] in ("FR", "BE") and scope.attributes["points"] > 250


def _ordered(scope: Scope) -> object:
    return scope.attributes["tier"] in ("silver", "gold") or scope.attributes["points"] >= 400


def _a_birthday(scope: Scope) -> object:
    return scope.attributes["birthdate"] is not None and scope.attributes["first_name"] == "Ada"


def _a_sum(scope: Scope) -> object:
    since = scope.now - YEAR
    orders = scope.history("order.placed")
    return sum(each.properties["total"].amount for each in orders if since <= each.at <= scope.now) >= 500


BY_HAND: Mapping[str, Callable[[Scope], object]] = {
    "in_a_list": _in_a_list,
    "ordered": _ordered,
    "a_birthday": _a_birthday,
    "a_sum": _a_sum,
}


async def measure(scale: float = 1.0) -> Result:
    """The worse of two: closures over hand-written Python, compiled SQL over hand-written SQL."""
    with stage(temporal=False) as parts:
        world, formulas = _compiled(parts.project)
        now = datetime.now(UTC)
        python = _python(world, formulas, now, max(100, round(PEOPLE_IN_PYTHON * scale)))
        async with crowd(parts) as base:
            compiled = await _sql(base, world, formulas, now, max(1000, round(PEOPLE_IN_SQL * scale)))
    bounds = [
        Bound("closures_over_python", geometric_mean(python.values()), OVER_PYTHON),
        Bound("sql_over_sql", geometric_mean(compiled.values()), OVER_SQL),
    ]
    figures = {f"python_{name}": ratio for name, ratio in python.items()}
    return against("expressions", bounds, figures | {f"sql_{name}": each for name, each in compiled.items()})


def _compiled(folder: Path) -> tuple[World, dict[str, Formula]]:
    """The conditions as segments of the project."""
    lines = [f"{name}:\n  title: {name}\n  is: '{text}'\n" for name, text in WRITTEN.items()]
    (folder / "scenarios" / "segments.yaml").write_text("".join(lines), "utf-8")
    project = compile_project(folder)
    world = World(project.catalog, project.policy, project.segments)
    return world, {name: project.segments[name] for name in WRITTEN}


def _python(world: World, formulas: Mapping[str, Formula], now: datetime, people: int) -> dict[str, float]:
    scopes = [_person(world, number, now) for number in range(people)]
    ratios = {}
    for name, formula in formulas.items():
        ours, hand = [holds(formula, scope) for scope in scopes], [BY_HAND[name](scope) for scope in scopes]
        if ours != hand:
            raise RuntimeError(f"{name}: the two do not say the same of everybody")
        ratios[name] = _seconds(partial(holds, formula), scopes) / _seconds(BY_HAND[name], scopes)
    return ratios


def _seconds(ask: Callable[[Scope], object], scopes: Sequence[Scope]) -> float:
    """CPU seconds of the quickest of some laps."""
    best = float("inf")
    for _ in range(LAPS):
        began = process_time()
        for scope in scopes:
            ask(scope)
        best = min(best, process_time() - began)
    return best


def _person(world: World, number: int, now: datetime) -> Scope:
    attributes = {
        "first_name": "Ada",
        "country": ("FR", "BE", "CH")[number % 3],
        "birthdate": now.date(),
        "points": Decimal(number % 500),
        "tier": ("bronze", "silver", "gold")[number % 3],
    }
    orders = tuple(
        EventFact(
            n, "order.placed", now - n * timedelta(days=120), {"total": Money(Decimal(number % 300), "EUR")}
        )
        for n in range(ORDERS, 0, -1)
    )
    return Scope(world, now, ZONE, attributes, lambda name: orders if name == "order.placed" else ())


async def _sql(
    base: Crowd, world: World, formulas: Mapping[str, Formula], now: datetime, people: int
) -> dict[str, float]:
    ratios = {}
    async with base.database.connection() as connection:
        for name in ("people", "orders"):
            await connection.execute(SQL[name].encode(), {"people": people, "now": now})
        await connection.execute("vacuum analyze contacts")
        await connection.execute("analyze events")
        for name, formula in formulas.items():
            said = sql.compile(formula.root, world, now=now, zone=ZONE)
            ours, one = await _count(connection, said.text, said.params)
            hand, other = await _count(connection, IN_SQL[name], {"since": now - YEAR})
            if ours != hand:
                raise RuntimeError(f"{name}: {ours} people by the compiled SQL, {hand} by hand")
            ratios[name] = one / other
    return ratios


async def _count(
    connection: Connection, condition: str, parameters: Mapping[str, object]
) -> tuple[int, float]:
    """How many people meet a condition, and the database's milliseconds of the quickest of some laps."""
    statement = f"select count(*) as people from contacts c where erased_at is null and ({condition})"
    row = await (await connection.execute(statement.encode(), parameters)).fetchone()
    best = float("inf")
    for _ in range(LAPS):
        told = await connection.execute(f"explain (analyze, timing off) {statement}".encode(), parameters)
        last = (await told.fetchall())[-1]["QUERY PLAN"]
        best = min(best, float(last.split()[2]))
    return (row["people"] if row else 0), best
