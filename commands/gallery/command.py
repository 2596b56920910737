"""Writes the gallery: one page, and a file for each message in each look."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.outputs import writing
from commands.sample_reader import renderer_of, sample_reader, scope_of

if TYPE_CHECKING:
    from dsl.compiler import Project
    from dsl.diagnostics import Diagnostic
    from engine.gallery import Leaf


def write_gallery(folder: Path, project: "Project", output: Path, form: str) -> int:
    """Write every message of a project to `output/index.html` and say what was found.

    1 when a message cannot be shown or has mistakes, 0 otherwise.
    """
    from engine import gallery

    scope = scope_of(project, sample_reader(project))
    plans = [scenario.plan for scenario in project.scenarios.values()]
    leaves = list(gallery.leaves(renderer_of(folder), project.world, plans, scope))
    doubts = _doubts(project, leaves)
    with writing(output):
        _write(output, project.catalog.brand.name, leaves, doubts)
    faults = sum(each.fault is not None for each in leaves)
    if form == "json":
        click.echo(json.dumps([_told(each, doubts[each.id]) for each in leaves], ensure_ascii=False))
    else:
        click.echo(f"{len(leaves)} messages in {output / 'index.html'}")
        for each in leaves:
            if each.fault:
                click.echo(f"  {each.id} cannot be shown: {each.fault}")
    wrong = any(each.severity == "error" for found in doubts.values() for each in found)
    return 1 if faults or wrong else 0


def _write(
    output: Path, brand: str, leaves: Sequence["Leaf"], doubts: Mapping[str, Sequence["Diagnostic"]]
) -> None:
    """The page, and the files of its frames: light and dark differ in their text."""
    from dsl.checks.templates import GMAIL_CUT
    from dsl.page_templates import templates_of
    from engine.gallery import SCHEMES, in_scheme

    output.mkdir(parents=True, exist_ok=True)
    for each in leaves:
        for scheme in SCHEMES if each.page else ():
            (output / f"{each.id}.{scheme}.html").write_text(in_scheme(each.page, scheme), "utf-8")
    page = (
        templates_of("commands.gallery")
        .get_template("gallery.html")
        .render(
            brand=brand,
            leaves=leaves,
            doubts=doubts,
            schemes=SCHEMES,
            gmail_cut=GMAIL_CUT,
            languages=sorted({each.locale for each in leaves}),
        )
    )
    (output / "index.html").write_text(page, "utf-8")


def _doubts(project: "Project", leaves: Sequence["Leaf"]) -> dict[str, list["Diagnostic"]]:
    """What the checker says of the files of each message."""
    found: dict[str, list[Diagnostic]] = {}
    for each in leaves:
        template = project.templates.locales(each.message, each.channel)[each.locale]
        found[each.id] = [doubt for doubt in project.diagnostics if doubt.file.path in template.paths]
    return found


def _told(leaf: "Leaf", doubts: Sequence["Diagnostic"]) -> dict[str, object]:
    from dsl import render

    return {
        "message": leaf.message,
        "channel": leaf.channel,
        "locale": leaf.locale,
        "sent_by": leaf.sent_by,
        "subject": leaf.subject,
        "preheader": leaf.preheader,
        "html_bytes": leaf.size,
        "segments": leaf.segments.count if leaf.segments else None,
        "forced_by": leaf.segments.forced_by if leaf.segments else None,
        "fault": leaf.fault,
        "diagnostics": [render.as_data(each) for each in doubts],
    }
