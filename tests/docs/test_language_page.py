"""docs/language.md holds what it says: every example compiles, and nothing of the language is left out.

The info string of an example says what it is: ```` ```yaml steps W530 ```` are steps that say W530. Catalog,
policy and segments of the page are those of all its examples. After a new diagnostic,
`python tests/docs/test_language_page.py` writes the table of codes again.
"""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from dsl import render, type_notation
from dsl.catalog import BUILT_IN_ATTRIBUTES, built_in_events
from dsl.catalog_parser import KEYS as CATALOG_KEYS
from dsl.compiler import Project, compile_project
from dsl.message_parser import MESSAGE_KEYS
from dsl.parser import KEYS as SCENARIO_KEYS
from dsl.policy_parser import KEYS as POLICY_KEYS
from dsl.signatures import HISTORY_EXTREMES, SIGNATURES
from dsl.step_parser import VERBS
from dsl.story_expect import BECAUSE, OTHERS
from dsl.story_given import KEYS as GIVEN_KEYS
from dsl.story_lines import VERBS as DEEDS
from dsl.story_parser import KEYS as STORIES_KEYS
from dsl.story_parser import STORY_KEYS
from dsl.trigger_parser import FORMS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "language.md"
HINTS = ROOT / "dsl" / "hints"
WORLD = ("catalog", "policy", "segments")
KINDS = (*WORLD, "scenario", "head", "steps", "expressions", "story")
HEAD_OF_CODES = "| code | is said of |\n|---|---|\n"

