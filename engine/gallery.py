"""All messages of a brand side by side: each template, in each language, light and dark, wide and narrow."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from channels.sms_segments import Segments, count
from dsl.plan import Plan, World
from dsl.scope import Scope
from engine.previews import drafts_of
from engine.rendering import Draft, Renderer
from engine.template_sandbox import Unrenderable

Scheme: TypeAlias = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

_ASKED = re.compile(r"@media([^{]*?)\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_DECLARED = re.compile(r"(color-scheme\s*:\s*)light dark")


@dataclass(frozen=True)
class Leaf:
    """One message in one language as the sample person would get it.

    `sent_by`: the steps that send it, `welcome/hello`. `page` is an email's HTML, `body` an SMS. `fault` says
    why it cannot be shown; then the rest is empty.
    """

    message: str
    channel: str
    locale: str
    sent_by: tuple[str, ...] = ()
    subject: str = ""
    preheader: str = ""
    page: str = ""
    body: str = ""
    segments: Segments | None = None
    fault: str | None = None

    @property
    def id(self) -> str:
        """Its name in addresses and anchors."""
        return f"{self.message}.{self.channel}.{self.locale}"

    @property
    def size(self) -> int:
        """Bytes of its HTML."""
        return len(self.page.encode())


def leaves(renderer: Renderer, world: World, plans: Sequence[Plan], scope: Scope) -> Iterator[Leaf]:
    """Every template in every language, by its name; `scope` is that of the sample person."""
    templates = renderer.templates()
    for (message, channel), locales in sorted(templates.templates.items()):
        drafts = list(drafts_of(message, channel, plans, scope, {}))
        for locale in _in_order(locales, world.catalog.locales):
            yield leaf(renderer, world, channel, locale, drafts)


def leaf(renderer: Renderer, world: World, channel: str, locale: str, drafts: Sequence[Draft]) -> Leaf:
    """One of them, as the first of the steps that send it would."""
    draft = replace(drafts[0], locale=locale)
    sent_by = tuple(f"{each.scenario}/{each.step}" for each in drafts if each.scenario != "preview")
    about = Leaf(draft.message, channel, locale, sent_by)
    try:
        if channel == "email":
            mail = renderer.email(draft, world)
            return replace(about, subject=mail.subject, preheader=mail.preheader, page=mail.html)
        body = renderer.sms(draft, world).body
        return replace(about, body=body, segments=count(body))
    except Unrenderable as error:
        return replace(about, fault=str(error))


def in_scheme(page: str, scheme: Scheme) -> str:
    """A page as somebody sees it who prefers light or dark, whatever the machine that shows it prefers.

    What the page asks of the reader's preference is answered in its text, since a frame has none of its own.
    """

    def answered(match: re.Match[str]) -> str:
        holds = match[2].lower() == scheme
        return f"@media{match[1]}({'min-width: 0' if holds else 'max-width: 0'})"

    return _DECLARED.sub(rf"\g<1>{scheme}", _ASKED.sub(answered, page))


def _in_order(locales: Iterable[str], wanted: Sequence[str]) -> list[str]:
    """The catalog's languages first, in its order."""
    order = {locale: place for place, locale in enumerate(wanted)}
    return sorted(locales, key=lambda locale: (order.get(locale, len(order)), locale))
