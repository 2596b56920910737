"""Where everything of a diagram goes: cards, edges, labels and frames in pixels.

Rows go down, the ways out of a branch go side by side in the order of the file, and meet again below.
Text is measured by a fixed table of widths, so that the same plan gives the same bytes on every machine.
"""

from dataclasses import field
from itertools import pairwise

from dsl.diagram_blocks import Arm, Row, Rows
from dsl.diagram_text import width_of, wrap
from dsl.diagram_words import Card, Way, card
from dsl.frozen import dataclass

CARD_WIDTH = 256
TEXT_INDENT = 46
"""From a card's left edge to its text: the icon stands before it."""
TEXT_WIDTH = CARD_WIDTH - TEXT_INDENT - 14
TEXT_LINE = 18
NOTE_LINE = 15
CARD_PADDING = 12
HEADING_LINE = 15
BADGE_LINE = 22
ROW_GAP = 34
ARM_GAP = 30
RAIL = 20
"""From a branching card to the rail along which its ways part."""
LABEL_DROP = 46
"""From that rail to the first card of a way: room for the label of the way."""
LABEL_WIDTH = 190
EMPTY_ARM = 140
FRAME_PADDING = 18
LOOP_LANE = 26
END_WIDTH = 84
END_HEIGHT = 30

Point = tuple[int, int]


@dataclass(frozen=True)
class Box:
    """A card in its place, with its text cut into lines. `step` is None for the entry."""

    x: int
    y: int
    height: int
    card: Card
    lines: tuple[str, ...]
    notes: tuple[str, ...]
    step: str | None


@dataclass(frozen=True)
class Label:
    """The name of a way; `x` is its middle, `y` its top."""

    x: int
    y: int
    width: int
    text: str
    kind: str
    spoken: str


@dataclass(frozen=True)
class Edge:
    """A line through right-angled points; with an arrow at its end or without."""

    points: tuple[Point, ...]
    arrow: bool


@dataclass(frozen=True)
class Frame:
    """The outline around the steps that are repeated."""

    x: int
    y: int
    width: int
    height: int


@dataclass
class Picture:
    """The whole drawing; coordinates may start anywhere until `shifted`."""

    boxes: list[Box] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    end: Point | None = None
    """The top of the end marker's middle."""
    width: int = 0
    height: int = 0


def lay_out(entry: Card, rows: Rows, *, badges: bool) -> Picture:
    """Place the entry card, the rows under it and the end marker.

    `badges`: leave room on each card for counts.
    """
    return _Placing(badges=badges).whole(entry, rows)


