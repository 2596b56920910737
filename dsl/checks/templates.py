"""Templates against the scenarios that send them, the catalog that they speak of, and the law."""

import re
from collections.abc import Iterable, Iterator

from dsl.catalog import Catalog
from dsl.checks import mentions
from dsl.checks.draft import Draft
from dsl.diagnostics import Diagnostic, did_you_mean
from dsl.markup import Unreadable, examine, page_of
from dsl.source import Span
from dsl.template_uses import Use
from dsl.templates import Template, TemplateSet, expand

GMAIL_CUT = 102 * 1024
"""Gmail shows no more than this of a mail (bytes of HTML)."""

_BRAND = ("name", "legal_sender", "site", "currency")
_ALWAYS_KNOWN = frozenset({"id", "created_at"})
_POSITION = re.compile(r" at position (\d+):(\d+)")


def check(draft: Draft) -> Iterator[Diagnostic]:
    """What templates speak of, and what each step that sends one needs of them; nothing is said twice."""
    seen: set[tuple[str, str, Span, str]] = set()
    for each in _all(draft):
        key = (each.code, each.file.path, each.span, each.message)
        if key not in seen:
            seen.add(key)
            yield each


def _all(draft: Draft) -> Iterator[Diagnostic]:
    yield from draft.templates.diagnostics
    for locales in draft.templates.templates.values():
        for template in locales.values():
            yield from _layout(template, draft.templates)
            for use in (*template.uses, *template.plain_uses):
                yield from _use(use, draft.catalog)
    yield from mentions.check(draft)


def _layout(template: Template, templates: TemplateSet) -> Iterator[Diagnostic]:
    """Whether MJML makes a page of it, and one that Gmail shows whole.

    The compiler's places are of the text with its partials in it.
    """
    if template.channel != "email":
        return
    try:
        examine(template.body.text, is_html=template.form == "html")
    except Unreadable as error:
        yield _no_layout(template, template.body.span(error.offset, error.offset + 1), str(error))
        return
    try:
        page = _page(template, templates)
    except KeyError:
        return  # a partial that there is not was reported with the file
    except ValueError as error:
        place = None if template.parts else _POSITION.search(str(error))
        start, end = (int(place[1]), int(place[2])) if place else (0, 1)
        words = _POSITION.sub("", str(error)).removesuffix(" in root template").strip()
        yield _no_layout(template, template.body.span(start, end), words)
    else:
        yield from _size(template, len(page.encode()))


def _page(template: Template, templates: TemplateSet) -> str:
    """The page of a template. Raises KeyError without a partial, ValueError where there is none."""
    page = expand(template.body.text, templates.partials)
    if template.form == "mjml":
        return page_of(page)
    examine(page, is_html=True)
    return page


def _size(template: Template, size: int) -> Iterator[Diagnostic]:
    if size > GMAIL_CUT:
        yield Diagnostic(
            "W623",
            "warning",
            f"{size // 1024} kB of HTML, of which Gmail shows {GMAIL_CUT // 1024}",
            template.file,
            Span(0, 1),
            label="clipped",
            help="leave sections and styles out, or lead to a page for the rest",
            note="what is cut off is the end, where the unsubscribe link stands",
        )


def _no_layout(template: Template, span: Span, words: str) -> Diagnostic:
    return Diagnostic(
        "E608",
        "error",
        "mail programs make no page of this" if template.form == "html" else "MJML makes no page of this",
        template.file,
        span,
        label=words,
        help="each component has its end tag, its attributes are quoted, and text writes `&lt;` for `<`",
    )


def _use(use: Use, catalog: Catalog) -> Iterator[Diagnostic]:
    match use.path:
        case ("contact", name, *_):
            yield from _attribute(use, name, catalog)
        case ("brand", name, *_) if name not in _BRAND:
            yield _unknown(use, "brand", name, _BRAND)
        case ("confirm_url",) if use.argument is not None and use.argument not in catalog.topics:
            yield Diagnostic(
                "E617",
                "error",
                f"no topic `{use.argument}` to confirm",
                use.file,
                use.span,
                label="asked for here",
                help=did_you_mean(use.argument, catalog.topics),
            )


def _attribute(use: Use, name: str, catalog: Catalog) -> Iterator[Diagnostic]:
    attribute = catalog.attributes.get(name)
    if attribute is None:
        yield _unknown(use, "contact", name, catalog.attributes)
    elif attribute.computed is not None:
        yield Diagnostic(
            "E616",
            "error",
            f"`contact.{name}` is computed, and templates only see what is stored",
            use.file,
            use.span,
            label="computed",
            help=f"give it at the step, `with: {{ {name}: contact.{name} }}`, and write `{{{{ {name} }}}}`",
        )
    elif use.bare and name not in _ALWAYS_KNOWN:
        yield Diagnostic(
            "W618",
            "warning",
            f"`contact.{name}` may be unknown, and nothing is printed then",
            use.file,
            use.span,
            label="may be empty",
            help=f'write `{{% if contact.{name} %}}...{{% endif %}}` around, or `|default("...")` after it',
        )


def _unknown(use: Use, owner: str, name: str, known: Iterable[str]) -> Diagnostic:
    names = sorted(known)
    end = use.span.end
    return Diagnostic(
        "E613",
        "error",
        f"no `{name}` in `{owner}`",
        use.file,
        Span(end - len(name), end) if use.file.text[use.span.start : end].endswith(name) else use.span,
        label="unknown",
        help=did_you_mean(name, names) or "there are: " + ", ".join(f"`{each}`" for each in names),
    )
