"""What a step that sends a message needs of its templates: that they exist, what they ask for, a way out."""

from collections.abc import Iterable, Iterator, Mapping

from dsl.catalog import Catalog
from dsl.checks.draft import Draft, class_of_message
from dsl.diagnostics import Diagnostic, Related, did_you_mean
from dsl.frozen import dataclass
from dsl.scenario import MessageForm, MessageStep, Scenario, walk
from dsl.source import SourceFile, Span
from dsl.template_uses import Use
from dsl.templates import Template, TemplateSet

PROVIDED: frozenset[str] = frozenset(
    {"brand", "confirm_url", "contact", "link", "locale", "preferences_url", "unsubscribe_url"}
)
PROVIDED_ON: dict[str, frozenset[str]] = {
    "email": PROVIDED | {"preheader", "subject"},
    "sms": PROVIDED | {"stop_mention"},
}
"""Names that every template of a channel has without being given them."""

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
    """What each step that sends a message needs of its templates."""
    broken = {each.file.path for each in draft.templates.diagnostics}
    for mention in _mentions(draft):
        templates = draft.templates.locales(mention.message, mention.channel).values()
        yield from _existence(mention, draft)
        if any(template.file.path in broken for template in templates):
            continue  # what it asks for and shows is not known, and its own mistake is told
        yield from _variables(mention, templates)
        for template in templates:
            yield from _ways_out(mention, template)
        yield from _unused(mention, templates)


def _mentions(draft: Draft) -> Iterator[_Mention]:
    for scenario in draft.scenarios:
        for step in walk(scenario.steps):
            for form in step.forms if isinstance(step, MessageStep) else ():
                yield _Mention(scenario, form, class_of_message(form, scenario, draft.catalog))


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


def _variables(mention: _Mention, templates: Iterable[Template]) -> Iterator[Diagnostic]:
    """Names that nothing gives: the step forgot what all its templates ask for; else one of them is wrong."""
    given = {variable.name.value for variable in mention.form.with_}
    known = given | PROVIDED_ON.get(mention.channel, PROVIDED)
    written = list(templates)
    asked: dict[str, dict[SourceFile, Use]] = {}
    for template in written:
        for use in (*template.uses, *template.plain_uses):
            if use.path[0] not in known:
                asked.setdefault(use.path[0], {}).setdefault(use.file, use)
    for name, uses in asked.items():
        near = did_you_mean(name, given)
        if len(written) > 1 and near is None and all(_asks(template, name) for template in written):
            yield _forgotten(mention, name, uses)
        else:
            yield from (_not_given(mention, name, use, near) for use in uses.values())


def _forgotten(mention: _Mention, name: str, uses: Mapping[SourceFile, Use]) -> Diagnostic:
    use = next(iter(uses.values()))
    return Diagnostic(
        "E612",
        "error",
        f"`{mention.message}` needs `{name}`, which this step does not give",
        mention.file,
        mention.form.message.span,
        label="sent from here",
        help=f"add `with: {{ {name}: ... }}`",
        related=(Related(use.file, _word(use), "the template prints it here"),),
    )


def _not_given(mention: _Mention, name: str, use: Use, near: str | None) -> Diagnostic:
    return Diagnostic(
        "E612",
        "error",
        f"`{name}` is not given to `{mention.message}`",
        use.file,
        _word(use),
        label="nothing has this name",
        help=near
        or did_you_mean(name, PROVIDED_ON.get(mention.channel, PROVIDED))
        or f"give it at the step: `with: {{ {name}: ... }}`",
        related=(Related(mention.file, mention.form.message.span, "sent from here"),),
    )


def _word(use: Use) -> Span:
    return Span(use.span.start, use.span.start + len(use.path[0]))


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
