"""What is done to a mail once it is written: its links, its open pixel, its text part, its subject."""

import html
import re
from collections.abc import Callable

from inscriptis import get_text
from inscriptis.model.config import ParserConfig

ANCHOR = re.compile(r"(<a\b[^>]{0,4000}?\bhref=)([\"'])(.*?)\2", re.IGNORECASE | re.DOTALL)
"""A link up to the end of its address. Of what is no link, at most 4,000 characters are looked at."""
_TEXT_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s]*)\)")
_HIDDEN = re.compile(
    r"<(head|style|title)\b.*?</\1\s*>|<div[^>]{0,4000}display:\s*none[^>]*>.*?</div>|<!--.*?-->",
    re.IGNORECASE | re.DOTALL,
)
_DATA_TABLE = re.compile(r"<table\b(?![^>]*\brole=[\"']presentation[\"'])", re.IGNORECASE)
_BOX_START = re.compile(r"<(?:table|tbody|tr|td|div)\b[^>]*>|</(?:table|tbody)\s*>", re.IGNORECASE)
_BOX_END = re.compile(r"</(?:tr|td|div)\s*>", re.IGNORECASE)
_BREAKS = re.compile(r"(?:<br>\s*){2,}")
_LOOKS = re.compile(r"\s(?:style|class|align|width|height)=\"[^\"]*\"", re.IGNORECASE)
_EMPTY_LINES = re.compile(r"\n{3,}")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Unicode's categories Cc, Zl and Zp."""

_SPACES = re.compile(" {2,}")
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)


def rewrite_links(page: str, rewrite: Callable[[str], str]) -> str:
    """HTML with every `<a href>` that leads to the web replaced by `rewrite` of it."""

    def replaced(match: re.Match[str]) -> str:
        url = html.unescape(match[3])
        if not is_web(url):
            return match[0]
        return f"{match[1]}{match[2]}{html.escape(rewrite(url))}{match[2]}"

    return ANCHOR.sub(replaced, page)


def is_web(url: str) -> bool:
    """Whether a link leads to the web, and so may carry more than its author wrote."""
    return url.startswith(("http://", "https://"))


def with_pixel(page: str, url: str) -> str:
    """HTML with an invisible picture at its end, whose fetching is an open."""
    pixel = f'<img src="{html.escape(url)}" width="1" height="1" alt="" style="display:block;border:0;" />'
    at = _BODY_END.search(page)
    return page + pixel if at is None else page[: at.start()] + pixel + page[at.start() :]


def plain_text(page: str) -> str:
    """The text part of an HTML mail: what is seen of it, with the addresses of its links.

    Layout tables leave blanks and empty lines, which are folded.
    """
    text = seen_text(shown(page), display_links=True)
    return folded(_TEXT_LINK.sub(lambda match: written_link(match[1], match[2]), text))


def shown(page: str) -> str:
    """HTML without what nobody sees: head, remarks, hidden boxes."""
    return _HIDDEN.sub("", page)


def seen_text(page: str, *, display_links: bool = False) -> str:
    """The text of HTML, its blanks not folded yet; links as `[label](address)` where wanted."""
    config = ParserConfig(display_links=display_links, display_anchors=False)
    text: str = get_text(_without_layout(page), config)
    return text


def folded(text: str) -> str:
    """Text without the blanks and empty lines that boxes leave."""
    # First the no-break spaces of French and of amounts, which most texts have. Other blanks are not
    # printable, and those that are folded are more than one.
    text = text.replace("\xa0", " ").replace("\u202f", " ")
    flat = text.replace("\n\n", "\n").replace("\n", " ")
    if flat.isprintable() and "  " not in flat:
        return text.strip() + "\n"
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip() + "\n"


def written_link(label: str, url: str) -> str:
    """A link as text says it."""
    label = label.strip()
    return url if not label or label == url else f"{label}: {url}"


def has_data_table(page: str) -> bool:
    """Whether a table of HTML holds data, and does not only lay it out."""
    return _DATA_TABLE.search(page) is not None


def _without_layout(page: str) -> str:
    """HTML whose boxes are line breaks, where all its tables only lay it out, as those of MJML do.

    What is seen stays as it is, in a quarter of the time. Tables of data keep their columns.
    """
    if has_data_table(page):
        return page
    flat = _BOX_END.sub("<br>", _BOX_START.sub(" ", page))
    return _LOOKS.sub("", _BREAKS.sub("<br><br>", flat))


def one_line(subject: str) -> str:
    """A subject without line breaks and control characters, which would begin another header."""
    return _SPACES.sub(" ", _CONTROLS.sub(" ", subject)).strip()
