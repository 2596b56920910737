"""The schemas of editors: they take what `check` takes, explain every key, refuse slips of the pen."""

import json
from pathlib import Path
from typing import Any

import pytest

from dsl import catalog_parser, policy_parser, story_given, story_parser
from dsl.compiler import compile_project
from dsl.inbound import parser as inbound
from dsl.inbound.values import LIST_KEYS, PATH_KEYS
from dsl.message_parser import MESSAGE_KEYS
from dsl.parser import KEYS
from dsl.reader import read
from dsl.schema import PLACES, known_names, schemas
from dsl.schemas.shapes import KnownNames
from dsl.source import SourceFile
from dsl.step_parser import VERBS
from tests.dsl.json_schema import as_json, mistakes

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
SCENARIOS = REPOSITORY / "scenarios"
COOKBOOK = REPOSITORY / "docs" / "cookbook" / "scenarios"
PROJECTS = [SCENARIOS, HERE / "golden" / "project" / "scenarios", COOKBOOK]
SOURCES = REPOSITORY / "sources"
FILES = [*(path for folder in (*PROJECTS, SOURCES) for path in sorted(folder.rglob("*.yaml")))]
FILES += [HERE / "every_form.yaml"]
MADE = schemas(known_names(compile_project(REPOSITORY)))


def kind_of(path: Path) -> str:
    if path.name.endswith(".test.yaml"):
        return "stories"
    if path.parent == SOURCES:
        return "source"
    return path.stem if path.stem in MADE else "scenario"


def found(text: str, kind: str) -> list[str]:
    root, wrong = read(SourceFile("case.yaml", text))
    assert wrong == []
    return list(mistakes(as_json(root), MADE[kind], MADE[kind]))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_files_that_are_right_fit_their_schema(path: Path) -> None:
    """No editor underlines what `relance check` accepts."""
    if path.read_text().strip():
        assert found(path.read_text(), kind_of(path)) == []


def test_the_source_of_the_documentation_fits_its_schema() -> None:
    """With translations, lists, consents and several ways to the person."""
    page = (REPOSITORY / "docs/sources.md").read_text()
    (text,) = [each.split("```")[0] for each in page.split("```yaml source\n")[1:]]
    assert found(text, "source") == []


def test_every_form_of_a_step_a_trigger_and_a_line_has_a_name() -> None:
    """Editors offer each by it, and say by it what they expected."""
    scenario, stories = MADE["scenario"], MADE["stories"]
    story = stories["properties"]["stories"]["items"]["properties"]
    forms = [
        *scenario["definitions"]["step"]["anyOf"],
        *scenario["properties"]["trigger"]["anyOf"][0]["anyOf"],
        *story["when"]["items"]["anyOf"],
        *story["expect"]["items"]["anyOf"],
    ]
    names = [form["title"] for form in forms]
    assert {"email step", "repeat step", "every trigger", "clicks line", "not_sent line"} <= set(names)


def test_the_page_gives_the_settings_that_the_command_prints() -> None:
    """What stands in docs/editors.md belongs to the files that `relance schema` writes."""
    page = (REPOSITORY / "docs/editors.md").read_text()
    (block,) = (each for each in page.split("```json\n")[1:] if "yaml.schemas" in each)
    settings = json.loads(block.split("```")[0])["yaml.schemas"]
    assert settings == {
        f"./.vscode/schemas/{kind}.schema.json": list(places) for kind, places in PLACES.items()
    }


