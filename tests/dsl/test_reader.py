"""The YAML reader: what scalars are, where things stand, and what hostile files come to."""

from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.reader import read
from dsl.source import SourceFile
from dsl.tree import Mapping, Node, Scalar, Sequence


def tree_of(text: str) -> Node | None:
    node, found = read(SourceFile("f.yaml", text))
    assert found == []
    return node


def scalar(text: str, key: str = "a") -> Scalar:
    node = tree_of(text)
    assert isinstance(node, Mapping)
    value = node.get(key)
    assert isinstance(value, Scalar)
    return value


def scalars(node: Node | None) -> list[Scalar]:
    match node:
        case Scalar():
            return [node]
        case Mapping(entries=entries):
            return [each for entry in entries for part in (entry.key, entry.value) for each in scalars(part)]
        case Sequence(items=items):
            return [each for item in items for each in scalars(item)]
    return []


def codes(text: str) -> list[str]:
    return [each.code for each in read(SourceFile("f.yaml", text))[1]]


def test_words_of_old_yaml_are_text() -> None:
    """`on`, `no`, `NO`, `10:00` and `010` are what they look like, also as keys."""
    node = tree_of("on: no\ncountry: NO\nat: 10:00\ncode: 010\n")
    assert isinstance(node, Mapping)
    pairs = {entry.key.value: entry.value.value for entry in node.entries if isinstance(entry.value, Scalar)}
    assert pairs == {"on": "no", "country": "NO", "at": "10:00", "code": "010"}


def test_offsets_are_exact_in_plain_text() -> None:
    """An index in the value leads to the same character of the file."""
    value = scalar("é: 1\na: contact.x == 1\n")
    text = value.file.text
    assert [text[value.offset_of(i)] for i in range(len(value.value))] == list(value.value)


def test_offsets_are_exact_in_quotes() -> None:
    """Quotes shift by one."""
    value = scalar("a: 'contact.x'\n")
    assert value.file.text[value.offset_of(0)] == "c"


def test_offsets_are_exact_in_literal_blocks() -> None:
    """Blocks keep their lines, so that the indentation is all there is to add."""
    value = scalar("a: |\n\n    one\n      two\n    three\nb: 1\n")
    text = value.file.text
    shown = [(c, text[value.offset_of(i)]) for i, c in enumerate(value.value) if not c.isspace()]
    assert shown == [(c, c) for c in "onetwothree"]


def test_offsets_are_exact_in_folded_text() -> None:
    """Folding changes white space alone: in `>` blocks, plain lines that go on, and quotes."""
    folded = "a: >-\n  one\n  two\n\n  three\n"
    for text in (folded, "a: one\n  two\n  three\n", "a: 'one\n\n  two three'\n"):
        value = scalar(text)
        shown = [text[value.offset_of(i)] for i, c in enumerate(value.value) if not c.isspace()]
        assert "".join(shown) == "onetwothree"
        assert text[value.offset_of(len(value.value)) - 1] == "e"


def test_offsets_in_unescaped_text_are_the_start() -> None:
    """Where YAML unescapes, the start of the scalar is named rather than a wrong place."""
    assert scalar('a: "x\\ty z"\n').offset_of(3) == 3
    assert scalar("a: 'it''s'\n").offset_of(4) == 3


def test_an_empty_file_has_no_tree() -> None:
    """Nothing, comments and an explicit null say nothing."""
    assert tree_of("") is None
    assert tree_of("# only a comment\n") is None
    assert tree_of("~\n") is None


def test_a_duplicate_key_keeps_the_first_value() -> None:
    """Both places are reported, and what was read goes on with the first."""
    node, found = read(SourceFile("f.yaml", "a: 1\nb: 2\na: 3\n"))
    assert [each.code for each in found] == ["E107"]
    assert found[0].span.start == 10
    assert found[0].related[0].span.start == 0
    assert isinstance(node, Mapping)
    assert [entry.key.value for entry in node.entries] == ["a", "b"]


def test_a_comma_that_cuts_an_expression_is_one_diagnostic() -> None:
    """The pieces are put aside, so that nobody reports an unknown key on top."""
    node, found = read(SourceFile("f.yaml", "{ where: did(x, last 3 days), as: y }"))
    assert [each.code for each in found] == ["E109"]
    assert isinstance(node, Mapping)
    assert [entry.key.value for entry in node.entries] == ["where", "as"]
    where = node.get("where")
    assert isinstance(where, Scalar)
    assert where.broken


def test_a_text_with_commas_in_quotes_is_not_cut() -> None:
    """A quoted value may hold what it likes."""
    node = tree_of('[ "a (b", "c) d" ]')
    assert isinstance(node, Sequence)
    assert len(node.items) == 2


def test_an_alias_bomb_is_refused_at_its_first_anchor() -> None:
    """Nothing is ever expanded."""
    lines = ["a: &a [x, x]"] + [
        f"{c}: &{c} [*{p}, *{p}]" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    assert codes("\n".join(lines)) == ["E105"]


def test_depth_is_refused_before_it_hurts() -> None:
    """200,000 brackets end in one diagnostic."""
    assert codes("[" * 200_000) == ["E106"]
    assert codes("- " * 200_000) == ["E106"]


def test_size_is_refused_without_parsing() -> None:
    """Ten million characters end in one diagnostic."""
    assert codes("a" * 10_000_000) == ["E101"]


def test_control_characters_are_refused() -> None:
    """Null, escape, and the characters that turn the direction of text."""
    for character in ("\x00", "\x1b", "\u202e", "\u2066", "\x9f"):
        assert codes(f"a: x{character}y") == ["E102"]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("ab:-[]{}'\"\n\t #|>&*!%@,?~é")), max_size=40))
def test_whatever_is_in_a_file_comes_to_a_tree_or_diagnostics(text: str) -> None:
    """Nothing but a diagnostic ever comes out, with its span inside the file."""
    node, found = read(SourceFile("f.yaml", text))
    for each in found:
        assert 0 <= each.span.start <= each.span.end <= len(text) + 3
    for value in scalars(node):
        if value.style == "plain" and "\n" not in text[value.span.start : value.span.end]:
            assert text[value.span.start : value.span.end] == value.value
