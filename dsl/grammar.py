"""The grammar of expressions, `expression.lark`, as Lark reads it, and the tables that Lark makes of it.

Making the tables takes longer than checking a small project, so that they lie beside the grammar as
`expression.json`, made by `make grammar`; `automaton` runs them. Lark itself comes in where a text is no
expression, to tell why.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from lark import Lark
    from lark.grammar import Rule

GRAMMAR = Path(__file__).with_name("expression.lark")
TABLES = GRAMMAR.with_suffix(".json")
END = "$END"


class RuleTable(TypedDict):
    """One alternative of the grammar.

    `node` is the name of what is built, None where the one child stands for itself; `kept` are the places of
    its children among its `size` symbols, and whether each is a list of children.
    """

    origin: str
    size: int
    node: str | None
    kept: list[tuple[int, bool]]


class Tables(TypedDict):
    """What is needed to parse.

    `terminals`: pattern by name, in the order in which they are tried. `states`: by symbol the next state, or
    for a rule to reduce by, its bitwise complement; the first state is the start.
    """

    terminals: dict[str, str]
    ignored: list[str]
    end: int
    rules: list[RuleTable]
    states: list[dict[str, int]]


@cache
def grammar() -> "Lark":
    """The grammar as Lark reads it."""
    from lark import Lark  # noqa: PLC0415 - importing Lark takes longer than reading a small project

    return Lark(
        GRAMMAR.read_text(encoding="utf-8"), parser="lalr", lexer="contextual", maybe_placeholders=False
    )


def stored() -> Tables:
    """The tables that lie beside the grammar."""
    tables: Tables = json.loads(TABLES.read_text("utf-8"))
    return tables


def made() -> Tables:
    """The tables of the grammar as it is now; the same for the same grammar, whatever the order of sets."""
    lark = grammar()
    parser: Any = lark.parser
    table = parser.parser._parse_table  # noqa: SLF001 - Lark stores it under no other name
    (start,), (end,) = table.start_states.values(), table.end_states.values()
    order = _order(table.states, start)
    rules = list(lark.rules)
    number = {rule: n for n, rule in enumerate(rules)}
    by_name = {each.name: each for each in lark.terminals}
    return Tables(
        terminals={each.name: _pattern(by_name[each.name]) for each in parser.lexer.root_lexer.terminals},
        ignored=sorted(lark.lexer_conf.ignore),
        end=order[end],
        rules=[_rule(rule) for rule in rules],
        states=[
            {
                symbol: order[to] if isinstance(to, int) else ~number[to]
                for symbol, (_, to) in sorted(table.states[state].items())
            }
            for state in order
        ],
    )


def _order(states: Any, start: int) -> dict[int, int]:
    """New numbers of the states, by how they are reached from the first."""
    order = {start: 0}
    pending = [start]
    for state in pending:
        for _, (_, to) in sorted(states[state].items()):
            if isinstance(to, int) and to not in order:
                order[to] = len(order)
                pending.append(to)
    return order


def _pattern(terminal: Any) -> str:
    pattern: str = terminal.pattern.to_regexp()
    if re.compile(pattern).groups:
        raise ValueError(f"{terminal.name} has a group that catches; write `(?:...)`")
    return pattern


def _rule(rule: "Rule") -> RuleTable:
    """How Lark shapes its tree: `->` names a node, `_` and signs leave none, `?` stands for its one child."""
    origin = rule.origin.name
    kept = [
        (n, not symbol.is_term and symbol.name.startswith("_"))
        for n, symbol in enumerate(rule.expansion)
        if not (symbol.is_term and symbol.filter_out)  # type: ignore[attr-defined]
    ]
    inlined = rule.options.expand1 and not rule.alias
    if inlined and (len(kept) != 1 or kept[0][1]):
        raise ValueError(f"an alternative of `?{origin}` needs a name (`-> name`)")
    return RuleTable(
        origin=origin,
        size=len(rule.expansion),
        node=None if inlined else rule.alias or origin,
        kept=kept,
    )


def write() -> None:
    """Store the tables of the grammar, a rule and a state a line, for readable differences."""
    parts: list[str] = []
    for name, table in made().items():
        rows = [json.dumps(each) for each in table] if isinstance(table, list) else []
        parts.append(f'"{name}": ' + ("[\n" + ",\n".join(rows) + "\n]" if rows else json.dumps(table)))
    TABLES.write_text("{" + ",\n".join(parts) + "}\n", "utf-8")


if __name__ == "__main__":
    write()
