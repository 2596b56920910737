"""The text part of a mail as a template of its own, made from its page once and not for each person.

What Jinja2 has to say is kept in place as marks while the page becomes text. A page whose text cannot be told
before it is rendered (tables of data, numbered lists, conditions within a tag) has no such template.
"""

import html
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from jinja2 import TemplateError

from engine.mail_parts import folded, has_data_table, is_web, seen_text, shown, written_link
from engine.template_formats import MARKS
from engine.template_sandbox import compiled, lexed

_CODE, _CODE_END, _LABEL, _URL, _LINK_END = MARKS
"""Marks that neither HTML nor the fold of blanks touches."""

_MARK = re.compile(f"{_CODE}(\\d+){_CODE_END}")
_LINK = re.compile(f"{_LABEL}([^{_LABEL}-{_LINK_END}]*){_URL}([^{_LABEL}-{_LINK_END}]*){_LINK_END}")
_RESERVED = re.compile("[\ue000-\ue004]")
_DELIMITER = re.compile(r"\{[{%#]")
_UNTOLD = re.compile(r"<(?:ol|pre|textarea)\b", re.IGNORECASE)
_ANCHOR = re.compile(r"<a\b([^>]{0,4000})>(.*?)</a\s*>", re.IGNORECASE | re.DOTALL)
_HREF = re.compile(r"\bhref=([\"'])(.*?)\1", re.IGNORECASE | re.DOTALL)
_UNSEEN = re.compile(r"\s(?!style\b)[\w:-]+=([\"']).*?\1", re.IGNORECASE | re.DOTALL)
_MARKED_TAG = re.compile(f"<[^>]*{_CODE}")
_BLOCK_LINE = re.compile(r"^[^\S\n]*((?:\{%[^%]*%\}[^\S\n]*)+)\n", re.MULTILINE)
_DEFINES = re.compile(r"\{%[-+]?\s*(?:set|macro)\b")


@lru_cache(maxsize=256)
def text_template(page: str) -> str | None:
    """Jinja2 whose result, after `finished`, is the text of the page; None where only the page can tell it.

    `page` is HTML with its Jinja2.
    """
    parts: list[str] = []
    marked = _marked(page, parts)
    if marked is None or has_data_table(marked) or _UNTOLD.search(marked):
        return None
    marked = _ANCHOR.sub(lambda match: _link(match, parts), shown(marked))
    if _MARKED_TAG.search(_UNSEEN.sub("", marked)):
        return None
    text = folded(seen_text(marked))
    kept = {int(match[1]) for match in _MARK.finditer(text)}
    if _DELIMITER.search(text) or any(_DEFINES.match(parts[n]) for n in set(range(len(parts))) - kept):
        return None
    # Twice, since the address of a link is a mark that holds marks.
    template = _MARK.sub(lambda match: parts[int(match[1])], text)
    template = _MARK.sub(lambda match: parts[int(match[1])], template)
    # A condition or a loop between two lines is no line of its own.
    template = _BLOCK_LINE.sub(r"\1", template)
    return template if _is_whole(template) else None


@lru_cache(maxsize=512)
def with_links_alike(template: str, known: Callable[[str], str]) -> str:
    """A template of `text_template` in which the links that hold nothing of a person are written.

    `known`: how these leave. What would be taken for Jinja2 is left to `finished`.
    """

    def link(match: re.Match[str]) -> str:
        written = match[0] if "{" in match[0] else _written(match, known)
        return match[0] if "{" in written or "}" in written else written

    return _LINK.sub(link, template)


def finished(text: str, rewrite: Callable[[str], str]) -> str:
    """The text part from what a template of `text_template` gave; `rewrite` as for links of the page."""
    return folded(_LINK.sub(lambda match: _written(match, rewrite), text))


def _written(match: re.Match[str], rewrite: Callable[[str], str]) -> str:
    url = match[2].strip()
    return written_link(match[1], rewrite(url) if is_web(url) else url)


def _marked(page: str, parts: list[str]) -> str | None:
    """A page with a mark for each piece of Jinja2, which goes to `parts`; None where it cannot have them."""
    if _RESERVED.search(page):
        return None
    try:
        return "".join(_pieces(page, parts))
    except (TemplateError, ValueError):
        return None


def _pieces(page: str, parts: list[str]) -> Iterator[str]:
    """Raises ValueError for raw blocks, in which Jinja2's signs are text."""
    code = ""
    for kind, value in lexed(page):
        if kind.startswith("raw"):
            raise ValueError(kind)
        if kind == "data":
            yield value
        elif not kind.startswith("comment"):
            code += value
            if kind.endswith("_end"):
                parts.append(code)
                code = ""
                yield f"{_CODE}{len(parts) - 1}{_CODE_END}"


def _link(match: re.Match[str], parts: list[str]) -> str:
    href = _HREF.search(match[1])
    if href is None:
        return match[2]
    parts.append(html.unescape(href[2]))
    return f"{_LABEL}{match[2]}{_URL}{_CODE}{len(parts) - 1}{_CODE_END}{_LINK_END}"


def _is_whole(template: str) -> bool:
    """Whether every block that begins in it also ends."""
    try:
        compiled(template, escape=False)
    except TemplateError:
        return False
    return True
