"""What the rules look at: a project whose expressions have a meaning and whose scenarios have no plan yet."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from dsl.catalog import Catalog
from dsl.diagnostics import Diagnostic
from dsl.frozen import dataclass
from dsl.meaning import Meanings
from dsl.policy import Formula, Limit, Policy
from dsl.scenario import MessageForm, Scenario
from dsl.source import SourceFile, Span
from dsl.templates import TemplateSet


@dataclass(frozen=True)
class Draft:
    """A project as far as it could be read.

    `scenarios` are those that are whole, in the order of their paths; `meanings` are by `scenario.file.path`.
    `catalog_places` gives the span of a name of the catalog by (section, name), `policy_places` that of a
    key of the policy. `segments` lacks those with errors, `segment_names` does not. `told`: scenarios that
    some story speaks of.
    """

    catalog: Catalog
    policy: Policy
    segments: Mapping[str, Formula]
    segment_names: frozenset[str]
    templates: TemplateSet
    scenarios: tuple[Scenario, ...]
    meanings: Mapping[str, Meanings]
    catalog_places: Mapping[tuple[str, str], Span]
    catalog_file: SourceFile
    policy_places: Mapping[str, Span]
    policy_file: SourceFile
    told: frozenset[str]


Rule: TypeAlias = Callable[[Draft], Iterable[Diagnostic]]


def class_of(scenario: Scenario, catalog: Catalog) -> str:
    """The class of a scenario's messages that do not say their own: its own, else its topic's."""
    if scenario.message_class:
        return scenario.message_class.value
    topic = catalog.topics.get(scenario.topic.value) if scenario.topic else None
    return topic.message_class if topic else "marketing"


def class_of_message(form: MessageForm, scenario: Scenario, catalog: Catalog) -> str:
    """The class of one message: its own, else its own topic's, else that of its scenario."""
    if form.message_class:
        return form.message_class.value
    topic = catalog.topics.get(form.topic.value) if form.topic else None
    return topic.message_class if topic else class_of(scenario, catalog)


def is_limited(draft: Draft, limit: Limit, form: MessageForm, scenario: Scenario) -> bool:
    """Whether a limit counts a message and holds it back, where its `when` does too.

    That of a household is not asked for those who are in none, so that it proves nothing.
    """
    if limit.of == "household":
        return False
    tags = {tag.value for tag in (*scenario.tags, *form.tags)}
    if draft.policy.pressure.exempts(class_of_message(form, scenario, draft.catalog), tags):
        return False
    return limit.counts(form.channel.value, tags)
