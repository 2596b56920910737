"""Templates against the scenarios that send them, the catalog that they speak of, and the law."""

import re
from collections.abc import Iterable, Iterator

import mjml

from dsl.catalog import Catalog
from dsl.checks.draft import Draft, class_of_message
from dsl.diagnostics import Diagnostic, Related, did_you_mean
from dsl.frozen import dataclass
from dsl.scenario import MessageForm, MessageStep, Scenario, walk
from dsl.source import SourceFile, Span
from dsl.template_uses import Use
from dsl.templates import Template, TemplateSet, expand

PROVIDED: frozenset[str] = frozenset(
    {"brand", "confirm_url", "contact", "link", "locale", "preferences_url", "unsubscribe_url"}
)
PROVIDED_ON: dict[str, frozenset[str]] = {
    "email": PROVIDED | {"preheader", "subject"},
    "sms": PROVIDED | {"stop_mention"},
}
"""Names that every template of a channel has without being given them."""

_BRAND = ("name", "legal_sender", "site", "currency")
_ALWAYS_KNOWN = frozenset({"id", "created_at"})
_POSITION = re.compile(r" at position (\d+):(\d+)")
_ENDINGS = {"email": "mjml"}


@dataclass(frozen=True)
class _Mention:
    """One place where a scenario says a message."""

    scenario: Scenario
    form: MessageForm
    message_class: str

    @property
    def file(self) -> SourceFile:
        return self.scenario.file

    @property
    def message(self) -> str:
        return self.form.message.value

    @property
    def channel(self) -> str:
        return self.form.channel.value


def check(draft: Draft) -> Iterator[Diagnostic]:
    """What templates speak of, and what each step that sends one needs of them; nothing is said twice."""
    seen: set[tuple[str, str, Span, str]] = set()
    for each in _all(draft):
        key = (each.code, each.file.path, each.span, each.message)
        if key not in seen:
            seen.add(key)
            yield each


def _all(draft: Draft) -> Iterator[Diagnostic]:
    for locales in draft.templates.templates.values():
        for template in locales.values():
            yield from _layout(template, draft.templates)
            for use in (*template.uses, *template.plain_uses):
                yield from _use(use, draft.catalog)
    for mention in _mentions(draft):
        locales = draft.templates.locales(mention.message, mention.channel)
        yield from _existence(mention, draft)
        for template in locales.values():
            yield from _variables(mention, template)
            yield from _ways_out(mention, template)
        yield from _unused(mention, locales.values())


def _mentions(draft: Draft) -> Iterator[_Mention]:
    for scenario in draft.scenarios:
        for step in walk(scenario.steps):
            for form in step.forms if isinstance(step, MessageStep) else ():
                yield _Mention(scenario, form, class_of_message(form, scenario, draft.catalog))


# What a template is and speaks of, whoever sends it


def _layout(template: Template, templates: TemplateSet) -> Iterator[Diagnostic]:
    """Whether MJML makes a page of it. The compiler's places are of the text with its partials in it."""
    if template.form != "mjml":
        return
    try:
        page = expand(template.body.text, templates.partials)
    except KeyError:
        return  # a partial that there is not was reported with the file
    except ValueError as error:
        yield _no_layout(template, Span(0, 1), str(error))
        return
    try:
        mjml.mjml2html(page)
    except ValueError as error:
        place = _POSITION.search(str(error)) if page == template.body.text else None
        start, end = (int(place[1]), int(place[2])) if place else (0, 1)
        words = _POSITION.sub("", str(error)).removesuffix(" in root template").strip()
        yield _no_layout(template, template.body.span(start, end), words)


