"""The whole compiler in order: find the files, read, parse, give meaning, check, lower.

Diagnostics of one stage are all collected; a scenario that could not be read whole goes no further, so
that one cause makes one error.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path

from dsl import project_files, story_files
from dsl.catalog import Catalog
from dsl.catalog_parser import NOT_READ, ParsedCatalog, channels_of, parse_catalog
from dsl.checks import names
from dsl.checks.draft import Draft
from dsl.checks.rules import RULES
from dsl.diagnostics import Diagnostic
from dsl.frozen import dataclass
from dsl.inbound.files import read_sources
from dsl.inbound.model import Inbound
from dsl.lowering import lower
from dsl.memory import Memory
from dsl.parser import Words
from dsl.plan import Plan, World
from dsl.policy import Formula, Policy
from dsl.policy_parser import ParsedPolicy, Segment, parse_policy, parse_segments
from dsl.project_files import Files, ScenarioFile
from dsl.reader import read
from dsl.scenario import Scenario
from dsl.source import SourceFile
from dsl.story import StoryFile
from dsl.story_cast import Known
from dsl.story_files import StoryTree
from dsl.templates import TemplateSet, read_templates
from dsl.tree import Node
from dsl.vocabulary import Vocabulary, build


@dataclass(frozen=True)
class CompiledScenario:
    """One scenario without errors: its text, what was read from it, and its plan."""

    name: str
    program: str
    path: str
    """Relative to the project's folder."""
    source: str
    scenario: Scenario
    plan: Plan


@dataclass(frozen=True)
class Project:
    """A folder with `scenarios/` and `templates/`, compiled. Scenarios with errors are not in `scenarios`."""

    folder: Path
    scenarios: dict[str, CompiledScenario]
    catalog: Catalog
    policy: Policy
    segments: dict[str, Formula]
    templates: TemplateSet
    diagnostics: tuple[Diagnostic, ...]
    world_errors: tuple[Diagnostic, ...] = ()
    stories: tuple[StoryFile, ...] = ()
    """The story files without mistakes."""
    editions: dict[str, CompiledScenario] = field(default_factory=dict)
    """Scenario files that stories put in force, by the path of the file."""
    sources: dict[str, Inbound] = field(default_factory=dict)
    """Systems that call us, by name, those without mistakes."""

    @cached_property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What must be mended before anything is published."""
        return tuple(each for each in self.diagnostics if each.severity == "error")

    @property
    def world(self) -> World:
        """What is today's for every run. Raises ValueError when catalog, policy or segments have errors."""
        if self.world_errors:
            first = self.world_errors[0]
            line, column = first.file.position(first.span.start)
            raise ValueError(f"{first.file.path}:{line}:{column}: {first.message}")
        return World(self.catalog, self.policy, self.segments)


def compile_project(
    folder: Path, buffers: Mapping[str, str] | None = None, memory: Memory | None = None
) -> Project:
    """Compile every file of a project. What is wrong with the files is in `diagnostics`, never raised.

    `buffers` are texts that stand for those of files, by path relative to the folder: what an editor has
    open. `memory` is that of an earlier compilation.
    """
    files = project_files.find(folder, buffers or {})
    found = list(files.diagnostics)
    unread = {each.file.path for each in found}
    trees = story_files.read_trees(files.stories, unread)
    world = _read_world(files, story_files.told(trees), memory or Memory(), unread, found)
    now, later = _apart(files.scenarios, story_files.published(trees))
    parsed, partial = _parse_scenarios(now, unread, world, found)
    known = world.build(tuple(each.name.value for each in (*parsed.values(), *partial)))
    found += known.diagnostics if world.whole else ()
    templates = read_templates(files.templates, (folder / "templates").as_posix())
    world_errors = tuple(each for each in found if each.file.path in files.world_paths and _is_error(each))
    # Names that an unreadable catalog would have declared are not unknown.
    draft = _draft(tuple(parsed.values()) if world.whole else (), known, templates, world)
    if world.whole:
        found += _wrong(draft, _draft(partial, known, templates, world))
    put_later, _ = _parse_scenarios(later, unread, world, found)
    editions = _editions(put_later, draft, world, known, found)
    stories, wrong = _stories(trees, files, draft, partial, put_later) if world.whole else ((), [])
    found += wrong
    sources, wrong = read_sources(files.sources, unread, known.catalog if world.whole else None)
    found += wrong
    found.sort(key=lambda each: each.sort_key)
    return Project(
        folder,
        {} if world_errors else _lowered(draft, parsed, found, known),
        known.catalog,
        known.policy,
        known.segments,
        templates,
        tuple(found),
        world_errors,
        stories,
        editions,
        sources,
    )


def _wrong(draft: Draft, partial: Draft) -> Iterator[Diagnostic]:
    """What is wrong with what scenarios mean; of those that were only read in part, what surely is."""
    for meanings in draft.meanings.values():
        yield from meanings.found
    for rule in RULES:
        yield from rule(draft)
    yield from _surely_wrong(partial)


def _is_error(diagnostic: Diagnostic) -> bool:
    return diagnostic.severity == "error"


