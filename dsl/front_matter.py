"""What stands between two lines of `---` at the head of a template: subject, preheader, letters."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal, TypeAlias

from dsl import reader
from dsl.diagnostics import Diagnostic, did_you_mean
from dsl.source import SourceFile, Span
from dsl.template_uses import Passage
from dsl.tree import Mapping as MappingNode
from dsl.tree import Scalar

Letters: TypeAlias = Literal["all", "gsm"]

KEYS: dict[str, tuple[str, ...]] = {"email": ("subject", "preheader"), "sms": ("letters",)}
"""What may stand at the head of a channel's templates; other channels have a body alone."""
LETTERS: tuple[Letters, ...] = ("all", "gsm")
"""`gsm`: an SMS is written with the letters of GSM-7, of which 160 fit in one (`ê` becomes `e`)."""

_FENCE = re.compile(r"---[ \t]*\n")
_CLOSE = re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE)


def read(file: SourceFile, channel: str) -> tuple[dict[str, Passage], int, list[Diagnostic]]:
    """What stands there by its key, where the body begins, and what is wrong with it."""
    known = KEYS.get(channel, ())
    opening = _FENCE.match(file.text)
    closing = _CLOSE.search(file.text, opening.end()) if opening else None
    if opening is None:
        return {}, 0, []
    if closing is None:
        return {}, opening.end(), [_unclosed(file, opening.end())]
    # Blanked and cut so that the YAML reader sees the front matter alone, at the offsets of the file.
    blanked = " " * (opening.end() - 1) + "\n" + file.text[opening.end() : closing.start()]
    tree, wrong = reader.read(SourceFile(file.path, blanked))
    faults = [replace(each, file=file) for each in wrong]
    head: dict[str, Passage] = {}
    for entry in tree.entries if isinstance(tree, MappingNode) else ():
        if entry.key.value not in known:
            faults.append(_unknown_key(file, entry.key, known))
        elif isinstance(entry.value, Scalar) and not entry.value.is_null:
            head[entry.key.value] = Passage(entry.value.value, file, entry.value.offset_of)
        else:
            faults.append(_no_text(file, entry.key))
    return head, closing.end(), faults


def letters_of(written: Passage | None) -> tuple[Letters, list[Diagnostic]]:
    """The letters that an SMS is written with, as its head says."""
    if written is None:
        return "all", []
    found = next((each for each in LETTERS if each == written.text), None)
    if found:
        return found, []
    whole = written.span(0, len(written.text))
    help_ = did_you_mean(written.text, LETTERS) or "write `letters: gsm`, or leave it out"
    wrong = Diagnostic("E602", "error", f"no letters `{written.text}`", written.file, whole, help=help_)
    return "all", [wrong]


def _unclosed(file: SourceFile, end: int) -> Diagnostic:
    return Diagnostic(
        "E602",
        "error",
        "the front matter has no end",
        file,
        Span(0, end - 1),
        label="it begins here",
        help="end it with a line `---`",
    )


def _unknown_key(file: SourceFile, key: Scalar, known: Iterable[str]) -> Diagnostic:
    listed = ", ".join(f"`{name}`" for name in known)
    return Diagnostic(
        "E602",
        "error",
        f"unknown key `{key.value}` in the front matter",
        file,
        key.span,
        label="unknown",
        help=did_you_mean(key.value, known) or (f"there are: {listed}" if listed else "delete it"),
    )


def _no_text(file: SourceFile, key: Scalar) -> Diagnostic:
    return Diagnostic(
        "E602",
        "error",
        f"`{key.value}` has no text",
        file,
        key.span,
        label="a text is due here",
        help=f'write `{key.value}: "..."`',
    )
