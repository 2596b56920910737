"""What completion offers, and the environment that it is looked up in."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from dsl.compiler import Project
from dsl.environment import Environment
from dsl.types import describe

Kind = Literal["key", "value", "attribute", "event", "property", "function", "word", "step", "name"]


@dataclass(frozen=True)
class Offer:
    """One line of a completion list: `detail` stands beside it, `doc` explains it, `insert` is written."""

    label: str
    kind: Kind
    detail: str = ""
    doc: str = ""
    insert: str | None = None

    @property
    def text(self) -> str:
        """What choosing it writes."""
        return self.label if self.insert is None else self.insert


@dataclass(frozen=True)
class Sight:
    """A project and the names that may be used at one place of it."""

    project: Project
    env: Environment


def words(options: Iterable[str], kind: Kind = "value", detail: str = "") -> list[Offer]:
    """Plain words."""
    return [Offer(option, kind, detail) for option in options]


def events(project: Project) -> list[Offer]:
    """Every event, with its properties."""
    return [
        Offer(event.name, "event", detail=", ".join(name for name, _ in event.properties.fields))
        for event in project.catalog.events.values()
    ]


def attributes(project: Project, prefix: str = "contact.") -> list[Offer]:
    """Every attribute of contacts, with its type."""
    return [
        Offer(f"{prefix}{each.name}", "attribute", describe(each.type), each.purpose or "")
        for each in project.catalog.attributes.values()
    ]


def segments(project: Project) -> list[Offer]:
    """Every segment, with its condition."""
    return [Offer(name, "name", formula.text) for name, formula in project.segments.items()]


def topics(project: Project) -> list[Offer]:
    """Every topic, with its title."""
    return [Offer(each.name, "name", each.title_in("en")) for each in project.catalog.topics.values()]
