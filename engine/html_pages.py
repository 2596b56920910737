"""Pages of mails whose template is HTML: styles put inline, since many mail programs read no others."""

import re

import css_inline

from dsl.markup import Unreadable, examine
from engine.template_sandbox import Unrenderable

_REPEATS = re.compile(r"\{%[-+]?\s*(?:for|macro)\b")


def with_inline_styles(page: str, source: str) -> str:
    """The page of one person, of the template `source`. Raises Unrenderable.

    The template was examined before publication, and only what repeats nests deeper for somebody.
    """
    if _REPEATS.search(source):
        try:
            examine(page, is_html=True)
        except Unreadable as error:
            raise Unrenderable(str(error)) from None
    inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
    return str(inliner.inline(page))
