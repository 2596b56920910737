"""HTML and MJML as tags: whether they can be read at all, and the page that MJML makes.

The libraries that read them do so by recursion, in compiled code: what is nested deep enough ends the
process, without an error that anybody could catch. So tags are told as HTML tells them, mistakes included,
and without recursion.
"""

import re
from collections import Counter
from collections.abc import Iterator

import mjml

from dsl.frozen import dataclass

NESTED = 100
"""Elements in elements. Layouts of tables take three a table; browsers flatten what is over 512 deep."""

_MARK = re.compile(
    r"<(?:(?P<remark>!--)|(?P<other>[!?]|/(?![a-z]))|(?P<slash>/?)(?P<name>[a-z][^\s/>]*))", re.IGNORECASE
)
_TAG_END = re.compile(r"(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')|=)*+>")
"""Quotes count where a value begins."""
_REMARK_END = re.compile(r"--!?>")
_OTHER_END = re.compile(r">")
_SEEN = re.compile(r"[^\n]")
_VOID = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
        "track", "wbr",
    }
)  # fmt: skip
"""Elements of HTML that have nothing in them and no end tag."""
_ENDS_ITSELF = frozenset(
    {
        "body", "colgroup", "dd", "dt", "head", "html", "li", "option", "p", "tbody", "td", "tfoot", "th",
        "thead", "tr",
    }
)  # fmt: skip
"""Elements that nest only in others, so that HTML lets people leave their end tag out."""
_RAW = frozenset({"iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"})
"""Elements of HTML that hold text and no tags."""
_FOREIGN = ("math", "svg")
"""Elements in which HTML's rules of ends do not hold."""


class Unreadable(ValueError):
    """Markup that nothing reads as it was meant. `offset`: of the tag where it shows."""

    def __init__(self, offset: int, words: str) -> None:
        super().__init__(words)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class _Tag:
    """`closed`: it ends with `/>`."""

    name: str
    start: int
    ends: bool
    closed: bool


class _Elements:
    """What is open at a place of a page."""

    def __init__(self, *, is_html: bool) -> None:
        self._free = _VOID | _ENDS_ITSELF if is_html else _VOID
        self._open: Counter[str] = Counter()
        self.depth = 0

    def take(self, tag: _Tag) -> None:
        """The next tag. An end of what is not open is passed over, as HTML does."""
        is_foreign = any(self._open[name] for name in _FOREIGN)
        if tag.name in self._free and not is_foreign:
            return
        if not tag.ends and not tag.closed:
            self._open[tag.name] += 1
            self.depth += 1
        elif tag.ends and self._open[tag.name]:
            self._open[tag.name] -= 1
            self.depth -= 1


def examine(page: str, *, is_html: bool) -> None:
    """Raises Unreadable at the first tag that does not end, or that is nested too deep.

    `is_html`: end tags may be left out where HTML lets people; MJML closes all but void elements.
    """
    elements = _Elements(is_html=is_html)
    for tag in _tags(page, is_html=is_html):
        elements.take(tag)
        if elements.depth > NESTED:
            raise Unreadable(tag.start, f"elements are nested over {NESTED} levels deep")


def _tags(page: str, *, is_html: bool) -> Iterator[_Tag]:
    at = 0
    while found := _MARK.search(page, at):
        at = _end(page, found)
        if not found["name"]:
            continue
        tag = _Tag(found["name"].lower(), found.start(), bool(found["slash"]), page[at - 2] == "/")
        yield tag
        if is_html and tag.name in _RAW and not tag.ends:
            at = _raw_end(page, tag, at)


def _end(page: str, found: re.Match[str]) -> int:
    """Where a tag or a remark is over."""
    if found["remark"]:
        # `<!-->` is a whole remark.
        what, end = "remark", _REMARK_END.search(page, found.end() - 2)
    elif found["other"]:
        what, end = "tag", _OTHER_END.search(page, found.end())
    else:
        what, end = "tag", _TAG_END.match(page, found.end())
    if end is None:
        raise Unreadable(found.start(), f"a {what} that does not end")
    return end.end()


def _raw_end(page: str, tag: _Tag, at: int) -> int:
    """Where the text of an element is over that holds no tags."""
    end = re.compile(rf"</{tag.name}(?=[\s/>])", re.IGNORECASE).search(page, at)
    if end is None:
        raise Unreadable(tag.start, f"`<{tag.name}>` has no end tag")
    return end.start()


def without_remarks(page: str) -> str:
    """The page with blanks for its remarks, so that lines and places stay."""
    pieces, at = [], 0
    while (start := page.find("<!--", at)) >= 0:
        end = page.find("-->", start)
        if end < 0:
            break
        pieces += [page[at:start], _SEEN.sub(" ", page[start : end + 3])]
        at = end + 3
    return "".join([*pieces, page[at:]])


def page_of(source: str) -> str:
    """The HTML that MJML makes.

    Raises ValueError with the compiler's words, Unreadable where it could not bear it.
    """
    examine(source, is_html=False)
    try:
        page: str = mjml.mjml2html(source, disable_comments=True, fonts={})
    except Exception as error:  # the compiler raises its own kinds, bare exceptions among them
        raise ValueError(str(error)) from error
    return page
