"""The rows that an import refused, with their reasons, in a form that can be corrected and imported again."""

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.imports.files import NotJson, csv_rows, form_of, json_rows
from engine.imports.mapping import Mapping
from engine.imports.staging import JSON_SUFFIXES, Reject

OURS = ("_line", "_column", "_reason")
TEXT = "_text"
"""What stands in the place of a line that is not a JSON object."""


def path_beside(source: Path) -> Path:
    """Where the rejects of a file are written when nobody says where."""
    suffix = ".rejects.jsonl" if _is_json(source) else ".rejects.csv"
    return source.with_name(f"{source.stem}{suffix}")


def write(source: Path, mapping: Mapping, rejects: Sequence[Reject], target: Path) -> None:
    """Write the rejected rows of a file as it is written itself: line, column and reason, then the row.

    So the same command takes them, once they are corrected. Personal data stays in it: it is for whoever
    holds the file itself. Raises OSError.
    """
    by_line = {each.line: each for each in rejects}
    if _is_json(source):
        # Half of a surrogate pair is written as the escape that it came as.
        with target.open("w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(_json_lines(source, by_line))
        return
    form = form_of(source, mapping.encoding, mapping.delimiter)
    encoding = "utf-8" if form.encoding == "utf-8-sig" else form.encoding
    with target.open("w", encoding=encoding, errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=form.delimiter, lineterminator="\n")
        ours = [place for place, name in enumerate(form.header) if name in OURS]
        writer.writerow((*OURS, *_without(ours, form.header)))
        for line, cells in csv_rows(source, form):
            if line in by_line:
                writer.writerow((*_told(by_line[line]), *_without(ours, cells)))


def _is_json(source: Path) -> bool:
    return source.suffix.lower() in JSON_SUFFIXES


def _without(places: Sequence[int], cells: Sequence[str]) -> list[str]:
    """The cells of a row but those at some places; one too many stays, since that is what is wrong."""
    return [cell for place, cell in enumerate(cells) if place not in places]


def _json_lines(source: Path, by_line: dict[int, Reject]) -> Iterator[str]:
    for line, value in json_rows(source):
        if line in by_line:
            told: dict[str, Any] = dict(zip(OURS, _told(by_line[line]), strict=True))
            if isinstance(value, dict):
                row = {name: each for name, each in value.items() if name not in OURS}
            else:
                row = {TEXT: value.text if isinstance(value, NotJson) else value}
            yield json.dumps({**told, **row}, ensure_ascii=False) + "\n"


def _told(reject: Reject) -> tuple[int, str, str]:
    return reject.line, reject.column, reject.reason
