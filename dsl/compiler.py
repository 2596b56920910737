"""The whole compiler in order: find the files, read, parse, give meaning, check, lower.

Diagnostics of one stage are all collected; a scenario that could not be read whole goes no further, so
that one cause makes one error.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path

from dsl import story_files
from dsl.catalog import Catalog
from dsl.catalog_parser import channels_of
from dsl.checks import names
from dsl.checks.draft import Draft
from dsl.checks.rules import RULES
from dsl.diagnostics import Diagnostic
from dsl.frozen import dataclass
from dsl.inbound.files import read_sources
from dsl.inbound.model import Inbound
from dsl.lowering import lower
from dsl.memory import Memory
from dsl.plan import Plan, World
from dsl.policy import Formula, Policy
from dsl.project_parser import ParsedProject, ParsedWorld, parse_project
from dsl.scenario import Scenario
from dsl.story import StoryFile
from dsl.story_cast import Known
from dsl.templates import TemplateSet, read_templates
from dsl.vocabulary import Vocabulary


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
    parts = parse_project(folder, buffers or {}, memory or Memory())
    known = parts.world.build(parts.names)
    found = [*parts.found, *(known.diagnostics if parts.world.whole else ())]
    world_errors = tuple(e for e in found if e.file.path in parts.files.world_paths and _is_error(e))
    templates = read_templates(parts.files.templates, (folder / "templates").as_posix())
    draft = _checked(parts, known, templates, found)
    editions = _editions(parts.later, draft, parts.world, known, found)
    stories, sources = _stories(parts, draft, found), _sources(parts, known.catalog, found)
    return Project(
        folder=folder,
        scenarios={} if world_errors else _lowered(draft, parts.scenarios, found, known),
        catalog=known.catalog,
        policy=known.policy,
        segments=known.segments,
        templates=templates,
        diagnostics=tuple(sorted(found, key=lambda each: each.sort_key)),
        world_errors=world_errors,
        stories=stories,
        editions=editions,
        sources=sources,
    )


def _checked(
    parts: ParsedProject, known: Vocabulary, templates: TemplateSet, found: list[Diagnostic]
) -> Draft:
    """The scenarios that can be understood, with what they mean; what is wrong with them is `found`."""
    if not parts.world.whole:
        # Names that an unreadable catalog would have declared are not unknown.
        return _draft((), known, templates, parts.world)
    draft = _draft(tuple(parts.scenarios.values()), known, templates, parts.world)
    found += _wrong(draft, _draft(parts.partial, known, templates, parts.world))
    return draft


def _wrong(draft: Draft, partial: Draft) -> Iterator[Diagnostic]:
    """What is wrong with what scenarios mean; of those that were only read in part, what surely is."""
    for meanings in draft.meanings.values():
        yield from meanings.found
    for rule in RULES:
        yield from rule(draft)
    yield from _surely_wrong(partial)


def _is_error(diagnostic: Diagnostic) -> bool:
    return diagnostic.severity == "error"


_OF_OTHER_PARTS = frozenset({"E203", "E510", "E512", "E513", "E516", "E523"})
"""Codes of names that another part of the same file gives: a step, a variable, the starting event."""


def _surely_wrong(draft: Draft) -> list[Diagnostic]:
    """What is wrong in scenarios that were not read whole, whatever the missing part would have been."""
    said = [each for meanings in draft.meanings.values() for each in meanings.found]
    return [each for each in (*said, *names.check(draft)) if each.code not in _OF_OTHER_PARTS]


def _draft(
    scenarios: tuple[Scenario, ...], known: Vocabulary, templates: TemplateSet, world: ParsedWorld
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
    read_: dict[str, Scenario], draft: Draft, world: ParsedWorld, known: Vocabulary, found: list[Diagnostic]
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


def _stories(parts: ParsedProject, draft: Draft, found: list[Diagnostic]) -> tuple[StoryFile, ...]:
    """The stories of the project, checked against its scenarios."""
    if not parts.world.whole:
        return ()
    names: dict[str, str | None] = {each.file.path: None for each in parts.files.scenarios}
    names |= {each.file.path: each.name.value for each in (*draft.scenarios, *parts.partial)}
    published = story_files.published(parts.trees)
    known = Known(
        catalog=draft.catalog,
        channels=channels_of(draft.catalog),
        scenarios={each.name.value: each for each in draft.scenarios},
        names=frozenset(name for name in names.values() if name),
        complete=all(name for path, name in names.items() if path not in published),
        files=frozenset(names),
        editions={each.file.path: each for each in parts.later.values()},
    )
    stories, wrong = story_files.read_stories(parts.trees, known)
    found += wrong
    return stories


def _sources(parts: ParsedProject, catalog: Catalog, found: list[Diagnostic]) -> dict[str, Inbound]:
    """The systems that call us, as far as the catalog says what they tell."""
    sources, wrong = read_sources(parts.files.sources, parts.unread, catalog if parts.world.whole else None)
    found += wrong
    return sources


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
