"""The world that scenarios speak of, from catalog, policy and segments: names known, expressions resolved."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dsl import types
from dsl.catalog import Catalog
from dsl.catalog_parser import ParsedCatalog, channels_of, with_built_ins
from dsl.diagnostics import Diagnostic, did_you_mean, error
from dsl.environment import Environment
from dsl.frozen import dataclass
from dsl.meaning import Meanings
from dsl.policy import Formula, Policy
from dsl.policy_parser import ParsedPolicy, Segment
from dsl.source import SourceFile, Span
from dsl.unfolding import LEVELS, PARTS, Unfolded, first_of, names_in, unfolded
from dsl.written import Written


@dataclass(frozen=True)
class Vocabulary:
    """Catalog, policy and segments with every expression resolved, and what is wrong with them."""

    catalog: Catalog
    policy: Policy
    segments: dict[str, Formula]
    diagnostics: tuple[Diagnostic, ...]


def build(
    catalog_file: SourceFile,
    catalog: ParsedCatalog,
    policy_file: SourceFile,
    policy: ParsedPolicy,
    segments: Iterable[Segment],
    scenarios: tuple[str, ...],
) -> Vocabulary:
    """Resolve computed attributes, segments and the conditions of limits."""
    named = {segment.name.value: segment for segment in segments}
    known = with_built_ins(catalog.catalog, scenarios)
    env = Environment(known, catalog_file, tuple(named), in_run=False)
    meanings = _meanings(catalog, named, policy, env, replace(env, file=policy_file, message=True))
    meanings.found += _endless(catalog.computed, named, meanings)
    known = _with_computed(known, catalog.computed, meanings)
    meanings.found += [
        *_unknown_of_catalog(catalog_file, catalog, known),
        *_unknown_of_policy(policy_file, policy, known),
    ]
    return Vocabulary(
        known,
        _with_limits(policy, meanings),
        {name: meanings.formula(each.is_) for name, each in named.items() if each.is_ in meanings.of},
        tuple(meanings.found),
    )


def _meanings(
    catalog: ParsedCatalog,
    segments: Mapping[str, Segment],
    policy: ParsedPolicy,
    env: Environment,
    of_limits: Environment,
) -> Meanings:
    """What every expression of the world means."""
    meanings = Meanings()
    for name, written in catalog.computed.items():
        meanings.ask(written, env, env.catalog.attributes[name].type)
    for segment in segments.values():
        meanings.ask(segment.is_, replace(env, file=segment.is_.file), types.BOOLEAN)
    for limit in policy.limits:
        meanings.ask(limit.when, of_limits, types.BOOLEAN)
    return meanings


def _with_computed(catalog: Catalog, computed: Mapping[str, Written], meanings: Meanings) -> Catalog:
    resolved = {
        name: replace(catalog.attributes[name], computed=meanings.of[written].expression)
        for name, written in computed.items()
        if written in meanings.of
    }
    return replace(catalog, attributes={**catalog.attributes, **resolved})


def _with_limits(policy: ParsedPolicy, meanings: Meanings) -> Policy:
    limits = tuple(
        each.limit if each.when is None else replace(each.limit, when=meanings.formula(each.when))
        for each in policy.limits
        if each.when is None or each.when in meanings.of
    )
    pressure = replace(policy.policy.pressure, limits=limits)
    return replace(policy.policy, pressure=pressure)


def _endless(
    computed: Mapping[str, Written], segments: Mapping[str, Segment], meanings: Meanings
) -> Iterable[Diagnostic]:
    """Computed attributes and segments that come back to themselves, or are too much to be worked out.

    The latter lose their meaning, so that nothing works them out.
    """
    written = {f"contact.{name}": each for name, each in computed.items()}
    written |= {f"segment {name}": each.is_ for name, each in segments.items()}
    known = {name: meanings.of[each].expression for name, each in written.items() if each in meanings.of}
    sizes = unfolded(known)
    found = [*_circles(written, {name: names_in(each) for name, each in known.items() if name not in sizes})]
    over = [name for name, size in sizes.items() if size.is_too_much]
    found += [_too_much(name, written[name], sizes[name]) for name in first_of(over, known)]
    for name in over:
        del meanings.of[written[name]]
    return found


def _too_much(name: str, written: Written, size: Unfolded) -> Diagnostic:
    return error(
        written.file,
        "E704",
        f"`{name}` is too much to be worked out",
        written.span,
        f"{size.parts} parts, nested {size.levels} levels deep, with all that it asks for",
        f"ask for less: {PARTS:,} parts and {LEVELS} levels are the most",
    )


def _circles(written: Mapping[str, Written], uses: Mapping[str, set[str]]) -> Iterable[Diagnostic]:
    """Computed attributes and segments that come back to themselves have no value."""
    reported: set[str] = set()
    for name in uses:
        circle = [] if name in reported else _circle(name, uses)
        if circle and reported.isdisjoint(circle):
            reported.update(circle)
            each = written[name]
            way = " -> ".join([*circle, name])
            yield error(
                each.file,
                "E702",
                f"`{name}` is defined by itself",
                each.span,
                way,
                "define one of them without the others",
            )


def _circle(start: str, uses: Mapping[str, set[str]]) -> list[str]:
    """The shortest way from a name back to itself, without the last step; empty where there is none."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop(0)
        for name in sorted(uses.get(way[-1], ())):
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


