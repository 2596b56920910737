"""The search for what is left of a person: in every table, in Temporal's histories of their runs, in files.

An erasure (GDPR, article 17) is shown to be one by what this no longer finds (article 5(2): the controller
must be able to demonstrate it). A word is told by its label and never repeated.
"""

import errno
import gzip
import html
import json
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from unicodedata import normalize
from urllib.parse import quote

from markupsafe import escape
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from dsl.catalog import Catalog
from store import traces
from store.database import Connection, Row

SHORTEST = 4
"""Letters of a word that tells of somebody: shorter ones stand in the data of everybody."""

NATIONAL_DIGITS = 9
"""The last digits of a phone number, which stand in all of its spellings."""


@dataclass(frozen=True)
class Words:
    """What to look for, by label, in any case; `left_out` says which labels are not looked for, and why."""

    words: Mapping[str, str]
    contact_ids: Sequence[str] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Trace:
    """So many rows, events or lines of a place hold the word of a label."""

    place: str
    word: str
    count: int


@dataclass(frozen=True)
class Search:
    """What was searched, and what was found in it."""

    words: Sequence[str]
    left_out: Mapping[str, str]
    tables: int
    histories: int
    files: int
    found: Sequence[Trace]


async def words_of(connection: Connection, catalog: Catalog, contact_id: str) -> Words:
    """What identifies a contact: addresses, ids in other systems, and personal texts that nobody else has.

    With what those had who were merged into them; of one who was merged, all of whom they were merged into.
    No word at all where there is nobody of this id, or nobody any more.
    """
    rows = await traces.contacts(connection, contact_id)
    said: dict[str, str] = {}
    for row in rows:
        of = "" if row["id"] == contact_id else f" of {row['id']}"
        said |= {f"{label}{of}": word for label, word in _identifying(row, catalog)}
    ids = [row["id"] for row in rows]
    others = await traces.shared(connection, _in_rows(set(said.values())), ids)
    left_out = {label: why for label, word in said.items() if (why := _why_not(word, others))}
    return Words({label: word for label, word in said.items() if label not in left_out}, ids, left_out)


def _identifying(row: Row, catalog: Catalog) -> Iterator[tuple[str, str]]:
    if row["email"]:
        yield "email", row["email"]
    if row["phone"]:
        yield "phone", row["phone"][-NATIONAL_DIGITS:]
    yield from ((f"identity {place}", value) for place, value in enumerate(row["identities"], 1))
    for name, value in row["attributes"].items():
        declared = catalog.attributes.get(name)
        if isinstance(value, str) and value and (declared is None or declared.personal):
            yield name, value


def _why_not(word: str, others: Mapping[str, int]) -> str:
    if len(word) < SHORTEST:
        return f"shorter than {SHORTEST} letters"
    return f"others have it: {others[word]}" if word in others else ""


async def search(
    connection: Connection, words: Words, client: Client | None = None, paths: Sequence[Path] = ()
) -> Search:
    """Look for words in every table, in the histories of the contacts' runs, and in files and folders.

    Without a client of Temporal no history is looked at. Raises OSError where a file cannot be read.
    """
    wanted = {word: spellings(word) for word in words.words.values()}
    in_rows = _in_rows(wanted)
    found: dict[str, Counter[str]] = {}
    tables = await traces.tables(connection)
    for name in tables:
        found[f"table {name}"] = Counter(await traces.rows_with(connection, name, in_rows))
    histories = 0
    if client is not None:
        for id_ in await traces.workflows(connection, words.contact_ids):
            async for told in _histories(client, id_):
                histories += 1
                found.setdefault(f"history of {id_}", Counter()).update(_standing(told, wanted))
    files = [file for path in paths for file in _files(path)]
    for file in files:
        found[f"file {file}"] = _in_file(file, wanted)
    left = [
        Trace(place, label, counts[word])
        for place, counts in found.items()
        for label, word in words.words.items()
        if counts[word]
    ]
    return Search(list(words.words), words.left_out, len(tables), histories, len(files), left)


def spellings(word: str) -> set[str]:
    """A word in all cases, with accents in one character or two, as JSON, CSV, HTML and URLs write it too.

    A database in the locale C knows the lower case of no letter but those of ASCII.
    """
    said = {word, word.lower(), word.upper(), word.title()}
    cases = {normalize(form, each) for each in said for form in ("NFC", "NFD")} | said
    written = {json.dumps(each, ensure_ascii=ascii_)[1:-1] for each in cases for ascii_ in (True, False)}
    quoted = {each.replace('"', '""') for each in cases} | {quote(each, safe="") for each in cases}
    shown = {str(escape(each)) for each in cases} | {html.escape(each, quote=False) for each in cases}
    return cases | written | quoted | shown


def _in_rows(words: Iterable[str]) -> dict[str, set[str]]:
    """How each word stands in a row as JSON; what a text holds is escaped once more."""
    return {word: {json.dumps(each, ensure_ascii=False)[1:-1] for each in spellings(word)} for word in words}


async def _histories(client: Client, workflow_id: str) -> AsyncIterator[list[str]]:
    """Every event of every execution of a workflow that Temporal still keeps, as text."""
    async for execution in client.list_workflows(f"WorkflowId = '{workflow_id}'"):
        handle = client.get_workflow_handle(workflow_id, run_id=execution.run_id)
        try:
            history = await handle.fetch_history()
        except RPCError as error:
            # The list of workflows is behind: it names some whose history was let go since.
            if error.status == RPCStatusCode.NOT_FOUND:
                continue
            raise
        yield [event.SerializeToString().decode("utf-8", "replace") for event in history.events]


def _files(path: Path) -> list[Path]:
    return sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]


def _in_file(file: Path, words: Mapping[str, AbstractSet[str]]) -> Counter[str]:
    """Logs that were turned over are compressed. Raises OSError."""
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with opened(file, "rt", encoding="utf-8", errors="replace") as lines:
            return _standing(lines, words)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise OSError(errno.EIO, "is not a whole gzip file", str(file)) from None


def _standing(texts: Iterable[str], words: Mapping[str, AbstractSet[str]]) -> Counter[str]:
    """In how many texts each word stands, in one of its spellings."""
    found: Counter[str] = Counter()
    spelled = [(word, {each.lower() for each in forms}) for word, forms in words.items()]
    for text in texts:
        lower = text.lower()
        found.update(word for word, forms in spelled if any(each in lower for each in forms))
    return found
