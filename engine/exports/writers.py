"""How an export is written: CSV that a spreadsheet may open, JSON Lines, and Parquet."""

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BufferedIOBase, TextIOWrapper
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol, TextIO, TypeAlias, cast

from engine.exports.tables import Column, Kind

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Form: TypeAlias = Literal["csv", "jsonl", "parquet"]
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With which a text begins that a spreadsheet would run (CWE-1236); the last four are full-width."""


class ParquetMissing(RuntimeError):
    """The library that writes Parquet is not installed."""


class Drain(BufferedIOBase):
    """A file of which what was written is taken away, so that it never grows."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, part: "ReadableBuffer") -> int:
        """Keep a part until it is taken; how many bytes."""
        self._parts.append(bytes(part))
        return len(self._parts[-1])

    def taken(self) -> bytes:
        """What was written since the last time."""
        found = b"".join(self._parts)
        self._parts.clear()
        return found


Target: TypeAlias = Path | TextIO | Drain


class Writer(Protocol):
    """Takes rows until it is closed."""

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write rows; values in the order of the columns, None is unknown."""

    def close(self) -> None:
        """Write what is left."""


def writer(form: Form, columns: Sequence[Column], target: Target) -> Writer:
    """The writer of a form. Parquet wants a path or a Drain. Raises ParquetMissing and OSError."""
    if form == "parquet":
        return _Parquet(columns, target)
    if isinstance(target, Drain):
        target = TextIOWrapper(cast("IO[bytes]", target), "utf-8", newline="", write_through=True)
    return _Csv(columns, target) if form == "csv" else _JsonLines(columns, target)


class _Text:
    """A text file of our own, or somebody's that stays open."""

    def __init__(self, target: Path | TextIO) -> None:
        self._ours = isinstance(target, Path)
        self.file = target.open("w", encoding="utf-8", newline="") if isinstance(target, Path) else target

    def close(self) -> None:
        """Close what is ours."""
        if self._ours:
            self.file.close()


class _Csv(_Text):
    def __init__(self, columns: Sequence[Column], target: Path | TextIO) -> None:
        super().__init__(target)
        self._kinds = [column.kind for column in columns]
        self._writer = csv.writer(self.file, lineterminator="\n")
        self._writer.writerow([column.name for column in columns])

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Texts that a spreadsheet would run get an apostrophe before them."""
        self._writer.writerows(
            [_cell(kind, value) for kind, value in zip(self._kinds, row, strict=True)] for row in rows
        )


class _JsonLines(_Text):
    def __init__(self, columns: Sequence[Column], target: Path | TextIO) -> None:
        super().__init__(target)
        self._names = [column.name for column in columns]

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """A line each; unknown values are left out."""
        for row in rows:
            known = {name: value for name, value in zip(self._names, row, strict=True) if value is not None}
            self.file.write(json.dumps(known, ensure_ascii=False, default=_plain) + "\n")


class _Parquet:
    """Columns are typed: instants in UTC to the microsecond, what is JSON as text."""

    def __init__(self, columns: Sequence[Column], target: Target) -> None:
        try:
            import pyarrow as pa  # noqa: PLC0415 - 100 MB that few need
            from pyarrow import parquet  # noqa: PLC0415
        except ImportError:
            raise ParquetMissing("Parquet needs `pip install relance[parquet]`") from None
        types: dict[Kind, Any] = {
            "text": pa.string(),
            "json": pa.string(),
            "integer": pa.int64(),
            "number": pa.float64(),
            "boolean": pa.bool_(),
            "date": pa.date32(),
            "instant": pa.timestamp("us", tz="UTC"),
        }
        self._arrow, self._columns = pa, columns
        self._schema = pa.schema([(column.name, types[column.kind]) for column in columns])
        self._writer = parquet.ParquetWriter(target, self._schema, compression="zstd")

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """One row group."""
        arrays = [
            self._arrow.array([_typed(column.kind, row[at]) for row in rows], self._schema.field(at).type)
            for at, column in enumerate(self._columns)
        ]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))

    def close(self) -> None:
        """Write the foot of the file."""
        self._writer.close()


def _cell(kind: Kind, value: Any) -> Any:
    if kind == "json" and value is not None:
        return json.dumps(value, ensure_ascii=False, default=_plain)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _plain(value)
    if kind == "text" and isinstance(value, str) and value.startswith(FORMULA) and not _is_phone(value):
        return f"'{value}"
    return value


def _is_phone(text: str) -> bool:
    """A number in E.164, which no spreadsheet runs."""
    return text[0] == "+" and text[1:].isdigit()


def _typed(kind: Kind, value: Any) -> Any:
    if kind == "json" and value is not None:
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return float(value) if kind == "number" and value is not None else value


def _plain(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
