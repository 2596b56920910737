"""The register of processing (GDPR, article 30) and the collection plan, made from the files of a project.

What the files say cannot be forgotten here: each purpose that data is collected for, each topic that is
written about, with whose data, from where, on what basis, for how long, and which scenarios use it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from dsl.catalog import Topic
from dsl.compiler import CompiledScenario, Project
from dsl.frozen import dataclass
from dsl.needs import Mentions, mentions_of
from dsl.nodes import Expression
from dsl.plan_parts import formulas, parts, patterns
from dsl.templates import Template
from dsl.values import Duration
from dsl.wording.constants import duration

BASES: Mapping[str, str] = {
    "opt_in": "consent (GDPR art. 6(1)(a); CPCE L34-5)",
    "soft_opt_in": "legitimate interest towards customers, for analogous products (CPCE L34-5, soft opt-in)",
    "opt_out": "legitimate interest (professionals, about their work)",
}
CONTRACT = "performance of a contract (GDPR art. 6(1)(b))"
INTEREST = "legitimate interest (GDPR art. 6(1)(f))"
NOT_SAID = "not said"
MEASURES: tuple[str, ...] = (
    "access by keys and roles; keys and passwords are kept as hashes",
    "no personal data in logs, errors or workflow histories",
    "addresses of people who objected are kept as keyed hashes",
    "an audit trail of what was published, exported, erased and stopped",
)
DAYS_A_YEAR = 365


@dataclass(frozen=True)
class Datum:
    """One thing that is collected: a line of the collection plan. `kind`: attribute, computed or event."""

    name: str
    kind: str
    personal: bool
    source: str | None
    purpose: str | None
    kept: str | None
    used_by: tuple[str, ...]


@dataclass(frozen=True)
class Processing:
    """One activity: a line of the register."""

    name: str
    purpose: str
    basis: str
    subjects: str
    data: tuple[str, ...]
    recipients: tuple[str, ...]
    kept: str
    scenarios: tuple[str, ...]


@dataclass(frozen=True)
class Register:
    """What article 30(1) asks a controller to keep, and the plan of what is collected."""

    controller: str
    contact: str
    activities: tuple[Processing, ...]
    collected: tuple[Datum, ...]
    measures: tuple[str, ...] = MEASURES


def register_of(project: Project, providers: Mapping[str, str]) -> Register:
    """The register of a project. `providers`: who carries each channel, as this installation is set.

    Raises ValueError where catalog, policy or segments have errors.
    """
    catalog = project.world.catalog
    used = _users(project)
    collected = (*_attributes(project, used), *_events(project, used))
    sender = catalog.senders.get("email")
    return Register(
        controller=catalog.brand.legal_sender,
        contact=(sender.reply_to or sender.address) if sender else catalog.brand.site,
        activities=(*_by_purpose(project, collected), *_by_topic(project, providers)),
        collected=collected,
    )


def _users(project: Project) -> dict[str, set[str]]:
    """Who uses each attribute (`contact.x`) and each event."""
    used: dict[str, set[str]] = defaultdict(set)
    for user, expressions in _askers(project):
        for name in _names(mentions_of(expressions, project.catalog.attributes, project.segments)):
            used[name].add(user)
    for scenario in project.scenarios.values():
        for pattern in patterns(scenario.plan):
            used[pattern.event].add(f"scenario {scenario.name}")
    if project.catalog.household is not None:
        used[f"contact.{project.catalog.household}"].add("the household of messages and limits")
    for (message, channel), written in project.templates.templates.items():
        for name in _shown(written.values()):
            used[name].add(f"template {message} ({channel})")
    return used


def _askers(project: Project) -> Iterator[tuple[str, list[Expression]]]:
    """Whatever looks at people, with the expressions by which it does."""
    for scenario in project.scenarios.values():
        yield f"scenario {scenario.name}", [each.root for each in formulas(scenario.plan)]
    for name, formula in project.segments.items():
        yield f"segment {name}", [formula.root]
    for name, attribute in project.catalog.attributes.items():
        if attribute.computed is not None:
            yield f"computed {name}", [attribute.computed]
    for limit in project.policy.pressure.limits:
        if limit.when is not None:
            yield "a limit of policy.yaml", [limit.when.root]


def _shown(templates: Iterable[Template]) -> Iterator[str]:
    """The attributes that templates print or ask for."""
    for template in templates:
        for use in (*template.uses, *template.plain_uses):
            if use.path[0] == "contact" and len(use.path) > 1:
                yield f"contact.{use.path[1]}"


def _names(mentions: Mentions) -> Iterator[str]:
    yield from (f"contact.{name}" for name in mentions.attributes)
    yield from mentions.events


def _attributes(project: Project, used: Mapping[str, set[str]]) -> Iterator[Datum]:
    for attribute in project.catalog.attributes.values():
        if attribute.name in ("id", "created_at"):
            continue
        users = set(used.get(f"contact.{attribute.name}", ()))
        users |= {_NEEDED[attribute.name]} if attribute.name in _NEEDED else set()
        yield Datum(
            f"contact.{attribute.name}",
            "attribute" if attribute.computed is None else "computed",
            attribute.personal or attribute.name in ("email", "phone"),
            attribute.source if attribute.computed is None else "the brand, from other data",
            attribute.purpose,
            _days(attribute.keep_days) or _span(project.policy.retention.get("inactive_contacts")),
            tuple(sorted(users)),
        )


_NEEDED: Mapping[str, str] = {
    "email": "sending by email",
    "phone": "sending by SMS",
    "locale": "the language of messages",
    "timezone": "the hours of messages",
    "country": "the hours and holidays of messages",
    "postcode": "the holidays of regions",
    "is_professional": "the basis of messages to professionals",
}
"""What the engine itself needs, whatever the scenarios say."""


def _events(project: Project, used: Mapping[str, set[str]]) -> Iterator[Datum]:
    kept = _span(project.policy.retention.get("events"))
    for event in project.catalog.events.values():
        if not event.built_in and event.about is None:
            users = tuple(sorted(used.get(event.name, ())))
            yield Datum(event.name, "event", True, "other systems", event.purpose, kept, users)


def _by_purpose(project: Project, collected: Iterable[Datum]) -> Iterator[Processing]:
    """An activity for each purpose that something is collected for."""
    by_purpose: dict[str, list[Datum]] = defaultdict(list)
    for datum in collected:
        if datum.purpose is not None and datum.kind != "computed":
            by_purpose[datum.purpose].append(datum)
    for purpose, data in by_purpose.items():
        users = {user for datum in data for user in datum.used_by}
        scenarios = sorted(name.removeprefix("scenario ") for name in users if name.startswith("scenario "))
        yield Processing(
            name=purpose,
            purpose=purpose,
            basis=INTEREST,
            subjects="customers and prospects",
            data=tuple(datum.name for datum in data),
            recipients=(project.catalog.brand.name,),
            kept=", ".join(sorted({datum.kept for datum in data if datum.kept})) or NOT_SAID,
            scenarios=tuple(scenarios),
        )


def _by_topic(project: Project, providers: Mapping[str, str]) -> Iterator[Processing]:
    """An activity for each topic that somebody is written about."""
    kept = _span(project.policy.retention.get("messages")) or NOT_SAID
    for topic in project.catalog.topics.values():
        scenarios = [each for each in project.scenarios.values() if topic.name in _topics(each)]
        channels = sorted({channel for each in scenarios for channel in _channels(each, topic.name)})
        if scenarios:
            yield Processing(
                name=f"messages: {topic.title_in('en')}",
                purpose=f"{topic.message_class} messages about {topic.title_in('en')}",
                basis=_basis(topic),
                subjects="people who agreed to it" if topic.message_class == "marketing" else "customers",
                data=tuple("contact.email" if each == "email" else "contact.phone" for each in channels),
                recipients=tuple(dict.fromkeys(providers.get(each, each) for each in channels)),
                kept=kept,
                scenarios=tuple(sorted(each.name for each in scenarios)),
            )


def _basis(topic: Topic) -> str:
    if topic.message_class == "marketing":
        return BASES[topic.default]
    return CONTRACT if topic.message_class == "transactional" else INTEREST


def _topics(scenario: CompiledScenario) -> set[str]:
    return {topic for topic, _ in _messages(scenario)}


def _channels(scenario: CompiledScenario, topic: str) -> set[str]:
    return {channel for about, channel in _messages(scenario) if about == topic}


def _messages(scenario: CompiledScenario) -> Iterator[tuple[str, str]]:
    """(topic, channel) of each message that may leave."""
    for part in parts(scenario.plan.steps):
        for candidate in getattr(part, "candidates", ()):
            yield candidate.topic, candidate.channel


def _span(span: Duration | None) -> str | None:
    return duration(span) if span else None


def _days(days: int | None) -> str | None:
    if days is None:
        return None
    years, rest = divmod(days, DAYS_A_YEAR)
    return _span(Duration(months=years * 12, days=0 if years and rest < years else rest))
