"""The rules, in the order in which they are asked. Each looks at the whole project and stands alone."""

from dsl.checks import names, templates
from dsl.checks.draft import Rule

RULES: tuple[Rule, ...] = (names.check, templates.check)
