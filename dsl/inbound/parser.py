"""`sources/NAME.yaml` to Inbound; names are held to the catalog by `checks`."""

import re
from pathlib import PurePosixPath

from dsl.diagnostics import Diagnostic
from dsl.frozen import dataclass
from dsl.inbound import model as m
from dsl.inbound.model import Basis
from dsl.inbound.values import Values, any_text, read_path
from dsl.parser import zone_name
from dsl.reader import read
from dsl.shapes import Shapes, head
from dsl.source import SourceFile, Span
from dsl.tree import Mapping, Node, Scalar
from dsl.written import Given

KEYS = ("title", "signed", "items", "zone", "mappings")
SIGNED_KEYS = ("header", "secret_env", "encoding", "prefix", "signs", "timestamp")
TIMESTAMP_KEYS = ("header", "within")
MAPPING_KEYS = ("when", "id", "at", "contact", "event", "with", "attributes", "identities", "consents")
CONTACT_KEYS: tuple[m.Way, ...] = ("id", "email", "phone", "identity")
CONSENT_KEYS = ("topic", "channel", "state", "basis", "at", "text")
ENCODINGS: tuple[m.Encoding, ...] = ("hex", "base64")
BASES: tuple[Basis, ...] = ("consent", "soft_opt_in", "legitimate_interest")
_FILE_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,100}")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True)
class ParsedInbound:
    """A source, None where nothing can be made of its file; `whole` where nothing is left out."""

    inbound: m.Inbound | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def whole(self) -> bool:
        """Whether requests can be taken by it."""
        return self.inbound is not None and not self.diagnostics


def parse_inbound(file: SourceFile) -> ParsedInbound:
    """The source of a file."""
    root, wrong = read(file)
    shapes = Shapes(file)
    inbound = None
    if root is not None:
        inbound = _Reader(shapes).source(root)
    elif not wrong:
        shapes.error(
            "E122", "the source is empty", Span(0, 1), remedy="say how it is `signed`, and its `mappings`"
        )
    return ParsedInbound(inbound, (*wrong, *shapes.found))


def _header(text: str) -> str:
    if not _HEADER.fullmatch(text):
        raise ValueError("a header is named like `X-Shop-Signature`")
    return text


def _variable(text: str) -> str:
    if not _VARIABLE.fullmatch(text):
        raise ValueError("name the environment variable that holds the secret, like `SHOP_WEBHOOK_SECRET`")
    return text


