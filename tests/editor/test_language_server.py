"""The language server as editors meet it: the real process, over standard input and output."""

from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from .conftest import Editor, started


def _at(text: str, needle: str, after: int = 0) -> lsp.Position:
    """The position of a text, so many characters on, in a line where each is one column."""
    offset = text.index(needle) + after
    return lsp.Position(text.count("\n", 0, offset), offset - (text.rfind("\n", 0, offset) + 1))


def _read(path: Path) -> str:
    return path.read_text()


def _params(path: Path, at: lsp.Position) -> tuple[lsp.TextDocumentIdentifier, lsp.Position]:
    return lsp.TextDocumentIdentifier(path.as_uri()), at


def _edited(text: str, edits: list[lsp.TextEdit]) -> str:
    lines = text.split("\n")
    for edit in sorted(edits, key=lambda each: (each.range.start.line, each.range.start.character))[::-1]:
        start, end = edit.range.start, edit.range.end
        lines[start.line] = (
            lines[start.line][: start.character] + edit.new_text + lines[end.line][end.character :]
        )
    return "\n".join(lines)


@pytest.fixture
def welcome(folder: Path) -> Path:
    return folder / "scenarios/onboarding/welcome.yaml"


async def test_mistakes_come_while_typing_and_go_when_they_are_mended(editor: Editor, welcome: Path):
    text = _read(welcome)
    editor.open(welcome, text.replace("contact.country", "contact.contry"))
    (wrong,) = await editor.mistakes(welcome, "E511")
    assert "did you mean `country`" in wrong.message
    assert wrong.range.start == _at(text, "country in")
    editor.write(welcome, text)
    assert await editor.mistakes(welcome) == []


async def test_a_mistake_shows_in_the_files_that_it_breaks(editor: Editor, folder: Path, welcome: Path):
    catalog = folder / "scenarios/catalog.yaml"
    editor.open(
        catalog, _read(catalog).replace("case.opened:", "case.closed:").replace("list: text", "l: text")
    )
    found = await editor.mistakes(welcome, "E510")
    assert "list" in found[0].message


async def test_what_is_not_saved_yet_counts(editor: Editor, folder: Path):
    new = folder / "scenarios/onboarding/new.yaml"
    editor.open(new, "scenario: welcome\n")
    codes = [str(each.code) for each in await editor.mistakes(new, "E122")]
    assert codes == ["E122"]
    assert not new.exists()


async def test_columns_are_utf_16_where_nothing_else_is_agreed(editor: Editor, welcome: Path):
    text = _read(welcome).replace('list == "newsletter"', 'list != "🎉🎉" and lst == "newsletter"')
    editor.open(welcome, text)
    (wrong,) = await editor.mistakes(welcome, "E510")
    start = _at(text, "lst")
    assert (wrong.range.start.character, wrong.range.end.character) == (
        start.character + 2,
        start.character + 5,
    )


async def test_columns_are_those_agreed_on(folder: Path, welcome: Path):
    text = _read(welcome).replace('list == "newsletter"', 'list != "é🎉" and lst == "newsletter"')
    client = await started(folder, "utf-8")
    client.open(welcome, text)
    (wrong,) = await client.mistakes(welcome, "E510")
    assert wrong.range.start.character == _at(text, "lst").character + 1 + 3
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()


async def test_completion_knows_what_an_attribute_may_be(editor: Editor, welcome: Path):
    text = _read(welcome).replace("in [FR, BE, CH, LU]", "== ")
    editor.open(welcome, text)
    document, at = _params(welcome, _at(text, "contact.country == ", len("contact.country == ")))
    offered = await editor.text_document_completion_async(lsp.CompletionParams(document, at))
    assert isinstance(offered, lsp.CompletionList)
    assert [item.label for item in offered.items][:5] == ["FR", "BE", "CH", "LU", "NO"]


async def test_completion_replaces_the_whole_dotted_name(editor: Editor, welcome: Path):
    text = _read(welcome).replace("contact.country in [FR, BE, CH, LU]", "contact.coun")
    editor.open(welcome, text)
    document, at = _params(welcome, _at(text, "contact.coun", len("contact.coun")))
    offered = await editor.text_document_completion_async(lsp.CompletionParams(document, at))
    assert isinstance(offered, lsp.CompletionList)
    (item,) = (item for item in offered.items if item.label == "contact.country")
    assert isinstance(item.text_edit, lsp.TextEdit)
    assert "audience: contact.country\n" in _edited(text, [item.text_edit])


async def test_hover_tells_what_a_name_is(editor: Editor, welcome: Path):
    text = _read(welcome)
    editor.open(welcome)
    document, at = _params(welcome, _at(text, "contact.country", 10))
    said = await editor.text_document_hover_async(lsp.HoverParams(document, at))
    assert said is not None
    assert isinstance(said.contents, lsp.MarkupContent)
    assert "one of FR, BE, CH, LU, NO" in said.contents.value


async def test_an_attribute_leads_to_the_catalog(editor: Editor, folder: Path, welcome: Path):
    editor.open(welcome)
    document, at = _params(welcome, _at(_read(welcome), "contact.country", 10))
    (place,) = await editor.text_document_definition_async(lsp.DefinitionParams(document, at))
    catalog = folder / "scenarios/catalog.yaml"
    assert (place.uri, place.range.start) == (catalog.as_uri(), _at(_read(catalog), "country:"))


async def test_renaming_a_step_changes_its_scenario_and_its_stories(
    editor: Editor, folder: Path, welcome: Path
):
    stories = folder / "scenarios/onboarding/welcome.test.yaml"
    editor.open(welcome)
    document, at = _params(welcome, _at(_read(welcome), "id: hello", 5))
    editable = await editor.text_document_prepare_rename_async(lsp.PrepareRenameParams(document, at))
    assert isinstance(editable, lsp.Range)
    edit = await editor.text_document_rename_async(lsp.RenameParams(document, at, "greeting"))
    assert edit is not None
    assert edit.changes is not None
    for path in (welcome, stories):
        path.write_text(_edited(_read(path), list(edit.changes[path.as_uri()])))
    assert "id: greeting" in _read(welcome)
    assert "clicked(greeting)" in _read(welcome)
    assert "clicks: greeting" in _read(stories)
    editor.write(welcome, _read(welcome))
    await editor.mistakes(welcome)
    assert editor.codes(stories) == []


async def test_formatting_gives_the_canonical_form(editor: Editor, welcome: Path):
    text = _read(welcome)
    editor.open(welcome, text.replace("goal: { event:", "goal:   {event:"))
    params = lsp.DocumentFormattingParams(
        lsp.TextDocumentIdentifier(welcome.as_uri()), lsp.FormattingOptions(2, insert_spaces=True)
    )
    edits = await editor.text_document_formatting_async(params)
    assert edits is not None
    assert [edit.new_text for edit in edits] == [text]


async def test_a_rename_that_cannot_be_is_refused_in_words(editor: Editor, welcome: Path):
    editor.open(welcome)
    document, at = _params(welcome, _at(_read(welcome), "id: hello", 5))
    with pytest.raises(JsonRpcException, match="another step has the id `first_order`"):
        await editor.text_document_rename_async(lsp.RenameParams(document, at, "first_order"))
