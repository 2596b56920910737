"""The language server: what the protocol asks, answered by the pure functions of this package."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls import uris
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from commands.editor import completion, hover, places
from commands.editor.desk import Desk, folder_of
from commands.editor.positions import UNITS, Units, to_offset
from commands.editor.protocol import diagnostic_of, item_of, range_of, uri_of
from dsl.compiler import Project
from dsl.formatter import Unformatted, format_text
from dsl.source import SourceFile, Span

PAUSE_SECONDS = 0.15
"""How long a hand must rest before the project is compiled."""


class Server(LanguageServer):
    """The projects of the files that are open, and the compilations that are due."""

    def __init__(self, version: str) -> None:
        super().__init__("relance", version, lsp.TextDocumentSyncKind.Full)
        self.desks: dict[Path, Desk] = {}
        self._due: dict[Path, asyncio.Task[None]] = {}
        self._compiling = asyncio.Lock()
        self._shown: dict[Path, set[str]] = {}

    @property
    def units(self) -> Units:
        """The units of columns that client and server agreed on."""
        return UNITS[self.server_capabilities.position_encoding or "utf-16"]

    # Files

    def desk_of(self, uri: str) -> tuple[Desk, str] | None:
        """The project of a file, and the file's path in it; None for a file of no project."""
        path = uris.to_fs_path(uri)
        folder = folder_of(Path(path)) if path else None
        if path is None or folder is None:
            return None
        desk = self.desks.setdefault(folder, Desk(folder))
        return desk, Path(path).relative_to(folder).as_posix()

    def opened(self, uri: str, text: str) -> None:
        """A file has this text in the editor."""
        found = self.desk_of(uri)
        if found is not None:
            found[0].put(found[1], text)
            self.compile_soon(found[0])

    def closed(self, uri: str) -> None:
        """The editor has a file open no more."""
        found = self.desk_of(uri)
        if found is not None:
            found[0].take_away(found[1])
            self.compile_soon(found[0])

    # Compilation

    def compile_soon(self, desk: Desk) -> None:
        """Compile once the hand rests; a compilation that is due already waits again."""
        waiting = self._due.get(desk.folder)
        if waiting is not None:
            waiting.cancel()
        self._due[desk.folder] = asyncio.get_running_loop().create_task(self._compile(desk))

    async def _compile(self, desk: Desk) -> None:
        await asyncio.sleep(PAUSE_SECONDS if desk.project is not None else 0)
        # What has begun is not cancelled: its thread would go on beside the next one.
        self._due.pop(desk.folder, None)
        async with self._compiling:
            project = await asyncio.to_thread(desk.compile)
        self._publish(desk, project)

    def _publish(self, desk: Desk, project: Project) -> None:
        by_file: dict[str, list[lsp.Diagnostic]] = {}
        for each in project.diagnostics:
            by_file.setdefault(uri_of(each.file.path), []).append(diagnostic_of(each, self.units))
        gone = self._shown.get(desk.folder, set()) - set(by_file)
        opened = {uri_of(str(desk.folder / path)) for path in desk.opened}
        for uri in sorted({*by_file, *gone, *opened}):
            params = lsp.PublishDiagnosticsParams(uri, by_file.get(uri, []))
            self.text_document_publish_diagnostics(params)
        self._shown[desk.folder] = set(by_file)

    async def place(self, uri: str, position: lsp.Position) -> tuple[Desk, Project, SourceFile, int] | None:
        """The project, the file and the offset that a request is about; None where there is no project."""
        found = self.desk_of(uri)
        if found is None:
            return None
        desk, path = found
        file = desk.source(path)
        if file is None:
            return None
        if desk.project is None:
            async with self._compiling:
                await asyncio.to_thread(desk.compile)
        assert desk.project is not None
        offset = to_offset(file, position.line, position.character, self.units)
        return desk, desk.project, file, offset


def create_server(version: str) -> Server:
    """A server with everything that it answers."""
    server = Server(version)
    for name, (answer, options) in _FEATURES.items():
        server.feature(name, options)(answer)
    return server


# What is announced to the server


def _opened(server: Server, params: lsp.DidOpenTextDocumentParams) -> None:
    server.opened(params.text_document.uri, params.text_document.text)


def _changed(server: Server, params: lsp.DidChangeTextDocumentParams) -> None:
    uri = params.text_document.uri
    server.opened(uri, server.workspace.get_text_document(uri).source)


def _closed(server: Server, params: lsp.DidCloseTextDocumentParams) -> None:
    server.closed(params.text_document.uri)


def _changed_on_disk(server: Server, params: lsp.DidChangeWatchedFilesParams) -> None:
    found = [server.desk_of(change.uri) for change in params.changes]
    for desk in {each[0].folder: each[0] for each in found if each is not None}.values():
        server.compile_soon(desk)


