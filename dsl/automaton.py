"""Runs the tables of the grammar over a text: a plain LALR(1) automaton that builds nodes as it goes.

Lark's own makes a tree of tokens first, and keeps line and column of each; that took most of the time of a
compilation. What Lark calls by the same names means the same here: the tree's shape, places, and a lexer that
looks for what can stand at a place.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from dsl.grammar import END, Tables, stored

Match: TypeAlias = Callable[[str, int], "re.Match[str] | None"]


class Unfit(Exception):
    """The text is not of the grammar."""


class Automaton:
    """The tables, prepared for running."""

    def __init__(self, tables: Tables) -> None:
        self._terminals = tables["terminals"]
        self._between = "|".join(self._terminals[name] for name in tables["ignored"])
        self._names = [name for name in self._terminals if name not in tables["ignored"]]
        self._states = tables["states"]
        self._end = tables["end"]
        self._rules = [(each["origin"], each["size"], each["node"], each["kept"]) for each in tables["rules"]]
        self._scan, self._kinds = self._scanner(frozenset(self._names))
        self._scanners = cache(self._scanner)

    def _scanner(self, among: frozenset[str]) -> tuple[Match, list[str]]:
        """Finds the next token, and the kind of each group; those between tokens are passed over."""
        names = [name for name in self._names if name in among]
        groups = "|".join(f"({self._terminals[name]})" for name in names)
        pattern = re.compile(rf"(?>(?:{self._between})*)(?:{groups}|(\Z))")
        return pattern.match, ["", *names, END]

    def run(self, text: str, builder: object) -> Any:
        """What the text means. Raises Unfit, and whatever `builder` raises.

        `builder` has a method for each node of the grammar, of its name: it takes where the node begins and
        ends in the text, and its children, and returns what stands for it.
        """
        states, rules, end = self._states, self._rules, self._end
        state, at = 0, 0
        path: list[int] = []
        held: list[tuple[Any, int, int]] = []
        while True:
            kind, start, at = self._token(text, at, state)
            action = states[state][kind]
            while action < 0:
                origin, size, node, kept = rules[~action]
                if size > 1:
                    del path[1 - size :]
                    held[-size:] = [_reduced(origin, node, kept, held[-size:], builder)]
                elif node is not None:
                    held[-1] = _reduced(origin, node, kept, held[-1:], builder)
                state = states[path[-1]][origin]
                if state == end:
                    return held[0][0]
                action = states[state].get(kind, 0)
            if action == 0:
                raise Unfit
            path.append(state)
            state = action
            held.append((text[start:at], start, at))

    def _token(self, text: str, at: int, state: int) -> tuple[str, int, int]:
        """The kind of the next token that can stand here, where it begins and ends."""
        found = self._scan(text, at)
        kind = self._kinds[found.lastindex or 0] if found else ""
        if found is None or kind not in self._states[state]:
            # Another kind came first, as a word of the language that is a name here.
            scan, kinds = self._scanners(frozenset(self._states[state]))
            found = scan(text, at)
            kind = kinds[found.lastindex or 0] if found else ""
            if found is None or kind not in self._states[state]:
                raise Unfit
        start, end = found.span(found.lastindex or 0)
        return kind, start, end


def _reduced(
    origin: str,
    node: str | None,
    kept: list[tuple[int, bool]],
    parts: list[tuple[Any, int, int]],
    builder: object,
) -> tuple[Any, int, int]:
    """What stands for the parts of an alternative, from the beginning of the first to the end of the last."""
    start, end = parts[0][1], parts[-1][2]
    if node is None:
        return parts[kept[0][0]][0], start, end
    children: list[Any] = []
    for place, is_list in kept:
        if is_list:
            children += parts[place][0]
        else:
            children.append(parts[place][0])
    if origin.startswith("_"):
        return children, start, end
    return getattr(builder, node)(start, end, children), start, end


@cache
def automaton() -> Automaton:
    """The automaton of `expression.lark`."""
    return Automaton(stored())
