"""What a Jinja2 text asks for: names, attributes, filters and tags, each with its place in the file.

Jinja2 knows lines alone, so places come from its tokens, which run in the same order as its tree.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from jinja2 import TemplateSyntaxError, meta, nodes
from jinja2.sandbox import SandboxedEnvironment

from dsl import template_depth
from dsl.diagnostics import Diagnostic, did_you_mean
from dsl.frozen import dataclass
from dsl.source import SourceFile, Span

FILTERS: tuple[str, ...] = (
    "abs", "capitalize", "d", "date", "default", "e", "escape", "first", "float", "int", "join", "last",
    "length", "lower", "money", "number", "plural", "replace", "round", "sort", "striptags", "sum", "time",
    "title", "trim", "truncate", "upper", "urlencode",
)  # fmt: skip
"""What templates may filter with: nothing that makes a long text of a short one."""


class _Reader(SandboxedEnvironment):
    """Reads trees and renders nothing: its operators intercepted, `2 ** 100000000` is not worked out."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})


_PARSER = _Reader(autoescape=False, loader=None)
_PARSER.filters = dict.fromkeys(FILTERS, str)
_FORBIDDEN = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
_GUARDS = {"default", "d"}
REMEMBERED = 512
"""Passages whose reading is kept: all mails share their footer, and who writes changes one file at a time."""


@dataclass(frozen=True)
class Passage:
    """A piece of a file that Jinja2 reads: a subject, a preheader, a body. `offset_of`: into the file."""

    text: str
    file: SourceFile
    offset_of: Callable[[int], int]

    def span(self, start: int, end: int) -> Span:
        """The place in the file of a part of the text."""
        first = self.offset_of(start)
        return Span(first, max(self.offset_of(end), first + 1))


@dataclass(frozen=True)
class Use:
    """A name as a template writes it: `("contact", "first_name")`. `argument`: of a call with one text.

    `bare`: printed as it is, where nothing says what to do when it is unknown.
    """

    path: tuple[str, ...]
    file: SourceFile
    span: Span
    bare: bool = False
    argument: str | None = None

    @property
    def name(self) -> str:
        """The name as people write it."""
        return ".".join(self.path)


def uses_of(passage: Passage) -> tuple[tuple[Use, ...], list[Diagnostic]]:
    """Everything that a passage takes from outside, in the order of the file, and what is wrong with it."""
    if "{" not in passage.text:
        return (), []
    try:
        reading = _read(passage.text)
    except TemplateSyntaxError as error:
        return (), [_syntax(passage, error)]
    places = _Places(passage, reading.chains)
    found = [_use(sight, places) for sight in reading.sights]
    return tuple(sorted(found, key=lambda use: use.span)), _forbidden(reading, places)


@dataclass(frozen=True)
class _Sight:
    path: tuple[str, ...]
    line: int
    bare: bool
    argument: str | None = None


@dataclass(frozen=True)
class _Word:
    """A name as it stands in a text: its line, and its first index and the one after it."""

    name: str
    line: int
    start: int
    end: int


@dataclass(frozen=True)
class _Reading:
    """What a text says, whatever file it stands in. `sights`: none where anything is forbidden."""

    sights: tuple[_Sight, ...]
    tags: tuple[nodes.Node, ...]
    filters: tuple[nodes.Filter, ...]
    chains: tuple[tuple[_Word, ...], ...]


@lru_cache(maxsize=REMEMBERED)
def _read(text: str) -> _Reading:
    """Raises TemplateSyntaxError."""
    tree = parsed(text)
    tags = tuple(tree.find_all(_FORBIDDEN))
    filters = tuple(each for each in tree.find_all(nodes.Filter) if each.name not in FILTERS)
    free = set() if tags or filters else meta.find_undeclared_variables(tree)
    sights = tuple(sight for sight in _sights(tree, frozenset(), bare=False) if sight.path[0] in free)
    return _Reading(sights, tags, filters, _chains(text))


def parsed(text: str) -> nodes.Template:
    """The tree of a text. Raises TemplateSyntaxError."""
    template_depth.examine(_PARSER.lex(text))
    return _PARSER.parse(text)


def _use(sight: _Sight, places: "_Places") -> Use:
    return Use(sight.path, places.passage.file, places.take(sight), sight.bare, sight.argument)