class _Reader:
    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self.values = Values(shapes)

    def source(self, root: Node) -> m.Inbound | None:
        shapes = self.shapes
        name = PurePosixPath(shapes.file.path).stem
        if not _FILE_NAME.fullmatch(name):
            remedy = "name the file like `shop.yaml`: lower-case letters, digits and `_`"
            shapes.error("E125", f"`{name}` is not the name of a source", Span(0, 1), remedy=remedy)
        mapping = shapes.mapping(root, "the source")
        fields = shapes.fields(mapping, "the source", KEYS, ("signed", "mappings")) if mapping else {}
        signing = self._signing(fields.get("signed"))
        mappings = [self._mapping(entry) for entry in self._entries(fields.get("mappings"), "`mappings`")]
        zone = shapes.given(fields.get("zone"), "`zone`", zone_name)
        items = shapes.given(fields.get("items"), "`items`", read_path)
        title = shapes.text(fields.get("title"), "`title`")
        known = tuple(each for each in mappings if each is not None)
        if signing is None or not known:
            return None
        return m.Inbound(
            name,
            shapes.file,
            signing,
            known,
            title or name,
            items.value if items else (),
            zone.value if zone else None,
        )

    def _entries(self, node: Node | None, what: str) -> tuple[tuple[Scalar, Node], ...]:
        mapping = self.shapes.mapping(node, what) if node is not None else None
        return tuple((entry.key, entry.value) for entry in mapping.entries) if mapping else ()

    def _fields(
        self, node: Node | None, what: str, keys: tuple[str, ...], required: tuple[str, ...] = ()
    ) -> dict[str, Node]:
        mapping = self.shapes.mapping(node, what) if node is not None else None
        return self.shapes.fields(mapping, what, keys, required) if mapping else {}

    def _signing(self, node: Node | None) -> m.Signing | None:
        shapes = self.shapes
        fields = self._fields(node, "`signed`", SIGNED_KEYS, ("header", "secret_env"))
        header = shapes.given(fields.get("header"), "`header`", _header)
        secret = shapes.given(fields.get("secret_env"), "`secret_env`", _variable)
        timestamp = self._timestamp(fields.get("timestamp"))
        signs = shapes.text(fields.get("signs"), "`signs`")
        if signs is None:
            signs = f"{m.TIMESTAMP}.{m.BODY}" if timestamp else m.BODY
        if signs.count(m.BODY) != 1 or (m.TIMESTAMP in signs) != (timestamp is not None):
            remedy = "sign both: `{timestamp}.{body}`" if timestamp else "write `{body}`"
            note = "who replays a request would only have to write a new time on it" if timestamp else None
            span = head(fields["signs"])
            shapes.error("E901", "what is signed is not what is checked", span, remedy=remedy, note=note)
        encoding = shapes.choice(fields.get("encoding"), "`encoding`", ENCODINGS, "hex")
        prefix = shapes.text(fields.get("prefix"), "`prefix`") or ""
        if header is None or secret is None:
            return None
        return m.Signing(header.value, secret.value, encoding, prefix, signs, timestamp)

    def _timestamp(self, node: Node | None) -> m.Timestamp | None:
        fields = self._fields(node, "`timestamp`", TIMESTAMP_KEYS, TIMESTAMP_KEYS)
        header = self.shapes.given(fields.get("header"), "`header`", _header)
        within = self.shapes.duration(fields.get("within"), "`within`")
        return m.Timestamp(header.value, within.value.exact_seconds) if header and within else None

    def _mapping(self, entry: tuple[Scalar, Node]) -> m.Mapping | None:
        shapes, values = self.shapes, self.values
        name = shapes.name(entry[0], "a mapping")
        what = f"the mapping `{entry[0].value}`"
        fields = self._fields(entry[1], what, MAPPING_KEYS, ("id",))
        ids = self._ids(fields.get("id"))
        contact = tuple(
            each for key, node in self._in_order(fields.get("contact")) for each in self._finding(key, node)
        )
        mapping = m.Mapping(
            name or Given("", entry[0].span),
            ids,
            self._when(fields.get("when")),
            values.value(fields.get("at"), "`at`"),
            contact,
            shapes.event_name(fields.get("event"), "`event`"),
            values.named(fields.get("with"), "`with`"),
            values.named(fields.get("attributes"), "`attributes`"),
            values.named(fields.get("identities"), "`identities`"),
            tuple(
                each
                for item in shapes.items(fields.get("consents"), "`consents`")
                for each in self._consent(item)
            ),
        )
        return mapping if name and ids else None

    def _ids(self, node: Node | None) -> tuple[m.Value, ...]:
        """One path, or a list of them: an order and the instant of its change."""
        if node is None:
            return ()
        nodes = (node,) if isinstance(node, Scalar | Mapping) else self.shapes.items(node, "`id`")
        found = (self.values.value(each, "`id`") for each in nodes)
        return tuple(value for value in found if value is not None)

    def _in_order(self, node: Node | None) -> tuple[tuple[str, Node], ...]:
        self._fields(node, "`contact`", CONTACT_KEYS)
        entries = node.entries if isinstance(node, Mapping) else ()
        return tuple((entry.key.value, entry.value) for entry in entries)

    def _finding(self, key: str, node: Node) -> tuple[m.Finding, ...]:
        way = next((each for each in CONTACT_KEYS if each == key), None)
        if way == "identity":
            named = self.values.named(node, "`identity`")
            return tuple(m.Finding("identity", value, kind.value) for kind, value in named)
        value = self.values.value(node, f"`{key}`") if way else None
        return (m.Finding(way, value),) if way and value else ()

    def _when(self, node: Node | None) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
        found = []
        for key, value in self._entries(node, "`when`"):
            path = self.shapes.given(key, "a path of `when`", read_path)
            items = (value,) if isinstance(value, Scalar) else self.shapes.items(value, f"`{key.value}`")
            texts = [self.shapes.text(each, f"a value of `{key.value}`") for each in items]
            if path:
                found.append((path.value, tuple(text for text in texts if text is not None)))
        return tuple(found)

    def _consent(self, node: Node) -> tuple[m.SaidConsent, ...]:
        shapes = self.shapes
        fields = self._fields(node, "a consent", CONSENT_KEYS, ("topic", "channel", "state"))
        topic, channel = (shapes.name(fields.get(key), f"`{key}`") for key in ("topic", "channel"))
        state = self.values.value(fields.get("state"), "`state`")
        at = self.values.value(fields.get("at"), "`at`")
        text = shapes.given(fields.get("text"), "`text`", any_text)
        basis = shapes.choice(fields.get("basis"), "`basis`", BASES, "consent")
        if topic is None or channel is None or state is None:
            return ()
        return (m.SaidConsent(topic, channel, state, basis, at, text),)
