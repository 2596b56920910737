"""The words of an unfinished expression before the cursor: which bracket it is in, and what stands before."""

import re
from dataclasses import dataclass, field

from dsl.signatures import HISTORY_EXTREMES, SIGNATURES

_TOKEN = re.compile(r"\"(?:\\.|[^\"\\])*\"?|\d[\w.:-]*|[^\W\d][\w.]*|==|!=|<=|>=|[-<>+*/()\[\],]")
_WORD = re.compile(r"[^\W\d][\w.]*$")
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
OPERATORS = COMPARISONS | frozenset(
    {"+", "-", "*", "/", "and", "or", "not", "in", "contains", "with", "between"}
)
HISTORIES = frozenset(
    {*HISTORY_EXTREMES, *(name for name, each in SIGNATURES.items() if each.family == "history")}
)


@dataclass
class Bracket:
    """An open bracket: the function before it, the tokens of the argument under way, and which one it is."""

    function: str = ""
    tokens: list[str] = field(default_factory=list)
    argument: int = 0

    @property
    def event(self) -> str | None:
        """The event whose properties are bare words here: behind the `where` of a question about history."""
        return self.tokens[0] if self.function in HISTORIES and "where" in self.tokens else None


@dataclass(frozen=True)
class Reading:
    """The word under the cursor, and the open brackets from the outermost; the first is the expression."""

    word: str
    brackets: tuple[Bracket, ...]

    @property
    def here(self) -> Bracket:
        """The innermost bracket."""
        return self.brackets[-1]

    @property
    def before(self) -> str:
        """The token before the word; empty at the start of an argument."""
        return self.here.tokens[-1] if self.here.tokens else ""

    @property
    def event(self) -> str | None:
        """The event looked at by the nearest `where` around the cursor."""
        return next((each.event for each in reversed(self.brackets) if each.event), None)

    @property
    def compared(self) -> str:
        """What the word is compared with: a name, or a call as its function and `)`; empty for nothing."""
        if self.before in COMPARISONS:
            return "".join(self.here.tokens[-2:-1])
        if self.here.function == "[" and not self.here.tokens and len(self.brackets) > 1:
            outer = [each for each in self.brackets[-2].tokens if each != "not"]
            return "".join(outer[-2:-1]) if outer[-1:] == ["in"] else ""
        return ""


def read(text: str) -> Reading:
    """Read an expression up to the cursor."""
    match = _WORD.search(text)
    word = match.group() if match else ""
    brackets = [Bracket()]
    for each in _TOKEN.findall(text[: len(text) - len(word)]):
        here = brackets[-1]
        if each in ("(", "["):
            named = each == "(" and bool(here.tokens) and here.tokens[-1] not in OPERATORS
            brackets.append(Bracket(here.tokens[-1] if named else each))
        elif each in (")", "]"):
            closed = brackets.pop() if len(brackets) > 1 else here
            brackets[-1].tokens.append(f"{closed.function}{each}")
        elif each == "," and len(brackets) > 1:
            here.tokens, here.argument = [], here.argument + 1
        else:
            here.tokens.append(each)
    return Reading(word, tuple(brackets))
