"""A plan as a picture: SVG by our own layout, and Mermaid text for Markdown."""

from collections.abc import Iterator

from dsl.diagram_blocks import END, Row, Rows, fold
from dsl.diagram_layout import lay_out
from dsl.diagram_svg import Counts, draw
from dsl.diagram_words import Card, card, entry_card, ways
from dsl.plan import Plan, RepeatStep

MERMAID_SHAPES = {
    "entry": ("([", "])"),
    "branch": ("{{", "}}"),
    "wait": ("(", ")"),
    "exit": ("([", "])"),
    "repeat": ("[[", "]]"),
}


def svg(plan: Plan, *, counts: Counts | None = None, step_link: str | None = None, style: bool = True) -> str:
    """The plan as SVG, the same bytes for the same input.

    `counts` adds live numbers to the cards, each in a `data-count` element (`now:STEP`, `sent:STEP`,
    `entered:`, `ended:`). `step_link` makes each card a link to it and the step's id. `style=False` leaves
    out the style sheet (`diagram_svg.STYLE`), which a page then has once.
    """
    picture = lay_out(entry_card(plan), fold(plan), badges=counts is not None)
    return draw(picture, plan.title, name=plan.scenario, counts=counts, step_link=step_link, style=style)


def mermaid(plan: Plan) -> str:
    """The plan as a Mermaid flow chart, which GitHub and GitLab draw in Markdown."""
    ids = {step.id: f"s{number}" for number, step in enumerate(plan.steps, 1)} | {END: "finish"}
    lines = ["flowchart TD", _mermaid_node("start", entry_card(plan))]
    lines += [_mermaid_node(ids[step.id], card(step)) for step in plan.steps]
    lines.append('    finish(["End"])')
    lines.append(f"    start --> {ids[plan.start or END]}")
    lines += _mermaid_edges(plan, ids)
    return "\n".join(lines) + "\n"


def outline(plan: Plan) -> Iterator[tuple[int, str]]:
    """The plan as an indented list (depth, words), for people who read rather than look."""
    yield 0, entry_card(plan).spoken
    yield from _outline(fold(plan), 0)


def _outline(rows: Rows, depth: int) -> Iterator[tuple[int, str]]:
    for row in rows.rows:
        yield depth, card(row.step).spoken
        yield from _inside(row, depth + 1)


def _inside(row: Row, depth: int) -> Iterator[tuple[int, str]]:
    for arm in row.arms:
        yield depth, f"{arm.way.label}:" if arm.body.rows else f"{arm.way.label}: goes on"
        yield from _outline(arm.body, depth + 1)
    if row.loop is not None:
        yield from _outline(row.loop, depth)


def _mermaid_node(node: str, what: Card) -> str:
    left, right = MERMAID_SHAPES.get(what.kind, ("[", "]"))
    heading = f"{what.heading}: {what.text}" if what.text else what.heading
    return f'    {node}{left}"{_mermaid_text("<br/>".join((heading, *what.notes)))}"{right}'


def _mermaid_text(text: str) -> str:
    """Text inside quotes: Mermaid takes entities by their number after `#`."""
    return text.replace("#", "#35;").replace('"', "#quot;")


def _mermaid_edges(plan: Plan, ids: dict[str, str]) -> Iterator[str]:
    for step in plan.steps:
        here = ids[step.id]
        if isinstance(step, RepeatStep):
            yield f"    {here} -->|each time| {ids[step.body or END]}"
            yield f"    {here} -->|then| {ids[step.next or END]}"
            continue
        out = ways(step)
        for way in out:
            yield f'    {here} -->|"{_mermaid_text(way.label)}"| {ids[way.target or END]}'
        if not out and not (card(step).kind == "exit" and step.only_if is None):
            yield f"    {here} --> {ids[step.next or END]}"
