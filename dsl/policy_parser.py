"""`policy.yaml` to Policy, and `segments.yaml` to segments; expressions come out as written."""

from typing import Literal, TypeAlias

from dsl import notation
from dsl.diagnostics import Diagnostic
from dsl.frozen import dataclass
from dsl.message_parser import read_hours
from dsl.parser import zone_name
from dsl.policy import Hours, Limit, OnCap, Policy, Pressure
from dsl.scenario import CLASSES, Given, Written
from dsl.shapes import Shapes, head
from dsl.source import SourceFile, Span
from dsl.tree import Mapping, Node
from dsl.values import Duration, Money

KEYS = (
    "time_zone", "hours", "pressure", "expires", "late_events", "tracking", "retention", "delivery", "utm",
    "prices", "leap_birthday",
)  # fmt: skip
RETENTION = ("inactive_contacts", "events", "messages", "raw")
"""What is kept for a time; `raw` is what providers reported word for word and what people answered."""

Tracking: TypeAlias = Literal["with_consent", "never"]
Delivery: TypeAlias = Literal["at_most_once", "at_least_once"]
_TRACKING: tuple[Tracking, ...] = ("with_consent", "never")
_DELIVERY: tuple[Delivery, ...] = ("at_most_once", "at_least_once")


@dataclass(frozen=True)
class WrittenLimit:
    """A limit whose `when` has no meaning yet."""

    limit: Limit
    when: Written | None
    channel: Given[str] | None
    span: Span


@dataclass(frozen=True)
class ParsedPolicy:
    """The policy without the limits' conditions; `limits` has them as written."""

    policy: Policy
    limits: tuple[WrittenLimit, ...]
    places: dict[str, Span]
    """Top-level key to its span; `hours.sms` too."""
    diagnostics: tuple[Diagnostic, ...]
    whole: bool


@dataclass(frozen=True)
class Segment:
    """A named condition over contacts."""

    name: Given[str]
    title: str
    is_: Written


def parse_policy(file: SourceFile, root: Node | None) -> ParsedPolicy:
    """The policy of a file; what is not written has the defaults of `Policy`."""
    reader = _Reader(Shapes(file))
    mapping = reader.shapes.mapping(root, "the policy") if root is not None else None
    policy = reader.policy(mapping) if mapping else Policy()
    shapes = reader.shapes
    return ParsedPolicy(policy, tuple(reader.limits), reader.places, tuple(shapes.found), shapes.whole)


def parse_segments(file: SourceFile, root: Node | None) -> tuple[tuple[Segment, ...], list[Diagnostic], bool]:
    """The segments of a file, what is wrong with it, and whether nothing is left out."""
    shapes = Shapes(file)
    mapping = shapes.mapping(root, "the segments") if root is not None else None
    found = []
    for entry in mapping.entries if mapping else ():
        name = shapes.name(entry.key, "a segment")
        inner = shapes.mapping(entry.value, f"the segment `{entry.key.value}`")
        if name is None or inner is None:
            continue
        fields = shapes.fields(inner, f"the segment `{name.value}`", ("title", "is"), ("is",))
        title = shapes.text(fields.get("title"), "`title`") or name.value
        is_ = shapes.expression(fields.get("is"), "`is`")
        if is_ is not None:
            found.append(Segment(name, title, is_))
    return tuple(found), shapes.found, shapes.whole


