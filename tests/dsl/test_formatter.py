"""The formatter: what it writes means the same, keeps every comment, and stays when formatted again."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsl.compiler import compile_project
from dsl.formatter import Unformatted, format_text
from dsl.layout import says_the_same
from dsl.reader import read
from dsl.source import SourceFile
from tests.dsl.shaken import Hand

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
SHIPPED = [*sorted((REPOSITORY / "scenarios").rglob("*.yaml")), HERE / "every_form.yaml"]
USUAL = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def formatted(text: str) -> str:
    return format_text(SourceFile("case.yaml", text))


def _comments(text: str) -> list[str]:
    return sorted(
        each.replace("#behind", "# behind") for each in re.findall(r"#.*(?:above|behind) \d+", text)
    )


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_files_are_in_canonical_form(path: Path) -> None:
    """What ships is what `relance fmt` writes."""
    assert formatted(path.read_text()) == path.read_text()


@USUAL
@given(st.data())
def test_any_hand_comes_to_the_same_tree_with_all_comments(data: st.DataObject) -> None:
    """However a file is indented, quoted and commented, its canonical form says the same and is final."""
    file = SourceFile("case.yaml", data.draw(st.sampled_from(SHIPPED)).read_text())
    root, _ = read(file)
    written = data.draw(st.composite(lambda draw: Hand(draw).document(root))())
    once = formatted(written)
    assert says_the_same(read(SourceFile("case.yaml", once))[0], root)
    assert _comments(once) == _comments(written)
    assert formatted(once) == once


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workshop")
    shutil.copytree(HERE / "golden" / "project", folder, dirs_exist_ok=True)
    (folder / "scenarios" / "program").mkdir()
    return folder


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_formatted_scenario_has_the_same_plan(workshop: Path, data: st.DataObject) -> None:
    """Every form of the language, in any hand, compiles to the plan of its canonical form."""
    case = workshop / "scenarios" / "program" / "every_form.yaml"
    root, _ = read(SourceFile("case.yaml", (HERE / "every_form.yaml").read_text()))
    written = data.draw(st.composite(lambda draw: Hand(draw).document(root))())
    case.write_text(written)
    before = compile_project(workshop)
    case.write_text(formatted(written))
    after = compile_project(workshop)
    assert before.errors == after.errors == ()
    assert after.scenarios["every_form"].plan == before.scenarios["every_form"].plan


def test_a_formatted_project_has_the_same_plans(tmp_path: Path) -> None:
    """Catalog, policy and segments too mean the same after formatting."""
    shutil.copytree(REPOSITORY / "scenarios", tmp_path / "scenarios")
    shutil.copytree(REPOSITORY / "templates", tmp_path / "templates")
    for path in (tmp_path / "scenarios").rglob("*.yaml"):
        spread = path.read_text().replace("{ ", "{  ").replace(" }", "}")
        path.write_text(formatted(re.sub(r"^(\w+): (\w)", r"\1:    \2", spread, flags=re.MULTILINE)))
    before, after = compile_project(REPOSITORY), compile_project(tmp_path)
    assert after.errors == ()
    assert after.world == before.world
    plans = {name: each.plan for name, each in before.scenarios.items()}
    assert {name: each.plan for name, each in after.scenarios.items()} == plans


CASES = {
    "braces get room, brackets none": ("a: {b: [ 1,2 ]}\n", "a: { b: [1, 2] }\n"),
    "quotes become double": ("a: 'b'\n", 'a: "b"\n'),
    "a text with quotes gets single ones": ('a: "say \\"no\\""\n', "a: 'say \"no\"'\n"),
    "quotes that older readers need stay": ("'no': 'on'\n", '"no": "on"\n'),
    "a list moves in under its key": ("a:\n- b\n", "a:\n  - b\n"),
    "one empty line is enough": ("a: b\n\n\n\nc: d\n", "a: b\n\nc: d\n"),
    "no empty line opens a block": ("a:\n\n  b: c\n", "a:\n  b: c\n"),
    "a comment inside braces opens them": (
        "a: { b: c, # why\n  d: e } # end\n",
        "# end\na:\n  b: c # why\n  d: e\n",
    ),
    "a comment at the end of a block stays in it": (
        "a:\n    b: c\n    # more\n# over\nd: e\n",
        "a:\n  b: c\n  # more\n# over\nd: e\n",
    ),
    "folded lines that fit become one": ("a: b\n   c\n", "a: b c\n"),
    "lines of a block stay, moved": ("a: |\n     b\n       c\n\n     d\n", "a: |\n  b\n    c\n\n  d\n"),
    "an expression in brackets stays as it stands": (
        "with: { a: [ 1,2 ] }\n",
        "with: { a: [ 1,2 ] }\n",
    ),
    "what does not fit a line opens": (
        f"a: {{ b: {'x' * 60}, c: {'y' * 60} }}\n",
        f"a:\n  b: {'x' * 60}\n  c: {'y' * 60}\n",
    ),
    "nothing stays nothing": ("a:\nb: []\n", "a:\nb: []\n"),
    "comments alone stay": ("# nothing yet\n", "# nothing yet\n"),
}


@pytest.mark.parametrize(("text", "due"), CASES.values(), ids=CASES)
def test_canonical_form(text: str, due: str) -> None:
    """Each rule of the form, by an example."""
    assert formatted(text) == due
    assert formatted(due) == due


def test_a_file_with_mistakes_is_refused() -> None:
    """Nobody guesses what broken YAML means."""
    with pytest.raises(Unformatted) as refusal:
        formatted("a: [b\nc: d\n")
    assert refusal.value.diagnostics


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab: -#[]{},\n'\"|>&x"), max_size=40))
def test_no_text_is_changed_in_meaning_whatever_it_is(text: str) -> None:
    """Any text is formatted to one that says the same, or refused."""
    try:
        once = formatted(text)
    except Unformatted:
        return
    assert says_the_same(read(SourceFile("x", once))[0], read(SourceFile("x", text))[0])
    assert formatted(once) == once
