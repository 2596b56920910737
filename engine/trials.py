"""Templates tried out for a sample person, before anybody is written to.

That names, filters and tags exist is checked where the templates are read. What a template makes of the
values that its steps give, an amount plus a text, shows when it is filled.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from traceback import walk_tb
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import UndefinedError

from dsl.compiler import Project
from dsl.diagnostics import Diagnostic
from dsl.markup import without_remarks
from dsl.scope import Scope
from dsl.source import Span
from dsl.template_uses import Passage
from dsl.templates import Template
from engine.links import Links
from engine.previews import sent_drafts
from engine.rendering import Draft, Renderer
from engine.samples import sample_person
from engine.template_sandbox import filled

NOWHERE = "http://preview.invalid"
"""Where the links of what nobody gets lead (RFC 2606)."""

BREAKS = "E609"

A_DAY = datetime(2027, 3, 1, 9, tzinfo=UTC)
"""On which all is tried out: what is found does not depend on when it is looked for."""


def tried(project: Project) -> Project:
    """The project with what its templates stumble over told; as it is where it has errors already."""
    if project.errors:
        return project
    # All mails share their footer, whose mistake is told once.
    faults = {(each.file.path, each.span): each for each in _faults(project)}
    found = sorted([*project.diagnostics, *faults.values()], key=lambda each: each.sort_key)
    return replace(project, diagnostics=tuple(found))


def _faults(project: Project) -> Iterator[Diagnostic]:
    world = project.world
    person = sample_person(world.catalog)
    scope = Scope(world, A_DAY, ZoneInfo(world.policy.default_zone), attributes=person)
    renderer = Renderer(project.folder / "templates", Links(NOWHERE, ["trial"]))
    plans = [each.plan for each in project.scenarios.values()]
    for (message, channel), locales in project.templates.templates.items():
        drafts = list(sent_drafts(message, channel, plans, scope, {}))
        for template in locales.values():
            tries = (
                _fault(template, draft, renderer.names(draft, template, channel, world)) for draft in drafts
            )
            yield from islice((fault for fault in tries if fault is not None), 1)


def _fault(template: Template, draft: Draft, names: Mapping[str, Any]) -> Diagnostic | None:
    """The first passage of a template that breaks where a step sends it."""
    heads = {"subject": "", "preheader": ""} | dict(names)
    passages = (template.subject, template.preheader, template.body, *template.parts, template.plain)
    for passage in passages:
        if passage is None or "{" not in passage.text:
            continue
        try:
            filled(without_remarks(passage.text), heads, passage.file.path, escape=False)
        except (UndefinedError, ArithmeticError):
            continue  # an element, or a text that is a number, that real people have
        except Exception as error:  # noqa: BLE001 - whatever a filter makes of a value that it cannot take
            return _broken(passage, draft, error)
    return None


def _broken(passage: Passage, draft: Draft, error: Exception) -> Diagnostic:
    return Diagnostic(
        BREAKS,
        "error",
        f"`{draft.message}` cannot be written, as `{draft.scenario}` sends it",
        passage.file,
        _line(passage, error),
        label=str(error) or type(error).__name__,
        help="what goes with what is told by `relance explain E609`",
        note="no message would leave: each would wait to be mended",
    )


def _line(passage: Passage, error: Exception) -> Span:
    """The line that Jinja2 was at; the passage's first where it does not say."""
    rows = passage.text.split("\n")
    told = [row for frame, row in walk_tb(error.__traceback__) if frame.f_code.co_filename == "<template>"]
    row = min(told[-1] if told else 1, len(rows)) - 1
    start = sum(len(each) + 1 for each in rows[:row])
    indent = len(rows[row]) - len(rows[row].lstrip())
    return passage.span(start + indent, start + len(rows[row].rstrip()))
