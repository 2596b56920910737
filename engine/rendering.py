"""Templates to messages: the person's locale, their data, the links they may follow, and nothing else.

MJML is compiled once for each text of it; the rest is done for each person. What comes out is final: the
channel sends it as it is.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from channels.sms_letters import with_gsm_letters
from dsl.frozen import dataclass
from dsl.markup import page_of
from dsl.plan import World
from dsl.template_uses import Passage
from dsl.templates import Template, TemplateSet, expand, read_templates
from dsl.values import Value
from engine.campaigns import Campaign, campaign_of
from engine.constant_parts import Alike, Known, said_of, with_constants
from engine.content_hash import content_hash, encoded_parts
from engine.html_pages import with_inline_styles
from engine.link_places import with_places
from engine.links import Links
from engine.mail_parts import one_line, plain_text, rewrite_links, with_pixel
from engine.template_files import stamps, text_of
from engine.template_formats import BABEL, CURRENCY, OUTWARD, ZONE, best_locale
from engine.template_sandbox import Unrenderable, for_templates, render, render_pieces
from engine.text_parts import finished, text_template, with_links_alike

Leaving: TypeAlias = Callable[..., str]
"""The address of a link, and its name where it has one, to the address that leaves."""

STOP_MENTIONS: dict[str, tuple[str, str]] = {
    "fr": ("STOP au {number}", "STOP en retour"),
    "en": ("STOP to {number}", "Reply STOP"),
}
"""By language: where the sender cannot be answered (AF2M: `STOP au 36xxx`), and where it can."""


@dataclass(frozen=True)
class Draft:
    """A message to be written, and for whom. `attributes` are typed values, by name.

    `message_uid` is the id that travels in links and metadata; `zone` and `locale` are the person's.
    `track_opens` and `track_clicks` say what the person agreed to.
    """

    message: str
    contact_id: str
    message_uid: str
    scenario: str
    step: str
    topic: str
    message_class: str = "marketing"
    locale: str | None = None
    zone: str | None = None
    attributes: Mapping[str, Value] = field(default_factory=dict)
    variables: Mapping[str, Value] = field(default_factory=dict)
    sender: str | None = None
    track_opens: bool = False
    track_clicks: bool = False


@dataclass(frozen=True)
class RenderedEmail:
    """An email as it leaves. `unsubscribe_url` is None for transactional mail, which has none."""

    subject: str
    html: str
    text: str
    locale: str
    content_hash: str
    preheader: str = ""
    unsubscribe_url: str | None = None


@dataclass(frozen=True)
class RenderedSms:
    """An SMS as it leaves."""

    body: str
    locale: str
    content_hash: str


class Filled(NamedTuple):
    """A page in pieces, and the Jinja2 that gave them, where they are as it gave them."""

    pieces: list[str]
    source: str = ""


class Renderer:
    """Renders the templates of one folder, which is read again whenever a file in it changes.

    Whether one did is asked at most once in `fresh_seconds`.
    """

    def __init__(self, folder: Path, links: Links, *, fresh_seconds: float = 0.0) -> None:
        self._folder = folder
        self._links = links
        self._fresh_seconds = fresh_seconds
        self._looked_at = -math.inf
        self._seen: tuple[tuple[str, int, int], ...] | None = None
        self._set = TemplateSet()
        self._pages: dict[str, str] = {}

    def email(self, draft: Draft, world: World) -> RenderedEmail:
        """An email. Raises Unrenderable where there is no template, or it asks for what there is not."""
        template = self._template(draft, "email", world)
        names = self.names(draft, template, "email", world)
        names["subject"] = _line(template.subject, names)
        names["preheader"] = _line(template.preheader, names)
        source, alike = self._page(template), self._alike(draft, "email", world)
        filled = _filled(template, source, names, alike)
        page = "".join(filled.pieces)
        text = _text(template, source, page, names, alike)
        if draft.track_opens:
            page = with_pixel(page, self._links.open(draft.message_uid))
            filled = Filled([page])
        return RenderedEmail(
            subject=names["subject"],
            html=page,
            text=text,
            locale=template.locale,
            content_hash=_hash(names["subject"], filled, text),
            preheader=names["preheader"],
            unsubscribe_url=None if draft.message_class == "transactional" else names["unsubscribe_url"],
        )

    def sms(self, draft: Draft, world: World) -> RenderedSms:
        """An SMS. Its links stay as they are written, since each character counts. Raises Unrenderable."""
        template = self._template(draft, "sms", world)
        names = self.names(draft, template, "sms", world)
        body = render(template.body.text, names, template.file.path, escape=False)
        body = "\n".join(line.strip() for line in body.strip().split("\n"))
        if template.letters == "gsm":
            body = with_gsm_letters(body)
        return RenderedSms(body, template.locale, content_hash([body]))

    def templates(self) -> TemplateSet:
        """The templates as they are now, or were a moment ago."""
        if time.monotonic() - self._looked_at < self._fresh_seconds:
            return self._set
        seen, self._looked_at = tuple(stamps(self._folder)), time.monotonic()
        if seen != self._seen:
            texts = {path: text_of(self._folder / path) for path, _, _ in seen}
            self._set, self._seen, self._pages = read_templates(texts), seen, {}
        return self._set

    def _template(self, draft: Draft, channel: str, world: World) -> Template:
        found = self.templates().find(draft.message, channel, draft.locale, world.catalog.locales)
        if found is None:
            raise Unrenderable(
                f"no template for {channel} `{draft.message}`: write "
                f"{self._folder.name}/{draft.message}/{channel}.{world.catalog.locales[0]}.*"
            )
        return found

    def _page(self, template: Template) -> str:
        """The body as HTML with its Jinja2 still in it, made once for the templates as they are now."""
        path = template.file.path
        if path not in self._pages:
            try:
                source = expand(template.body.text, self._set.partials)
                self._pages[path] = _compiled(source) if template.form == "mjml" else source
            except (KeyError, ValueError) as error:
                raise Unrenderable(f"{path}: {error}") from None
        return self._pages[path]

    def names(self, draft: Draft, template: Template, channel: str, world: World) -> dict[str, Any]:
        """All that a template may speak of. What `with` gives comes first, so that it hides nothing."""
        links, catalog = self._links, world.catalog
        leaving = self._leaving(draft, channel, world)
        known = dict.fromkeys(catalog.attributes)
        return {
            **draft.variables,
            "contact": known | {"id": draft.contact_id} | dict(draft.attributes),
            "brand": dict(said_of(catalog.brand)),
            "locale": template.locale,
            "unsubscribe_url": links.unsubscribe(draft.contact_id, draft.topic, channel, draft.message_uid),
            "preferences_url": links.preferences(draft.contact_id),
            "confirm_url": for_templates(lambda topic: links.confirm(draft.contact_id, topic)),
            "stop_mention": _stop_mention(draft, template, world),
            "link": for_templates(lambda name, url: leaving(url, name)),
            OUTWARD: leaving,
            BABEL: best_locale(draft.locale, template.locale),
            ZONE: ZoneInfo(draft.zone or world.policy.default_zone),
            CURRENCY: catalog.brand.currency,
        }

    def _leaving(self, draft: Draft, channel: str, world: World) -> Leaving:
        """How links leave: with UTM parameters to the brand's own site, tracked where agreed."""
        links, known = self._links, _known(self._links, _campaign(draft, channel, world))

        def leaving(url: str, name: str | None = None) -> str:
            link = known(url)
            is_followed = draft.track_clicks and not links.is_own(url)
            return links.click(draft.message_uid, link, name) if is_followed else link

        return leaving

    def _alike(self, draft: Draft, channel: str, world: World) -> Alike:
        """What the message says to everybody alike."""
        known = None if draft.track_clicks else _known(self._links, _campaign(draft, channel, world))
        return Alike(said_of(world.catalog.brand), known)


