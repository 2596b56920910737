"""The person for whom messages are shown when nobody is named, and what rendering for them needs."""

from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from commands.running import Failed

if TYPE_CHECKING:
    from dsl.compiler import Project
    from dsl.scope import Scope
    from engine.rendering import Renderer

LINKS = "http://preview.invalid"
"""Where the links of what is only shown lead: nowhere (RFC 2606)."""


def sample_reader(project: "Project") -> dict[str, Any]:
    """Typed attributes of the first sample person who has all of them; what those lack is made up."""
    from commands.sample_life.people import people
    from engine.samples import sample_person
    from engine.typed import value_or_unknown

    person = next(each for each in people() if None not in astuple(each) and each.locale == "fr")
    raw = {**person.attributes, "id": person.id, "locale": person.locale, "timezone": person.timezone}
    catalog = project.catalog
    known = {
        name: value_or_unknown(attribute.type, raw.get(name), catalog.brand.currency)
        for name, attribute in catalog.attributes.items()
    }
    return sample_person(catalog, known)


def scope_of(project: "Project", attributes: dict[str, Any]) -> "Scope":
    """What expressions of `with` see of a person, now. Raises Failed where the project has mistakes."""
    from dsl.scope import Scope
    from engine.territory import zone_of

    try:
        world = project.world
    except ValueError as error:
        raise Failed(f"{error}; see `relance check`") from None
    zone = zone_of(attributes, project.policy)
    return Scope(world, datetime.now(UTC), ZoneInfo(zone), attributes=attributes)


def renderer_of(folder: Path) -> "Renderer":
    """Renders the templates of a project. A key of its own, so that no link acts on anybody."""
    from engine.links import Links
    from engine.rendering import Renderer

    return Renderer(folder / "templates", Links(LINKS, ["preview"]))
