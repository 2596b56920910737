"""HTML and MJML as tags: how deep they are nested, and the page that MJML makes.

The libraries that read them do so by recursion, in compiled code: what is nested deep enough ends the
process, without an error that anybody could catch.
"""

import re

import mjml

NESTED = 100
"""Elements in elements. Layouts of tables take three a table; browsers flatten what is over 512 deep."""

_MARK = re.compile(r"<(?:!--|/(?P<end>[a-z][\w-]*)|(?P<start>[a-z][\w-]*))", re.IGNORECASE)
_REST = re.compile(r"(?:\"[^\"]*\"|'[^']*'|[^'\"<>])*+>")
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
        "body", "colgroup", "dd", "dt", "head", "html", "li", "optgroup", "option", "p", "rp", "rt", "tbody",
        "td", "tfoot", "th", "thead", "tr",
    }
)  # fmt: skip
"""Elements whose end tag HTML lets people leave out; they nest only in others."""


def too_deep(page: str, *, is_html: bool) -> int | None:
    """The offset of the first tag that is nested too deep; None where none is.

    `is_html`: void elements and end tags that may be left out are HTML's; MJML closes all but the void.
    """
    uncounted = _VOID | _ENDS_ITSELF if is_html else _VOID
    depth, at = 0, 0
    while found := _MARK.search(page, at):
        at = found.end()
        if found["start"]:
            rest = _REST.match(page, at)
            at = rest.end() if rest else at
            closed = rest is not None and page[at - 2] == "/"
            depth += not closed and found["start"].lower() not in uncounted
        elif found["end"]:
            depth -= depth > 0 and found["end"].lower() not in uncounted
        else:
            end = page.find("-->", at)
            at = len(page) if end < 0 else end
        if depth > NESTED:
            return found.start()
    return None


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

    Raises ValueError with the compiler's words, and where elements are nested too deep.
    """
    if too_deep(source, is_html=False) is not None:
        raise ValueError(f"elements are nested over {NESTED} levels deep")
    try:
        page: str = mjml.mjml2html(source, disable_comments=True, fonts={})
    except Exception as error:  # the compiler raises its own kinds, bare exceptions among them
        raise ValueError(str(error)) from error
    return page
