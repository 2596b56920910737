"""Time in a virtual world: the clock jumps from one due instant to the next, and all that is due is done."""

from datetime import datetime
from heapq import heappop

from engine.virtual import occasions
from engine.virtual.decisions import decide_run, hear_end
from engine.virtual.delivery import attempt, next_message
from engine.virtual.person import Person
from engine.virtual.routing import route
from engine.virtual.world import Acts, Enters, LookAt, TimeIsUp, VirtualWorld

MOST_AT_ONCE = 2_000
"""More than any checked scenario can do to a person without time passing."""


class Endless(RuntimeError):
    """Something goes round in a circle without time passing."""


def run_until(world: VirtualWorld, instant: datetime, *, inclusive: bool = True) -> None:
    """Let time pass; all that is due up to an instant is done. Raises Endless."""
    while world.agenda:
        due = world.agenda[0][0]
        if due > instant or (due == instant and not inclusive):
            break
        _, _, item = heappop(world.agenda)
        if isinstance(item, LookAt) and world.people[item.person].next_look != due:
            continue
        world.now = max(world.now, due)
        match item:
            case LookAt(person=id_):
                world.people[id_].next_look = None
                settle(world, world.people[id_])
            case TimeIsUp():
                for person in occasions.time_is_up(world, item):
                    settle(world, person)
            case Enters(person=id_):
                occasions.take_turn(world, item)
                settle(world, world.people[id_])
            case Acts(do=do):
                do(world)
    world.now = max(world.now, instant)


def settle(world: VirtualWorld, person: Person) -> None:
    """Do all that a person's events, runs and messages can do now, and note when to look again."""
    for _ in range(MOST_AT_ONCE):
        if not _one_thing(world, person):
            break
    else:
        raise Endless(f"more than {MOST_AT_ONCE} things at one instant")
    following = _next_due(world, person)
    if following is not None and following != person.next_look:
        world.at(following, LookAt(person.id))
    person.next_look = following


def _one_thing(world: VirtualWorld, person: Person) -> bool:
    """Hear an event, else decide a run, else hand over a message; whether there was anything."""
    if person.queue:
        route(world, person, person.queue.popleft())
        return True
    for id_, due in sorted(person.due.items()):
        run = person.runs[id_]
        if due > world.now:
            continue
        if not world.stands_still(run.scenario):
            decide_run(world, person, run)
            return True
        if hear_end(world, person, run):
            return True
    message = next_message(world, person)
    if message is None:
        return False
    attempt(world, person, message)
    return True


def _next_due(world: VirtualWorld, person: Person) -> datetime | None:
    """What is due now and was left stands still, and is looked at when it is resumed."""
    dues = [due for due in person.due.values() if due > world.now]
    dues += [message.at for message in person.reserved() if message.at > world.now]
    return min(dues, default=None)
