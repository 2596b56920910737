"""One run as operations look at it: where it is, what it waits for, what it holds, what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dsl.diagram_words import card
from dsl.plan import Plan
from dsl.values import write_value
from engine import words
from engine.plans import Plans
from engine.run_rows import read_run
from engine.territory import zone_of
from engine.typed import attributes
from store import contacts, operations, pauses
from store.database import Connection, Row
from store.pauses import Pause


@dataclass(frozen=True)
class RunView:
    """A run with all that belongs to it. `zone` is the person's; `step` says what the present step does.

    `waits_for` is None once it ended; `until` None where only an event can move it. `variables` are JSON.
    """

    id: int
    scenario: str
    version: int
    contact: str
    key: str | None
    status: str
    position: str | None
    step: str | None
    waits_for: str | None
    until: datetime | None
    holdout: bool
    entered_at: datetime
    goal_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    variables: dict[str, Any]
    trail: Sequence[Row]
    messages: Sequence[Row]
    workflow_id: str
    group_size: int
    zone: str


OF_ROW = (
    "id", "scenario", "version", "key", "status", "position", "holdout", "entered_at", "goal_at", "ended_at",
    "end_reason", "workflow_id", "group_size",
)  # fmt: skip
"""What is told as it is stored."""


async def view(connection: Connection, plans: Plans, run_id: int, now: datetime) -> RunView | None:
    """A run, or None when there is none of this id. Raises NothingPublished."""
    row = await operations.run(connection, run_id)
    if row is None:
        return None
    plan = await plans.plan(row["scenario"], row["version"], connection)
    trail = await operations.trail(connection, run_id)
    messages = await operations.messages(connection, run_id)
    zone = await _zone(connection, plans, row["contact_id"])
    run = read_run(row)
    active = row["status"] == "active"
    held = _held(await pauses.in_force(connection), row, messages) if active else None
    waits_for, until = _waits_for(row, trail, messages, zone, now) if active else (None, None)
    return RunView(
        **{name: row[name] for name in OF_ROW},
        contact=row["contact_id"],
        step=_step(plan, row["position"]),
        waits_for=f"{held}; then {waits_for}" if held else waits_for,
        until=until,
        variables={name: write_value(value) for name, value in run.variables.items()},
        trail=trail,
        messages=messages,
        zone=zone,
    )


async def _zone(connection: Connection, plans: Plans, contact_id: str) -> str:
    world = await plans.world(connection)
    rows = await contacts.read(connection, [contact_id])
    return zone_of(attributes(world.catalog, rows[0]), world.policy) if rows else world.policy.default_zone


def _step(plan: Plan, position: str | None) -> str | None:
    step = plan.by_id.get(position or "")
    if step is None:
        return None
    words_ = card(step)
    return f"{words_.heading.lower()}: {words_.text}"


def _held(stopped: Sequence[Pause], row: Row, messages: Sequence[Row]) -> str | None:
    """What somebody paused that this run needs."""
    channels = {each["channel"] for each in messages if each["state"] == "reserved"}
    for pause in stopped:
        if (
            pause.kind == "all"
            or (pause.kind == "scenario" and pause.name == row["scenario"])
            or (pause.kind == "channel" and pause.name in channels)
        ):
            name = pause.name or "everything"
            return f"{name} is paused by {pause.actor}" + (f" ({pause.reason})" if pause.reason else "")
    return None


def _waits_for(
    row: Row, trail: Sequence[Row], messages: Sequence[Row], zone: str, now: datetime
) -> tuple[str, datetime | None]:
    """What moves an active run next, and when at the latest."""
    held = next((m for m in reversed(messages) if m["state"] in ("reserved", "attempted")), None)
    if row["due_at"] is not None and row["due_at"] <= now:
        return "a worker: it is due", row["due_at"]
    if held and held["state"] == "attempted":
        when = words.at(held["attempted_at"], zone)
        return f"the provider's answer on {held['message']}, handed over {when}", None
    if held:
        when = words.at(held["planned_at"], zone)
        return f"{held['message']} to leave by {held['channel']} on {when}", held["planned_at"]
    waiting = next((line["text"] for line in reversed(trail) if line["what"] == "waiting"), None)
    last = trail[-1]["text"] if trail else "its first look"
    return waiting or last, row["due_at"]
