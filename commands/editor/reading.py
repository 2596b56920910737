"""A file of the project as it is in the editor, with every name in it; and which one the cursor is on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from commands.editor.surroundings import is_stories, is_world, scenario_of
from commands.editor.symbols import Symbol, SymbolKind, of_expression, symbols_of
from dsl.catalog_parser import channels_of, parse_catalog
from dsl.compiler import Project
from dsl.environment import Environment
from dsl.policy_parser import parse_policy, parse_segments
from dsl.reader import read
from dsl.scenario import Scenario, Written
from dsl.scenario_meaning import give_meaning
from dsl.source import SourceFile
from dsl.tree import Entry, Mapping, Node, Scalar, Sequence


@dataclass(frozen=True)
class FileReading:
    """The names of a file; `scenario` where it holds one; `whole` where no expression was unreadable."""

    symbols: tuple[Symbol, ...]
    scenario: Scenario | None = None
    whole: bool = True

    def at(self, offset: int) -> Symbol | None:
        """The name at an offset: the smallest, where one stands in another."""
        around = [each for each in self.symbols if each.span.start <= offset <= each.span.end]
        return min(around, key=lambda each: each.span.end - each.span.start, default=None)


def read_file(project: Project, file: SourceFile) -> FileReading:
    """The names of a scenario, a file of stories, the catalog, the policy or the segments."""
    if is_stories(file):
        return FileReading(tuple(_of_stories(project, read(file)[0])))
    if is_world(file):
        return FileReading(tuple(_of_world(project, file)))
    scenario = scenario_of(project, file)
    if scenario is None:
        return FileReading((), whole=False)
    meanings = give_meaning(scenario, project.catalog, project.segments)
    whole = all(written.tree is not None for written in meanings.environments)
    return FileReading(tuple(symbols_of(scenario, meanings)), scenario, whole)


# The world


def _of_world(project: Project, file: SourceFile) -> Iterator[Symbol]:
    tree, _ = read(file)
    env = Environment(project.catalog, file, tuple(project.segments), in_run=False)
    for written in _expressions(file, tree):
        if written.tree is not None:
            yield from of_expression(written.tree, env)


def _expressions(file: SourceFile, tree: Node | None) -> Iterable[Written]:
    if file.path.endswith("catalog.yaml"):
        return parse_catalog(file, tree).computed.values()
    if file.path.endswith("policy.yaml"):
        return (limit.when for limit in parse_policy(file, tree).limits if limit.when is not None)
    return (segment.is_ for segment in parse_segments(file, tree)[0])


# Stories


_IN_STORIES: dict[str, SymbolKind] = {
    "event": "event",
    "emit": "event",
    "opens": "step",
    "clicks": "step",
    "bounces": "step",
    "complains": "step",
    "unsubscribes": "topic",
    "confirms": "topic",
    "call": "webhook",
    "not_sent": "message",
    "message": "message",
    "calls": "scenario",
    "scenario": "scenario",
}


def _of_stories(project: Project, tree: Node | None) -> Iterator[Symbol]:
    """The names in a file of stories, by the keys that they stand at."""
    if isinstance(tree, Sequence):
        for item in tree.items:
            yield from _of_stories(project, item)
    for entry in tree.entries if isinstance(tree, Mapping) else ():
        yield from _of_entry(project, entry)
        yield from _of_stories(project, entry.value)


def _of_entry(project: Project, entry: Entry) -> Iterator[Symbol]:
    key, value = entry.key.value, entry.value
    if isinstance(value, Scalar) and key in _IN_STORIES:
        yield Symbol(_IN_STORIES[key], value.value, value.span)
    elif isinstance(value, Scalar) and key in channels_of(project.catalog):
        yield Symbol("message", value.value, value.span, key)
    elif isinstance(value, Sequence) and key == "scenarios":
        named = (item for item in value.items if isinstance(item, Scalar))
        yield from (Symbol("scenario", item.value, item.span) for item in named)
    elif isinstance(value, Mapping) and key == "arms":
        yield from (Symbol("step", arm.key.value, arm.key.span) for arm in value.entries)
    elif isinstance(value, Mapping) and key in ("contact", "changes"):
        yield from (Symbol("attribute", each.key.value, each.key.span) for each in value.entries)
