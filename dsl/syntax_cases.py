"""Malformed expressions by example: what each mistake is called, how it is mended, how it looks.

`syntax_faults` finds the case for a text. A case without its examples would only be prose.
"""

from dsl.frozen import dataclass


@dataclass(frozen=True)
class Case:
    """One mistake: what it is called, how it is mended, and how it looks."""

    message: str
    help: str
    examples: tuple[str, ...]


WORDS: tuple[tuple[str, str, str], ...] = (
    (
        r"is\s+not\s+known\b",
        "what is not known is asked in two words",
        "write `contact.email is unknown`",
    ),
    (
        r"is\s+(?:not\s+)?(?i:empty|null|none|blank|missing|set|defined)\b",
        "`is` is followed by `known` or `unknown`",
        "write `contact.email is unknown` for what is empty, `contact.email is known` for what is not",
    ),
    (
        r"(?!and\b|or\b|not\b|in\b|between\b|contains\b)(?i:and|or|not|in|between|contains)\b",
        "the words of the language are in small letters",
        "write `and`, `or`, `not`, `in`, `between`, `contains`",
    ),
    (
        r"is\b",
        "`is` is followed by `known` or `unknown`",
        "write `contact.email is known`; to compare, write `==`",
    ),
    (r"starts\b", "`starts` is followed by `with`", 'write `contact.email starts with "vip"`'),
    (
        r"(?<=in segment )[^\W\d]\w*",
        "`in segment` stands alone, it always asks about the person",
        "write `in segment vip`",
    ),
)
"""Likewise where the text is made of words that the grammar knows in another place."""

CHARACTERS: tuple[tuple[str, str, str], ...] = (
    (r"=", "a single `=` compares nothing", "write `==`"),
    (r"&&?", "`&` is not a word of this language", "write `and`"),
    (r"\|\|?", "`|` is not a word of this language", "write `or`"),
    (r"!", "`!` is not a word of this language", "write `not`, or `!=` between two values"),
    (r'"[^"]*$', "this text is never closed", 'end it with a `"`; inside, write `\\"` for a quote'),
    (r"'(?:[^']*')?", "text stands in double quotes", 'write `"text"`'),
    (r"[“”„«»‘’]", "these are a word processor's quotes", 'write `"text"` with straight double quotes'),
    (r"%", "there is no percentage in expressions", "write `0.05` for 5 %"),
    (r"[€$£]", "money is written as a number, in the brand's currency", "write `50`"),
    (r"\{\{?", "an expression is written bare", "drop the curly brackets"),
    (r"[×÷]", "this sign is not calculated with", "write `*` and `/`"),
    (r"\.", "a name has one dot between two words", "write `contact.country`"),
    (r";", "`;` is not a word of this language", "join conditions with `and` or `or`"),
    (r"[≤≥≠]", "this sign is not compared with", "write `<=`, `>=` or `!=`"),
)