async def _initialized(server: Server, _params: lsp.InitializedParams) -> None:
    """Ask to be told of files that change without being open, where the editor can tell."""
    workspace = server.client_capabilities.workspace
    watched = workspace.did_change_watched_files if workspace else None
    if watched is None or not watched.dynamic_registration:
        return
    patterns = ("**/scenarios/**/*.{yaml,yml}", "**/templates/**/*.{mjml,html,txt}")
    options = lsp.DidChangeWatchedFilesRegistrationOptions([lsp.FileSystemWatcher(each) for each in patterns])
    name = lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES
    await server.client_register_capability_async(
        lsp.RegistrationParams([lsp.Registration(name, name, options)])
    )


# What is asked of it


async def _complete(server: Server, params: lsp.CompletionParams) -> lsp.CompletionList | None:
    found = await server.place(params.text_document.uri, params.position)
    if found is None:
        return None
    _, project, file, offset = found
    offered = completion.complete(project, file, offset)
    at = range_of(file, offered.span, server.units)
    items = [item_of(offer, number, at) for number, offer in enumerate(offered.offers)]
    return lsp.CompletionList(is_incomplete=False, items=items)


async def _hover(server: Server, params: lsp.HoverParams) -> lsp.Hover | None:
    found = await server.place(params.text_document.uri, params.position)
    said = hover.hover(*found[1:]) if found is not None else None
    if found is None or said is None:
        return None
    text = lsp.MarkupContent(lsp.MarkupKind.Markdown, said.text)
    return lsp.Hover(text, range_of(found[2], said.span, server.units))


async def _define(server: Server, params: lsp.DefinitionParams) -> list[lsp.Location]:
    found = await server.place(params.text_document.uri, params.position)
    if found is None:
        return []
    desk, project, file, offset = found
    return [
        lsp.Location(uri_of(place.file.path), range_of(place.file, place.span, server.units))
        for place in places.definitions(project, file, offset, desk.source)
    ]


async def _prepare_rename(server: Server, params: lsp.PrepareRenameParams) -> lsp.Range | None:
    found = await server.place(params.text_document.uri, params.position)
    symbol = places.renamable(*found[1:]) if found is not None else None
    return range_of(found[2], symbol.span, server.units) if found is not None and symbol else None


async def _rename(server: Server, params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
    found = await server.place(params.text_document.uri, params.position)
    if found is None:
        return None
    desk, project, file, offset = found
    try:
        to_change = places.rename(project, file, offset, params.new_name, desk.stories())
    except places.CannotRename as refusal:
        raise JsonRpcInvalidParams(str(refusal)) from None
    edits: dict[str, list[lsp.TextEdit]] = {}
    for place in to_change:
        edit = lsp.TextEdit(range_of(place.file, place.span, server.units), params.new_name)
        edits.setdefault(uri_of(place.file.path), []).append(edit)
    return lsp.WorkspaceEdit(changes=edits)


async def _format(server: Server, params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit] | None:
    """The whole file in canonical form; None for one with mistakes in its YAML, which are shown anyway."""
    found = server.desk_of(params.text_document.uri)
    file = found[0].source(found[1]) if found is not None else None
    if file is None or not file.path.endswith((".yaml", ".yml")):
        return None
    try:
        text = format_text(file)
    except Unformatted:
        return None
    whole = range_of(file, Span(0, len(file.text)), server.units)
    return [] if text == file.text else [lsp.TextEdit(whole, text)]


_FEATURES: Mapping[str, tuple[Callable[..., Any], Any]] = {
    lsp.INITIALIZED: (_initialized, None),
    lsp.TEXT_DOCUMENT_DID_OPEN: (_opened, None),
    lsp.TEXT_DOCUMENT_DID_CHANGE: (_changed, None),
    lsp.TEXT_DOCUMENT_DID_CLOSE: (_closed, None),
    lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES: (_changed_on_disk, None),
    lsp.TEXT_DOCUMENT_COMPLETION: (
        _complete,
        lsp.CompletionOptions(trigger_characters=[".", "(", " ", "[", ","]),
    ),
    lsp.TEXT_DOCUMENT_HOVER: (_hover, None),
    lsp.TEXT_DOCUMENT_DEFINITION: (_define, None),
    lsp.TEXT_DOCUMENT_FORMATTING: (_format, None),
    lsp.TEXT_DOCUMENT_PREPARE_RENAME: (_prepare_rename, None),
    lsp.TEXT_DOCUMENT_RENAME: (_rename, lsp.RenameOptions(prepare_provider=True)),
}
"""Every method that is answered, with what is promised to the client about it."""
