"""A comparison as a page of text, wrapped for a terminal or a mail."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from textwrap import fill

from dsl.comparison import Change, Part

WIDTH = 100
INDENT = "  "
HEADINGS: dict[Part, str] = {
    "card": "WHAT IT IS",
    "starts": "WHEN IT STARTS",
    "audience": "FOR WHOM",
    "entry": "HOW OFTEN",
    "steps": "WHAT HAPPENS, STEP BY STEP",
    "messages": "THE MESSAGES",
    "goal": "THE GOAL",
    "exits": "WHAT ENDS IT AT ONCE",
    "changes": "WHAT CHANGES IT UNDER WAY",
    "definitions": "WORDS USED ABOVE",
}
SAME = "Nothing changes for anybody: what differs is how it is written."


def page(heading: str, changes: Sequence[Change], people: Sequence[str] = ()) -> str:
    """The whole page, ending in a line break. `people`: what becomes of those in flight, in sentences."""
    blocks = [heading]
    for part, of_part in groupby(changes, key=lambda each: each.part):
        blocks.append("\n".join((HEADINGS[part], *_lines(of_part))))
    if not changes:
        blocks.append(SAME)
    elif people:
        said = (_wrapped(each.strip(), INDENT + " " * (len(each) - len(each.lstrip()))) for each in people)
        blocks.append("\n".join(("PEOPLE IN IT WHEN IT IS PUBLISHED", *said)))
    return "\n\n".join(blocks) + "\n"


def _lines(changes: Iterable[Change]) -> Iterator[str]:
    for each in changes:
        where = f"{each.where}{':' if each.part in ('card', 'messages') else '.'} " if each.where else ""
        match each.how:
            case "added":
                yield _marked("+", f"{where}{each.after}")
            case "removed":
                yield _marked("-", f"{where}{each.before}")
            case "moved":
                yield _marked(">", f"{where}{each.after} It was {each.before}.")
            case "changed":
                yield _marked("-", f"{where}{each.before}")
                yield _marked("+", f"{where}{each.after}")


def _marked(mark: str, text: str) -> str:
    return _wrapped(f"{mark} {text}", INDENT, INDENT)


def _wrapped(text: str, indent: str, hanging: str = "") -> str:
    return fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent + hanging, break_on_hyphens=False
    )
