"""What people do about messages: they open and click, unsubscribe, complain, bounce, answer STOP."""

from datetime import datetime, timedelta
from functools import partial
from random import Random

from engine.simulation.draws import draw
from engine.simulation.setting import Reactions, Setting
from engine.state import MessageFact
from engine.virtual import deeds
from engine.virtual.person import Person
from engine.virtual.world import Acts, Happened, VirtualWorld

BOUNCE_AFTER = timedelta(minutes=2)
HOURS_TO_READ = 6.0
"""How long after it came a message is read, on average; most are read at once, some the day after."""


def arrives(setting: Setting, person: Person, message: MessageFact) -> bool:
    """Whether a message that was sent reaches the person."""
    bounces = setting.reactions.get(message.channel, Reactions()).bounces
    return _of_message(setting, person.id, message.scenario, message.step, message.at).random() >= bounces


def react(setting: Setting, world: VirtualWorld, sent: Happened) -> None:
    """Put on the agenda what a person does about a message that has just left."""
    shares = setting.reactions.get(sent.channel or "")
    if shares is None or sent.step is None:
        return
    random = _of_message(setting, sent.person, sent.scenario, sent.step, sent.at)
    if random.random() < shares.bounces:
        world.at(sent.at + BOUNCE_AFTER, Acts(partial(_reacts, sent, "bounces")))
        return
    read = sent.at + timedelta(hours=random.expovariate(1 / HOURS_TO_READ))
    _read(world, sent, shares, random, read)


def _read(world: VirtualWorld, sent: Happened, shares: Reactions, random: Random, read: datetime) -> None:
    opens, clicks, leaves = random.random(), random.random(), random.random()
    if opens < shares.opens or clicks < shares.clicks:
        world.at(read, Acts(partial(_reacts, sent, "opens")))
    if clicks < shares.clicks:
        world.at(read + timedelta(minutes=1), Acts(partial(_reacts, sent, "clicks")))
    later = read + timedelta(minutes=2)
    if leaves < shares.complaints:
        world.at(later, Acts(partial(_reacts, sent, "complains")))
    elif leaves < shares.complaints + shares.unsubscribes:
        world.at(later, Acts(partial(_unsubscribes, sent)))
    elif leaves < shares.complaints + shares.unsubscribes + shares.stops:
        world.at(later, Acts(partial(_stops, sent)))


def _reacts(sent: Happened, how: deeds.Reaction, world: VirtualWorld) -> None:
    person = world.people[sent.person]
    assert sent.step is not None
    deeds.reacts(world, person, how, sent.step, scenario=sent.scenario)


def _unsubscribes(sent: Happened, world: VirtualWorld) -> None:
    person = world.people[sent.person]
    message = person.messages.get(sent.message_id or 0)
    if message is not None:
        deeds.unsubscribes(world, person, message.topic, message.channel)


def _stops(sent: Happened, world: VirtualWorld) -> None:
    deeds.replies(world, world.people[sent.person], "STOP")


def _of_message(setting: Setting, person: str, scenario: str, step: str, at: datetime) -> Random:
    """The chance of one message, the same wherever it is asked for."""
    return draw(setting.seed, person, scenario, step, at.isoformat())