@dataclass(frozen=True)
class _World:
    """Catalog, policy and segments as parsed."""

    files: Files
    catalog: ParsedCatalog
    policy: ParsedPolicy
    segments: tuple[Segment, ...]
    whole: bool
    told: frozenset[str]
    memory: Memory

    @property
    def words(self) -> Words:
        catalog = self.catalog.catalog
        return Words(channels_of(catalog), frozenset(catalog.attributes))

    def build(self, scenarios: tuple[str, ...]) -> Vocabulary:
        return build(
            self.files.catalog, self.catalog, self.files.policy, self.policy, self.segments, scenarios
        )


def _read_world(
    files: Files, told: frozenset[str], memory: Memory, unread: set[str], found: list[Diagnostic]
) -> _World:
    before = len(found)
    trees = [_tree(file, found) for file in (files.catalog, files.policy, files.segments)]
    broken = len(found) > before or not unread.isdisjoint(files.world_paths)
    catalog = NOT_READ if broken and trees[0] is None else parse_catalog(files.catalog, trees[0])
    policy = parse_policy(files.policy, trees[1])
    segments, wrong, segments_whole = parse_segments(files.segments, trees[2])
    found += [*catalog.diagnostics, *policy.diagnostics, *wrong]
    whole = catalog.whole and policy.whole and segments_whole and not broken
    return _World(files, catalog, policy, segments, whole, told, memory)


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
    scenarios: tuple[ScenarioFile, ...], unread: set[str], world: _World, found: list[Diagnostic]
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


_OF_OTHER_PARTS = frozenset({"E203", "E510", "E512", "E513", "E516", "E523"})
"""Codes of names that another part of the same file gives: a step, a variable, the starting event."""


def _surely_wrong(draft: Draft) -> list[Diagnostic]:
    """What is wrong in scenarios that were not read whole, whatever the missing part would have been."""
    said = [each for meanings in draft.meanings.values() for each in meanings.found]
    return [each for each in (*said, *names.check(draft)) if each.code not in _OF_OTHER_PARTS]


def _draft(
    scenarios: tuple[Scenario, ...], known: Vocabulary, templates: TemplateSet, world: _World
) -> Draft:
    segments = frozenset(segment.name.value for segment in world.segments)
    return Draft(
        catalog=known.catalog,
        policy=known.policy,
        segments=known.segments,
        segment_names=segments,
        templates=templates,
        scenarios=scenarios,
        meanings={each.file.path: world.memory.meanings(each, known.catalog, segments) for each in scenarios},
        catalog_places=world.catalog.places,
        catalog_file=world.files.catalog,
        policy_places=world.policy.places,
        policy_file=world.files.policy,
        told=world.told,
    )


def _editions(
    read_: dict[str, Scenario], draft: Draft, world: _World, known: Vocabulary, found: list[Diagnostic]
) -> dict[str, CompiledScenario]:
    """What stories put in force, by path, each checked as if it stood for the scenario of its name."""
    compiled: dict[str, CompiledScenario] = {}
    for path, edition in read_.items() if world.whole else ():
        others = tuple(each for each in draft.scenarios if each.name.value != edition.name.value)
        then = _draft((*others, edition), known, draft.templates, world)
        said = [*then.meanings[edition.file.path].found, *(each for rule in RULES for each in rule(then))]
        found += [each for each in said if each.file.path == edition.file.path]
        lowered = _lowered(then, {path: edition}, found, known).get(edition.name.value)
        if lowered:
            compiled[edition.file.path] = lowered
    return compiled


def _stories(
    trees: tuple[StoryTree, ...],
    files: Files,
    draft: Draft,
    partial: tuple[Scenario, ...],
    put_later: dict[str, Scenario],
) -> tuple[tuple[StoryFile, ...], list[Diagnostic]]:
    """The stories of the project, checked against its scenarios."""
    names: dict[str, str | None] = {each.file.path: None for each in files.scenarios}
    names |= {each.file.path: each.name.value for each in (*draft.scenarios, *partial)}
    published = story_files.published(trees)
    known = Known(
        catalog=draft.catalog,
        channels=channels_of(draft.catalog),
        scenarios={each.name.value: each for each in draft.scenarios},
        names=frozenset(name for name in names.values() if name),
        complete=all(name for path, name in names.items() if path not in published),
        files=frozenset(names),
        editions={each.file.path: each for each in put_later.values()},
    )
    return story_files.read_stories(trees, known)


def _lowered(
    draft: Draft, parsed: dict[str, Scenario], found: list[Diagnostic], known: Vocabulary
) -> dict[str, CompiledScenario]:
    """The scenarios without errors, with their plans."""
    wrong = {each.file.path for each in found if _is_error(each)}
    world = World(known.catalog, known.policy, known.segments)
    compiled = {}
    for path, scenario in parsed.items():
        if scenario.file.path in wrong or scenario.file.path not in draft.meanings:
            continue
        plan = lower(scenario, draft.meanings[scenario.file.path], world)
        name = scenario.name.value
        compiled[name] = CompiledScenario(name, scenario.program, path, scenario.file.text, scenario, plan)
    return compiled