class _Placing:
    def __init__(self, *, badges: bool) -> None:
        self.picture = Picture()
        self.badges = badges

    def whole(self, entry: Card, rows: Rows) -> Picture:
        left, right = self._extent(rows)
        middle = max(left, CARD_WIDTH // 2)
        bottom = self._box(entry, None, middle, 0)
        bottom = self._rows(rows, middle, bottom, joined=True)
        if rows.flows_on:
            self._edge((middle, bottom), (middle, bottom + ROW_GAP), arrow=True)
            self.picture.end = (middle, bottom + ROW_GAP)
            bottom += ROW_GAP + END_HEIGHT
        self.picture.width = middle + max(right, CARD_WIDTH // 2)
        self.picture.height = bottom
        return self.picture

    # How much room rows need to the left and to the right of their middle line.

    def _extent(self, rows: Rows) -> Point:
        extents = [self._row_extent(row) for row in rows.rows] or [(EMPTY_ARM // 2, EMPTY_ARM // 2)]
        return max(left for left, _ in extents), max(right for _, right in extents)

    def _row_extent(self, row: Row) -> Point:
        half = CARD_WIDTH // 2
        if row.loop is not None:
            left, right = self._extent(row.loop)
            return max(left, half) + FRAME_PADDING + LOOP_LANE, max(right, half) + FRAME_PADDING
        if not row.arms:
            return half, half
        middles, width = self._arm_middles(row.arms)
        middle = (middles[0] + middles[-1]) // 2
        return max(middle, half), max(width - middle, half)

    def _arm_middles(self, arms: tuple[Arm, ...]) -> tuple[list[int], int]:
        """The middle of each arm from the left edge of the first, and the width of all."""
        middles: list[int] = []
        x = 0
        for arm in arms:
            left, right = self._extent(arm.body)
            middles.append(x + left)
            x += left + right + ARM_GAP
        return middles, x - ARM_GAP

    # Placing, from the top down. Each returns the y of its bottom.

    def _rows(self, rows: Rows, middle: int, y: int, *, joined: bool) -> int:
        for row in rows.rows:
            if joined:
                self._edge((middle, y), (middle, y + ROW_GAP), arrow=True)
                y += ROW_GAP
            y = self._row(row, middle, y)
            joined = True
        return y

    def _row(self, row: Row, middle: int, y: int) -> int:
        if row.loop is not None:
            return self._loop(row, row.loop, middle, y)
        bottom = self._box(card(row.step), row.step.id, middle, y)
        return self._arms(row.arms, middle, bottom) if row.arms else bottom

    def _arms(self, arms: tuple[Arm, ...], middle: int, y: int) -> int:
        middles, _ = self._arm_middles(arms)
        shift = middle - (middles[0] + middles[-1]) // 2
        top = y + RAIL + LABEL_DROP
        bottoms: list[tuple[int, int, bool]] = []
        for arm, offset in zip(arms, middles, strict=True):
            x = offset + shift
            self._label(arm.way, x, y + RAIL + 9)
            self._edge((middle, y), (middle, y + RAIL), (x, y + RAIL), (x, top), arrow=bool(arm.body.rows))
            bottoms.append((x, self._rows(arm.body, x, top, joined=False), arm.body.flows_on))
        return self._meet(bottoms, middle)

    def _meet(self, bottoms: list[tuple[int, int, bool]], middle: int) -> int:
        rail = max(bottom for _, bottom, _ in bottoms)
        if not any(flows_on for *_, flows_on in bottoms):
            return rail
        rail += RAIL
        for x, bottom, flows_on in bottoms:
            if flows_on:
                self._edge((x, bottom), (x, rail), (middle, rail), arrow=False)
        return rail

    def _loop(self, row: Row, body: Rows, middle: int, y: int) -> int:
        left, right = self._row_extent(row)
        top = y + FRAME_PADDING
        head = self._box(card(row.step), row.step.id, middle, top)
        bottom = self._rows(body, middle, head, joined=True)
        back = middle - left + LOOP_LANE // 2
        turn, entered = bottom + RAIL // 2, top + 24
        if body.flows_on:
            side = middle - CARD_WIDTH // 2
            self._edge(
                (middle, bottom), (middle, turn), (back, turn), (back, entered), (side, entered), arrow=True
            )
        bottom += RAIL // 2 + FRAME_PADDING
        self.picture.frames.append(Frame(middle - left, y, left + right, bottom - y))
        return bottom

    def _box(self, what: Card, step: str | None, middle: int, y: int) -> int:
        lines = wrap(what.text, TEXT_WIDTH, size=14, limit=5)
        notes = tuple(line for note in what.notes for line in wrap(note, TEXT_WIDTH, size=12, limit=3))
        height = 2 * CARD_PADDING + HEADING_LINE + len(lines) * TEXT_LINE + len(notes) * NOTE_LINE
        height += BADGE_LINE if self.badges else 0
        box = Box(middle - CARD_WIDTH // 2, y, height, what, lines, notes, step)
        self.picture.boxes.append(box)
        return y + height

    def _label(self, way: Way, x: int, y: int) -> None:
        line = wrap(way.label, LABEL_WIDTH - 20, size=12, limit=1)
        text = line[0] if line else ""
        width = min(LABEL_WIDTH, width_of(text, 12) + 20)
        self.picture.labels.append(Label(x, y, width, text, way.kind, way.label))

    def _edge(self, *points: Point, arrow: bool) -> None:
        kept = [points[0], *(after for before, after in pairwise(points) if after != before)]
        self.picture.edges.append(Edge(tuple(kept), arrow))
