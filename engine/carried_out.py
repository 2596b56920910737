"""What the language has and this release does not carry out: refused at the publication, never forgotten."""

from dsl.catalog import Catalog
from dsl.plan import ChangeTrigger, Plan, ReachTrigger, Trigger
from engine.reaching import lookup_of


def not_carried_out(plan: Plan, catalog: Catalog) -> tuple[str, ...]:
    """A line for each form of a plan that nothing would ever carry out, with what to write instead."""
    said = (_of_trigger(trigger, catalog) for trigger in plan.triggers)
    return tuple(f"{plan.scenario}: {each}" for each in said if each)


def _of_trigger(trigger: Trigger, catalog: Catalog) -> str | None:
    match trigger:
        case ReachTrigger(pattern=pattern) if lookup_of(trigger, catalog) is None:
            return (
                f"`reaches` of the event `{pattern.event}` looks people up by a property of a type for which "
                "that is not carried out by this release; compare a text, a choice, a number or a boolean"
            )
        case ChangeTrigger(attribute=name):
            declared = catalog.attributes.get(name)
            if declared and (declared.computed is not None or name in ("id", "created_at")):
                return (
                    f"`changed: contact.{name}` never happens, since the attribute is not set by anybody; "
                    "name an attribute that is stored"
                )
    return None
