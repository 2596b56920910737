"""What verbs print for people: columns that line up, instants, and JSON for programs."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TextIO
from uuid import UUID

import click

GAP = "  "


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows under headings, each column as wide as its widest; None is shown as a dash."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    lines = [headings, *cells]
    return "\n".join(GAP.join(map(str.ljust, line, widths)).rstrip() for line in lines)


def show_json(value: Any, file: TextIO | None = None) -> None:
    """Print JSON: instants as ISO 8601, everything else as it is named."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_json), file=file)


def minutes(instant: datetime | None) -> str | None:
    """An instant in UTC to the minute, for a column."""
    return f"{instant:%Y-%m-%d %H:%M}" if instant else None


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 run`, `2 runs`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def _cell(value: object) -> str:
    return "-" if value is None else str(value)


def _json(value: Any) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal() | UUID():
            return str(value)
    raise TypeError(f"no JSON form for {type(value).__name__}")