def _no_layout(template: Template, span: Span, words: str) -> Diagnostic:
    return Diagnostic(
        "E608",
        "error",
        "MJML makes no page of this",
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


# What a step that sends it needs


def _existence(mention: _Mention, draft: Draft) -> Iterator[Diagnostic]:
    locales = draft.templates.locales(mention.message, mention.channel)
    if not locales:
        yield _no_template(mention, draft.templates, draft.catalog)
        return
    for locale in draft.catalog.locales:
        if locale not in locales:
            yield Diagnostic(
                "E611",
                "error",
                f"`{mention.message}` has no {mention.channel} in `{locale}`",
                mention.file,
                mention.form.message.span,
                label=f"written in {', '.join(sorted(locales))} alone",
                help=f"write templates/{_path(mention, locale)}",
            )


def _no_template(mention: _Mention, templates: TemplateSet, catalog: Catalog) -> Diagnostic:
    elsewhere = templates.channels(mention.message)
    return Diagnostic(
        "E610",
        "error",
        f"no template for {mention.channel} `{mention.message}`",
        mention.file,
        mention.form.message.span,
        label=f"there is one for {', '.join(elsewhere)} alone" if elsewhere else "there is no such message",
        help=did_you_mean(mention.message, templates.messages(mention.channel))
        or f"write templates/{_path(mention, catalog.locales[0] if catalog.locales else 'en')}",
    )


def _path(mention: _Mention, locale: str) -> str:
    ending = _ENDINGS.get(mention.channel, "txt")
    return f"{mention.message}/{mention.channel}.{locale}.{ending}"


def _variables(mention: _Mention, template: Template) -> Iterator[Diagnostic]:
    given = {variable.name.value for variable in mention.form.with_}
    known = given | PROVIDED_ON.get(mention.channel, PROVIDED)
    for use in (*template.uses, *template.plain_uses):
        name = use.path[0]
        if name not in known:
            yield Diagnostic(
                "E612",
                "error",
                f"`{name}` is not given to `{mention.message}`",
                use.file,
                Span(use.span.start, use.span.start + len(name)),
                label="nothing has this name",
                help=did_you_mean(name, known) or f"give it at the step: `with: {{ {name}: ... }}`",
                related=(Related(mention.file, mention.form.message.span, "sent from here"),),
            )


def _unused(mention: _Mention, templates: Iterable[Template]) -> Iterator[Diagnostic]:
    written = list(templates)
    for variable in mention.form.with_:
        name = variable.name.value
        if written and not any(_asks(template, name) for template in written):
            yield Diagnostic(
                "W619",
                "warning",
                f"`{mention.message}` does not use `{name}`",
                mention.file,
                variable.name.span,
                label="given for nothing",
                help=f"write `{{{{ {name} }}}}` in the template, or leave it out here",
            )


def _asks(template: Template, name: str) -> bool:
    return template.asks_for(name) or any(use.path[0] == name for use in template.plain_uses)


def _ways_out(mention: _Mention, template: Template) -> Iterator[Diagnostic]:
    """How people stop it: asked of marketing and service messages, and of each part on its own.

    CPCE art. L.34-5: a valid and free means to object in every message; RFC 8058 asks mail for a visible
    link besides the header.
    """
    if mention.message_class == "transactional":
        return
    if mention.channel == "sms" and not template.asks_for("stop_mention"):
        end = len(template.file.text.rstrip())
        what, label, help_ = "SMS without its STOP mention", "it belongs here", "{{ stop_mention }}"
        yield _no_way_out(mention, template.file, Span(max(end - 1, 0), end), what, label, help_)
    if mention.channel == "email":
        what, help_ = "email without an unsubscribe link", '<a href="{{ unsubscribe_url }}">'
        if not template.asks_for("unsubscribe_url"):
            yield _no_way_out(mention, template.file, Span(0, 1), what, "", help_)
        if template.plain and all(use.path[0] != "unsubscribe_url" for use in template.plain_uses):
            what, help_ = "text part without an unsubscribe link", "{{ unsubscribe_url }}"
            yield _no_way_out(mention, template.plain.file, Span(0, 1), what, "", help_)


def _no_way_out(
    mention: _Mention, file: SourceFile, span: Span, what: str, label: str, missing: str
) -> Diagnostic:
    return Diagnostic(
        "E615" if mention.channel == "sms" else "E614",
        "error",
        f"a {mention.message_class} {what}",
        file,
        span,
        label=label,
        help=f"write `{missing}` in it, or include a footer that has it"
        if mention.channel == "email"
        else f"end the text with `{missing}`",
        note="the law asks for a free way out in every message (CPCE, art. L.34-5)",
        related=(
            Related(mention.file, mention.form.message.span, f"sent as {mention.message_class} from here"),
        ),
    )
