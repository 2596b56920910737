"""Completion at an offset of a file: keys where a key is due, names and words, expressions."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from commands.editor import expressions, keys, values
from commands.editor.cursor import ITEM, Cursor, cursor_at
from commands.editor.documentation import KEYS
from commands.editor.offers import Offer, Sight, words
from commands.editor.surroundings import environment_at, is_stories, is_world, scenario_of
from dsl import scenario as s
from dsl.compiler import Project
from dsl.source import SourceFile, Span
from dsl.types import ChoiceOf


@dataclass(frozen=True)
class Completion:
    """What may stand instead of a span: the word that is being written."""

    span: Span
    offers: tuple[Offer, ...]


def complete(project: Project, file: SourceFile, offset: int) -> Completion:
    """What may stand at the cursor, the nearest first."""
    cursor = cursor_at(file.text, offset)
    if cursor is None:
        return Completion(Span(offset, offset), ())
    word, offers = cursor.text, _plain(project, file, cursor)
    if _takes_expression(file, cursor):
        cursor = _behind_until(cursor)
        sight = Sight(project, environment_at(project, file, cursor, offset))
        word, found = expressions.complete(cursor.text.lstrip("\"'"), sight)
        offers = [*offers, *_assigned(project, cursor), *found] if word == cursor.text else found
    begun = [each for each in offers if each.label.startswith(word) or "." not in word]
    unique: dict[str, Offer] = {}
    for each in begun:
        unique.setdefault(each.label, each)
    return Completion(Span(offset - len(word), offset), tuple(unique.values()))


def _takes_expression(file: SourceFile, cursor: Cursor) -> bool:
    if is_stories(file):
        return False
    items_of_exit = cursor.key is None and cursor.path[-2:] == ("exit_when", ITEM)
    return values.is_expression(cursor) or items_of_exit or cursor.key == "exit_when"


def _assigned(project: Project, cursor: Cursor) -> list[Offer]:
    """The values of the choice that `set` gives to an attribute."""
    attribute = project.catalog.attributes.get((cursor.key or "").removeprefix("contact."))
    choice = attribute.type if attribute and cursor.path[-1:] == ("set",) else None
    return words(choice.options) if isinstance(choice, ChoiceOf) else []


def _behind_until(cursor: Cursor) -> Cursor:
    """The expression of `wait: until EXPR` begins behind its first word."""
    if cursor.key not in ("wait", "up_to"):
        return cursor
    rest = cursor.text.removeprefix("until ").lstrip()
    return replace(cursor, text=rest, start=cursor.start + len(cursor.text) - len(rest))


def _plain(project: Project, file: SourceFile, cursor: Cursor) -> list[Offer]:
    """Keys, and values that are no expressions."""
    offers = values.values_at(project, cursor, _steps(project, file))
    if cursor.key is not None:
        return offers
    known = [name for name in _keys(project, file, cursor) if name not in cursor.siblings]
    return [*(Offer(name, "key", doc=KEYS.get(name, ""), insert=f"{name}: ") for name in known), *offers]


def _keys(project: Project, file: SourceFile, cursor: Cursor) -> Iterable[str]:
    if is_stories(file):
        return keys.story_keys(project, cursor)
    if is_world(file):
        return keys.WORLD[file.path.rsplit("/", 1)[-1]](cursor)
    return keys.keys_at(project, cursor)


def _steps(project: Project, file: SourceFile) -> dict[str, str]:
    """Message steps with an id: of the file's own scenario, or of those that stories tell of."""
    if is_world(file):
        return {}
    if is_stories(file):
        scenarios = [each.scenario for each in project.scenarios.values()]
    else:
        own = scenario_of(project, file)
        scenarios = [own] if own else []
    return {
        step.frame.id: step.forms[0].channel.value
        for scenario in scenarios
        for step in s.walk(scenario.steps)
        if isinstance(step, s.MessageStep) and step.frame.given_id
    }
