"""A topic of `catalog.yaml`: its title in each language, its class, and the ground that it accepts."""

from typing import Literal, TypeAlias

from dsl.catalog import MessageClass, Topic
from dsl.frozen import dataclass
from dsl.scenario import CLASSES
from dsl.shapes import Shapes
from dsl.source import Span
from dsl.tree import Entry, Mapping, Node

Default: TypeAlias = Literal["opt_in", "soft_opt_in", "opt_out"]

KEYS = ("title", "class", "channels", "default", "sale")
DEFAULTS: tuple[Default, ...] = ("opt_in", "soft_opt_in", "opt_out")


@dataclass(frozen=True)
class ReadTopic:
    """A topic, and where it names the event that is a sale."""

    topic: Topic
    sale_span: Span | None


def read_topic(shapes: Shapes, name: str, entry: Entry, locales: tuple[str, ...]) -> ReadTopic:
    """The topic that stands below its name; `locales` are those of the brand."""
    what = f"the topic `{name}`"
    mapping = shapes.mapping(entry.value, what)
    fields = shapes.fields(mapping, what, KEYS, ("title", "class")) if mapping else {}
    title, titles = _title(shapes, fields.get("title"), locales)
    class_: MessageClass = shapes.choice(fields.get("class"), "`class`", CLASSES, "marketing")
    channels = shapes.names(fields.get("channels"), "a channel")
    default = shapes.choice(fields.get("default"), "`default`", DEFAULTS, "opt_in")
    sale = shapes.event_name(fields.get("sale"), "`sale`")
    if default == "soft_opt_in" and "sale" not in fields:
        # Nobody could rest anything on a sale that cannot be looked for (CPCE L34-5).
        message = f"{what} does not say which event is the sale"
        remedy = "add `sale: order.placed`, the event on which a soft opt-in rests"
        shapes.error("E122", message, entry.key.span, remedy=remedy)
    topic = Topic(
        name,
        title or name,
        class_,
        tuple(channel.value for channel in channels),
        default,
        sale.value if sale else None,
        titles,
    )
    return ReadTopic(topic, sale.span if sale else None)


def _title(shapes: Shapes, node: Node | None, locales: tuple[str, ...]) -> tuple[str | None, dict[str, str]]:
    """A text, or one for each locale of the brand: the fallback's, and all of them."""
    if not isinstance(node, Mapping):
        return shapes.text(node, "`title`"), {}
    fields = shapes.fields(node, "`title`", locales, locales)
    read = {locale: shapes.text(text, f"`{locale}`") for locale, text in fields.items()}
    titles = {locale: text for locale, text in read.items() if text}
    return next((titles[locale] for locale in locales if locale in titles), None), titles