_DRAWN = re.compile(
    r"^```yaml steps [EW]\d{3}\n(?P<steps>[^`]*)```\n\n```text diagnostic\n(?P<said>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)

_BLOCK = re.compile(r"^```yaml([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

DEFAULTS = {
    "scenario": "scenario: example\n",
    "topic": "topic: newsletter\n",
    "entry": "entry: once\n",
    "trigger": "trigger: { event: contact.subscribed }\n",
    "steps": "steps:\n  - email: hello\n",
}
AROUND_STEPS = """\
scenario: example
topic: newsletter
entry: always
trigger: { event: appointment.booked }
key: event.appointment_id
exit_when: [contact.created]
steps:
"""
AROUND_EXPRESSIONS = """\
scenario: example
topic: newsletter
entry: always
trigger: { event: order.placed, for_each: event.items }
key: item.sku
steps:
  - email: hello
    id: hello
"""


@dataclass(frozen=True)
class Example:
    """One block of the page: its line, what it is, what it announces, and its text."""

    line: int
    kind: str
    codes: frozenset[str]
    text: str

    @property
    def name(self) -> str:
        return f"line {self.line}: {self.kind}"


def _examples() -> list[Example]:
    page = PAGE.read_text(encoding="utf-8")
    found = []
    for block in _BLOCK.finditer(page):
        kind, *codes = block[1].split() or [""]
        found.append(Example(page.count("\n", 0, block.start()) + 1, kind, frozenset(codes), block[2]))
    return found


EXAMPLES = _examples()


def _scenario(example: Example) -> str:
    """The whole scenario that an example stands for."""
    if example.kind == "head":
        written = set(yaml.load(example.text, yaml.BaseLoader) or ()) if not example.codes else set()
        written |= set(re.findall(r"^(\w+):", example.text, re.MULTILINE))
        return "".join(text for key, text in DEFAULTS.items() if key not in written) + example.text
    if example.kind == "steps":
        return AROUND_STEPS + _indented(example.text)
    if example.kind == "expressions":
        lines = [line for line in example.text.splitlines() if line.startswith("- ")]
        sets = (f"  - set:\n      run.v{n}: {line[2:]}\n" for n, line in enumerate(lines))
        return AROUND_EXPRESSIONS + "".join(sets)
    return example.text


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" if line else "\n" for line in text.splitlines())


def _compiled(scenario: str, folder: Path, story: str = "") -> Project:
    """A project of the page's catalog, policy and segments, one scenario, and templates that stand in."""
    scenarios = folder / "scenarios"
    scenarios.mkdir(parents=True)
    for each in EXAMPLES:
        if each.kind in WORLD:
            (scenarios / f"{each.kind}.yaml").write_text(each.text)
    (scenarios / "example.yaml").write_text(scenario)
    (scenarios / "example.test.yaml").write_text(story or _story_of(scenario))
    for (channel, message), variables in _messages(scenario).items():
        for locale in ("fr", "en"):
            path = folder / "templates" / message / f"{channel}.{locale}"
            path.parent.mkdir(parents=True, exist_ok=True)
            _stand_in(path, channel, variables)
    return compile_project(folder)


def _story_of(scenario: str) -> str:
    name = re.findall(r"^scenario: (\w+)", scenario, re.MULTILINE)[0]
    story = "{ name: nothing happens to who does nothing, expect: [] }"
    return f"scenarios: [{name}]\nstarts: 2027-02-15\nstories:\n  - {story}\n"


def _messages(scenario: str) -> dict[tuple[str, str], set[str]]:
    """The messages that a scenario sends, with the variables that it gives them."""
    found: dict[tuple[str, str], set[str]] = {}

    def look(node: object) -> None:
        for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            look(each)
        for channel in ("email", "sms"):
            if isinstance(node, dict) and isinstance(node.get(channel), str):
                found.setdefault((channel, node[channel]), set()).update(node.get("with") or ())

    look(yaml.load(scenario, yaml.BaseLoader))
    return found


def _stand_in(path: Path, channel: str, variables: set[str]) -> None:
    said = " ".join(f"{{{{ {name} }}}}" for name in sorted(variables))
    if channel == "email":
        body = f'---\nsubject: Hello\n---\n<p>{said} <a href="{{{{ unsubscribe_url }}}}">out</a></p>\n'
        path.with_name(f"{path.name}.html").write_text(body)
    else:
        path.with_name(f"{path.name}.txt").write_text(f"{said} {{{{ stop_mention }}}}\n")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_every_example_says_what_it_is(example: Example) -> None:
    """So that none goes unchecked."""
    assert example.kind in KINDS


@pytest.mark.parametrize(
    "example", [each for each in EXAMPLES if each.kind != "story"], ids=lambda example: example.name
)
def test_every_example_compiles(example: Example, tmp_path: Path) -> None:
    """It says the codes that it announces, and nothing else."""
    scenario = "".join(DEFAULTS.values()) if example.kind in WORLD else _scenario(example)
    found = _compiled(scenario, tmp_path).diagnostics
    said = [f"{each.code} {each.message}" for each in found if each.code not in example.codes]
    assert (said, {each.code for each in found}) == ([], set(example.codes))


@pytest.mark.parametrize(
    "example", [each for each in EXAMPLES if each.kind == "story"], ids=lambda example: example.name
)
def test_every_story_is_about_the_scenario_of_the_page(example: Example, tmp_path: Path) -> None:
    """It is read without a complaint, with the scenario that it tells of."""
    scenario = next(each.text for each in EXAMPLES if each.kind == "scenario")
    assert _compiled(scenario, tmp_path, example.text).diagnostics == ()


def _drawn(steps: str, folder: Path) -> str:
    """What `relance check` prints of an example, without the line that counts."""
    found = _compiled(_scenario(Example(0, "steps", frozenset(), steps)), folder).diagnostics
    return render.text(found).replace(f"{folder.as_posix()}/", "").rsplit("\n\n", 1)[0] + "\n"


def test_a_diagnostic_is_shown_as_it_is_printed(tmp_path: Path) -> None:
    """Mended by `python tests/docs/test_language_page.py`."""
    shown = _DRAWN.search(PAGE.read_text(encoding="utf-8"))
    assert shown is not None
    assert shown["said"] == _drawn(shown["steps"], tmp_path)


@pytest.mark.parametrize("kind", WORLD)
def test_the_page_has_one_of_each_file_of_the_world(kind: str) -> None:
    """Which the other examples are compiled with."""
    assert sum(each.kind == kind for each in EXAMPLES) == 1


def _shown(words: set[str]) -> list[str]:
    """The words that no code span or example of the page has."""
    page = PAGE.read_text(encoding="utf-8")
    code = " ".join([*re.findall(r"`([^`\n]+)`", page), *(each.text for each in EXAMPLES)])
    seen = set(re.findall(r"[\w.]+", code)) | set(re.findall(r"\w+", code))
    return sorted(words - seen)


WORDS = {
    "keys of a scenario": set(SCENARIO_KEYS),
    "keys of the catalog": set(CATALOG_KEYS),
    "keys of the policy": set(POLICY_KEYS),
    "types": {*type_notation.SIMPLE, *type_notation.TYPE_KEYS},
    "trigger forms": set(FORMS),
    "options of triggers": {option for options, _ in FORMS.values() for option in options},
    "verbs": set(VERBS),
    "options of steps": {option for options, _ in VERBS.values() for option in options},
    "options of messages": set(MESSAGE_KEYS),
    "functions": {*SIGNATURES, *HISTORY_EXTREMES},
    "built-in attributes": {each.name for each in BUILT_IN_ATTRIBUTES},
    "keys of stories": {*STORIES_KEYS, *STORY_KEYS, *GIVEN_KEYS},
    "lines of stories": {*DEEDS, *(option for options, _ in DEEDS.values() for option in options), *OTHERS},
    "reasons of stories": set(BECAUSE),
    "built-in events": {each.name for each in built_in_events((), (), (), ())},
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_nothing_of_the_language_is_left_out(words: set[str]) -> None:
    """Every word that the parsers know stands on the page, in an example or a table."""
    assert _shown(words) == []


def _titles() -> list[str]:
    """The line of each code, from the first line of its own page."""
    heads = (page.read_text(encoding="utf-8").splitlines()[0] for page in sorted(HINTS.glob("*.md")))
    return ["| {} | {} |".format(*head.removeprefix("# ").split(": ", 1)) for head in heads]


def test_every_diagnostic_has_its_line() -> None:
    """Mended by `python tests/docs/test_language_page.py`."""
    page = PAGE.read_text(encoding="utf-8")
    assert HEAD_OF_CODES + "\n".join(_titles()) + "\n\n" in page


if __name__ == "__main__":
    before, _, after = PAGE.read_text(encoding="utf-8").partition(HEAD_OF_CODES)
    rest = re.sub(r"\A(?:\| [EW]\d{3} \|[^\n]*\n)*", "", after)
    page = before + HEAD_OF_CODES + "\n".join(_titles()) + "\n" + rest
    with tempfile.TemporaryDirectory() as scratch:
        shown = _DRAWN.search(page)
        assert shown is not None
        start, end = shown.span("said")
        page = page[:start] + _drawn(shown["steps"], Path(scratch)) + page[end:]
    PAGE.write_text(page, encoding="utf-8")
