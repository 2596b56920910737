"""Where names are defined, and every place of a step's id that a rename must change."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from commands.editor.reading import FileReading, read_file
from commands.editor.symbols import Symbol
from dsl import scenario as s
from dsl.catalog_parser import parse_catalog
from dsl.compiler import Project
from dsl.policy_parser import parse_segments
from dsl.reader import read
from dsl.source import NOWHERE, SourceFile, Span
from dsl.tree import Mapping as MappingNode
from dsl.tree import Node, Scalar, Sequence

Fetch = Callable[[str], SourceFile | None]
"""The file at a path inside the project's folder, as it is in the editor or on disk."""


@dataclass(frozen=True)
class Place:
    """A span of a file."""

    file: SourceFile
    span: Span


class CannotRename(Exception):
    """Why a name cannot be changed, in words for the person who asked."""


CATALOG_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "attribute": ("contact", "computed"),
    "event": ("events",),
    "topic": ("topics",),
    "channel": ("senders",),
    "webhook": ("webhooks",),
    "pool": ("codes",),
    "text": ("texts",),
}


def definitions(project: Project, file: SourceFile, offset: int, fetch: Fetch) -> list[Place]:
    """Where what stands at an offset is defined; nothing for what is built in."""
    reading = read_file(project, file)
    symbol = reading.at(offset)
    if symbol is None:
        return []
    if symbol.kind in CATALOG_SECTIONS:
        return list(_in_catalog(symbol, fetch))
    match symbol.kind:
        case "segment":
            return list(_in_segments(symbol.name, fetch))
        case "message":
            return list(_templates(project, symbol))
        case "step":
            return list(_steps(project, symbol.name, file, reading))
        case "scenario":
            return list(_scenario(project, symbol.name))
    return []


def _in_catalog(symbol: Symbol, fetch: Fetch) -> Iterator[Place]:
    file = fetch("scenarios/catalog.yaml")
    if file is not None:
        places = parse_catalog(file, read(file)[0]).places
        for section in CATALOG_SECTIONS[symbol.kind]:
            if (section, symbol.name) in places:
                yield Place(file, places[section, symbol.name])


def _in_segments(name: str, fetch: Fetch) -> Iterator[Place]:
    file = fetch("scenarios/segments.yaml")
    segments = parse_segments(file, read(file)[0])[0] if file is not None else ()
    for segment in segments:
        if file is not None and segment.name.value == name:
            yield Place(file, segment.name.span)


def _templates(project: Project, symbol: Symbol) -> Iterator[Place]:
    for channel in (symbol.channel,) if symbol.channel else project.templates.channels(symbol.name):
        for template in project.templates.locales(symbol.name, channel).values():
            yield Place(template.file, NOWHERE)


def _steps(project: Project, name: str, file: SourceFile, reading: FileReading) -> Iterator[Place]:
    if reading.scenario is not None:
        yield from (Place(file, each.span) for each in reading.symbols if each.defines and each.name == name)
        return
    told = {each.name for each in reading.symbols if each.kind == "scenario"}
    for compiled in project.scenarios.values():
        ids = [step.frame.given_id for step in s.walk(compiled.scenario.steps)]
        if compiled.name in told:
            yield from (Place(compiled.scenario.file, id_.span) for id_ in ids if id_ and id_.value == name)


def _scenario(project: Project, name: str) -> Iterator[Place]:
    compiled = project.scenarios.get(name)
    if compiled is not None:
        yield Place(compiled.scenario.file, compiled.scenario.name.span)


# Renaming

_ID = re.compile(r"[a-z][a-z0-9_]{0,59}")
RESERVED = frozenset({"contact", "event", "item", "run", "entry", "now", "today"})


def renamable(project: Project, file: SourceFile, offset: int) -> Symbol | None:
    """The step's id at an offset of a scenario; None where nothing can be renamed."""
    symbol = read_file(project, file).at(offset)
    return symbol if symbol and symbol.kind == "step" and symbol.name.isidentifier() else None


def rename(
    project: Project, file: SourceFile, offset: int, new: str, stories: list[SourceFile]
) -> list[Place]:
    """Every place of the id of a step, in its scenario and in the stories that tell of it.

    Raises CannotRename with what is in the way: a bad or taken name, a file that cannot be read whole.
    """
    reading = read_file(project, file)
    symbol, scenario = reading.at(offset), reading.scenario
    if scenario is None or symbol is None or symbol.kind != "step":
        raise CannotRename("only the id of a step can be renamed, in the scenario that has it")
    taken = {each.name for each in reading.symbols if each.defines}
    if symbol.name not in taken:
        raise CannotRename(f"no step of this scenario has the id `{symbol.name}`")
    if not _ID.fullmatch(new) or new in RESERVED:
        raise CannotRename(f"`{new}` is no id: lower-case letters, digits and `_`, beginning with a letter")
    if new in taken:
        raise CannotRename(f"another step has the id `{new}`")
    if not reading.whole:
        raise CannotRename("an expression of this file cannot be read; mend it first")
    found = [Place(file, each.span) for each in reading.symbols if _is_step(each, symbol.name)]
    for each in stories:
        found += _in_stories(project, each, scenario, symbol.name)
    return [place for place in dict.fromkeys(found) if _writes(place, symbol.name)]


def _is_step(symbol: Symbol, name: str) -> bool:
    return symbol.kind == "step" and symbol.name == name


def _writes(place: Place, name: str) -> bool:
    """Whether the id is written there as it is. Raises CannotRename where escapes hide its place."""
    if place.file.text[place.span.start : place.span.end].strip("\"'") == name:
        return True
    line, _ = place.file.position(place.span.start)
    raise CannotRename(f"line {line} of {place.file.path} hides the id behind escapes; write it without")


def _in_stories(project: Project, file: SourceFile, scenario: s.Scenario, name: str) -> Iterator[Place]:
    reading = read_file(project, file)
    told = {each.name for each in reading.symbols if each.kind == "scenario"}
    if scenario.name.value not in told:
        return
    others = [project.scenarios[each] for each in told - {scenario.name.value} if each in project.scenarios]
    shared = any(step.frame.id == name for other in others for step in s.walk(other.scenario.steps))
    lines = _lines_of(read(file)[0], scenario.name.value) if shared else None
    for each in reading.symbols:
        inside = lines is None or any(line.start <= each.span.start < line.end for line in lines)
        if _is_step(each, name) and inside:
            yield Place(file, each.span)


def _lines_of(tree: Node | None, scenario: str) -> list[Span]:
    """The lines that say whose step they mean, where several scenarios have one of that id."""
    if isinstance(tree, Sequence):
        return [span for item in tree.items for span in _lines_of(item, scenario)]
    if not isinstance(tree, MappingNode):
        return []
    named = tree.get("scenario")
    if isinstance(named, Scalar) and named.value == scenario:
        return [tree.span]
    return [span for entry in tree.entries for span in _lines_of(entry.value, scenario)]
