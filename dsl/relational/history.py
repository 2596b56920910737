"""Questions about events, as subselects over the person's own."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from dsl import types
from dsl.catalog import TRACKED_EVENTS
from dsl.local_time import add, instant_of
from dsl.nodes import CanTrack, History, Window
from dsl.relational.arithmetic import quotient
from dsl.relational.conditions import instant, yes_or_no
from dsl.relational.stored import event_property
from dsl.relational.terms import Looked, NotInSql, Term, Translation
from dsl.values import Duration


def history(node: History, to: Translation) -> Term:
    """`did`, `count`, `sum`, `avg`, `min`, `max`, `first`, `latest`."""
    event = to.world.catalog.events.get(node.event)
    if event is None:
        raise NotInSql(f"`{node.event}` is in no catalog")
    inner = to.at(Looked(to.alias("e"), event))
    low, conditions, known = _window(node.window, inner, to)
    if node.where is not None:
        conditions.append(f"({inner.read(node.where).sql})")
    answer = ANSWERS[node.function](node, inner, " and ".join(conditions))
    tracked = TRACKED_EVENTS.get(node.event)
    if tracked is not None:
        known = [*known, _tracked(tracked, low, to)]
    return _only_if(known, answer)


def _only_if(known: list[str], answer: Term) -> Term:
    if not known:
        return answer
    condition = " and ".join(known)
    currency = f"(case when {condition} then {answer.currency} end)" if answer.currency else ""
    return Term(f"(case when {condition} then {answer.sql} end)", answer.type, currency=currency)


def _from(to: Translation, conditions: str) -> str:
    looked = to.looked
    assert looked is not None
    return f"from events {looked.alias} where {conditions}"


def _window(window: Window, inner: Translation, to: Translation) -> tuple[str, list[str], list[str]]:
    """Where a window begins, what rows of it satisfy, and what must hold for it to be known."""
    looked = inner.looked
    assert looked is not None
    alias = looked.alias
    rows = [
        f"{alias}.contact_id = c.id",
        f"{alias}.name = {to.parameter(looked.event.name, 'text')}",
        f"{alias}.at <= {to.parameter(to.now, 'timestamptz')}",
    ]
    if window.form == "ever":
        return "'-infinity'::timestamptz", rows, []
    if window.form == "between":
        return _between(window, alias, rows, to)
    low = to.parameter(_beginning(window, to), "timestamptz")
    return low, [*rows, f"{alias}.at >= {low}"], []


def _beginning(window: Window, to: Translation) -> datetime:
    if window.form == "today":
        return instant_of(to.now.astimezone(to.zone).date(), time(0), to.zone)
    if window.form == "last" and window.amount is not None:
        try:
            start = add(to.now, Duration(months=-window.amount.months), to.zone)
            return start - timedelta(days=window.amount.days, seconds=window.amount.seconds)
        except OverflowError:
            return datetime(1, 1, 1, tzinfo=UTC)
    raise NotInSql(f"`since {window.anchor}` belongs to a run")


def _between(
    window: Window, alias: str, rows: list[str], to: Translation
) -> tuple[str, list[str], list[str]]:
    assert window.low is not None
    assert window.high is not None
    first, last = to.read(window.low), to.read(window.high)
    low = instant(first, to)
    if last.type == types.DATE:
        end = f"{alias}.at < {instant(Term(f'(({last.sql}) + 1)', types.DATE), to)}"
    else:
        end = f"{alias}.at <= ({last.sql})"
    known = [f"({first.sql}) is not null", f"({last.sql}) is not null"]
    return low, [*rows, f"{alias}.at >= {low}", end], known


def _tracked(what: Literal["opens", "clicks"], low: str, to: Translation) -> str:
    """Whether the person could be tracked over the whole window, as the latest line of the ledger says."""
    return _agreed(what, to, f" and k.at <= greatest({low}, c.created_at)")


def _agreed(what: Literal["opens", "clicks"], to: Translation, and_since: str = "") -> str:
    policy = to.world.policy
    if (policy.track_opens if what == "opens" else policy.track_clicks) != "with_consent":
        return "false"
    channel = to.parameter(what, "text")
    latest = (
        f"k.contact_id = c.id and k.topic = 'tracking' and k.channel = {channel} order by k.id desc limit 1"
    )
    granted = f"select k.state = 'granted'{and_since} from consents k where {latest}"  # noqa: S608 - names are ours, values placeholders
    return f"coalesce(({granted}), false)"


def can_track(node: CanTrack, to: Translation) -> Term:
    """`can_track(opens)`."""
    return yes_or_no(_agreed(node.what, to))


def _did(_node: History, to: Translation, conditions: str) -> Term:
    return yes_or_no(f"exists (select {_from(to, conditions)})")


def _count(_node: History, to: Translation, conditions: str) -> Term:
    return Term(f"(select count(*)::numeric {_from(to, conditions)})", types.NUMBER)


def _amount(node: History, to: Translation, conditions: str, of: Callable[[Term], str], empty: str) -> Term:
    """An aggregate over the known values; unknown over two currencies."""
    value = event_property(to, node.path)
    if not value.currency:
        return Term(f"(select {of(value)} {_from(to, conditions)})", value.type)
    rows = f"{_from(to, conditions)} and ({value.sql}) is not null"
    # Asked for each person of the base: `count(distinct ...)` would sort for each.
    several = f"min({value.currency}) <> max({value.currency})"
    brand = to.parameter(to.world.catalog.brand.currency, "text")
    currency = f"coalesce(min({value.currency}), {brand})" if empty else f"min({value.currency})"
    return Term(
        f"(select case when {several} then null else {of(value)} end {rows})",
        types.MONEY,
        currency=f"(select case when {several} then null else {currency} end {rows})",
    )


def _sum(node: History, to: Translation, conditions: str) -> Term:
    return _amount(node, to, conditions, lambda value: f"coalesce(sum({value.sql}), 0)", empty="0")


def _avg(node: History, to: Translation, conditions: str) -> Term:
    return _amount(
        node, to, conditions, lambda value: quotient(f"sum({value.sql})", f"count({value.sql})"), empty=""
    )


def _extreme(node: History, to: Translation, conditions: str) -> Term:
    return _amount(node, to, conditions, lambda value: f"{node.function}({value.sql})", empty="")


def _pick(node: History, to: Translation, conditions: str) -> Term:
    looked = to.looked
    assert looked is not None
    order = "asc" if node.function == "first" else "desc"
    rows = f"{_from(to, conditions)} order by {looked.alias}.at {order}, {looked.alias}.seq {order} limit 1"
    if not node.path:
        return Term(f"(select {looked.alias}.properties {rows})", looked.event.properties)
    value = event_property(to, node.path)
    if value.type == types.DURATION:
        raise NotInSql("durations are not stored")
    currency = f"(select {value.currency} {rows})" if value.currency else ""
    return Term(f"(select {value.sql} {rows})", value.type, currency=currency)


ANSWERS: dict[str, Callable[[History, Translation, str], Term]] = {
    "did": _did,
    "count": _count,
    "sum": _sum,
    "avg": _avg,
    "min": _extreme,
    "max": _extreme,
    "first": _pick,
    "latest": _pick,
}
