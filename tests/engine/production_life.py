"""A story lived in production: PostgreSQL, the router, groups, scans and deliveries, instant by instant."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from channels.events import DeliveryEvent
from dsl.local_time import DAY, midnight
from dsl.story import (
    Changes,
    Confirms,
    Happens,
    Line,
    Pauses,
    Publishes,
    Reacts,
    Replies,
    Story,
    StoryFile,
    Unsubscribes,
)
from engine.advance import advance
from engine.confirmation import confirm
from engine.deliver import Signals
from engine.deliveries import record
from engine.edit_rounds import carry_on
from engine.ingest import Incoming, ingest
from engine.occurrences import next_after, time_triggers
from engine.pauses import pause, resume
from engine.people import Profile, upsert
from engine.stories import LONGEST, Calendar, Stage, calendar_of
from engine.subscriptions import withdraw
from engine.wire import DeliverRequest, ScanRequest, ScanTask
from tests.engine.production_past import NUMBERS, begin, remember, somebody
from tests.integration.installation import Installation

KINDS = {"clicks": "clicked", "opens": "opened", "bounces": "bounced", "complains": "complained"}
SUPPRESS = {"bounces": "hard_bounce", "complains": "complaint"}


@dataclass
class Life:
    """One story in a real database."""

    relance: Installation
    story: Story
    file: StoryFile
    stage: Stage
    calendar: Calendar
    contact: str
    source: str = "story"
    takes_over: bool = True
    """Whether workers come to people of older versions by themselves."""
    at: datetime = field(init=False)

    @classmethod
    def of(cls, relance: Installation, story: Story, file: StoryFile, stage: Stage) -> "Life":
        """The life of a story's person; nothing has happened yet."""
        contact = somebody(stage.plans[name] for name in file.scenarios)
        life = cls(relance, story, file, stage, calendar_of(story, file, stage), contact, cls.source)
        life.at = midnight(life.calendar.starts, life.calendar.zone)
        return life

    async def live(self) -> None:
        """From the first midnight to the end of the last day, and until the runs have ended."""
        await begin(self)
        given = self.story.given
        moments = (*given.events, *given.messages, *self.story.lines)
        for each in sorted(moments, key=lambda each: self.calendar.instant(each.at)):
            instant = self.calendar.instant(each.at)
            if isinstance(each, Line):
                await self._until(instant, inclusive=isinstance(each.deed, Reacts | Replies))
                self.stands_at(instant)
                await self._do(each)
                await self.settle()
                continue
            if instant > self.at:
                await self._until(instant, inclusive=False)
            await remember(self, each, instant)
        await self._until(self._last_instant())
        while await self.rows("select 1 from runs where status = 'active'"):
            following = await self._next_due()
            if following is None or following > self.start() + LONGEST:
                break
            await self._until(following)

    # Time

    def start(self) -> datetime:
        return midnight(self.calendar.starts, self.calendar.zone)

    def _last_instant(self) -> datetime:
        points = [line.at for line in self.story.lines] + [each.at for each in self.story.expected]
        last = max([self.calendar.day(point) for point in points], default=self.calendar.starts)
        return midnight(last + DAY, self.calendar.zone) - timedelta(microseconds=1)

    def stands_at(self, instant: datetime) -> None:
        self.at = self.relance.at = instant

    async def _until(self, instant: datetime, *, inclusive: bool = True) -> None:
        while True:
            following = await self._next_due()
            if following is None or following > instant or (following == instant and not inclusive):
                break
            self.stands_at(following)
            await self._scan()
            await self.settle()
        self.stands_at(instant)

    async def _next_due(self) -> datetime | None:
        rows = await self.rows(
            "select min(at) as at from (select min(due_at) as at from runs where due_at > %s union all"
            " select min(planned_at) from messages where state = 'reserved' and planned_at > %s) x",
            self.at,
            self.at,
        )
        scans = [next_after(trigger, zone, self.at) for _, _, trigger, zone in self._triggers()]
        dues = [rows[0]["at"], *(each for each in scans if each and each <= self._last_instant())]
        return min((each for each in dues if each), default=None)

    def _triggers(self) -> Iterator[tuple[str, int, Any, ZoneInfo]]:
        for name in self.file.scenarios:
            plan = self.stage.plans[name]
            for place, trigger in time_triggers(plan):
                yield name, place, trigger, ZoneInfo(plan.zone) if plan.zone else self.calendar.zone

    async def _scan(self) -> None:
        if self.at > self._last_instant():
            return
        for name, place, _, zone in self._triggers():
            request = ScanRequest(name, place, zone.key)
            await self.relance.scans.scan(ScanTask(request, self.at), lambda: None)

    async def settle(self) -> None:
        """Route, decide and deliver until nothing is left to do now."""
        for _ in range(50):
            if self.takes_over:
                await carry_on(self.relance.database, self.relance.plans, self.at, settled=timedelta())
            await self.relance.route()
            for group in await self.rows("select group_id as id from runs join wakes on run_id = id"):
                await advance(self.relance.database, self.relance.plans, group["id"], self.at)
            groups = await self._groups()
            if not groups and not await self.rows("select 1 from routing limit 1"):
                return
            for group in groups:
                reply = await advance(self.relance.database, self.relance.plans, group["id"], self.at)
                for due in reply.deliveries:
                    request = DeliverRequest(due.channel, list(due.message_ids))
                    await self.relance.deliveries.deliver(
                        request, Signals(lambda: self.at, lambda: None, lambda: False)
                    )
            await self._arrive()
        raise AssertionError("it never comes to rest")

    async def _groups(self) -> list[Any]:
        """Groups that have something to do now, and do not stand still."""
        return await self.rows(
            "select distinct group_id as id from (select group_id, scenario from runs where status = 'active'"
            " and due_at <= %s union all select group_id, scenario from messages"
            " where state = 'reserved' and planned_at <= %s) due"
            " where not exists (select 1 from pauses p where p.kind = 'all' or p.name = due.scenario)",
            self.at,
            self.at,
        )

    async def _arrive(self) -> None:
        """What was sent arrives at once, unless the story says that it bounces."""
        deeds = [line.deed for line in self.story.lines]
        bouncing = {deed.step for deed in deeds if isinstance(deed, Reacts) and deed.how == "bounces"}
        for row in await self.rows(
            "select uid::text as uid, channel, step from messages where state = 'sent'"
        ):
            if row["step"] not in bouncing:
                await self._report("delivered", row["channel"], message_id=row["uid"])

    # What happens

    async def _do(self, line: Line) -> None:
        database, plans = self.relance.database, self.relance.plans
        match line.deed:
            case Happens(event=name, properties=properties):
                await self._happen(name, self.calendar.json(properties), self.at)
            case Changes(values=values, source=source):
                profile = Profile(self.contact, self.calendar.json(values))
                await upsert(database, plans, [profile], source=source, now=self.at)
            case Confirms(topic=topic):
                await confirm(database, self.contact, topic, source="story", now=self.at)
            case Unsubscribes(topic=topic, channel=channel):
                await withdraw(database, plans, self.contact, topic, channel, source="story", now=self.at)
            case Reacts(how=how, step=step, link=link):
                (message,) = await self.rows(
                    "select uid::text as uid, channel from messages where step = %s and sent_at is not null",
                    step,
                )
                await self._report(
                    KINDS[how],
                    message["channel"],
                    message_id=message["uid"],
                    link=link,
                    suppress=SUPPRESS.get(how),
                )
            case Replies(text=text):
                phone = self.calendar.json(self.story.given.contact["phone"])
                await self._report("replied", "sms", text=text, address=phone)
            case _:
                await self._brand_does(line)

    async def _brand_does(self, line: Line) -> None:
        database = self.relance.database
        match line.deed:
            case Publishes(path=path):
                self._edit(path)
                await self.relance.publish()
            case Pauses(subject=subject, resumes=True):
                await resume(database, subject, ("email", "sms"), actor="story", now=self.at)
            case Pauses(subject=subject):
                await pause(database, subject, ("email", "sms"), actor="story", reason="", now=self.at)
            case _:
                pytest.fail(f"nothing lives this in production: {line.text}")

    def _edit(self, path: str) -> None:
        """Another text in the file of the scenario."""
        scenario = self.stage.editions[path].scenario
        (file,) = self.relance.project.glob(f"scenarios/*/{scenario}.yaml")
        file.write_text(Path(path).read_text())

    async def _happen(self, name: str, properties: dict[str, Any], at: datetime) -> None:
        event = Incoming(f"e{next(NUMBERS)}", name, self.contact, at, properties)
        result = await ingest(self.relance.database, self.relance.plans, [event], source="story", now=self.at)
        assert not result.errors, result.errors

    async def _report(self, kind: Any, channel: str, **more: Any) -> None:
        report = DeliveryEvent(kind, "outbox", channel, f"r{next(NUMBERS)}", self.at, **more)
        await record(self.relance.database, self.relance.plans, [report], self.at)

    # What came of it

    async def timeline(self) -> list[tuple[datetime, str, str]]:
        """Messages that left, message steps given up, ends: (at, kind, name), in order."""
        sent = await self.rows(
            "select sent_at as at, channel, message from messages where provider = 'outbox'"
        )
        trail = await self.rows("select at, what, data from trail where what in ('not_sent', 'ended')")
        found = [(row["at"], row["channel"], row["message"]) for row in sent]
        for row in trail:
            name = row["data"]["reason" if row["what"] == "ended" else "message"]
            found.append((row["at"], "exit" if row["what"] == "ended" else "not_sent", name))
        return sorted(found)

    async def rows(self, statement: str, *parameters: Any) -> list[Any]:
        return await self.relance.rows(statement, *parameters)