CASES: tuple[Case, ...] = (
    Case(
        "comparisons do not chain",
        "write `a < b and b < c`, or `b between a and c`",
        ("a < b < c", "a == b == c", "a between b and c < d"),
    ),
    Case(
        "two values stand side by side",
        "put `and`, `or` or a comparison between them; text stands in double quotes",
        (
            "a b",
            "a 1",
            'a "t"',
            "1 b",
            "3 dayz",
            "(a) b",
            "f(x) b",
            "(a b",
            "f(a b",
            "[a b",
            "f(1 b",
            "a == b c",
            "a and b c",
            "2026-12-25 10:00",
            "a in [b] c",
            "true b",
            "[a] [b]",
        ),
    ),
    Case(
        "a window is set apart by a comma",
        "write `did(order.placed, last 90 days)`",
        (
            "f(a last 3 days)",
            "f(a since b)",
            "f(a where b last 3 days)",
            "f(a where b since c)",
            "f(a ever)",
            "f(a where b == 1 last 3 days)",
            "f(a where b == 1 since c)",
        ),
    ),
    Case(
        "`last` needs a duration",
        "write `last 90 days`; to ask for the latest event, `latest(order.placed).total`",
        ("f(a, last", "f(a, last)", "f(a, last 90)", "f(a, last b)", "f(a, last -"),
    ),
    Case(
        "`since` needs `entry` or the id of a step",
        "write `since entry`",
        ("f(a, since", "f(a, since)", "f(a, since 2026-12-25)", "f(a, since 3 days)", "f(a, since 1)"),
    ),
    Case(
        "a window stands inside a question about history",
        "write `did(order.placed, last 90 days)`",
        (
            "f(a) last 3 days",
            "f(a) since b",
            "last 3 days",
            "a == last 3 days",
            "a since entry",
            "a and ever",
            "since entry",
            "a last 3 days",
        ),
    ),
    Case(
        "`between` needs two ends",
        "write `contact.points between 10 and 20`, both ends in",
        (
            "a between 1",
            "a between 1)",
            "a between 1 or 2",
            "a between 1, 2",
            "f(a, between 1)",
            "f(a, between 1, 2)",
            "a between 1 <",
        ),
    ),
    Case(
        "a segment's name is missing",
        "write `in segment vip`",
        ("in segment", "not in segment", "in segment 1", "in segment (", 'in segment "vip"', "(in segment)"),
    ),
    Case(
        "`in` needs a list",
        "write `contact.country in [FR, BE]`, or `in segment vip`",
        ("a in", "a not in", "in [a]", "not in [a]", "a in)", "a and in [b]"),
    ),
    Case(
        "`where` stands inside a question about history, after the event",
        "write `count(order.placed where total > 50, last 90 days)`",
        ("a where b", "where a", "f(a, last 3 days where b)", "f(a == 1 where b)", "f(where b)"),
    ),
    Case(
        "`not` does not stand between two values",
        "write `not a == b`, `a != b` or `a not in [b, c]`",
        ("a not b", "a not == b", "a not contains b"),
    ),
    Case(
        "the value on the left is missing",
        "write what is tested: `contact.x == 1`",
        (
            "== a",
            "and a",
            "or a",
            "a and and b",
            "a or or b",
            "a and == b",
            "a and or b",
            "(and a)",
            "contains a",
            "between 1 and 2",
            "not == a",
            "* a",
            "+ a",
            "a or and b",
            "(== a)",
            "not and a",
        ),
    ),
    Case(
        "a value is missing on the right",
        "write what it is compared or joined with",
        (
            "a ==",
            "a and",
            "a or",
            "not",
            "a +",
            "a *",
            "a <",
            "a contains",
            "a between",
            "a between 1 and",
            "-",
            "a == )",
            "(a and)",
            "(a ==)",
            "f(a +)",
            "(not)",
            "a == and b",
            "a == or b",
            "a + and b",
            "a == == b",
            "a < > b",
            "a contains)",
            "a + * b",
            "a == * b",
        ),
    ),
    Case(
        "a bracket is never closed",
        "add `)` or `]` where the group ends",
        (
            "(a",
            "(a and b",
            "f(a",
            "f(a, b",
            "[a",
            "[a, b",
            "f(a, last 3 days",
            "f(a where b",
            "f(",
            "(",
            "[",
            "f(a,",
            "f(a, since b",
            "f(a, ever",
            "(a == b",
            "f(a, between b and c",
            "[a,",
            "(f(a)",
            "[a)",
            "(a]",
            "f(a]",
            "f(a, last 3 days]",
        ),
    ),
    Case(
        "a bracket closes what was never opened",
        "drop it, or open one before",
        ("a)", "a]", "f(a))", "a == b)", "a and b)", "(a))", ")", "]", "[a]]", "a == 1)"),
    ),
    Case(
        "there is nothing between the commas",
        "write a value, or drop the comma",
        ("f(a,)", "f(,a)", "[,a]", "[a,,b]", "f(a,,b)", "f(,)"),
    ),
    Case(
        "a comma only stands in a list or between arguments",
        "a list is written `[a, b]`; conditions are joined with `and` or `or`",
        ("a, b", "(a, b)", "a == b, c", ", a", "(, a"),
    ),
)
