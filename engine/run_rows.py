"""Runs as rows: what is asked for by SQL in columns, the rest in `state`."""

from dataclasses import MISSING, fields
from datetime import datetime

from dsl.codec import decode_fields, encode
from dsl.scope import Mark
from engine.state import Run
from store.database import Row

COLUMNS = (
    "id",
    "scenario",
    "version",
    "contact_id",
    "status",
    "position",
    "key",
    "listens_to",
    "objects",
    "holdout",
    "goal_at",
    "ended_at",
    "end_reason",
    "sequence",
)
"""Fields of a run that are columns. `due_at` is in both: the column is when the run is looked at next, which
a wake makes now; the state keeps the instant that the run itself asked for."""

STATE = tuple(
    (f.name, f.default_factory() if f.default_factory is not MISSING else f.default)
    for f in fields(Run)
    if f.name not in (*COLUMNS, "entered")
)
"""The other fields with their defaults, which are left out."""


_READ = "read"
"""Where a row keeps its run."""


def read_run(row: Row) -> Run:
    """The run of a row of `runs`, which keeps it. Raises ValueError on a state of another shape."""
    known: Run | None = row.get(_READ)
    if known is None:
        known = row[_READ] = _decoded(row)
    return known


def _decoded(row: Row) -> Run:
    values = decode_fields(Run, row["state"])
    values.update({name: row[name] for name in COLUMNS})
    values["listens_to"], values["objects"] = tuple(row["listens_to"]), tuple(row["objects"] or ())
    try:
        return Run(entered=Mark(row["entered_at"], row["entered_seq"]), **values)
    except TypeError as error:
        raise ValueError(f"not a stored run: {error!r}") from error


def write_run(
    run: Run, *, group_id: int, parallel: bool, occurrence: str | None, due_at: datetime | None
) -> Row:
    """A whole new row of `runs`."""
    return {
        **update_run(run, due_at),
        "group_id": group_id,
        "scenario": run.scenario,
        "version": run.version,
        "contact_id": run.contact_id,
        "key": run.key,
        "parallel": parallel,
        "occurrence": occurrence,
        "entered_at": run.entered.at,
        "entered_seq": run.entered.seq,
    }


def update_run(run: Run, due_at: datetime | None) -> Row:
    """What a transition writes. `sequence` is the one at which the run was read."""
    state = {name: encode(value) for name, default in STATE if (value := getattr(run, name)) != default}
    return {
        "id": run.id,
        "status": run.status,
        "position": run.position,
        "state": state,
        "due_at": due_at,
        "listens_to": " ".join(run.listens_to),
        "objects": run.objects,
        "holdout": run.holdout,
        "sequence": run.sequence,
        "goal_at": run.goal_at,
        "ended_at": run.ended_at,
        "end_reason": run.end_reason,
    }
