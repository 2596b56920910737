"""Located tree to `given`: how things stand with the person when a story begins."""

from collections.abc import Iterator

from dsl import notation
from dsl.source import Span
from dsl.story import FAILS, Consented, Given, PastEvent, PastMessage, StoryValue, When
from dsl.story_lines import Fields, Reader
from dsl.story_values import when
from dsl.tree import Mapping, Node, Scalar, Sequence, is_null

KEYS = ("contact", "consent", "tracking", "events", "messages", "pool", "answers", "holdout", "arms")
TRACKED = ("opens", "clicks")
TRACKING = "tracking"


def given(reader: Reader, node: Node | None) -> Given:
    """`given` of a story; nothing where it is absent."""
    if node is None or is_null(node):
        return Given()
    mapping = reader.shapes.mapping(node, "`given`")
    if mapping is None:
        return Given()
    fields = reader.shapes.fields(mapping, "`given`", KEYS)
    contact = reader.values.record(fields.get("contact"), "`contact`", reader.attributes(), "E211")
    at_home = reader.catalog.household in contact
    return Given(
        contact=contact,
        consents=(*_consents(reader, fields.get("consent")), *_tracking(reader, fields.get(TRACKING))),
        events=tuple(_events(reader, fields.get("events"))),
        messages=tuple(_messages(reader, fields.get("messages"), lives_somewhere=at_home)),
        pools=dict(_pools(reader, fields.get("pool"))),
        answers=dict(_answers(reader, fields.get("answers"))),
        holdout=_holdout(reader, fields.get("holdout")),
        arms=dict(_arms(reader, fields.get("arms"))),
    )


def _entries(reader: Reader, node: Node | None, what: str) -> Iterator[tuple[Scalar, Node]]:
    mapping = None if node is None or is_null(node) else reader.shapes.mapping(node, what)
    for entry in mapping.entries if mapping else ():
        yield entry.key, entry.value


def _when(reader: Reader, node: Node | None, what: str) -> When | None:
    found = reader.shapes.given(node, what, when, "a time like `day -10`")
    return found.value if found else None


# consent and tracking


def _consents(reader: Reader, node: Node | None) -> Iterator[Consented]:
    """`{ newsletter: [email], from: day -10 }`, or a topic's own `{ channels: [email], from: day -10 }`."""
    entries = list(_entries(reader, node, "`consent`"))
    since = next((_when(reader, value, "`from`") for key, value in entries if key.value == "from"), None)
    for key, value in entries:
        if key.value != "from" and reader.named(key, "topic", tuple(reader.catalog.topics), "E215"):
            yield from _of_topic(reader, key.value, value, since)


def _of_topic(reader: Reader, topic: str, node: Node, since: When | None) -> Iterator[Consented]:
    if isinstance(node, Mapping):
        fields = reader.shapes.fields(node, f"`{topic}`", ("channels", "from"), ("channels",))
        since = _when(reader, fields.get("from"), "`from`") or since
        node = fields.get("channels", node)
    items = (node,) if isinstance(node, Scalar) else reader.shapes.items(node, f"`{topic}`")
    for item in items:
        channel = reader.named(item, "channel", reader.known.channels, "E214")
        if channel is not None:
            yield Consented(topic, channel, since)


def _tracking(reader: Reader, node: Node | None) -> Iterator[Consented]:
    """`[clicks]`, or `{ clicks: day -10 }`, or `{ of: [clicks], from: day -10 }`."""
    if node is None or is_null(node):
        return
    if isinstance(node, Scalar | Sequence):
        yield from _tracked(reader, node, None)
        return
    fields = reader.shapes.fields(node, "`tracking`", ("of", "from", *TRACKED))
    since = _when(reader, fields.get("from"), "`from`")
    if "of" in fields:
        yield from _tracked(reader, fields["of"], since)
    for what in TRACKED:
        if what in fields:
            own = None if is_null(fields[what]) else _when(reader, fields[what], f"`{what}`")
            yield Consented(TRACKING, what, own or since)


def _tracked(reader: Reader, node: Node, since: When | None) -> Iterator[Consented]:
    items = (node,) if isinstance(node, Scalar) else reader.shapes.items(node, "`tracking`")
    for item in items:
        word = reader.shapes.word(item, "`tracking`", TRACKED)
        if word:
            yield Consented(TRACKING, word.value, since)


