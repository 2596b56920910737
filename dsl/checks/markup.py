"""What mail programs and filters make of a template: pictures without words, links that filters distrust."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from dsl.checks.draft import Draft
from dsl.diagnostics import Diagnostic
from dsl.frozen import dataclass
from dsl.markup import without_remarks
from dsl.template_lengths import longest
from dsl.template_uses import Passage
from dsl.templates import Template

SUBJECT_LENGTH = 70
"""Characters; what is longer is cut off in most inboxes, and after some forty on a phone."""

_TAG = re.compile(r"<(?P<name>[a-z][\w-]*)(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^'\"<>])*+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(?<![\w:-])(?P<name>[\w:-]++)\s*=\s*(?P<value>\"[^\"]*\"|'[^']*')")
_LABEL = re.compile(r"(?P<text>[^<]*+)</a\s*>", re.IGNORECASE)
_ADDRESS = re.compile(r"\s*(?:https?://)?(?P<host>(?:[a-z0-9-]+\.)+[a-z]{2,})(?:[/?#]\S*)?\s*", re.IGNORECASE)
_PLAIN_HTTP = re.compile(r"http://[^\s\"'<>)}]*", re.IGNORECASE)
_SHOUTING = re.compile(r"[!?]{2,}|[$€£]{2,}")
_LEADING = frozenset({"href", "src", "background", "background-url"})
_PICTURES = frozenset({"img", "mj-image"})
_ACTIVE = frozenset({"script", "iframe", "form", "input", "object", "embed", "applet"})
_SHORTENERS = frozenset(
    {"bit.ly", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "ow.ly", "rb.gy", "rebrand.ly", "t.co", "tinyurl.com"}
)
_LETTERS_OF_A_WORD = 8
"""A subject of fewer letters may be capitals, as a brand's name is."""


@dataclass(frozen=True)
class _Tag:
    """A tag of a passage, with the values of its attributes and their place."""

    name: str
    attributes: dict[str, tuple[str, int]]
    start: int
    end: int


def check(draft: Draft) -> Iterator[Diagnostic]:
    """The doubts about each email and SMS, partials included, each of which is read once."""
    read: set[str] = set()
    for locales in draft.templates.templates.values():
        for template in locales.values():
            fresh = [part for part in template.parts if part.file.path not in read]
            read.update(part.file.path for part in fresh)
            yield from _of_template(template, (template.body, *fresh))


def _of_template(template: Template, passages: Iterable[Passage]) -> Iterator[Diagnostic]:
    if template.channel == "email":
        if template.subject is not None:
            yield from _subject(template.subject)
        for passage in passages:
            yield from _page(passage)
    else:
        for passage in passages:
            yield from _plain_http(passage, passage.text, 0)
    if template.plain is not None:
        yield from _plain_http(template.plain, template.plain.text, 0)


def _subject(subject: Passage) -> Iterator[Diagnostic]:
    length, letters = longest(subject.text), [char for char in subject.text if char.isalpha()]
    whole = subject.span(0, len(subject.text))
    if length > SUBJECT_LENGTH:
        yield Diagnostic(
            "W621",
            "warning",
            f"a subject of up to {length} characters",
            subject.file,
            whole,
            label="cut off in most inboxes",
            help=f"say it in {SUBJECT_LENGTH}, what matters in the first forty",
        )
    if len(letters) > _LETTERS_OF_A_WORD and all(char.isupper() for char in letters):
        yield _distrusted(subject, (0, len(subject.text)), "a subject in capitals", "write it as a sentence")
    shouting = _SHOUTING.search(subject.text)
    if shouting and "{" not in subject.text[shouting.start() - 1 : shouting.end() + 1]:
        yield _distrusted(subject, shouting.span(), f"`{shouting[0]}` in a subject", "one mark does")


def _page(passage: Passage) -> Iterator[Diagnostic]:
    text = without_remarks(passage.text)
    for tag in _tags(text):
        yield from _picture(passage, tag)
        yield from _active(passage, tag)
        for name in _LEADING & tag.attributes.keys():
            value, start = tag.attributes[name]
            yield from _plain_http(passage, value, start)
            yield from _leading(passage, value, start)
        label = _LABEL.match(text, tag.end) if tag.name == "a" and "href" in tag.attributes else None
        if label:
            yield from _disguise(passage, tag.attributes["href"][0], label)


def _tags(text: str) -> Iterator[_Tag]:
    for match in _TAG.finditer(text):
        first = match.start("attributes")
        attributes = {
            found["name"].lower(): (found["value"][1:-1], first + found.start("value") + 1)
            for found in _ATTRIBUTE.finditer(match["attributes"])
        }
        yield _Tag(match["name"].lower(), attributes, match.start(), match.end())


def _picture(passage: Passage, tag: _Tag) -> Iterator[Diagnostic]:
    if tag.name in _PICTURES and "alt" not in tag.attributes:
        yield Diagnostic(
            "W620",
            "warning",
            "a picture without a text for who does not see it",
            passage.file,
            passage.span(tag.start, tag.end),
            label="no `alt`",
            help='say what it shows, `alt="..."`, or `alt=""` where it is decoration',
            note="many inboxes show no picture until they are asked (WCAG 2.2, 1.1.1)",
        )


def _plain_http(passage: Passage, text: str, start: int) -> Iterator[Diagnostic]:
    for found in _PLAIN_HTTP.finditer(text):
        yield Diagnostic(
            "W624",
            "warning",
            "a link that is not encrypted",
            passage.file,
            passage.span(start + found.start(), start + found.end()),
            label="plain HTTP",
            help="write `https://`",
            note="others on the way can read and change it, and browsers warn of it",
        )


def _active(passage: Passage, tag: _Tag) -> Iterator[Diagnostic]:
    if tag.name in _ACTIVE:
        place = (tag.start, tag.start + 1 + len(tag.name))
        yield _distrusted(passage, place, f"`<{tag.name}>` in an email", "lead to a page of your site for it")


def _leading(passage: Passage, value: str, start: int) -> Iterator[Diagnostic]:
    place = (start, start + max(len(value), 1))
    if value.strip().lower().startswith(("javascript:", "data:")):
        yield _distrusted(passage, place, "a link that runs code", "lead to a page of your site")
    if _host(value) in _SHORTENERS:
        yield _distrusted(
            passage, place, f"a link behind `{_host(value)}`", "write where it leads: spam is hidden so"
        )


def _disguise(passage: Passage, href: str, label: re.Match[str]) -> Iterator[Diagnostic]:
    """A link whose text is the address of another site than the one to which it leads."""
    shown, leads = _ADDRESS.fullmatch(label["text"]), _host(href)
    if shown and leads and _bare(shown["host"]) != _bare(leads):
        yield _distrusted(
            passage,
            label.span("text"),
            f"a link that says `{shown['host']}` and leads to `{leads}`",
            "let its text be words, or the address to which it leads",
        )


def _distrusted(passage: Passage, place: tuple[int, int], what: str, remedy: str) -> Diagnostic:
    return Diagnostic(
        "W622",
        "warning",
        what,
        passage.file,
        passage.span(*place),
        label="filters take it for spam",
        help=remedy,
    )


def _host(url: str) -> str:
    """The host of a web address, '' for anything else."""
    try:
        return (urlsplit(url.strip()).hostname or "") if url.strip().lower().startswith("http") else ""
    except ValueError:
        return ""


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")
