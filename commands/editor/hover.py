"""What a name or a key is, in Markdown, for whoever rests the pointer on it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from commands.editor.documentation import KEYS, STEPS
from commands.editor.reading import FileReading, read_file
from commands.editor.symbols import Symbol, step_verb
from dsl import scenario as s
from dsl.catalog_parser import channels_of
from dsl.compiler import Project
from dsl.nodes import Name
from dsl.resolution.names import lookup
from dsl.signatures import SIGNATURES
from dsl.source import SourceFile, Span
from dsl.types import ChoiceOf, Record, Type, describe

_KEY = re.compile(r"([a-z_]+)\s*:(?=\s|$)")


@dataclass(frozen=True)
class Hover:
    """Markdown about a span."""

    span: Span
    text: str


def hover(project: Project, file: SourceFile, offset: int) -> Hover | None:
    """What stands at an offset, or None where there is nothing to say."""
    reading = read_file(project, file)
    symbol = reading.at(offset)
    if symbol is not None:
        text = _TEXTS[symbol.kind](project, symbol, reading)
        if text:
            return Hover(symbol.span, text)
    return _key(file, offset)


def _key(file: SourceFile, offset: int) -> Hover | None:
    line, column = file.position(offset)
    start = file.line_starts[line - 1]
    for match in _KEY.finditer(file.line(line)):
        if match.start(1) <= column - 1 <= match.end(1) and match[1] in KEYS:
            return Hover(
                Span(start + match.start(1), start + match.end(1)), f"`{match[1]}:` {KEYS[match[1]]}"
            )
    return None


def type_in_words(type_: Type) -> str:
    """The type with what it takes: choices in their order, properties of records."""
    if isinstance(type_, ChoiceOf) and type_.ordered:
        return " < ".join(type_.options)
    if isinstance(type_, Record):
        return ", ".join(f"{name} ({describe(inner)})" for name, inner in type_.fields)
    return describe(type_)


# One function a kind; an empty text where nothing is known

Text = Callable[[Project, Symbol, FileReading], str]


def _attribute(project: Project, symbol: Symbol, _reading: FileReading) -> str:
    attribute = project.catalog.attributes.get(symbol.name)
    if attribute is None:
        return ""
    said = [f"`contact.{symbol.name}`: {type_in_words(attribute.type)}"]
    said += ["computed"] if attribute.computed is not None else []
    said += ["personal data"] if attribute.personal else []
    said += [f"collected for {attribute.purpose}"] if attribute.purpose else []
    said += [f"from {attribute.source}"] if attribute.source else []
    return "; ".join(said)


def _event(project: Project, symbol: Symbol, _reading: FileReading) -> str:
    event = project.catalog.events.get(symbol.name)
    if event is None:
        return ""
    lines = [f"- `{name}`: {type_in_words(type_)}" for name, type_ in event.properties.fields]
    about = f"\n\nAbout an object: `{event.about}` says which." if event.about else ""
    what = "built-in event" if event.built_in else "event"
    through = event.interaction.medium or event.interaction.medium_of
    way = f" ({event.interaction.direction or 'neither way'}, by {through})" if through else ""
    return f"{what} `{event.name}`{way}{about}\n\n" + "\n".join(lines)


def _property(_project: Project, symbol: Symbol, _reading: FileReading) -> str:
    env = symbol.env
    found = lookup(Name(tuple(symbol.name.split("."))), env) if env else None
    return f"`{symbol.name}`: {type_in_words(found[1])}" if found else ""


def _value(project: Project, symbol: Symbol, reading: FileReading) -> str:
    if symbol.name in ("now", "today", "entry", "before", "after"):
        return _property(project, symbol, reading)
    return ""


def _segment(project: Project, symbol: Symbol, _reading: FileReading) -> str:
    formula = project.segments.get(symbol.name)
    return f"segment `{symbol.name}`\n\n```\n{formula.text}\n```" if formula else ""


def _topic(project: Project, symbol: Symbol, _reading: FileReading) -> str:
    topic = project.catalog.topics.get(symbol.name)
    if topic is None:
        return ""
    consent = f", {topic.default}" if topic.message_class == "marketing" else ""
    channels = f", by {' and '.join(topic.channels)}" if topic.channels else ""
    return f"topic `{topic.name}`: {topic.title_in('en')} ({topic.message_class}{consent}{channels})"


def _channel(project: Project, symbol: Symbol, _reading: FileReading) -> str:
    sender = project.catalog.senders.get(symbol.name)
    return f"channel `{symbol.name}`" + (f", from {sender.address}" if sender else "")


def _webhook(project: Project, symbol: Symbol, _reading: FileReading) -> str:
    webhook = project.catalog.webhooks.get(symbol.name)
    if webhook is None:
        return ""
    returns = type_in_words(webhook.returns) or "nothing"
    return (
        f"webhook `{webhook.name}`: {webhook.method} to the address in `{webhook.url_env}`, returns {returns}"
    )


def _pool(project: Project, symbol: Symbol, _reading: FileReading) -> str:
    pool = project.catalog.codes.get(symbol.name)
    return f"unique codes `{pool.name}`, from {pool.file}" if pool else ""


def _text(project: Project, symbol: Symbol, _reading: FileReading) -> str:
    text = project.catalog.texts.get(symbol.name)
    return f"consent text `{symbol.name}`\n\n> {text}" if text else ""


def _message(project: Project, symbol: Symbol, _reading: FileReading) -> str:
    channel = symbol.channel or next(iter(project.templates.channels(symbol.name)), "")
    lines = []
    for locale, template in project.templates.locales(symbol.name, channel).items():
        text = template.subject.text if template.subject else template.body.text.strip()
        lines.append(f"- {locale}: {text}")
    return f"message `{symbol.name}` by {channel}\n\n" + "\n".join(lines) if lines else ""


def _step(project: Project, symbol: Symbol, reading: FileReading) -> str:
    scenarios = [reading.scenario] if reading.scenario else [e.scenario for e in project.scenarios.values()]
    for scenario in scenarios:
        for step in s.walk(scenario.steps):
            if step.frame.id == symbol.name:
                sends = step.forms[0].message.value if isinstance(step, s.MessageStep) else ""
                title = f"\n\n{step.frame.title}" if step.frame.title else ""
                return f"step `{symbol.name}`: {f'{step_verb(scenario, step)} {sends}'.strip()}{title}"
    return ""


def _function(_project: Project, symbol: Symbol, _reading: FileReading) -> str:
    signature = SIGNATURES.get(symbol.name)
    return f"`{signature.usage}`\n\n{signature.doc}" if signature else ""


def _variable(_project: Project, symbol: Symbol, _reading: FileReading) -> str:
    return f"variable `run.{symbol.name}` of this run"


def _scenario(project: Project, symbol: Symbol, _reading: FileReading) -> str:
    compiled = project.scenarios.get(symbol.name)
    return f"scenario `{symbol.name}`: {compiled.scenario.title}" if compiled else ""


def _verb(project: Project, symbol: Symbol, _reading: FileReading) -> str:
    if symbol.name in channels_of(project.catalog):
        return f"`{symbol.name}:` {STEPS.get(symbol.name, STEPS['email'])}"
    return f"`{symbol.name}:` {STEPS[symbol.name]}" if symbol.name in STEPS else ""


_TEXTS: Mapping[str, Text] = {
    "attribute": _attribute,
    "event": _event,
    "property": _property,
    "value": _value,
    "segment": _segment,
    "topic": _topic,
    "channel": _channel,
    "webhook": _webhook,
    "pool": _pool,
    "text": _text,
    "message": _message,
    "step": _step,
    "function": _function,
    "variable": _variable,
    "scenario": _scenario,
    "verb": _verb,
}
