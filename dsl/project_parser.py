"""All files of a project, each parsed by itself: what is wrong with its YAML or its shape, and nothing else.

A file that could not be read at all is told once, by the stage that found it so.
"""

from collections.abc import Mapping
from pathlib import Path

from dsl import project_files, story_files
from dsl.catalog_parser import NOT_READ, ParsedCatalog, channels_of, parse_catalog
from dsl.diagnostics import Diagnostic
from dsl.frozen import dataclass
from dsl.memory import Memory
from dsl.parser import Words
from dsl.policy_parser import ParsedPolicy, Segment, parse_policy, parse_segments
from dsl.project_files import Files, ScenarioFile
from dsl.reader import read
from dsl.scenario import Scenario
from dsl.source import SourceFile
from dsl.story_files import StoryTree
from dsl.tree import Node
from dsl.vocabulary import Vocabulary, build


@dataclass(frozen=True)
class ParsedWorld:
    """Catalog, policy and segments. `whole`: nothing that they write is missing.

    `told`: names of the scenarios that have stories.
    """

    files: Files
    catalog: ParsedCatalog
    policy: ParsedPolicy
    segments: tuple[Segment, ...]
    whole: bool
    told: frozenset[str]
    memory: Memory

    @property
    def words(self) -> Words:
        """What parsers of scenarios must know of the catalog."""
        catalog = self.catalog.catalog
        return Words(channels_of(catalog), frozenset(catalog.attributes))

    def build(self, scenarios: tuple[str, ...]) -> Vocabulary:
        """What the world means beside scenarios of these names."""
        return build(
            self.files.catalog, self.catalog, self.files.policy, self.policy, self.segments, scenarios
        )


@dataclass(frozen=True)
class ParsedProject:
    """A project's files. `scenarios` and `later` are by the path of their file.

    `partial`: scenarios of which a part is missing; `later`: those that only stories put in force.
    `unread`: paths of files that could not be read. `found`: what is wrong so far.
    """

    files: Files
    trees: tuple[StoryTree, ...]
    world: ParsedWorld
    scenarios: dict[str, Scenario]
    partial: tuple[Scenario, ...]
    later: dict[str, Scenario]
    unread: frozenset[str]
    found: tuple[Diagnostic, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of all scenarios of today."""
        return tuple(each.name.value for each in (*self.scenarios.values(), *self.partial))


def parse_project(folder: Path, buffers: Mapping[str, str], memory: Memory) -> ParsedProject:
    """Find and parse every file; `buffers` and `memory` as `compile_project` has them."""
    files = project_files.find(folder, buffers)
    found = list(files.diagnostics)
    unread = {each.file.path for each in found}
    trees = story_files.read_trees(files.stories, unread)
    world = _read_world(files, story_files.told(trees), memory, unread, found)
    now, later = _apart(files.scenarios, story_files.published(trees))
    scenarios, partial = _parse_scenarios(now, unread, world, found)
    put_later, _ = _parse_scenarios(later, unread, world, found)
    return ParsedProject(files, trees, world, scenarios, partial, put_later, frozenset(unread), tuple(found))


def _read_world(
    files: Files, told: frozenset[str], memory: Memory, unread: set[str], found: list[Diagnostic]
) -> ParsedWorld:
    before = len(found)
    trees = [_tree(file, found) for file in (files.catalog, files.policy, files.segments)]
    broken = len(found) > before or not unread.isdisjoint(files.world_paths)
    catalog = NOT_READ if broken and trees[0] is None else parse_catalog(files.catalog, trees[0])
    policy = parse_policy(files.policy, trees[1])
    segments, wrong, segments_whole = parse_segments(files.segments, trees[2])
    found += [*catalog.diagnostics, *policy.diagnostics, *wrong]
    whole = catalog.whole and policy.whole and segments_whole and not broken
    return ParsedWorld(files, catalog, policy, segments, whole, told, memory)


def _tree(file: SourceFile, found: list[Diagnostic]) -> Node | None:
    tree, wrong = read(file)
    found += wrong
    return tree


def _apart(
    scenarios: tuple[ScenarioFile, ...], published: frozenset[str]
) -> tuple[tuple[ScenarioFile, ...], tuple[ScenarioFile, ...]]:
    """The scenarios of the project, and those that only stories put in force."""
    now = tuple(each for each in scenarios if each.file.path not in published)
    return now, tuple(each for each in scenarios if each.file.path in published)


def _parse_scenarios(
    scenarios: tuple[ScenarioFile, ...], unread: set[str], world: ParsedWorld, found: list[Diagnostic]
) -> tuple[dict[str, Scenario], tuple[Scenario, ...]]:
    """Scenarios that could be read whole, by the path of their file; and those of which a part is missing."""
    parsed: dict[str, Scenario] = {}
    partial: list[Scenario] = []
    for each in scenarios:
        if each.file.path in unread:
            continue
        read_scenario = world.memory.parsed(each, world.words)
        found += read_scenario.diagnostics
        if read_scenario.scenario and read_scenario.whole:
            parsed[each.path] = read_scenario.scenario
        elif read_scenario.scenario:
            partial.append(read_scenario.scenario)
    return parsed, tuple(partial)
