"""What is wrong with a project, as data. Wording lives where the mistake is found, drawing in `render`."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal

from dsl.frozen import dataclass
from dsl.source import SourceFile, Span


@dataclass(frozen=True)
class Related:
    """A second place that explains the first, with a few words of its own."""

    file: SourceFile
    span: Span
    label: str


@dataclass(frozen=True)
class Diagnostic:
    """One mistake or doubt.

    `message` says what (lower case, no full stop, stands alone), `label` is written under the span,
    `help` says how to fix it, `note` why it matters. `code` is stable; `relance explain CODE` tells more.
    """

    code: str
    severity: Literal["error", "warning"]
    message: str
    file: SourceFile
    span: Span
    label: str = ""
    help: str | None = None
    note: str | None = None
    related: tuple[Related, ...] = ()

    @property
    def sort_key(self) -> tuple[str, int, int, str]:
        """File order, then place, then code."""
        return (self.file.path, self.span.start, self.span.end, self.code)


def error(
    file: SourceFile, code: str, message: str, span: Span, label: str = "", remedy: str | None = None
) -> Diagnostic:
    """An error without note or second place."""
    return Diagnostic(code, "error", message, file, span, label, remedy)


def warning(
    file: SourceFile, code: str, message: str, span: Span, label: str = "", remedy: str | None = None
) -> Diagnostic:
    """A warning without note or second place."""
    return Diagnostic(code, "warning", message, file, span, label, remedy)


def nearest(name: str, candidates: Iterable[str], limit: int = 4) -> list[str]:
    """The candidates that somebody who wrote `name` may have meant, best first, at most `limit`."""
    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    return [by_folded[match] for match in get_close_matches(name.casefold(), by_folded, n=limit, cutoff=0.6)]


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """`did you mean `country`?`, or None when nothing is near."""
    found = nearest(name, candidates)
    if not found:
        return None
    quoted = [f"`{each}`" for each in found]
    if len(quoted) == 1:
        return f"did you mean {quoted[0]}?"
    return f"did you mean {', '.join(quoted[:-1])} or {quoted[-1]}?"
