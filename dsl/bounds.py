"""The largest number of messages that a person can get in a week, over all scenarios."""

from collections.abc import Iterable

from dsl.plan import MessageStep, Plan
from dsl.policy import Policy

WEEK_DAYS = 7


def per_week(policy: Policy, plans: Iterable[Plan]) -> int | None:
    """At most so many limited messages in any 7 calendar days; None where no limit bounds them.

    Limits with a condition or a tag may not be asked, so that they bound nothing. What policy exempts is
    not counted, as under the limits themselves.
    """
    exempt = policy.pressure.exempt_classes
    steps = (step for plan in plans for step in plan.steps if isinstance(step, MessageStep))
    forms = (candidate for step in steps for candidate in step.candidates)
    channels = {each.channel for each in forms if each.message_class not in exempt}
    overall = _least(policy, None)
    by_channel = [_least(policy, channel) for channel in channels]
    known = [bound for bound in by_channel if bound is not None]
    bounds = [sum(known)] if len(known) == len(by_channel) else []
    bounds += [overall] if overall is not None else []
    return min(bounds, default=None)


def _least(policy: Policy, channel: str | None) -> int | None:
    """The tightest bound of the limits that are asked for every message of a channel (None: of all)."""
    asked = [each for each in policy.pressure.limits if each.when is None and each.tag is None]
    return min(
        (each.at_most * -(-WEEK_DAYS // each.days) for each in asked if each.channel == channel), default=None
    )
