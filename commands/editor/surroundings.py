"""The environment of an unfinished expression: what may be named where the cursor stands."""

from dataclasses import replace

from commands.editor.cursor import Cursor
from dsl.catalog_parser import channels_of
from dsl.compiler import Project
from dsl.environment import Environment
from dsl.parser import Words, parse_scenario
from dsl.reader import read
from dsl.scenario import Scenario
from dsl.scenario_meaning import give_meaning
from dsl.source import SourceFile

_STAND_IN = "unfinished"
"""A name that makes most unfinished expressions whole, so that the file around them can be read."""


def environment_at(project: Project, file: SourceFile, cursor: Cursor, offset: int) -> Environment:
    """What may be named at the cursor; the names of the catalog alone where the file cannot be read."""
    bare = _bare(project, file)
    if is_world(file):
        return replace(bare, message=cursor.key == "when")
    start, end = cursor.start, _line_end(file.text, offset)
    filled = SourceFile(file.path, f"{file.text[:start]}{_filling(cursor)}{file.text[end:]}")
    scenario = scenario_of(project, filled)
    if scenario is None:
        return bare
    meanings = give_meaning(scenario, project.catalog, project.segments)
    for written, env in meanings.environments.items():
        if written.span.start <= start <= written.span.end:
            return env
    return bare


def is_world(file: SourceFile) -> bool:
    """Whether a file is the catalog, the policy or that of the segments."""
    return file.path.rsplit("/", 1)[-1] in ("catalog.yaml", "policy.yaml", "segments.yaml")


def is_stories(file: SourceFile) -> bool:
    """Whether a file holds stories."""
    return file.path.endswith(".test.yaml")


def scenario_of(project: Project, file: SourceFile) -> Scenario | None:
    """The scenario of a file as it is in the editor, as far as it can be read."""
    tree, _ = read(file)
    if tree is None:
        return None
    known = Words(channels_of(project.catalog), frozenset(project.catalog.attributes))
    return parse_scenario(file, tree, "", known).scenario


def _bare(project: Project, file: SourceFile) -> Environment:
    return Environment(project.catalog, file, tuple(project.segments), in_run=False)


def _filling(cursor: Cursor) -> str:
    """What stands for the unfinished value; what follows it in braces is closed again."""
    closing = {"{": "}", "[": "]"}
    return _STAND_IN + "".join(closing[opener] for opener in reversed(cursor.brackets))


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return len(text) if end < 0 else end