# what was before


def _events(reader: Reader, node: Node | None) -> Iterator[PastEvent]:
    for item in reader.shapes.items(node, "`events`"):
        fields = _fields(reader, item, "a line of `events`", ("event", "at", "with"), ("event", "at"))
        at = _when(reader, fields.get("at"), "`at`")
        found = reader.event(fields["event"]) if "event" in fields else None
        if found and at:
            name, properties = found
            values = reader.values.record(fields.get("with"), f"`{name}`", dict(properties.fields), "E213")
            yield PastEvent(name, at, values)


def _messages(reader: Reader, node: Node | None, *, lives_somewhere: bool) -> Iterator[PastMessage]:
    names = ("message", "channel", "at")
    whose = ("person", "household")
    for item in reader.shapes.items(node, "`messages`"):
        fields = _fields(reader, item, "a line of `messages`", (*names, "to"), names)
        to = reader.shapes.word(fields.get("to"), "`to`", whose)
        at = _when(reader, fields.get("at"), "`at`")
        message = reader.shapes.name(fields.get("message"), "`message`")
        channel = None
        if "channel" in fields:
            channel = reader.named(fields["channel"], "channel", reader.known.channels, "E214")
        to_household = to is not None and to.value == "household"
        if to is not None and to_household and not lives_somewhere:
            _refuse_household(reader, to.span)
        if at and message and channel:
            yield PastMessage(message.value, channel, at, to_household)


def _refuse_household(reader: Reader, span: Span) -> None:
    """A message to somebody with whom nobody lives counts nowhere."""
    declared = reader.catalog.household
    remedy = (
        f"give them `{declared}` in `given: {{ contact: ... }}`"
        if declared
        else "declare in catalog.yaml which attribute tells it, as `household: customer_household_id`"
    )
    reader.shapes.error("E221", "the person of this story lives in no household", span, remedy=remedy)


def _fields(
    reader: Reader, node: Node, what: str, allowed: tuple[str, ...], required: tuple[str, ...]
) -> Fields:
    mapping = reader.shapes.mapping(node, what)
    return {} if mapping is None else reader.shapes.fields(mapping, what, allowed, required)


# what is outside


def _pools(reader: Reader, node: Node | None) -> Iterator[tuple[str, int]]:
    for key, value in _entries(reader, node, "`pool`"):
        name = reader.named(key, "code pool", tuple(reader.catalog.codes), "E808")
        count = reader.shapes.given(value, f"`{key.value}`", notation.whole_number, "a number of codes")
        if count is not None and count.value < 0:
            reader.shapes.error("E123", "a pool cannot have fewer than 0 codes", count.span)
        elif name and count is not None:
            yield name, count.value


def _answers(reader: Reader, node: Node | None) -> Iterator[tuple[str, dict[str, StoryValue] | None]]:
    for key, value in _entries(reader, node, "`answers`"):
        name = reader.named(key, "webhook", tuple(reader.catalog.webhooks), "E218")
        if name is None:
            continue
        if isinstance(value, Scalar) and not value.is_null:
            if reader.shapes.word(value, f"`{name}`", (FAILS,)):
                yield name, None
            continue
        returns = dict(reader.catalog.webhooks[name].returns.fields)
        yield name, reader.values.record(value, f"`{name}`", returns, "E213")


def _holdout(reader: Reader, node: Node | None) -> bool:
    given = reader.shapes.given(node, "`holdout`", notation.boolean)
    if given is None:
        return False
    if given.value and reader.cast.sure and not reader.cast.holds_out:
        reader.shapes.error(
            "E804",
            "no scenario of this file holds anybody out",
            given.span,
            remedy="say `holdout: 5%` in the scenario, or leave this line out",
        )
    return given.value


def _arms(reader: Reader, node: Node | None) -> Iterator[tuple[str, str]]:
    for key, value in _entries(reader, node, "`arms`"):
        arms = reader.cast.arms.get(key.value)
        if arms is None and reader.cast.sure:
            reader.named(key, "split", tuple(reader.cast.arms), "E803", "the scenarios of this file")
        elif arms is not None:
            arm = reader.shapes.word(value, f"the arm of `{key.value}`", arms)
            if arm:
                yield key.value, arm.value
