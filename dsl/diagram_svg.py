"""A placed diagram as SVG text: the same plan and counts give the same bytes.

Colours are custom properties with defaults, so that a page may theme the drawing; alone, it follows the
reader's light or dark scheme. Words are real text, and each card says itself whole to a screen reader.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from xml.sax.saxutils import escape, quoteattr

from dsl.diagram_layout import (
    BADGE_LINE,
    CARD_PADDING,
    CARD_WIDTH,
    END_HEIGHT,
    END_WIDTH,
    HEADING_LINE,
    NOTE_LINE,
    TEXT_INDENT,
    TEXT_LINE,
    Box,
    Edge,
    Frame,
    Label,
    Picture,
    Point,
)
from dsl.frozen import dataclass

MARGIN = 16
CORNER = 10
LARGE = 800
"""Pixels; a wider drawing has the class `large`, so that a page scrolls it rather than shrinks it."""
ASCENT = 0.8
"""From the top of a line of text to its baseline, in parts of the font size."""

STYLE = """\
.rd{font:14px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
--i:var(--rd-ink,#17203a);--m:var(--rd-muted,#5a6274);--c:var(--rd-card,#fff);--l:var(--rd-line,#c3c8d4);
--entry:#1c5d4a;--email:#2b50d8;--sms:#8a3fb5;--message:#5a48cf;--wait:#a05a00;--branch:#45526b;--repeat:#0b6b80;
--data:#2c6e3f;--action:#9c3a63;--exit:#b3362b}
.k-entry{--k:var(--entry)}.k-email{--k:var(--email)}.k-sms{--k:var(--sms)}.k-message{--k:var(--message)}
.k-wait{--k:var(--wait)}.k-branch{--k:var(--branch)}.k-repeat{--k:var(--repeat)}.k-data{--k:var(--data)}
.k-action{--k:var(--action)}.k-exit{--k:var(--exit)}
.rd .card{fill:var(--c);stroke:var(--l)}.rd a:hover .card,.rd a:focus .card{stroke:var(--k);stroke-width:2}
.rd a{outline:none;cursor:pointer}.rd a:focus-visible .card{stroke:var(--k);stroke-width:3}
.rd .bar,.rd .disc{fill:var(--k)}.rd .disc{opacity:.13}.rd .icon{fill:none;stroke:var(--k);stroke-width:1.6;
stroke-linecap:round;stroke-linejoin:round}
.rd .head{font-size:11px;font-weight:650;letter-spacing:.06em;text-transform:uppercase;fill:var(--k)}
.rd .text{fill:var(--i);font-weight:550}.rd .note{font-size:12px;fill:var(--m)}
.rd .edge{fill:none;stroke:var(--l);stroke-width:1.75}.rd .tip{fill:var(--l)}
.rd .way rect{fill:var(--c);stroke:var(--l)}
.rd .way text{font-size:12px;font-weight:600;fill:var(--i);text-anchor:middle}
.rd .way.yes rect{stroke:var(--data)}.rd .way.no rect{stroke:var(--l)}
.rd .way.timeout rect{stroke:var(--wait);stroke-dasharray:4 3}
.rd .frame{fill:none;stroke:var(--repeat);stroke-dasharray:6 5;stroke-opacity:.6}
.rd .end rect{fill:var(--i)}.rd .end text{fill:var(--c);font-size:12px;font-weight:650;text-anchor:middle}
.rd .count{font-size:12px;fill:var(--m)}.rd .count .n{font-weight:700;fill:var(--i)}
.rd .split{stroke:var(--l);stroke-opacity:.6}
@media(prefers-color-scheme:dark){.rd{--i:var(--rd-ink,#eceff7);--m:var(--rd-muted,#a5adc0);--c:var(--rd-card,#1b2133);
--l:var(--rd-line,#4a536b);--entry:#6fcbae;--email:#93a9ff;--sms:#d09bef;--message:#b0a4ff;--wait:#f0b35c;
--branch:#b3bfd6;--repeat:#6cc8dc;--data:#83cf9a;--action:#f09cbf;--exit:#ff9488}}
"""

ICONS: Mapping[str, str] = {
    "entry": "M4 3l8 5-8 5z",
    "email": "M2 4h12v8H2zM2 4.5l6 4.5 6-4.5",
    "sms": "M2 3h12v8H7l-3 3v-3H2z",
    "message": "M2 3h12v8H7l-3 3v-3H2zM5 6h6M5 8.5h4",
    "wait": "M8 2a6 6 0 100 12A6 6 0 008 2zM8 5v3.5l2.3 1.4",
    "branch": "M8 14V9M8 9L3.5 4.5M8 9l4.5-4.5M3 7.5V4h3.5M13 7.5V4H9.500",
    "repeat": "M3 8a5 5 0 018.500-3.500L13 6M13 3v3h-3M13 8a5 5 0 01-8.500 3.500L3 10M3 13v-3h3",
    "data": "M3 4h10M3 8h10M3 12h6",
    "action": "M9 2L4 9h4l-1 5 5-7H8z",
    "exit": "M6 3H3v10h3M9 5l3 3-3 3M12 8H6",
}


@dataclass(frozen=True)
class Counts:
    """How many people: at each step now, that each message step sent to, that entered and that ended."""

    now: Mapping[str, int] = field(default_factory=dict)
    sent: Mapping[str, int] = field(default_factory=dict)
    entered: int = 0
    ended: int = 0


def draw(
    picture: Picture, title: str, *, name: str, counts: Counts | None, step_link: str | None, style: bool
) -> str:
    """The SVG of a picture.

    `name` makes ids unique in a page. `step_link`: a card links to it followed by the step's id.
    `style`: carry the style sheet along (a page that holds several diagrams has it once).
    """
    width, height = picture.width + 2 * MARGIN, picture.height + 2 * MARGIN
    room = "rd large" if width > LARGE else "rd"
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    said = f'id={quoteattr(f"diagram-{name}")} role="group" aria-label={quoteattr(f"Diagram of {title}")}'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" class="{room}" {said} {size}>']
    parts.append(f"<title>{escape(title)}</title>")
    if style:
        parts.append(f"<style>{STYLE}</style>")
    parts.append(f'<g transform="translate({MARGIN} {MARGIN})">')
    parts += [_frame(each) for each in picture.frames]
    parts += [line for each in picture.edges for line in _edge(each)]
    parts += [_label(each) for each in picture.labels]
    parts += [line for each in picture.boxes for line in _box(each, counts, step_link)]
    parts += _end(picture.end, counts)
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _frame(frame: Frame) -> str:
    place = f'x="{frame.x}" y="{frame.y}" width="{frame.width}" height="{frame.height}"'
    return f'<rect class="frame" {place} rx="16"/>'


def _edge(edge: Edge) -> Iterator[str]:
    yield f'<path class="edge" d="{_rounded(edge.points)}"/>'
    if edge.arrow:
        (x0, y0), (x, y) = edge.points[-2:]
        if y > y0:
            yield f'<path class="tip" d="M{x - 5} {y - 7}h10l-5 7z"/>'
        elif x > x0:
            yield f'<path class="tip" d="M{x - 7} {y - 5}v10l7-5z"/>'


def _rounded(points: tuple[Point, ...]) -> str:
    """A path through points whose corners are rounded as far as their sides allow."""
    path = [f"M{points[0][0]} {points[0][1]}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(CORNER, _distance(before, corner) // 2, _distance(corner, after) // 2)
        (ax, ay), (bx, by) = _towards(corner, before, radius), _towards(corner, after, radius)
        path.append(f"L{ax} {ay}Q{corner[0]} {corner[1]} {bx} {by}")
    return "".join([*path, f"L{points[-1][0]} {points[-1][1]}"])


def _distance(a: Point, b: Point) -> int:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(start: Point, end: Point, by: int) -> Point:
    def step(a: int, b: int) -> int:
        return a + (by if b > a else -by if b < a else 0)

    return step(start[0], end[0]), step(start[1], end[1])


def _label(label: Label) -> str:
    x, y = label.x - label.width // 2, label.y
    return (
        f'<g class="way {label.kind}"><title>{escape(label.spoken)}</title>'
        f'<rect x="{x}" y="{y}" width="{label.width}" height="24" rx="12"/>'
        f'<text x="{label.x}" y="{y + 16}">{escape(label.text)}</text></g>'
    )


def _box(box: Box, counts: Counts | None, step_link: str | None) -> Iterator[str]:
    says = f"aria-label={quoteattr(box.card.spoken)}"
    kind = f"step k-{box.card.kind}"
    linked = step_link is not None and box.step is not None
    if linked:
        yield f'<a class="{kind}" href={quoteattr(f"{step_link}{box.step}")} {says}>'
    else:
        yield f'<g class="{kind}" role="img" {says}>'
    yield f"<title>{escape(box.card.spoken)}</title>"
    yield f'<rect class="card" x="{box.x}" y="{box.y}" width="{CARD_WIDTH}" height="{box.height}" rx="12"/>'
    yield from _icon(box)
    yield from _words(box)
    if counts is not None:
        yield _count(box, counts)
    yield "</a>" if linked else "</g>"


def _icon(box: Box) -> Iterator[str]:
    yield f'<circle class="disc" cx="{box.x + 25}" cy="{box.y + 27}" r="14"/>'
    yield f'<path class="icon" transform="translate({box.x + 17} {box.y + 19})" d="{ICONS[box.card.kind]}"/>'


def _words(box: Box) -> Iterator[str]:
    x = box.x + TEXT_INDENT
    y = box.y + CARD_PADDING
    yield f'<text class="head" x="{x}" y="{y + 10}">{escape(box.card.heading)}</text>'
    y += HEADING_LINE
    for line in box.lines:
        yield f'<text class="text" x="{x}" y="{round(y + 14 * ASCENT + 3)}">{escape(line)}</text>'
        y += TEXT_LINE
    for line in box.notes:
        yield f'<text class="note" x="{x}" y="{round(y + 12 * ASCENT + 3)}">{escape(line)}</text>'
        y += NOTE_LINE


def _count(box: Box, counts: Counts) -> str:
    y = box.y + box.height - 11
    rule = box.y + box.height - BADGE_LINE - 8
    x = box.x + TEXT_INDENT
    said = _number("entered", "", counts.entered, " entered")
    if box.step is not None:
        said = _number("now", box.step, counts.now.get(box.step, 0), " here")
        if box.card.kind in {"email", "sms", "message"}:
            said += " · " + _number("sent", box.step, counts.sent.get(box.step, 0), " sent")
    return (
        f'<path class="split" d="M{x} {rule + 4}H{box.x + CARD_WIDTH - 14}"/>'
        f'<text class="count" x="{x}" y="{y}">{said}</text>'
    )


def _number(what: str, step: str, value: int, after: str) -> str:
    return f'<tspan class="n" data-count={quoteattr(f"{what}:{step}")}>{value}</tspan>{after}'


def _end(top: Point | None, counts: Counts | None) -> Iterator[str]:
    if top is None:
        return
    x, y = top[0] - END_WIDTH // 2, top[1]
    yield '<g class="end" role="img" aria-label="End of the scenario">'
    yield f'<rect x="{x}" y="{y}" width="{END_WIDTH}" height="{END_HEIGHT}" rx="{END_HEIGHT // 2}"/>'
    said = f"End · {_number('ended', '', counts.ended, '')}" if counts else "End"
    yield f'<text x="{top[0]}" y="{y + 20}">{said}</text></g>'
