"""Stories played: a virtual world with one person in it, and everything that scenarios do to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dsl.local_time import DAY, instant_of, local_day, midnight
from dsl.plan import Plan, World
from dsl.story import (
    Calls,
    Changes,
    Confirms,
    Given,
    Happens,
    Later,
    Line,
    Past,
    PastEvent,
    Pauses,
    Publishes,
    Reacts,
    Replies,
    Story,
    StoryFile,
    StoryValue,
    Unsubscribes,
    When,
)
from engine.virtual import deeds, occasions
from engine.virtual.person import Person
from engine.virtual.time import Endless, run_until, settle
from engine.virtual.world import LONG_AGO, Happened, Outside, Told, VirtualWorld, first_arms

PERSON = "somebody"
LONGEST = timedelta(days=400)
USUAL_HOUR = time(9)
"""The hour of a day without one, in a story without a first line."""


@dataclass(frozen=True)
class Stage:
    """The project that stories are played in. `editions`: what stories publish, by the path of the file."""

    rules: World
    plans: Mapping[str, Plan]
    editions: Mapping[str, Plan] = field(default_factory=dict)


@dataclass(frozen=True)
class Calendar:
    """The days of a story, counted from `starts` on the clock of the person's `zone`."""

    starts: date
    zone: ZoneInfo
    hour: time = USUAL_HOUR
    """Of a line that does not say its own."""

    def day(self, when: When) -> date:
        """The local day of a point of the story."""
        return self.starts + timedelta(days=when.day) if isinstance(when.day, int) else when.day

    def instant(self, when: When) -> datetime:
        """The instant of a point of the story."""
        return instant_of(self.day(when), when.at or self.hour, self.zone)

    def number(self, instant: datetime) -> int:
        """Which day of the story an instant falls on."""
        return (local_day(instant, self.zone) - self.starts).days

    def json(self, value: StoryValue) -> Any:
        """A value of the story as JSON, with its own days made real ones."""
        match value:
            case Later(when=when, of="date"):
                return self.day(when).isoformat()
            case Later(when=when):
                return self.instant(when).isoformat()
            case Mapping():
                return {name: self.json(each) for name, each in value.items()}
            case list():
                return [self.json(each) for each in value]
        return value


@dataclass(frozen=True)
class Played:
    """What became of the person of a story.

    `impossible`: what kept it from being played to the end, with the line that could not be done.
    """

    story: Story
    file: StoryFile
    calendar: Calendar
    happened: tuple[Happened, ...]
    told: tuple[Told, ...]
    impossible: tuple[Line | None, str] | None = None


def play(story: Story, file: StoryFile, stage: Stage) -> Played:
    """Play a story until the day of its last line is over and its runs have ended, at most 400 days."""
    calendar = calendar_of(story, file, stage)
    happened: list[Happened] = []
    told: list[Told] = []
    world = _world(story, calendar, stage, happened, told)
    person = _person(world, story.given, calendar, stage)
    _begin(world, person, file, stage)
    try:
        impossible = _live(world, person, story, calendar, stage)
        if impossible is None:
            _finish(world, person, calendar)
    except Endless as endless:
        impossible = None, str(endless)
    return Played(story, file, calendar, tuple(happened), tuple(told), impossible)


def _live(
    world: VirtualWorld, person: Person, story: Story, calendar: Calendar, stage: Stage
) -> tuple[Line | None, str] | None:
    """Everything that is given for later and every line of `when`, each at its instant."""
    later = [each for each in story.given.past if calendar.instant(each.at) > world.now]
    moments: list[Past | Line] = [*later, *story.lines]
    for each in sorted(moments, key=lambda each: calendar.instant(each.at)):
        # What people do with a message comes after it has left; all else is there before anything is sent.
        follows = isinstance(each, Line) and isinstance(each.deed, Reacts | Replies)
        run_until(world, calendar.instant(each.at), inclusive=follows)
        if not isinstance(each, Line):
            _remember(world, person, each, calendar, stage)
            continue
        try:
            _do(world, person, each, calendar, stage)
        except deeds.Impossible as error:
            return each, str(error)
        run_until(world, world.now)
    return None


def calendar_of(story: Story, file: StoryFile, stage: Stage) -> Calendar:
    """The calendar of a story's person, whose zone is known from what is given."""
    plain = Calendar(file.starts, ZoneInfo(stage.rules.policy.default_zone))
    given = {name: plain.json(value) for name, value in story.given.contact.items()}
    zone = Person(PERSON, LONG_AGO, given).zone(stage.rules.catalog, stage.rules.policy)
    hour = story.lines[0].at.at if story.lines else None
    return Calendar(file.starts, ZoneInfo(zone), hour or USUAL_HOUR)