def _campaign(draft: Draft, channel: str, world: World) -> Campaign:
    return campaign_of(
        world.catalog.brand.site,
        world.policy.utm,
        channel=channel,
        scenario=draft.scenario,
        step=draft.step,
        message=draft.message,
        topic=draft.topic,
    )


@lru_cache(maxsize=1024)
def _known(links: Links, campaign: Campaign) -> Known:
    """How links of a message leave that nobody follows."""
    return lambda url: url if links.is_own(url) else campaign.link(url)


def _line(passage: Passage | None, names: dict[str, Any]) -> str:
    """A subject or a preheader."""
    if passage is None:
        return ""
    said = passage.text
    return one_line(render(said, names, passage.file.path, escape=False) if "{" in said else said)


def _filled(template: Template, source: str, names: dict[str, Any], alike: Alike) -> Filled:
    """The page of one person, its links as they leave."""
    where = template.file.path
    if template.form == "mjml" and (placed := with_places(source)):
        source = with_constants(placed, alike, html_page=True)
        return Filled(render_pieces(source, names, where, escape=True), source)
    page = render(source, names, where, escape=True)
    page = with_inline_styles(page, source) if template.form == "html" else page
    return Filled([rewrite_links(page, names[OUTWARD])])


def _hash(subject: str, filled: Filled, text: str) -> str:
    return content_hash((subject, "\x00", *filled.pieces, "\x00", text), encoded_parts(filled.source))


def _text(template: Template, source: str, page: str, names: dict[str, Any], alike: Alike) -> str:
    """The text part: written by somebody, or what is seen of the page."""
    if template.plain is not None:
        return render(template.plain.text, names, template.plain.file.path, escape=False)
    derived = text_template(source)
    if derived is None:
        return plain_text(page)
    derived = with_constants(derived, alike, html_page=False)
    derived = derived if alike.known is None else with_links_alike(derived, alike.known)
    text = render(derived, names, template.file.path, escape=False, one_line=True)
    return finished(text, names[OUTWARD])


@lru_cache(maxsize=256)
def _compiled(source: str) -> str:
    """HTML of an MJML text. Raises ValueError with the compiler's words."""
    try:
        return page_of(source)
    except ValueError as error:
        raise ValueError(f"MJML: {error}") from error


def _stop_mention(draft: Draft, template: Template, world: World) -> str:
    sender = world.catalog.senders.get(draft.sender or "sms")
    numbered, answered = STOP_MENTIONS.get(template.locale.split("-")[0], STOP_MENTIONS["en"])
    if sender is None or sender.stop_number is None:
        return answered
    return numbered.format(number=sender.stop_number)