class _Reader:
    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self.limits: list[WrittenLimit] = []
        self.places: dict[str, Span] = {}

    def policy(self, mapping: Mapping) -> Policy:
        shapes = self.shapes
        fields = shapes.fields(mapping, "the policy", KEYS)
        self.places = {entry.key.value: entry.key.span for entry in mapping.entries}
        default = Policy()
        zone, by_country = self._zones(fields.get("time_zone"))
        opens, clicks = self._tracking(fields.get("tracking"))
        return Policy(
            default_zone=zone,
            zone_by_country=by_country,
            hours=self._hours(fields.get("hours")),
            pressure=self._pressure(fields.get("pressure")),
            expires=self._length(fields, "expires", default.expires),
            late_events=self._length(fields, "late_events", default.late_events),
            track_opens=opens,
            track_clicks=clicks,
            retention=self._retention(fields.get("retention")),
            delivery=self._delivery(fields.get("delivery")),
            utm=self._texts(fields.get("utm"), "`utm`", ("source", "medium", "campaign", "content", "term")),
            prices=self._prices(fields.get("prices")),
            leap_birthday=shapes.choice(
                fields.get("leap_birthday"), "`leap_birthday`", ("02-28", "03-01"), "02-28"
            ),
        )

    def _length(self, fields: dict[str, Node], key: str, default: Duration) -> Duration:
        given = self.shapes.duration(fields.get(key), f"`{key}`")
        return given.value if given else default

    def _entries(self, node: Node | None, what: str) -> dict[str, Node]:
        mapping = self.shapes.mapping(node, what) if node is not None else None
        return {entry.key.value: entry.value for entry in mapping.entries} if mapping else {}

    def _fields(self, node: Node | None, what: str, keys: tuple[str, ...]) -> dict[str, Node]:
        mapping = self.shapes.mapping(node, what) if node is not None else None
        return self.shapes.fields(mapping, what, keys) if mapping else {}

    def _texts(self, node: Node | None, what: str, keys: tuple[str, ...]) -> dict[str, str]:
        found = {
            key: self.shapes.text(each, f"`{key}`") for key, each in self._fields(node, what, keys).items()
        }
        return {key: text for key, text in found.items() if text is not None}

    def _zones(self, node: Node | None) -> tuple[str, dict[str, str]]:
        fields = self._fields(node, "`time_zone`", ("default", "by_country"))
        default = self.shapes.value(fields.get("default"), "`default`", zone_name, Policy().default_zone)
        by_country = self._entries(fields.get("by_country"), "`by_country`")
        zones = {name: self.shapes.given(each, "a zone", zone_name) for name, each in by_country.items()}
        return default, {name: zone.value for name, zone in zones.items() if zone is not None}

    def _hours(self, node: Node | None) -> dict[str, Hours]:
        mapping = self.shapes.mapping(node, "`hours`") if node is not None else None
        found: dict[str, Hours] = {}
        for entry in mapping.entries if mapping else ():
            hours = read_hours(self.shapes, entry.value, f"the hours of `{entry.key.value}`")
            self.places[f"hours.{entry.key.value}"] = entry.key.span
            if hours:
                found[entry.key.value] = hours.value
        return found

    def _tracking(self, node: Node | None) -> tuple[Tracking, Tracking]:
        fields = self._fields(node, "`tracking`", ("opens", "clicks"))
        opens, clicks = (
            self.shapes.choice(fields.get(key), f"`{key}`", _TRACKING, "with_consent")
            for key in ("opens", "clicks")
        )
        return opens, clicks

    def _retention(self, node: Node | None) -> dict[str, Duration]:
        fields = self._fields(node, "`retention`", RETENTION)
        found = {key: self.shapes.duration(each, f"`{key}`") for key, each in fields.items()}
        return {key: given.value for key, given in found.items() if given}

    def _prices(self, node: Node | None) -> dict[str, Money]:
        fields = self._fields(node, "`prices`", ("sms",))
        found = {
            key: self.shapes.given(each, f"the price of `{key}`", notation.price)
            for key, each in fields.items()
        }
        return {key: given.value for key, given in found.items() if given}

    def _delivery(self, node: Node | None) -> dict[str, Delivery]:
        fields = self._fields(node, "`delivery`", CLASSES)
        said = {key: self.shapes.word(each, f"`{key}`", _DELIVERY) for key, each in fields.items()}
        return Policy().delivery | {key: word.value for key, word in said.items() if word}

    def _pressure(self, node: Node | None) -> Pressure:
        shapes = self.shapes
        fields = self._fields(node, "`pressure`", ("day", "limits", "exempt", "on_cap"))
        for item in shapes.items(fields.get("limits"), "`limits`"):
            self._limit(item)
        classes, tags = self._exempt(fields.get("exempt"))
        on_cap = shapes.given(fields.get("on_cap"), "`on_cap`", notation.on_cap)
        if on_cap and on_cap.value.action == "next":
            shapes.error("E124", "`next` means something in `first_of` only", on_cap.span)
        return Pressure(
            day=shapes.choice(fields.get("day"), "`day`", ("calendar", "rolling"), "calendar"),
            limits=tuple(written.limit for written in self.limits),
            exempt_classes=classes,
            exempt_tags=tags,
            on_cap=on_cap.value if on_cap else OnCap(),
        )

    def _limit(self, node: Node) -> None:
        shapes = self.shapes
        mapping = shapes.mapping(node, "a limit")
        if mapping is None:
            return
        keys = ("at_most", "per", "channel", "tag", "of", "when")
        fields = shapes.fields(mapping, "a limit", keys, ("at_most", "per"))
        at_most = shapes.given(fields.get("at_most"), "`at_most`", notation.whole_number)
        per = shapes.given(fields.get("per"), "`per`", notation.duration)
        if per and (per.value.months or per.value.seconds or per.value.days < 1):
            shapes.error("E123", "`per` is a number of days or weeks", per.span, remedy="`7 days`")
        channel = shapes.name(fields.get("channel"), "`channel`")
        tag = shapes.name(fields.get("tag"), "`tag`")
        if channel and tag:
            shapes.error("E127", "a limit counts a channel or a tag, not both", tag.span, remedy="write two")
        if at_most and at_most.value < 0:
            shapes.error("E123", "`at_most` cannot be negative", at_most.span)
        when = shapes.expression(fields.get("when"), "`when`")
        if at_most and per:
            limit = Limit(
                at_most.value,
                per.value.days,
                channel.value if channel else None,
                tag.value if tag else None,
                of=shapes.choice(fields.get("of"), "`of`", ("person", "household"), "person"),
            )
            self.limits.append(WrittenLimit(limit, when, channel, head(mapping)))

    def _exempt(self, node: Node | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """`[transactional, tag sunset]`: classes and tags."""
        if node is None:
            return Pressure().exempt_classes, ()
        classes, tags = [], []
        for item in self.shapes.items(node, "`exempt`"):
            scalar = self.shapes.scalar(item, "an exemption", "a class, or `tag` and a name")
            if scalar is None:
                continue
            if scalar.value.startswith("tag "):
                tags.append(scalar.value.removeprefix("tag ").strip())
            else:
                word = self.shapes.word(scalar, "an exempt class", CLASSES)
                classes += [word.value] if word else []
        return tuple(classes), tuple(tags)
