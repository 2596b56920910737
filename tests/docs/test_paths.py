"""What the documents name exists: files, functions with the file they are said to be in, and pages."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])

EXAMPLES = re.compile(r"^```(?!mermaid).*?^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"(?<![\w./-])((?:[a-z_]+/)+[\w.*-]+\.(?:py|sql|md|lark|yaml|toml))(?![\w/])")
IN_FILE = re.compile(r"`([A-Za-z_][\w.]*)`(?:\s+and\s+`([A-Za-z_]\w*)`)?\s+(?:in|of)\s+`([\w/]+\.py)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PACKAGES = ("benchmarks", "channels", "commands", "dsl", "engine", "store", "tests", "web")
PYTHON = {path.name for folder in PACKAGES for path in (ROOT / folder).rglob("*.py")} | {
    path.name for path in ROOT.glob("*.py")
}


def prose(page: Path) -> str:
    """A page without its examples, which may name what is not there."""
    return EXAMPLES.sub("", page.read_text("utf-8"))


def names_of(path: Path) -> set[str]:
    """What a module defines, classes and their methods as `Class.method`."""
    found: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                found.add(node.name)
            case ast.ClassDef():
                methods = [m.name for m in node.body if isinstance(m, ast.FunctionDef | ast.AsyncFunctionDef)]
                found |= {node.name, *methods, *(f"{node.name}.{name}" for name in methods)}
            case ast.Assign() | ast.AnnAssign():
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page):
    """`channels/*/send.py` stands for each of them; a Python file named by itself is one of ours."""
    text = prose(page)
    alone = re.findall(r"`(\w+\.py)`", text)
    named = set(NAMED.findall(text)) - set(re.findall(r"`(?:scenarios|templates)/\S*`", text))
    missing = [name for name in sorted(named) if not list(ROOT.glob(name)) and not _is_example(name)]
    missing += [name for name in alone if name not in PYTHON]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_function_is_in_the_file_that_a_page_says(page):
    """Written as: `name` in `folder/file.py`."""
    missing = []
    for first, second, file in IN_FILE.findall(prose(page)):
        path = ROOT / file
        known = names_of(path) if path.exists() else set()
        missing += [f"{name} in {file}" for name in (first, second) if name and name not in known]
    assert not missing


def test_the_walk_names_functions():
    """Or the test above would hold for a page that is written in another way."""
    assert len(IN_FILE.findall(prose(ROOT / "docs" / "life_of_an_event.md"))) > 20


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_within_the_project_leads_somewhere(page):
    """From the page's own folder."""
    links = [link for link in LINK.findall(prose(page)) if "://" not in link]
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing


def test_what_is_said_of_imports_is_what_is_held():
    """The packages of the table are those of the contracts."""
    page = (ROOT / "docs" / "life_of_an_event.md").read_text("utf-8")
    table = page[page.index("## Who may import whom") :]
    packages = re.findall(r"^\| `(\w+)`", table, re.MULTILINE)
    contracts = (ROOT / "pyproject.toml").read_text("utf-8")
    (roots,) = re.findall(r"root_packages = \[(.*?)\]", contracts)
    assert set(packages) == set(re.findall(r"\w+", roots))


def _is_example(name: str) -> bool:
    """Paths of a project of scenarios, and those with a provider that is made up."""
    return name.startswith(("templates/", "scenarios/", "codes/")) or "<" in name
