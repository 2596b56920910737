"""Scenarios that another system starts for a person by a call."""

from typing import Annotated, Any

from fastapi import Body, Depends, Path

from dsl.plan import ApiTrigger, Plan
from dsl.scope import EventFact
from dsl.values import BadValue, read_given
from engine import entry
from engine.access import AccessKey
from web.access import Scoped
from web.examples import RUN_EXAMPLES
from web.problems import Problem
from web.services import Use
from web.shapes import RunIn, RunOut
from web.whom import named

ForRuns = Annotated[AccessKey, Depends(Scoped("runs"))]


async def post_run(
    services: Use,
    key: ForRuns,
    name: Annotated[str, Path(description="A scenario with an `api` trigger.")],
    body: Annotated[RunIn, Body(openapi_examples=RUN_EXAMPLES)],
) -> RunOut:
    """Start a scenario for a person. Its audience and entry rule still decide; `reason` says why not."""
    del key
    current = await services.plans.current()
    if name not in current:
        detail = f"No scenario `{name}` is published. Published: {', '.join(sorted(current)) or 'none'}."
        raise Problem(404, "unknown-scenario", "No such scenario", detail)
    place, trigger = _api_trigger(current[name][1])
    inputs = _inputs(trigger, body.input, (await services.plans.world()).catalog.brand.currency)
    contact_id = (await named(services, body.contact, body.identities))["id"]
    now = services.clock.now()
    candidate = entry.Candidate(
        contact_id,
        place,
        event=EventFact(0, "api", now, inputs),
        occurrence=f"api/{body.id}" if body.id else None,
    )
    async with services.database.transaction() as connection:
        entered = await entry.enter(connection, services.plans, name, [candidate], now)
    if entered.runs:
        return RunOut(entered=True)
    return RunOut(entered=False, reason=next(iter(entered.refused), None))


def _api_trigger(plan: Plan) -> tuple[int, ApiTrigger]:
    for place, trigger in enumerate(plan.triggers):
        if isinstance(trigger, ApiTrigger):
            return place, trigger
    detail = f"`{plan.scenario}` is not started by a call: give it `trigger: {{api: {{}}}}`."
    raise Problem(422, "no-api-trigger", "This scenario is not started by a call", detail)


def _inputs(trigger: ApiTrigger, given: dict[str, Any], currency: str) -> dict[str, Any]:
    declared = dict(trigger.inputs)
    errors = [
        {"pointer": f"/input/{name}", "detail": f"is not an input; it takes {', '.join(declared) or 'none'}"}
        for name in given
        if name not in declared
    ]
    values: dict[str, Any] = {}
    for name, of in declared.items():
        try:
            values[name] = read_given(of, given.get(name), currency)
        except BadValue as error:
            errors.append({"pointer": f"/input/{name}", "detail": str(error)})
    if errors:
        detail = "What is to be corrected is listed in `errors`. Nothing was started."
        raise Problem(422, "bad-input", "An input is not as declared", detail, errors=errors)
    return values
