"""JSON Schemas of all files of a project, which make editors complete and explain keys.

They are made of the tables that the parsers read by, so that an editor never offers what `check` refuses.
What depends on the project (topics, events, messages) is offered and not enforced: `check` says it better.
"""

from dsl.catalog_parser import channels_of
from dsl.compiler import Project
from dsl.schemas import scenario, sources, stories, world
from dsl.schemas.shapes import KnownNames, Schema

PLACES: dict[str, tuple[str, ...]] = {
    "catalog": ("scenarios/catalog.yaml",),
    "policy": ("scenarios/policy.yaml",),
    "segments": ("scenarios/segments.yaml",),
    "scenario": ("scenarios/*/**/*.yaml", "!**/*.test.yaml"),
    "stories": ("scenarios/**/*.test.yaml",),
    "source": ("sources/*.yaml",),
}
"""Which files each schema is for, as editors' settings write it."""


def schemas(known: KnownNames) -> dict[str, Schema]:
    """Each schema by the kind of its files."""
    return {
        "catalog": world.catalog(known),
        "policy": world.policy(known),
        "segments": world.segments(),
        "scenario": scenario.schema(known),
        "stories": stories.schema(known),
        "source": sources.source(known),
    }


def known_names(project: Project) -> KnownNames:
    """What a project has, as far as it could be read."""
    catalog = project.catalog
    channels = channels_of(catalog)
    return KnownNames(
        channels=channels,
        topics=tuple(catalog.topics),
        events=tuple(catalog.events),
        segments=tuple(project.segments),
        scenarios=tuple(project.scenarios),
        messages=tuple(dict.fromkeys(each for one in channels for each in project.templates.messages(one))),
        webhooks=tuple(catalog.webhooks),
        texts=tuple(catalog.texts),
        attributes=tuple(f"contact.{name}" for name in catalog.attributes),
    )