def _unknown_of_catalog(file: SourceFile, catalog: ParsedCatalog, known: Catalog) -> Iterable[Diagnostic]:
    yield from _unknown_channels(file, catalog, known)
    yield from _unknown_sales(file, catalog, known)


def _unknown_of_policy(file: SourceFile, policy: ParsedPolicy, known: Catalog) -> Iterable[Diagnostic]:
    yield from _unknown_limit_channels(file, policy, known)
    yield from _unknown_households(file, policy, known)


def _unknown_channels(file: SourceFile, catalog: ParsedCatalog, known: Catalog) -> Iterable[Diagnostic]:
    """A channel that a topic names and that no sender serves."""
    for topic in catalog.catalog.topics.values():
        for channel in topic.channels:
            if channel not in known.senders:
                yield error(
                    file,
                    "E701",
                    f"the topic `{topic.name}` names the channel `{channel}`, which has no sender",
                    catalog.places["topics", topic.name],
                    remedy=did_you_mean(channel, known.senders) or f"declare `senders: {{ {channel}: ... }}`",
                )


def _unknown_sales(file: SourceFile, catalog: ParsedCatalog, known: Catalog) -> Iterable[Diagnostic]:
    """A sale that no event tells of."""
    for topic in catalog.catalog.topics.values():
        if topic.sale is not None and topic.sale not in known.events:
            yield error(
                file,
                "E210",
                f"unknown event `{topic.sale}`",
                catalog.places["sale", topic.name],
                "not in the catalog",
                did_you_mean(topic.sale, known.events) or "declare it in `events`",
            )


def _unknown_limit_channels(file: SourceFile, policy: ParsedPolicy, known: Catalog) -> Iterable[Diagnostic]:
    channels = channels_of(known)
    for limit in policy.limits:
        if limit.channel and limit.channel.value not in channels:
            yield _no_channel(file, limit.channel.value, channels, limit.channel.span)
    for key, span in policy.places.items():
        section, _, channel = key.partition(".")
        if section == "hours" and channel and channel not in channels:
            yield _no_channel(file, channel, channels, span)


def _unknown_households(file: SourceFile, policy: ParsedPolicy, known: Catalog) -> Iterable[Diagnostic]:
    """A limit of the household where nothing tells who is in it."""
    for limit in policy.limits:
        if limit.limit.of == "household" and known.household is None:
            yield error(
                file,
                "E221",
                "nothing tells who lives in a household",
                limit.span,
                "this limit counts for all of it",
                "declare in catalog.yaml which attribute tells it, as `household: customer_household_id`",
            )


def _no_channel(file: SourceFile, name: str, channels: tuple[str, ...], span: Span) -> Diagnostic:
    remedy = did_you_mean(name, channels) or "channels are " + ", ".join(channels)
    return error(file, "E214", f"unknown channel `{name}`", span, remedy=remedy)
