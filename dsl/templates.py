"""The templates folder as data: which messages there are, in which locales, and what each asks for.

Pure: the texts are given, nothing is read from disk. `engine.rendering` renders what this module read, so
that what was checked is what is sent.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Literal

from dsl import front_matter
from dsl.diagnostics import Diagnostic, did_you_mean
from dsl.frozen import dataclass
from dsl.reader import MAX_CHARACTERS
from dsl.source import SourceFile, Span
from dsl.template_uses import Passage, Use, uses_of

Form = Literal["mjml", "html", "txt"]

_NAME = re.compile(
    r"(?P<message>[a-z][a-z0-9_]*)/(?P<channel>[a-z][a-z0-9_]*)"
    r"\.(?P<locale>[a-z]{2,3}(?:-[A-Z]{2})?)\.(?P<form>mjml|html|txt)"
)
_INCLUDE = re.compile(r"<mj-include\s+path=\"(?P<path>[^\"]*)\"\s*(?:/>|>\s*</mj-include>)")
_MAX_INCLUDES = 50


@dataclass(frozen=True)
class Template:
    """One message on one channel in one locale. `plain`: the text part of an email, where it is written.

    `parts`: the partials that the body includes, which it is nothing without.
    """

    message: str
    channel: str
    locale: str
    form: Form
    file: SourceFile
    body: Passage
    subject: Passage | None = None
    preheader: Passage | None = None
    plain: Passage | None = None
    letters: front_matter.Letters = "all"
    parts: tuple[Passage, ...] = ()
    uses: tuple[Use, ...] = ()
    plain_uses: tuple[Use, ...] = ()

    @property
    def paths(self) -> frozenset[str]:
        """The files that it is made of, its partials among them."""
        plain = (self.plain,) if self.plain else ()
        return frozenset(passage.file.path for passage in (self.body, *self.parts, *plain))

    def asks_for(self, name: str) -> bool:
        """Whether it uses a name, itself or in a partial."""
        return any(use.path[0] == name for use in self.uses)


@dataclass(frozen=True)
class TemplateSet:
    """All templates of a project, by (message, channel) and locale, and what is wrong with the files."""

    templates: Mapping[tuple[str, str], Mapping[str, Template]] = field(default_factory=dict)
    partials: Mapping[str, SourceFile] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()

    def messages(self, channel: str) -> list[str]:
        """Names of the messages that exist on a channel."""
        return sorted({message for message, on in self.templates if on == channel})

    def channels(self, message: str) -> list[str]:
        """Channels on which a message exists."""
        return sorted({channel for name, channel in self.templates if name == message})

    def locales(self, message: str, channel: str) -> Mapping[str, Template]:
        """Locale to template; empty where there is no such message."""
        return self.templates.get((message, channel), {})

    def find(
        self, message: str, channel: str, locale: str | None, fallbacks: Sequence[str]
    ) -> Template | None:
        """The template for a person's locale: `fr-CH`, else `fr`, else the first of `fallbacks` there is."""
        written = self.locales(message, channel)
        wanted = (locale or "").replace("_", "-")
        for each in (wanted, wanted.split("-")[0], *fallbacks):
            if each in written:
                return written[each]
        return None


def read_templates(texts: Mapping[str, str], root: str = "templates") -> TemplateSet:
    """The templates of a project.

    `texts` maps a path inside the folder (`welcome_hello/email.fr.mjml`) to its text; folders whose name
    begins with `_` hold partials. `root` is how the folder is called in diagnostics.
    """
    files = {path: SourceFile(f"{root}/{path}", text) for path, text in sorted(texts.items())}
    partials = {path: file for path, file in files.items() if path.startswith("_")}
    found: dict[tuple[str, str], dict[str, Template]] = {}
    faults: list[Diagnostic] = []
    plains: list[tuple[re.Match[str], SourceFile]] = []
    for path, file in files.items():
        match = _NAME.fullmatch(path)
        if path in partials:
            faults += uses_of(_whole(file))[1]
        elif match is None:
            faults.append(_misnamed(file))
        elif match["channel"] == "email" and match["form"] == "txt":
            plains.append((match, file))
        else:
            template, wrong = _template(match, file, partials)
            found.setdefault((template.message, template.channel), {})[template.locale] = template
            faults += wrong
    for match, file in plains:
        faults += _add_plain(found.get((match["message"], "email"), {}), match["locale"], file)
    return TemplateSet(found, partials, tuple(sorted(faults, key=lambda each: each.sort_key)))