def _world(
    story: Story, calendar: Calendar, stage: Stage, happened: list[Happened], told: list[Told]
) -> VirtualWorld:
    given = story.given
    bouncing = {
        line.deed.step for line in story.lines if isinstance(line.deed, Reacts) and line.deed.how == "bounces"
    }
    outside = Outside(
        pools=dict(given.pools),
        answers={name: calendar.json(answer) for name, answer in given.answers.items()},
        arrives=lambda _person, message: message.step not in bouncing,
        holdout=given.holdout,
        arms=first_arms(given.arms),
    )
    points = [line.at for line in story.lines] + [each.at for each in story.expected]
    days = [calendar.day(point) for point in points]
    first, last = min([*days, calendar.starts]), max([*days, calendar.starts])
    return VirtualWorld(
        rules=stage.rules,
        now=midnight(first, calendar.zone),
        record=happened.append,
        tell=told.append,
        outside=outside,
        starts_until=midnight(last + DAY, calendar.zone) - timedelta(microseconds=1),
    )


def _person(world: VirtualWorld, given: Given, calendar: Calendar, stage: Stage) -> Person:
    """The person as `given` has them, in the world before anything is in force."""
    values = {name: calendar.json(value) for name, value in given.contact.items()}
    before = [calendar.instant(past.at) for past in given.past]
    created = values.pop("created_at", None)
    person = Person(PERSON, min([*before, world.now]), values)
    if created is not None:
        person.create(datetime.fromisoformat(created).astimezone(UTC))
    for each in given.consents:
        since = calendar.instant(each.since) if each.since else None
        deeds.agreed(person, each.topic, each.channel, since)
    for past in given.past:
        if calendar.instant(past.at) <= world.now:
            _remember(world, person, past, calendar, stage)
    return person


def _remember(world: VirtualWorld, person: Person, past: Past, calendar: Calendar, stage: Stage) -> None:
    """Something that is known of the person, and that no scenario of the story has to do with."""
    at = calendar.instant(past.at)
    if isinstance(past, PastEvent):
        deeds.had_happened(world, person, past.event, calendar.json(past.properties), at)
    else:
        plans = tuple(stage.plans.values())
        # Of somebody with whom the person lives nothing is looked at but what they got.
        whom = Person("household", at, dict(person.given)) if past.to_household else person
        deeds.had_received(world, whom, plans, past.message, past.channel, at)


def _begin(world: VirtualWorld, person: Person, file: StoryFile, stage: Stage) -> None:
    deeds.add_person(world, person)
    for name in file.scenarios:
        world.put_in_force(stage.plans[name])
    for name in file.scenarios:
        occasions.schedule(world, name)
    occasions.first_look(world, person)
    settle(world, person)


def _do(world: VirtualWorld, person: Person, line: Line, calendar: Calendar, stage: Stage) -> None:
    """One line of `when`: what the person does first, what is done around them else."""
    match line.deed:
        case Happens(event=name, properties=properties):
            deeds.happens(world, person, name, calendar.json(properties))
        case Changes(values=values, source=source):
            deeds.changes(world, person, calendar.json(values), source)
        case Reacts(how=how, step=step, link=link):
            deeds.reacts(world, person, how, step, scenario=line.scenario, link=link)
        case Replies(text=text):
            deeds.replies(world, person, text)
        case Unsubscribes(topic=topic, channel=channel):
            deeds.unsubscribes(world, person, topic, channel)
        case Confirms(topic=topic):
            deeds.confirms(world, person, topic)
        case Calls(scenario=scenario, inputs=inputs):
            deeds.calls(world, person, scenario, calendar.json(inputs))
        case Pauses() | Publishes() as deed:
            _do_around(world, deed, stage)


def _do_around(world: VirtualWorld, deed: Pauses | Publishes, stage: Stage) -> None:
    match deed:
        case Publishes(path=path):
            deeds.publishes(world, stage.editions[path])
        case Pauses(subject=subject, resumes=True):
            deeds.resumes(world, subject)
        case Pauses(subject=subject):
            deeds.pauses(world, subject)


def _finish(world: VirtualWorld, person: Person, calendar: Calendar) -> None:
    """The rest of the last day, and then as long as runs are under way."""
    limit = midnight(calendar.starts, calendar.zone) + LONGEST
    assert world.starts_until is not None
    run_until(world, min(world.starts_until, limit))
    while any(person.active()) and world.agenda and world.agenda[0][0] <= limit:
        run_until(world, world.agenda[0][0])
