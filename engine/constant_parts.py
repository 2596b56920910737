"""What a template says to everybody alike, written into it once and not worked out for each person.

That is what it says of the brand, and the links that carry nothing of a person, because nobody's clicks
are followed. A template that gives these names another meaning is left as it is.
"""

import html
import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from markupsafe import escape

from dsl.catalog import Brand
from engine.mail_parts import is_web
from engine.template_formats import BREAKS, OUTWARD

Known: TypeAlias = Callable[[str], str]
"""The address of a link to the address that leaves, the same for everybody."""


class Alike(NamedTuple):
    """What a message says to everybody: of the brand, by name; `known` None where clicks are followed."""

    brand: tuple[tuple[str, str], ...]
    known: Known | None


_BRAND = re.compile(r"\{\{ *brand\.(\w+) *\}\}")
_LINK = re.compile(r"\{\{ *link\((['\"])\w+\1, *(['\"])([^'\"\\{}]+)\2\) *\}\}")
_OUTWARD = re.compile(rf"\{{% filter {OUTWARD} %\}}([^{{}}]*)\{{% endfilter %\}}")
_OTHERWISE = re.compile(
    r"\{%[-+]? *(?:raw|(?:set|for|macro|call|block|with|import|from)\b[^%]*\b(?:brand|link)\b)"
)


def said_of(brand: Brand) -> tuple[tuple[str, str], ...]:
    """What templates may say of the brand, by name."""
    return (
        ("name", brand.name),
        ("legal_sender", brand.legal_sender),
        ("site", brand.site),
        ("currency", brand.currency),
    )


@lru_cache(maxsize=512)
def with_constants(source: str, alike: Alike, *, html_page: bool) -> str:
    """Jinja2 that renders as `source` does. `html_page`: it is HTML, and not a text on lines of its own."""
    if _OTHERWISE.search(source):
        return source
    known, said = alike.known, {n: _said(value, html_page=html_page) for n, value in alike.brand}

    def of_brand(match: re.Match[str]) -> str:
        return said.get(match[1]) or match[0]

    source = _BRAND.sub(of_brand, source)
    if known is None:
        return source
    source = _LINK.sub(lambda match: _said(known(match[3]), html_page=html_page) or match[0], source)
    return _OUTWARD.sub(lambda match: _leaving(match[1], known) or match[0], source)


def _leaving(address: str, known: Known) -> str:
    """The address of a link in HTML as it leaves, '' where it cannot be written into a template."""
    url = html.unescape(address)
    return _said(known(url), html_page=True) if is_web(url) else address


def _said(text: str, *, html_page: bool) -> str:
    """A value as it is printed, '' where it would be taken for Jinja2."""
    printed = str(escape(text)) if html_page else text.translate(BREAKS)
    return "" if "{" in printed or "}" in printed else printed