def expand(body: str, partials: Mapping[str, SourceFile]) -> str:
    """MJML with its partials in place.

    Raises KeyError where one is missing, ValueError where they loop or grow beyond any page.
    """
    for _ in range(_MAX_INCLUDES):
        grown = _INCLUDE.sub(lambda match: partials[match["path"]].text, body)
        if grown == body:
            return body
        if len(grown) > MAX_CHARACTERS:
            raise ValueError("it is larger than 1 MiB with its partials in place")
        body = grown
    raise ValueError("partials include one another without end")


def _template(
    match: re.Match[str], file: SourceFile, partials: Mapping[str, SourceFile]
) -> tuple[Template, list[Diagnostic]]:
    channel = match["channel"]
    head, start, faults = front_matter.read(file, channel)
    body = Passage(file.text[start:], file, lambda index: start + index)
    unread = bool(faults)
    letters, wrong_letters = front_matter.letters_of(head.pop("letters", None))
    faults += wrong_letters
    parts, missing = _parts(body, partials)
    passages = [*head.values(), body, *parts]
    uses: list[Use] = []
    for passage in passages:
        used, wrong = uses_of(passage)
        uses += used
        faults += wrong if passage not in parts else []
    template = Template(
        message=match["message"],
        channel=channel,
        locale=match["locale"],
        form=_form(match["form"]),
        file=file,
        body=body,
        subject=head.get("subject"),
        preheader=head.get("preheader"),
        letters=letters,
        parts=parts,
        uses=tuple(uses),
    )
    return template, [*faults, *missing, *([] if unread else _no_subject(template))]


def _form(written: str) -> Form:
    return "mjml" if written == "mjml" else "html" if written == "html" else "txt"


def _whole(file: SourceFile) -> Passage:
    return Passage(file.text, file, lambda index: index)


def _parts(body: Passage, partials: Mapping[str, SourceFile]) -> tuple[tuple[Passage, ...], list[Diagnostic]]:
    """The partials below a body, and the includes that lead nowhere."""
    parts: dict[str, Passage] = {}
    faults: list[Diagnostic] = []
    waiting = [body]
    while waiting:
        passage = waiting.pop()
        for match in _INCLUDE.finditer(passage.text):
            path = match["path"]
            if path not in partials:
                faults.append(_no_partial(passage, match, partials))
            elif path not in parts:
                parts[path] = _whole(partials[path])
                waiting.append(parts[path])
    return tuple(parts.values()), faults


def _add_plain(emails: dict[str, Template], locale: str, file: SourceFile) -> list[Diagnostic]:
    if locale not in emails:
        return [
            Diagnostic(
                "E601",
                "error",
                "a text part without its email",
                file,
                Span(0, 1),
                help=f"write `email.{locale}.mjml` beside it",
            )
        ]
    plain = _whole(file)
    uses, faults = uses_of(plain)
    emails[locale] = replace(emails[locale], plain=plain, plain_uses=uses)
    return faults


def _misnamed(file: SourceFile) -> Diagnostic:
    return Diagnostic(
        "E601",
        "error",
        "not the name of a template",
        file,
        Span(0, 1),
        help="name it like `welcome_hello/email.fr.mjml` or `welcome_hello/sms.fr.txt`",
        note="folders whose name begins with `_` hold partials",
    )


def _no_partial(passage: Passage, match: re.Match[str], partials: Iterable[str]) -> Diagnostic:
    path = match["path"]
    return Diagnostic(
        "E606",
        "error",
        f"no partial `{path}`",
        passage.file,
        passage.span(*match.span("path")),
        label="there is no such file",
        help=did_you_mean(path, partials) or "partials lie in folders whose name begins with `_`",
    )


def _no_subject(template: Template) -> list[Diagnostic]:
    if template.channel != "email" or template.subject is not None:
        return []
    return [
        Diagnostic(
            "E607",
            "error",
            "an email without a subject",
            template.file,
            Span(0, 1),
            help="begin the file with `---`, `subject: ...`, `---`",
        )
    ]
