"""Where the links of a page are, found in its template once, and not in the page of each person.

The address of each is put between marks of Jinja2 which hand it to the rendering. A page whose links cannot
be told before it is rendered (an address that begins in one condition and ends in another) has none.
"""

import html
import re
from functools import lru_cache

from jinja2 import TemplateError

from engine.mail_parts import ANCHOR, is_web
from engine.template_formats import OUTWARD
from engine.template_sandbox import compiled

_LINK = re.compile(r"<a\b", re.IGNORECASE)
_SIGNS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_SIGN = re.compile(r"\{[{%#]|[}%#]\}")


@lru_cache(maxsize=256)
def with_places(page: str) -> str | None:
    """The page with its links handed over; None where only the rendered page tells them.

    `page` is HTML with its Jinja2.
    """
    found = list(ANCHOR.finditer(page))
    if len(found) != len(_LINK.findall(page)) or not all(map(_is_told, found)):
        return None
    placed = ANCHOR.sub(_placed, page)
    try:
        compiled(placed, escape=True)
    except TemplateError:
        return None
    return placed


def _is_told(match: re.Match[str]) -> bool:
    """Whether every piece of Jinja2 in a link begins and ends within its address."""
    return not _SIGN.search(match[1]) and not _SIGN.search(_SIGNS.sub("", match[3]))


def _placed(match: re.Match[str]) -> str:
    address = match[3]
    if not _SIGN.search(address) and not is_web(html.unescape(address)):
        return match[0]
    return f"{match[1]}{match[2]}{{% filter {OUTWARD} %}}{address}{{% endfilter %}}{match[2]}"
