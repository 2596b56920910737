"""A copy of the shipped project, and an editor that speaks to the real server process."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of its own, with the shipped scenarios."""
    for name in ("scenarios", "templates", "codes"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


class Editor(LanguageClient):
    """An editor: opens and changes files, and keeps the mistakes that it is told of by file."""

    def __init__(self) -> None:
        super().__init__("editor", "1")
        self.found: dict[str, list[lsp.Diagnostic]] = {}
        self._told = asyncio.Condition()

        @self.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        async def take(params: lsp.PublishDiagnosticsParams) -> None:
            async with self._told:
                self.found[params.uri] = list(params.diagnostics)
                self._told.notify_all()

    async def mistakes(self, path: Path, *codes: str) -> list[lsp.Diagnostic]:
        """The mistakes of a file, once they are those expected."""
        async with self._told:
            await self._told.wait_for(
                lambda: path.as_uri() in self.found and self.codes(path) == sorted(codes)
            )
        return self.found[path.as_uri()]

    def codes(self, path: Path) -> list[str]:
        return sorted(str(each.code) for each in self.found.get(path.as_uri(), []))

    def open(self, path: Path, text: str | None = None) -> None:
        """Open a file with a text, else as it is on disk."""
        shown = path.read_text() if text is None else text
        item = lsp.TextDocumentItem(path.as_uri(), "yaml", 1, shown)
        self.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    def write(self, path: Path, text: str) -> None:
        """Change an open file."""
        document = lsp.VersionedTextDocumentIdentifier(2, path.as_uri())
        change = lsp.TextDocumentContentChangeWholeDocument(text)
        self.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [change]))


async def started(folder: Path, *encodings: str) -> Editor:
    """An editor that has started the server and agreed on the units of columns."""
    editor = Editor()
    await editor.start_io(sys.executable, "-m", "cli", "lsp", cwd=ROOT)
    general = lsp.GeneralClientCapabilities(position_encodings=list(encodings)) if encodings else None
    capabilities = lsp.ClientCapabilities(general=general)
    await editor.initialize_async(lsp.InitializeParams(capabilities, root_uri=folder.as_uri()))
    editor.initialized(lsp.InitializedParams())
    return editor


@pytest.fixture
async def editor(folder: Path) -> AsyncIterator[Editor]:
    """An editor at work on the project; it ends the server as the protocol wants it."""
    client = await started(folder)
    yield client
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()
