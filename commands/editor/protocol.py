"""Between the compiler's data and that of the Language Server Protocol."""

from collections.abc import Mapping
from pathlib import Path

from lsprotocol import types as lsp
from pygls import uris

from commands.editor.offers import Offer
from commands.editor.positions import Units, to_position
from dsl.diagnostics import Diagnostic
from dsl.source import SourceFile, Span

KINDS: Mapping[str, lsp.CompletionItemKind] = {
    "key": lsp.CompletionItemKind.Property,
    "value": lsp.CompletionItemKind.EnumMember,
    "attribute": lsp.CompletionItemKind.Field,
    "event": lsp.CompletionItemKind.Event,
    "property": lsp.CompletionItemKind.Field,
    "function": lsp.CompletionItemKind.Function,
    "word": lsp.CompletionItemKind.Keyword,
    "step": lsp.CompletionItemKind.Reference,
    "name": lsp.CompletionItemKind.Value,
}
_SEVERITIES = {"error": lsp.DiagnosticSeverity.Error, "warning": lsp.DiagnosticSeverity.Warning}


def uri_of(path: str) -> str:
    """The URI of a file."""
    return uris.from_fs_path(str(Path(path).absolute())) or path


def range_of(file: SourceFile, span: Span, units: Units) -> lsp.Range:
    """A span as lines and columns."""
    start, end = (lsp.Position(*to_position(file, each, units)) for each in (span.start, span.end))
    return lsp.Range(start, end)


def diagnostic_of(found: Diagnostic, units: Units) -> lsp.Diagnostic:
    """A diagnostic with its remedy, and its second places as related information."""
    said = [found.message, found.label, found.help and f"help: {found.help}", found.note]
    return lsp.Diagnostic(
        range_of(found.file, found.span, units),
        "\n".join(part for part in said if part),
        _SEVERITIES[found.severity],
        code=found.code,
        source="relance",
        related_information=[
            lsp.DiagnosticRelatedInformation(
                lsp.Location(uri_of(each.file.path), range_of(each.file, each.span, units)), each.label
            )
            for each in found.related
        ],
    )


def item_of(offer: Offer, number: int, at: lsp.Range) -> lsp.CompletionItem:
    """One line of a completion list; `number` keeps the order in which offers were made."""
    return lsp.CompletionItem(
        offer.label,
        kind=KINDS[offer.kind],
        detail=offer.detail or None,
        documentation=offer.doc or None,
        sort_text=f"{number:05}",
        filter_text=offer.label,
        text_edit=lsp.TextEdit(at, offer.text),
    )