def _sights(node: nodes.Node, guarded: frozenset[tuple[str, ...]], *, bare: bool) -> Iterator[_Sight]:
    """Every chain of names below a node; `guarded`: those that an `if` around has asked for."""
    path = _path(node)
    if path is not None:
        yield _Sight(path, node.lineno, bare and path not in guarded)
        return
    children = tuple(node.iter_child_nodes())
    match node:
        case nodes.If() | nodes.CondExpr():
            guarded |= {sight.path for sight in _sights(node.test, guarded, bare=False)}
        case nodes.Call(node=nodes.Name(name=name), args=[nodes.Const(value=str() as argument), *_]):
            yield _Sight((name,), node.lineno, bare=False, argument=argument)
            children = children[1:]
        case nodes.Output():
            bare = True
        case nodes.Filter(name=name):
            bare = bare and name not in _GUARDS
        case nodes.And() | nodes.Or() | nodes.Not():
            bare = False
        case nodes.Concat() | nodes.BinExpr() | nodes.UnaryExpr():
            pass  # what is unknown prints nothing in it, or makes nothing of the whole
        case _:
            bare = False
    for child in children:
        yield from _sights(child, guarded, bare=bare)


def _path(node: nodes.Node | None) -> tuple[str, ...] | None:
    """`contact.first_name` and `contact["first_name"]` as a chain, None for anything else."""
    match node:
        case nodes.Name(name=name):
            return (name,)
        case nodes.Getattr(node=inner, attr=attr):
            head = _path(inner)
            return (*head, attr) if head else None
        case nodes.Getitem(node=inner, arg=nodes.Const(value=str() as attr)):
            head = _path(inner)
            return (*head, attr) if head else None
    return None


class _Places:
    """Where names, filters and tags stand in a passage; chains are handed out in the order of the text."""

    def __init__(self, passage: Passage, chains: Iterable[Sequence[_Word]]) -> None:
        self.passage = passage
        self._chains: dict[tuple[int, str], list[Span]] = defaultdict(list)
        self._words: dict[tuple[int, str], Span] = {}
        for chain in chains:
            dotted = ".".join(word.name for word in chain)
            self._chains[chain[0].line, dotted].append(passage.span(chain[0].start, chain[-1].end))
            for word in chain:
                self._words.setdefault((word.line, word.name), passage.span(word.start, word.end))

    def take(self, sight: _Sight) -> Span:
        """The place of a chain of names; that of its first name where it is written with brackets."""
        spans = self._chains[sight.line, ".".join(sight.path)]
        if not spans:
            return self.word(sight.line, sight.path[0])
        return spans.pop(0) if len(spans) > 1 else spans[0]

    def word(self, line: int, name: str) -> Span:
        """The place of a single word; the start of the passage where it cannot be told."""
        return self._words.get((line, name)) or self.passage.span(0, 1)


def _chains(text: str) -> tuple[tuple[_Word, ...], ...]:
    """Names joined by dots; tokens are found again in the text one by one."""
    chains: list[list[_Word]] = []
    at, before = 0, ""
    for line, kind, value in _PARSER.lex(text):
        start = text.index(value, at)
        at = start + len(value)
        if kind == "whitespace":
            continue
        if kind == "name":
            if before != "." or not chains:
                chains.append([])
            chains[-1].append(_Word(value, line, start, at))
        before = value
    return tuple(map(tuple, chains))


def _forbidden(reading: _Reading, places: _Places) -> list[Diagnostic]:
    """Tags that would reach for other files, and filters that there are not."""
    return [
        *(_no_tag(tag, places) for tag in reading.tags),
        *(_no_filter(each, places) for each in reading.filters),
    ]


def _no_tag(tag: nodes.Node, places: _Places) -> Diagnostic:
    verb = "from" if isinstance(tag, nodes.FromImport) else type(tag).__name__.lower()
    return Diagnostic(
        "E604",
        "error",
        f"templates do not use `{{% {verb} %}}`",
        places.passage.file,
        places.word(tag.lineno, verb),
        label="not available here",
        help='share a piece with `<mj-include path="_brand/footer.fr.mjml" />`',
    )


def _no_filter(each: nodes.Filter, places: _Places) -> Diagnostic:
    return Diagnostic(
        "E605",
        "error",
        f"no filter `{each.name}`",
        places.passage.file,
        places.word(each.lineno, each.name),
        label="unknown",
        help=did_you_mean(each.name, FILTERS) or "there are: " + ", ".join(FILTERS),
    )


def _syntax(passage: Passage, error: TemplateSyntaxError) -> Diagnostic:
    """Jinja2's own words, at the line that it names."""
    lines = passage.text.split("\n")
    row = min(error.lineno, len(lines)) - 1
    start = sum(len(line) + 1 for line in lines[:row])
    indent = len(lines[row]) - len(lines[row].lstrip())
    remedy = "check that every `{{` has its `}}` and every `{% if %}` its `{% endif %}`"
    if isinstance(error, template_depth.TooDeep):
        remedy = "work it out in the scenario, `with:` at the step, and write its name here"
    return Diagnostic(
        "E603",
        "error",
        "a mistake in `{{ }}` or `{% %}`",
        passage.file,
        passage.span(start + indent, start + max(len(lines[row].rstrip()), indent + 1)),
        label=(error.message or "not understood").rstrip("."),
        help=remedy,
    )
