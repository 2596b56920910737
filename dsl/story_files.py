"""The story files of a project: which scenarios they tell of, what they publish, their stories."""

from collections.abc import Iterable

from dsl.diagnostics import Diagnostic
from dsl.frozen import dataclass
from dsl.reader import read
from dsl.source import SourceFile, Span
from dsl.story import StoryFile
from dsl.story_cast import Known
from dsl.story_lines import beside
from dsl.story_parser import parse_stories, published_files, told_scenarios
from dsl.tree import Node


@dataclass(frozen=True)
class StoryTree:
    """A story file as far as YAML goes; `tree` is None where it could not be read or is empty."""

    file: SourceFile
    tree: Node | None
    diagnostics: tuple[Diagnostic, ...]


def read_trees(files: Iterable[SourceFile], unread: set[str]) -> tuple[StoryTree, ...]:
    """The trees of story files; `unread` are paths of files that are no text, which were reported."""
    found = []
    for file in files:
        if file.path not in unread:
            tree, wrong = read(file)
            found.append(StoryTree(file, tree, tuple(wrong)))
    return tuple(found)


def told(trees: Iterable[StoryTree]) -> frozenset[str]:
    """The scenarios of which there are stories."""
    return frozenset(name for each in trees for name in told_scenarios(each.tree))


def published(trees: Iterable[StoryTree]) -> frozenset[str]:
    """Paths of the scenario files that stories put in force, which are not in force otherwise."""
    return frozenset(beside(each.file.path, name) for each in trees for name in published_files(each.tree))


def read_stories(trees: Iterable[StoryTree], known: Known) -> tuple[tuple[StoryFile, ...], list[Diagnostic]]:
    """The stories of every file without mistakes, and what is wrong with the others."""
    stories: list[StoryFile] = []
    found: list[Diagnostic] = []
    for each in trees:
        found += each.diagnostics
        if each.tree is None:
            found += [] if each.diagnostics else [_empty(each.file)]
            continue
        parsed = parse_stories(each.file, each.tree, known)
        found += parsed.diagnostics
        if parsed.stories and not each.diagnostics:
            stories.append(parsed.stories)
    return tuple(stories), found


def _empty(file: SourceFile) -> Diagnostic:
    remedy = "begin it with `scenarios: [name]`"
    return Diagnostic("E122", "error", "the file is empty", file, Span(0, 0), help=remedy)
