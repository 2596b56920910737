"""The rows that an import refused, with their reasons, in a form that can be corrected and imported again."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.imports.files import csv_rows, form_of
from engine.imports.mapping import Mapping
from engine.imports.staging import JSON_SUFFIXES, Reject

OURS = ("_line", "_column", "_reason")


def write(source: Path, mapping: Mapping, rejects: Sequence[Reject], target: Path) -> None:
    """Write the rejected rows of a CSV or JSON Lines file as CSV: line, column, reason, and their cells.

    Personal data stays in it: it is for whoever holds the file itself. Raises OSError.
    """
    by_line = {each.line: each for each in rejects}
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        header, rows = _rows(source, mapping, by_line)
        writer.writerow((*OURS, *header))
        writer.writerows(rows)


def _rows(
    source: Path, mapping: Mapping, by_line: dict[int, Reject]
) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    if source.suffix.lower() in JSON_SUFFIXES:
        return ["row"], _json_rows(source, by_line)
    form = form_of(source, mapping.encoding, mapping.delimiter)
    again = [name for name in form.header if name not in OURS]
    places = [form.header.index(name) for name in again]
    rows = ((by_line[line], cells) for line, cells in csv_rows(source, form) if line in by_line)
    return again, ((*_told(each), *(cells[at] for at in places if at < len(cells))) for each, cells in rows)


def _json_rows(source: Path, by_line: dict[int, Reject]) -> Iterator[tuple[Any, ...]]:
    with source.open(encoding="utf-8-sig", errors="replace") as file:
        for line, text in enumerate(file, 1):
            if line in by_line:
                yield (*_told(by_line[line]), text.rstrip("\n"))


def _told(reject: Reject) -> tuple[int, str, str]:
    return reject.line, reject.column, reject.reason
