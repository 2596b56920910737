"""Two versions of a scenario compared in business words: what is added, gone, moved and otherwise now.

It compares what is said of them (`dsl.description`), so that a change that nobody would notice is none. Steps
with an id are known by it, wherever they are; the others by what they say and where they stand.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

from dsl.description import Description, Line
from dsl.frozen import dataclass
from dsl.wording.sending import MessageSheet
from dsl.wording.speech import channel_name, quoted

Part: TypeAlias = Literal[
    "card", "starts", "audience", "entry", "steps", "messages", "goal", "exits", "changes", "definitions"
]
How: TypeAlias = Literal["added", "removed", "changed", "moved"]

CARD: tuple[tuple[str, str], ...] = (
    ("title", "title"),
    ("program", "program"),
    ("owner", "owner"),
    ("stage", "journey stage"),
    ("kpi", "measured by"),
    ("topic", "topic"),
    ("message_class", "class"),
    ("priority", "priority"),
    ("times", "times"),
)
"""What stands at the head of a scenario, and how it is called."""

SHEET: tuple[tuple[str, str], ...] = (
    ("message", "message"),
    ("message_class", "class"),
    ("topic", "topic"),
    ("consent", "consent"),
    ("hours", "hours"),
    ("limits", "limits"),
    ("on_cap", "when the limits are full"),
    ("expires", "expires"),
    ("shown", "says"),
    ("filled_in", "filled in"),
    ("tags", "tags"),
)
"""What must hold for a message, and how it is called. Titles and conditions are in the words of the step."""


@dataclass(frozen=True)
class Change:
    """One difference. `where` is the number of a step as people count, a message, or a line of the head.

    `before` None: it is added; `after` None: it is gone. A step that moved has its numbers there.
    """

    part: Part
    how: How
    where: str
    before: str | None
    after: str | None
    step: str | None = None
    """The id of the step, in the new version where it has it."""


@dataclass(frozen=True)
class _Step:
    number: str
    id: str
    says: str
    ways: tuple[str, ...]

    @property
    def key(self) -> str:
        """By what it is known again: its own id, else what it says."""
        return self.says if self.id[:1].isdigit() else self.id

    @property
    def whole(self) -> str:
        return " ".join((self.says, *(f"[{way}]" for way in self.ways)))


Pair: TypeAlias = tuple[_Step | None, _Step | None]


def compare(old: Description, new: Description) -> tuple[Change, ...]:
    """Every difference, in the order in which a description tells of it."""
    pairs, moved = _pairs(tuple(_flat(old.steps)), tuple(_flat(new.steps)))
    return (
        *_card(old, new),
        *_sentences("starts", old.starts, new.starts),
        *_sentences("audience", old.audience, new.audience),
        *_sentences("entry", old.entry, new.entry),
        *_steps(pairs, moved),
        *_messages(pairs, old.messages, new.messages),
        *_most(old, new),
        *_sentences("goal", _given(old.goal), _given(new.goal)),
        *_sentences("exits", old.exits, new.exits),
        *_sentences("changes", old.changes, new.changes),
        *_sentences("definitions", old.definitions, new.definitions),
    )


def _given(sentence: str | None) -> tuple[str, ...]:
    return (sentence,) if sentence else ()


def _card(old: Description, new: Description) -> Iterator[Change]:
    for name, called in CARD:
        yield from _otherwise("card", called, getattr(old, name), getattr(new, name))


def _most(old: Description, new: Description) -> Iterator[Change]:
    yield from _otherwise("messages", "at most to one person", old.most_messages, new.most_messages)


def _otherwise(
    part: Part, where: str, before: object, after: object, step: str | None = None
) -> Iterator[Change]:
    if before != after:
        was, is_ = _said(before), _said(after)
        how: How = "added" if was is None else "removed" if is_ is None else "changed"
        yield Change(part, how, where, was, is_, step)


def _said(value: object) -> str | None:
    if isinstance(value, tuple):
        return " ".join(map(str, value)) or None
    return None if value in (None, "") else str(value)


def _sentences(part: Part, old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    """Sentences of which each stands for itself; where one took the place of one, it has changed."""
    gone = [each for each in old if each not in new]
    come = [each for each in new if each not in old]
    if len(gone) == len(come) == 1:
        yield Change(part, "changed", "", gone[0], come[0])
        return
    yield from (Change(part, "removed", "", each, None) for each in gone)
    yield from (Change(part, "added", "", None, each) for each in come)


# Steps


def _flat(lines: Iterable[Line]) -> Iterator[_Step]:
    for line in lines:
        yield _Step(line.number, line.step, line.says, tuple(branch.when for branch in line.branches))
        for branch in line.branches:
            yield from _flat(branch.steps)


def _pairs(old: Sequence[_Step], new: Sequence[_Step]) -> tuple[list[Pair], set[str]]:
    """Steps with what they were before, in the order of the new version; and the ids of those that moved."""
    matcher = SequenceMatcher(None, [each.key for each in old], [each.key for each in new], autojunk=False)
    blocks = matcher.get_opcodes()
    left = {each.id: each for tag, a, b, _, _ in blocks if tag != "equal" for each in old[a:b]}
    come = {each.id for tag, _, _, a, b in blocks if tag != "equal" for each in new[a:b]}
    moved = {id_ for id_ in left.keys() & come if not id_[:1].isdigit()}
    found: list[Pair] = []
    for tag, a, b, c, d in blocks:
        if tag == "equal":
            found += list(zip(old[a:b], new[c:d], strict=True))
        else:
            found += _paired([each for each in old[a:b] if each.id not in moved], new[c:d], left, moved)
    return found, moved


def _paired(
    old: list[_Step], new: Sequence[_Step], left: Mapping[str, _Step], moved: set[str]
) -> Iterator[Pair]:
    """Steps of one place: a step without an id is taken for one that does the same kind of thing there."""
    for each in new:
        if each.id in moved:
            yield left[each.id], each
            continue
        same = next((before for before in old if _is_alike(before, each)), None)
        if same is None:
            yield None, each
            continue
        for gone in old[: old.index(same)]:
            yield gone, None
        del old[: old.index(same) + 1]
        yield same, each
    yield from ((gone, None) for gone in old)


def _is_alike(old: _Step, new: _Step) -> bool:
    unnamed = old.id[:1].isdigit() and new.id[:1].isdigit()
    return unnamed and old.says.split(" ", 1)[0] == new.says.split(" ", 1)[0]


def _steps(pairs: Sequence[Pair], moved: set[str]) -> Iterator[Change]:
    for old, new in pairs:
        if new is None:
            assert old is not None
            yield Change("steps", "removed", old.number, old.says, None, old.id)
        elif old is None:
            yield Change("steps", "added", new.number, None, new.says, new.id)
        else:
            if new.id in moved:
                yield Change("steps", "moved", new.number, old.number, new.says, new.id)
            if (old.says, old.ways) != (new.says, new.ways):
                before, after = (old.says, new.says) if old.ways == new.ways else (old.whole, new.whole)
                yield Change("steps", "changed", new.number, before, after, new.id)


# Messages


def _messages(
    pairs: Sequence[Pair], old: Sequence[MessageSheet], new: Sequence[MessageSheet]
) -> Iterator[Change]:
    """What must hold for the messages of steps that are in both versions."""
    was = {old_step.id: new_step.id for old_step, new_step in pairs if old_step and new_step}
    before = {(was.get(sheet.step), sheet.channel): sheet for sheet in old}
    for sheet in new:
        known = before.get((sheet.step, sheet.channel))
        if known is None:
            continue
        for name, called in SHEET:
            where = f"{quoted(sheet.title)} by {channel_name(sheet.channel)}: {called}"
            yield from _otherwise("messages", where, getattr(known, name), getattr(sheet, name), sheet.step)
