"""The sources of a project, read from their files and held to a catalog."""

from collections.abc import Collection, Iterable

from dsl.catalog import Catalog
from dsl.diagnostics import Diagnostic
from dsl.inbound.checks import check
from dsl.inbound.model import Inbound
from dsl.inbound.parser import parse_inbound
from dsl.source import SourceFile


def read_sources(
    files: Iterable[SourceFile], unread: Collection[str], catalog: Catalog | None
) -> tuple[dict[str, Inbound], list[Diagnostic]]:
    """The sources without a mistake by their names, and all mistakes.

    `unread`: paths of files that are no text, which was reported. `catalog` None: it has mistakes itself, and
    names are not held to it.
    """
    found: dict[str, Inbound] = {}
    wrong: list[Diagnostic] = []
    for file in files:
        if file.path in unread:
            continue
        parsed = parse_inbound(file)
        said = list(parsed.diagnostics)
        if parsed.inbound is not None and catalog is not None:
            said += check(parsed.inbound, catalog)
        if parsed.inbound is not None and not said:
            found[parsed.inbound.name] = parsed.inbound
        wrong += said
    return found, wrong
