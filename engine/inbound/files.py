"""The sources of a project's folder, read again whenever a file of it changes, as its templates are."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from dsl import project_files
from dsl.diagnostics import Diagnostic
from dsl.inbound.model import Inbound
from dsl.inbound.parser import ParsedInbound, parse_inbound
from dsl.render import text as rendered


class UnknownSource(LookupError):
    """No source of this name."""


class BrokenSource(ValueError):
    """The file of a source has mistakes, so that no request can be taken by it. The message shows them."""


class Sources:
    """The sources of one folder, and the environment that holds their secrets.

    Their names need not be those of the catalog in force: that is told of each item.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] = os.environ) -> None:
        self._folder = folder
        self.environment = environment
        self._seen: tuple[tuple[str, int, int], ...] = ()
        self._found: Mapping[str, ParsedInbound] = {}

    def get(self, name: str) -> Inbound:
        """A source. Raises UnknownSource and BrokenSource."""
        self._read()
        if name not in self._found:
            known = ", ".join(self._found) or "none"
            raise UnknownSource(f"there is no source `{name}`; {self._folder.name}/ has {known}")
        parsed = self._found[name]
        if parsed.inbound is None or parsed.diagnostics:
            raise BrokenSource(rendered(parsed.diagnostics))
        return parsed.inbound

    def _read(self) -> None:
        seen = tuple(_stamps(self._folder))
        if seen != self._seen:
            self._found = {Path(name).stem: _parsed(self._folder / name) for name, _, _ in seen}
            self._seen = seen


def _parsed(path: Path) -> ParsedInbound:
    file, wrong = project_files.source(path)
    if wrong:
        return ParsedInbound(None, tuple[Diagnostic, ...](wrong))
    return parse_inbound(file)


def _stamps(folder: Path) -> Iterator[tuple[str, int, int]]:
    """What shows that a file was written again: names, times and sizes of the folder's files."""
    paths = (path for path in sorted(folder.glob("*.y*ml")) if path.is_file())
    for path in paths:
        found = path.stat()
        yield path.name, found.st_mtime_ns, found.st_size