SCENARIO = "scenario: case\ntrigger: { event: order.placed }\nentry: once\nsteps:\n"
SIGNED = "signed: { header: X-Sig, secret_env: SHOP_SECRET }\n"
MAPPING = SIGNED + "mappings:\n  order: { id: id, event: order.placed, "
STORY = "scenarios: [a]\nstarts: 2027-02-15\nstories:\n  - { name: x, expect: "
SLIPS = {
    "a key that no step has": (f"{SCENARIO}  - email: hello\n    topik: news\n", "scenario"),
    "a step that does nothing known": (f"{SCENARIO}  - mail: hello\n", "scenario"),
    "an entry rule of one's own": (SCENARIO.replace("once", "twice") + "  - exit: done\n", "scenario"),
    "a wait without a unit": (f"{SCENARIO}  - wait: 3\n", "scenario"),
    "a repeat without its bound": (
        f"{SCENARIO}  - repeat: {{ every: 2 days }}\n    steps: [{{ exit: x }}]\n",
        "scenario",
    ),
    "no trigger": ("scenario: case\nentry: once\nsteps: []\n", "scenario"),
    "a trigger by date that says nothing of the past": (
        SCENARIO.replace("{ event: order.placed }", "{ date: contact.birthdate, at: 09:00 }"),
        "scenario",
    ),
    "a step inside a branch": (f"{SCENARIO}  - if: a\n    then:\n      - mail: hello\n", "scenario"),
    "a type that is none": ("brand: { }\nlocales: [fr]\ncontact: { a: { type: word } }\n", "catalog"),
    "a direction that is none": (
        "brand: { }\nlocales: [fr]\nevents: { call.made: { _direction: to_them } }\n",
        "catalog",
    ),
    "a limit without days": ("pressure: { limits: [{ at_most: 1 }] }\n", "policy"),
    "a segment without its condition": ("vip: { title: Best }\n", "segments"),
    "a source without signature": ("mappings: { order: { id: id } }\n", "source"),
    "a secret in the file": (SIGNED.replace("SHOP_SECRET", "s3cret") + "mappings: { }\n", "source"),
    "a mapping without what makes it count once": (SIGNED + "mappings: { order: { at: at } }\n", "source"),
    "a way to the person that is none": (f"{MAPPING}contact: {{ mail: a.b }} }}\n", "source"),
    "a value that is no path": (f"{MAPPING}with: {{ total: {{ path: 'a b' }} }} }}\n", "source"),
    "a list without its elements": (f"{MAPPING}with: {{ items: {{ list: lines }} }} }}\n", "source"),
    "a reason that is none": (f"{STORY}[{{ at: day 0, not_sent: hello, because: mood }}] }}\n", "stories"),
}


@pytest.mark.parametrize(("text", "kind"), SLIPS.values(), ids=SLIPS)
def test_a_slip_of_the_pen_is_seen(text: str, kind: str) -> None:
    """The editor underlines it before anything is run."""
    assert found(text, kind) != []


def _properties(schema: Any) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(schema, list):
        return [each for part in schema for each in _properties(part)]
    if not isinstance(schema, dict):
        return []
    here = list(schema.get("properties", {}).items()) if isinstance(schema.get("properties"), dict) else []
    return here + [each for part in schema.values() for each in _properties(part)]


@pytest.mark.parametrize("kind", MADE)
def test_every_key_is_explained(kind: str) -> None:
    """Hovering a key says what it does."""
    silent = {name for name, shape in _properties(MADE[kind]) if not shape.get("description")}
    assert silent - {"steps", "list", "input"} == set()


def test_no_key_of_the_parsers_is_missing() -> None:
    """What can be written is offered, whatever is added to the language."""
    written = {name for name, _ in _properties(MADE["scenario"])}
    assert {*KEYS, *MESSAGE_KEYS, *VERBS, *(key for keys, _ in VERBS.values() for key in keys)} <= written
    assert set(MADE["catalog"]["properties"]) == set(catalog_parser.KEYS)
    assert set(MADE["policy"]["properties"]) == set(policy_parser.KEYS)
    assert set(MADE["stories"]["properties"]) == set(story_parser.KEYS)
    assert set(MADE["source"]["properties"]) == set(inbound.KEYS)
    sections = (inbound.SIGNED_KEYS, inbound.MAPPING_KEYS, inbound.CONTACT_KEYS, inbound.CONSENT_KEYS)
    written = {name for name, _ in _properties(MADE["source"])}
    assert {key for keys in (*sections, PATH_KEYS, LIST_KEYS) for key in keys} <= written
    assert set(story_given.KEYS) <= {name for name, _ in _properties(MADE["stories"])}


def test_the_project_s_own_names_are_offered() -> None:
    """Topics, events and messages of this project come up in completion, and others are not refused."""
    topic = MADE["scenario"]["properties"]["topic"]
    assert topic["anyOf"][0]["enum"] == ["newsletter", "service"]
    assert list(mistakes("another", topic, MADE["scenario"])) == []
    assert "welcome_hello" in json.dumps(MADE["scenario"])
    assert "welcome_hello" not in json.dumps(schemas(KnownNames())["scenario"])
