"""What a careful project has: purposes for personal data, histories within retention, stories."""

from collections.abc import Iterator

from dsl import scenario as s
from dsl.checks.draft import Draft
from dsl.diagnostics import Diagnostic, warning
from dsl.needs import mentions_of
from dsl.nodes import History, Window
from dsl.policy import Formula
from dsl.traversal import walk
from dsl.values import Duration


def check(draft: Draft) -> Iterator[Diagnostic]:
    """Personal attributes without a purpose, windows beyond retention, scenarios without a story."""
    yield from _purposes(draft)
    for scenario in draft.scenarios:
        yield from _retention(draft, scenario)
        if scenario.name.value not in draft.told:
            yield warning(
                scenario.file,
                "W442",
                f"no story tells what `{scenario.name.value}` does",
                scenario.name.span,
                remedy=f"write one in {scenario.file.path.removesuffix('.yaml')}.test.yaml",
            )


def _purposes(draft: Draft) -> Iterator[Diagnostic]:
    """GDPR, art. 5(1)(b): data is collected for specified purposes. Asked of what a scenario uses."""
    attributes = draft.catalog.attributes
    segments: dict[str, Formula] = dict(draft.segments)
    used: dict[str, str] = {}
    for scenario in draft.scenarios:
        expressions = [each.expression for each in draft.meanings[scenario.file.path].of.values()]
        for name in mentions_of(expressions, attributes, segments).attributes:
            used.setdefault(name, scenario.name.value)
    for name, scenario_name in sorted(used.items()):
        attribute = attributes.get(name)
        place = draft.catalog_places.get(("contact", name))
        if attribute and attribute.personal and attribute.purpose is None and place:
            yield warning(
                draft.catalog_file,
                "W440",
                f"the personal attribute `{name}` has no purpose",
                place,
                f"used by `{scenario_name}`",
                "say what it is kept for: `purpose: ...`",
            )


def _retention(draft: Draft, scenario: s.Scenario) -> Iterator[Diagnostic]:
    kept = draft.policy.retention.get("events")
    for meaning in draft.meanings[scenario.file.path].of.values():
        for node in walk(meaning.expression):
            if isinstance(node, History) and kept and _is_beyond(node.window, kept):
                ever = node.window.form == "ever"
                yield warning(
                    scenario.file,
                    "W441",
                    "a history that reaches further back than events are kept",
                    node.window.span if node.window.span.end else node.span,
                    "reaches as far as retention does" if ever else "",
                    "policy.yaml keeps events for " + _years(kept),
                )


def _is_beyond(window: Window, kept: Duration) -> bool:
    if window.form == "ever":
        return True
    if window.form != "last" or window.amount is None:
        return False
    return _days(window.amount) > _days(kept)


def _days(length: Duration) -> int:
    """Days, with years of 365, so that `365 days` and `1 year` are the same."""
    return length.months * 365 // 12 + length.days


def _years(length: Duration) -> str:
    years, months = divmod(length.months, 12)
    parts = ((years, "year"), (months, "month"), (length.days, "day"))
    return " ".join(f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n)
