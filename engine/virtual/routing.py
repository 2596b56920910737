"""Events in a virtual world: what listens hears of them, then triggers start runs."""

from dsl.scope import EventFact
from engine.virtual import occasions
from engine.virtual.entries import Candidate, enter
from engine.virtual.person import Person
from engine.virtual.world import VirtualWorld


def route(world: VirtualWorld, person: Person, event: EventFact) -> None:
    """Bring an event to a person: handlers, goals, exits and waits of active runs first, then triggers."""
    for run in list(person.active()):
        if event.name in run.listens_to and run.entered.seq != event.seq:
            person.wakes.setdefault(run.id, []).append(event)
            person.due[run.id] = world.now
    for scenario, place in world.triggers(event.name):
        enter(world, person, Candidate(scenario, place, event))
    occasions.look_after(world, person, event)
