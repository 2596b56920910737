"""Rows of CSV and JSON Lines files, each with its line; what is wrong with the file as a whole ends it."""

import codecs
import csv
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import IO, Any, TextIO
from unicodedata import normalize

MAX_HEADER = 256 * 1024
MAX_COLUMNS = 1_000
MAX_CELL = 1024 * 1024
DELIMITERS = ",;\t|"
ZIPPED = b"PK\x03\x04"
LINE_END = re.compile(r"\r\n|\r|\n")


class BadFile(ValueError):
    """The file cannot be read as what it should be; nothing of it was applied. Names line and remedy."""


class NotJson(ValueError):
    """A line that is no JSON."""

    def __init__(self, message: str, text: str) -> None:
        super().__init__(message)
        self.text = text


@dataclass(frozen=True)
class CsvForm:
    """How a CSV file is written, and its columns."""

    encoding: str
    delimiter: str
    header: list[str]


def form_of(path: Path, encoding: str | None, delimiter: str | None) -> CsvForm:
    """The form of a CSV file from its head. Raises BadFile."""
    with _opened(path) as file:
        head = file.read(MAX_HEADER)
    if head.startswith(ZIPPED):
        raise BadFile("line 1: is no text but a ZIP archive, as an Excel workbook is: save it as CSV first")
    encoding = encoding or _encoding(head)
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeError as error:
        raise _not_text(encoding, _line_of(head, error), error) from None
    text = text.removeprefix("\ufeff")
    line = LINE_END.split(text, maxsplit=1)[0]
    if len(line) >= MAX_HEADER or line.count(delimiter or ",") > MAX_COLUMNS:
        said = f"at most {MAX_COLUMNS:,} columns are read: leave out those that are not imported"
        raise BadFile(f"line 1: the header is too long: {said}")
    if "\0" in line:
        raise BadFile("line 1: holds NUL characters: text in UTF-16 is read with `--encoding utf-16-le`")
    if not line.strip():
        raise BadFile("line 1: there is no header: the first line names the columns")
    delimiter = delimiter or max(DELIMITERS, key=line.count)
    try:
        names = next(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise BadFile(f"line 1: {_csv_fault(error)}") from None
    header = [composed(name.strip()) for name in names]
    _refuse_header(header)
    return CsvForm(encoding, delimiter, header)


def composed(text: str) -> str:
    """The same text with each letter and its accents as one character, as most keyboards write it (NFC)."""
    return normalize("NFC", text)


def _encoding(head: bytes) -> str:
    utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return "utf-16" if utf16 else "utf-8-sig"


def _refuse_header(header: list[str]) -> None:
    seen: set[str] = set()
    for place, name in enumerate(header, 1):
        if not name:
            raise BadFile(f"line 1: column {place} has no name")
        if name in seen:
            raise BadFile(f"line 1: two columns are named `{name[:60]}`: rename or remove one")
        seen.add(name)


def csv_rows(path: Path, form: CsvForm) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header, each with the line on which it begins. Raises BadFile."""
    csv.field_size_limit(MAX_CELL)
    line = 1
    with _opened(path) as raw:
        reader = csv.reader(_text(raw, form.encoding), delimiter=form.delimiter, strict=True)
        try:
            for number, cells in enumerate(reader):
                if number and cells:
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            raise BadFile(f"line {line}: {_csv_fault(error)}") from None
        except UnicodeError as error:
            raise _not_text(form.encoding, line, error) from None


def _csv_fault(error: csv.Error) -> str:
    said = str(error)
    if "unexpected end of data" in said or "field larger" in said:
        return "a quotation mark is opened and never closed: a quote inside a cell is written twice"
    if "expected after" in said:
        return "text follows a closed quotation mark: a quote inside a cell is written twice"
    return f"not readable as CSV: {said}"


def json_rows(path: Path) -> Iterator[tuple[int, Any]]:
    """The values of a JSON Lines file; a line that is no JSON gives the error in place of a value."""
    with _opened(path) as raw:
        text = _text(raw, "utf-8-sig")
        number = 0
        try:
            while line := text.readline(MAX_CELL + 1):
                number += 1
                if len(line) > MAX_CELL:
                    raise BadFile(f"line {number}: is longer than {MAX_CELL:,} characters")
                if line.strip():
                    yield number, _json(line)
        except UnicodeError as error:
            raise _not_text("utf-8", number + 1, error) from None


def _json(line: str) -> Any:
    try:
        return json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        return NotJson(f"not readable as JSON: {error}", line.strip())


def _no_number(word: str) -> Any:
    """For NaN and Infinity, which Python would take."""
    raise ValueError(f"{word} is no number of JSON")


def _text(raw: IO[bytes], encoding: str) -> TextIO:
    return TextIOWrapper(raw, encoding=encoding, newline="")


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror or error}") from None


def _line_of(head: bytes, error: UnicodeError) -> int:
    return head[: error.start].count(b"\n") + 1 if isinstance(error, UnicodeDecodeError) else 1


def _not_text(encoding: str, line: int, error: UnicodeError) -> BadFile:
    name = encoding.removesuffix("-sig").upper()
    if not isinstance(error, UnicodeDecodeError):
        return BadFile(f"line {line}: is not {name}: {error}; leave `--encoding` out, or name another")
    byte = error.object[error.start]
    return BadFile(
        f"line {line} or soon after: byte 0x{byte:02x} is not {name}; "
        "a file saved by Excel under Windows is read with `encoding: cp1252` in its mapping, an import also "
        "with `--encoding cp1252`"
    )
