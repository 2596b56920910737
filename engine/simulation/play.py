"""Part of a base lived through: everybody's own deeds, every trigger, every decision, day after day.

People meet each other nowhere: limits, consents and runs are each person's own, so that the base may be
taken apart into parts of any size and the tallies added up. What people do share, the pools of codes, is
not run dry here; the tally says how many codes are needed and when.
"""

from collections.abc import Sequence
from functools import partial
from itertools import count

from engine.naming import CHANGED
from engine.simulation.counting import Counting
from engine.simulation.reacting import arrives, react
from engine.simulation.setting import Deed, Setting, Somebody
from engine.simulation.tally import Tally
from engine.virtual import deeds, occasions
from engine.virtual.person import Person
from engine.virtual.time import run_until, settle
from engine.virtual.world import Acts, Happened, Outside, VirtualWorld


def play(setting: Setting, people: Sequence[Somebody]) -> Tally:
    """Live through the days of a setting with some people. Raises Endless where something goes in circles."""
    counting = Counting(setting.zone)
    for plan in (*setting.plans.values(), *setting.older.values()):
        counting.watch(plan)
    world = _world(setting, counting)
    _people(world, people)
    for person in world.people.values():
        counting.tally.under_way.update(run.scenario for run in person.active())
        counting.tally.decisions -= sum(run.sequence for run in person.runs.values())
    _put_in_force(world, setting)
    for person in list(world.people.values()):
        settle(world, person)
    for deed in setting.objects:
        world.at(deed.at, Acts(partial(_about_an_object, deed)))
    run_until(world, setting.ends, inclusive=False)
    return counting.finished(world, sum(each.joins is not None for each in people))


def _world(setting: Setting, counting: Counting) -> VirtualWorld:
    def record(happened: Happened) -> None:
        counting.record(happened)
        if happened.kind == "message":
            react(setting, world, happened)

    world = VirtualWorld(
        rules=setting.rules,
        now=setting.begins,
        record=record,
        tell=counting.tell,
        outside=Outside(arrives=partial(arrives, setting)),
        starts_until=setting.ends,
        naps=True,
        numbers=count(setting.first_number).__next__,
    )
    return world


def _people(world: VirtualWorld, people: Sequence[Somebody]) -> None:
    for each in people:
        if each.joins is None:
            deeds.add_person(world, each.person)
        else:
            world.at(each.joins, Acts(partial(_joins, each.person)))
        for deed in each.deeds:
            world.at(deed.at, Acts(partial(_happens, each.person, deed)))


def _joins(person: Person, world: VirtualWorld) -> None:
    deeds.add_person(world, person)
    deeds.happens(world, person, "contact.created", {})


def _happens(person: Person, deed: Deed, world: VirtualWorld) -> None:
    if deed.name == CHANGED:
        said = deed.properties
        deeds.changes(world, person, {said["attribute"]: said.get("after")}, str(said.get("source")))
    else:
        deeds.happens(world, person, deed.name, deed.properties)


def _about_an_object(deed: Deed, world: VirtualWorld) -> None:
    person = next(iter(world.people.values()), None)
    if person is not None:
        deeds.happens(world, person, deed.name, deed.properties)


def _put_in_force(world: VirtualWorld, setting: Setting) -> None:
    """First what is in force already, with the people that it has under way, then what is to be tried."""
    world.versions |= setting.older
    world.versions |= {(name, version): plan for name, (version, plan) in setting.published.items()}
    world.current |= {name: found for name, found in setting.published.items() if name in setting.plans}
    for scenario, plan in setting.plans.items():
        if scenario in world.current and world.current[scenario][1] != plan:
            deeds.publishes(world, plan)
            continue
        if scenario not in world.current:
            world.put_in_force(plan)
        occasions.schedule(world, scenario)
    for person in world.people.values():
        _first_look(world, person)


def _first_look(world: VirtualWorld, person: Person) -> None:
    """Look at the segments of which it is not known who was inside."""
    for _, plan in list(world.current.values()):
        for place, trigger in occasions.segment_triggers(plan):
            if (plan.scenario, place) not in person.members:
                occasions.look(world, person, plan, place, trigger)
