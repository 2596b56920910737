"""The relational plan as one HTML page: a map, the table, and for each scenario its chart and its sheet.

The page needs nothing but itself: no script, no font and no picture from elsewhere. It prints on A4.
"""

from markupsafe import Markup

from dsl.diagram import svg
from dsl.diagram_svg import STYLE
from dsl.page_templates import templates_of
from dsl.plan import Plan
from dsl.relational_plan import RelationalPlan
from dsl.wording.amounts import of_a_scenario, of_all
from dsl.wording.speech import capital, channel_name, spaced

_PAGES = templates_of("dsl")


def page(plan: RelationalPlan) -> str:
    """The page. The same plan gives the same bytes."""
    return _PAGES.get_template("relational_plan.html").render(
        plan=plan,
        charts={sheet.row.scenario: _chart(sheet.plan) for sheet in plan.sheets},
        style=Markup(STYLE + _PAGES.get_template("relational_plan.css").render()),  # noqa: S704 - our own
        capital=capital,
        channel=channel_name,
        most=of_a_scenario,
        most_of_all=of_all(plan.week),
        word=lambda name: capital(spaced(name)),
    )


def _chart(plan: Plan) -> Markup:
    # Our own drawing, which escapes what it takes from the files.
    return Markup(svg(plan, style=False))  # noqa: S704
