"""The rules, in the order in which they are asked. Each looks at the whole project and stands alone."""

from dsl.checks import (
    care,
    compete,
    consent,
    cycles,
    flow,
    leaving,
    markup,
    names,
    objects,
    reach,
    senders,
    templates,
    timing,
)
from dsl.checks.draft import Rule

RULES: tuple[Rule, ...] = (
    names.check,
    flow.check,
    timing.check,
    objects.check,
    cycles.check,
    consent.check,
    senders.check,
    reach.check,
    leaving.check,
    compete.check,
    templates.check,
    markup.check,
    care.check,
)
