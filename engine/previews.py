"""A message as somebody would get it, outside any run: what `with` gives is worked out, codes are made up."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from dsl.evaluate import value_of
from dsl.nodes import Call
from dsl.plan import Candidate, MessageStep, Plan
from dsl.scope import Scope
from dsl.values import Value
from engine.rendering import Draft
from engine.samples import sample_run

SAMPLE_CODE = "CODE-7KQ2XW"
"""Stands for a code of any pool, since a preview takes none."""


def drafts_of(
    message: str, channel: str, plans: Iterable[Plan], scope: Scope, given: Mapping[str, Value]
) -> Iterator[Draft]:
    """One draft for each step that sends the message on that channel, else one for nobody in particular.

    See `sent_drafts`.
    """
    found = list(sent_drafts(message, channel, plans, scope, given))
    yield from found or [_blank(message, scope, given)]


def sent_drafts(
    message: str, channel: str, plans: Iterable[Plan], scope: Scope, given: Mapping[str, Value]
) -> Iterator[Draft]:
    """One draft for each step that sends the message on that channel.

    `scope` holds the person's attributes, zone and now; `given` replaces what `with` gives by name. What
    only a run knows (its event, its variables) is made up.
    """
    blank = _blank(message, scope, given)
    for plan in plans:
        for step_id, candidate in _candidates(plan):
            if (candidate.message, candidate.channel) == (message, channel):
                seen = sample_run(plan, scope)
                worked_out = {name: _value(candidate, name, seen) for name, _ in candidate.with_}
                yield replace(
                    blank,
                    scenario=plan.scenario,
                    step=step_id,
                    topic=candidate.topic,
                    message_class=candidate.message_class,
                    sender=candidate.sender,
                    variables=worked_out | dict(given),
                )


def _candidates(plan: Plan) -> Iterator[tuple[str, Candidate]]:
    for step in plan.steps:
        if isinstance(step, MessageStep):
            for candidate in step.candidates:
                yield step.id, candidate


def _value(candidate: Candidate, name: str, scope: Scope) -> Value:
    formula = dict(candidate.with_)[name]
    if isinstance(formula.root, Call) and formula.root.function == "take":
        return SAMPLE_CODE
    return value_of(formula, scope)


def _blank(message: str, scope: Scope, given: Mapping[str, Value]) -> Draft:
    zone: ZoneInfo = scope.zone
    return Draft(
        message=message,
        contact_id=str(scope.attributes.get("id") or "preview"),
        message_uid="preview",
        scenario="preview",
        step="preview",
        topic="",
        locale=scope.attributes.get("locale"),
        zone=zone.key,
        attributes=scope.attributes,
        variables=dict(given),
    )
