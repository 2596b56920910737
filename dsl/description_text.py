"""A description as a page of text, wrapped for a terminal, a mail or a printer."""

from collections.abc import Iterable, Iterator, Mapping
from textwrap import fill

from dsl.description import Datum, Description, Line
from dsl.wording.sending import MessageSheet
from dsl.wording.speech import channel_name, listed

WIDTH = 100
INDENT = "  "
LETTERS = 26


def page(description: Description) -> str:
    """The whole page, ending in a line break."""
    blocks = [_head(description), *_sections(description)]
    return "\n\n".join(blocks) + "\n"


def _head(said: Description) -> str:
    facts = [f"scenario {said.scenario}", f"program {said.program}"]
    facts += [f"owner {said.owner}"] if said.owner else []
    facts += [f"journey stage {said.stage}"] if said.stage else []
    lines = [said.title, "=" * len(said.title), " · ".join(facts)]
    lines += [f"measured by: {said.kpi}"] if said.kpi else []
    return "\n".join(lines)


def _sections(said: Description) -> Iterator[str]:
    limits = tuple(dict.fromkeys(each for sheet in said.messages for each in sheet.limits))
    yield _section("When it starts", _sentences((*said.starts, said.times)))
    yield _section("For whom", _audience(said))
    yield _section("How often", _sentences(said.entry))
    yield _section("What happens, step by step", "\n".join(_steps(said.steps, INDENT)))
    sends = "\n".join(_messages(said.messages, limits)) or _sentences(("It sends none.",))
    yield _section(_most(said.most_messages), sends)
    if limits:
        yield _section("The limits", _list(limits))
    yield _section("What ends it at once", _sentences(said.exits or ("Nothing but its last step.",)))
    if said.goal:
        yield _section("The goal", _sentences((said.goal,)))
    if said.changes:
        yield _section("What changes it under way", _sentences(said.changes))
    if said.definitions:
        yield _section("Words used above", _sentences(said.definitions))
    if said.personal_data:
        yield _section("Personal data", _sentences(map(_datum, said.personal_data), INDENT))


def _most(messages: int) -> str:
    return f"The messages: at most {messages} to one person in one run" if messages else "The messages"


def _audience(said: Description) -> str:
    if not said.audience:
        return _sentences(("Everybody.",))
    if len(said.audience) == 1:
        return _sentences((f"Only people of whom this is true: {said.audience[0]}.", said.unknown))
    whole = _sentences(("Only people of whom all of this is true:",))
    listing = _list(f"{each};" for each in said.audience).removesuffix(";") + "."
    return "\n".join((whole, listing, _sentences((said.unknown,))))


def _section(heading: str, body: str) -> str:
    return f"{heading.upper()}\n{body}"


def _sentences(sentences: Iterable[str], hanging: str = "") -> str:
    return "\n".join(_wrapped(each, INDENT, hanging) for each in sentences)


def _wrapped(text: str, indent: str, hanging: str = "") -> str:
    return fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent + hanging, break_on_hyphens=False
    )


def _steps(lines: Iterable[Line], indent: str) -> Iterator[str]:
    for line in lines:
        yield _wrapped(f"{line.number}. {line.says}", indent, " " * (len(line.number) + 2))
        for branch in line.branches:
            goes_on = "" if branch.steps else " goes on."
            yield _wrapped(f"- {branch.when}:{goes_on}", indent + INDENT, INDENT)
            yield from _steps(branch.steps, indent + INDENT * 3)


def _list(texts: Iterable[str]) -> str:
    return "\n".join(_wrapped(f"{letter}) {each}", INDENT, " " * 3) for letter, each in _lettered(texts))


def _lettered(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Texts with the letters that others name them by: a to z, then 27 and so on."""
    for number, text in enumerate(texts, 1):
        yield (chr(ord("a") + number - 1) if number <= LETTERS else str(number)), text


def _messages(sheets: Iterable[MessageSheet], limits: Iterable[str]) -> Iterator[str]:
    letters = {text: letter for letter, text in _lettered(limits)}
    for sheet in sheets:
        what = f"{channel_name(sheet.channel)}, {sheet.message_class}, topic {sheet.topic}"
        yield _wrapped(f"“{sheet.title}” ({sheet.message}): {what}", INDENT, INDENT)
        for sentence in _conditions(sheet, letters):
            yield _wrapped(f"- {sentence}", INDENT * 2, INDENT)


def _conditions(sheet: MessageSheet, letters: Mapping[str, str]) -> Iterator[str]:
    if sheet.only_if:
        yield f"Only if {sheet.only_if}."
    yield sheet.consent
    yield sheet.hours or "Leaves at any time of the day."
    if sheet.limits:
        named = listed(sorted(letters[each] for each in sheet.limits))
        yield f"Counts under the limit{'s' if len(sheet.limits) > 1 else ''} {named} below."
    else:
        yield "Neither counted nor refused by the limits."
    if sheet.on_cap:
        yield sheet.on_cap
    yield sheet.expires
    if sheet.shown:
        yield sheet.shown
    if sheet.filled_in:
        yield f"Filled in: {'; '.join(sheet.filled_in)}."
    if sheet.tags:
        yield f"Tagged {listed(sheet.tags)}."


def _datum(datum: Datum) -> str:
    facts = [f"used for {datum.used_for}"]
    facts += [f"purpose: {datum.purpose}"] if datum.purpose else ["no purpose declared"]
    facts += [f"from: {datum.source}"] if datum.source else []
    facts += [f"kept {datum.kept}"] if datum.kept else []
    return f"- {datum.attribute}: {'; '.join(facts)}."
