"""What came of it, counted in the plainest way from the ledger and the provider's record, without the engine.

A calendar window of N days is N local days by the person's zone, in a household each message on the day of
whom it is for; a rolling one holds what left less than N times 24 hours before. A message that its provider
refused has given its place back.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.town.brand import CAPS, HOME_CAPS, HOURS, SCENARIOS, Cap, Day
from benchmarks.town.people import Townsman
from benchmarks.town.provider import TAKEN, Call
from store.database import Connection

CHRISTMAS, NEW_YEAR = (12, 25), (1, 1)
NO_CHRISTMAS = frozenset({"JP"})
"""Days off, and where in the town one is a working day: what of the calendars no one disputes."""

LEDGER = """
select uid::text as uid, contact_id, scenario, channel, class, tags, priority, state, attempted_at, run_id,
  variables
from messages
"""
AFTER_NO = """
select count(*) as n from messages m
cross join lateral (
  select e.name from events e
  where e.contact_id = m.contact_id and e.seq < m.attempt_seq and e.id not like 'stop/%%'
    and e.name in ('consent.granted', 'consent.withdrawn')
    and e.properties ->> 'topic' = m.topic and e.properties ->> 'channel' = m.channel
  order by e.seq desc limit 1) word
where m.class <> 'transactional' and word.name = 'consent.withdrawn' and m.attempted_at is not null
"""
AFTER_STOP = """
select count(*) as n from messages m
join suppressions s on s.contact_id = m.contact_id and s.channel = m.channel
where m.attempt_seq > s.seq and m.class = any(s.classes)
  and (s.lifted_at is null or m.attempted_at < s.lifted_at)
"""
LEFT = """
select (select count(*) from routing) + (select count(*) from set_aside) as unrouted,
  (select count(*) from wakes) as unread_wakes,
  (select count(*) from runs where status = 'active') as runs_without_end,
  (select count(*) from messages where state in ('reserved', 'attempted')) as messages_without_end,
  (select count(*) from runs r where r.end_reason is null and r.status = 'ended') as ends_without_reason
"""
ENTRIES = """
select e.properties ->> 'list' as list, count(*) as events, count(r.id) as runs,
  count(distinct e.contact_id) as people
from events e left join runs r on r.entered_seq = e.seq and r.scenario = e.properties ->> 'list'
where e.name = 'contact.subscribed' group by 1
"""


@dataclass(frozen=True)
class Sent:
    """A message that left, as the ledger and the provider know it."""

    who: Townsman
    row: Mapping[str, Any]
    at: datetime

    @property
    def day(self) -> date:
        """The person's."""
        return self.at.astimezone(ZoneInfo(self.who.zone)).date()

    def place(self, day: Day) -> date:
        """What windows of a limit are made of: the person's day, or the instant."""
        return self.day if day == "calendar" else self.at

    def concerns(self, cap: Cap) -> bool:
        """Whether a limit counts it and was asked for it."""
        row = self.row
        return (
            row["class"] != "transactional"
            and "sunset" not in row["tags"]
            and cap.channel in (None, row["channel"])
            and (cap.tag is None or cap.tag in row["tags"])
            and (cap.below is None or row["priority"] < cap.below)
            and cap.tier in (None, self.who.tier)
        )


def _counted(
    people: Mapping[str, Townsman], rows: Iterable[Mapping[str, Any]], left: Sequence[Sent], day: Day
) -> list[list[Sent]]:
    """What limits are counted of: the ledger, and what the provider saw.

    In rolling days the instant of the ledger alone: the provider sees a message a little later.
    """
    states = ("attempted", "sent", "delivered", "unknown")
    ledger = [_sent(people, row, row["attempted_at"]) for row in rows if row["state"] in states]
    seen = [each for each in left if each.row["state"] != "refused"]
    return [ledger, seen] if day == "calendar" else [ledger]


async def faults(
    connection: Connection,
    people: Sequence[Townsman],
    record: Sequence[Call],
    day: Day,
    accepted: Mapping[str, int],
) -> Counter[str]:
    """How often each promise was broken; what is zero is named too."""
    rows = {row["uid"]: row for row in await _rows(connection, LEDGER)}
    by_id = {each.id: each for each in people}
    taken = [call for call in record if call.answer in TAKEN]
    known = [call for call in taken if call.message in rows]
    left = [_sent(by_id, rows[call.message], call.at) for call in known]
    counted = _counted(by_id, rows.values(), left, day)
    found = Counter[str](
        over_a_limit=sum(len(over(sent, day)) for sent in counted),
        homes_over_a_limit=sum(len(over_at_home(sent, day)) for sent in counted),
        out_of_hours=sum(
            not in_hours(each) and not in_hours(replace(each, at=call.sent_at))
            for call, each in zip(known, left, strict=True)
        ),
        sent_twice=_twice(left),
        sent_and_not_counted=len([each for each in left if each.row["state"] in ("reserved", "released")]),
        codes_given_twice=_codes_twice(rows.values()),
        after_an_objection=(await _rows(connection, AFTER_NO))[0]["n"],
        after_a_stop=(await _rows(connection, AFTER_STOP))[0]["n"],
    )
    found["unknown_to_the_ledger"] = len(taken) - len(left)
    found.update((await _rows(connection, LEFT))[0])
    found["lost_or_doubled_entries"] = _entries(await _rows(connection, ENTRIES), accepted)
    return found


async def _rows(connection: Connection, statement: str) -> list[dict[str, Any]]:
    return await (await connection.execute(statement.encode(), {})).fetchall()


def _sent(by_id: Mapping[str, Townsman], row: Mapping[str, Any], at: datetime) -> Sent:
    return Sent(by_id[row["contact_id"]], row, at)


def over(sent: Iterable[Sent], day: Day) -> list[str]:
    """Every message that ends a window with more in it than a limit allows."""
    by_person: dict[str, list[Sent]] = defaultdict(list)
    for each in sent:
        by_person[each.who.id].append(each)
    found = []
    for person, theirs in by_person.items():
        for cap in CAPS:
            asked = sorted((each for each in theirs if each.concerns(cap)), key=lambda each: each.at)
            found += [
                f"{person} {cap}: {last.at}"
                for first, last in zip(asked, asked[cap.at_most :], strict=False)
                if _in_one_window(first, last, cap, day)
            ]
    return found


def _in_one_window(first: Sent, last: Sent, cap: Cap, day: Day) -> bool:
    """Whether the earlier of two messages lies in the window that ends with the later."""
    if day == "rolling":
        return last.at - timedelta(days=cap.days) < first.at
    return last.day - timedelta(days=cap.days) < first.day


def over_at_home(sent: Iterable[Sent], day: Day) -> list[str]:
    """The same of what goes to everybody of a household."""
    by_home: dict[str, list[Sent]] = defaultdict(list)
    for each in sent:
        if each.who.home is not None:
            by_home[each.who.home].append(each)
    found = []
    for home, theirs in by_home.items():
        for cap in HOME_CAPS:
            places = sorted(each.place(day) for each in theirs if each.concerns(cap))
            ends = zip(places, places[cap.at_most :], strict=False)
            length = timedelta(days=cap.days)
            found += [f"{home} {cap}: {last}" for first, last in ends if last - first < length]
    return found


def in_hours(sent: Sent) -> bool:
    """Whether a message left in the hours of its channel, by the person's clock."""
    if sent.row["class"] == "transactional":
        return True
    local = sent.at.astimezone(ZoneInfo(sent.who.zone))
    opens, closes, days = HOURS[sent.row["channel"]]
    days_off = {NEW_YEAR} if sent.who.country in NO_CHRISTMAS else {NEW_YEAR, CHRISTMAS}
    if sent.row["channel"] == "sms" and (local.month, local.day) in days_off:
        return False
    return time(opens) <= local.time() < time(closes) and local.weekday() in days


def _twice(left: Sequence[Sent]) -> int:
    """Messages handed over again that are sent once only."""
    times = Counter(each.row["uid"] for each in left if each.row["class"] != "transactional")
    return sum(number - 1 for number in times.values())


def _codes_twice(rows: Iterable[Mapping[str, Any]]) -> int:
    """Codes that two runs were sent."""
    runs: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        if row["state"] not in ("reserved", "released") and "code" in row["variables"]:
            runs[row["variables"]["code"]].add(row["run_id"])
    return sum(len(each) - 1 for each in runs.values())


def _entries(rows: Sequence[Mapping[str, Any]], accepted: Mapping[str, int]) -> int:
    """Events that began no run, or two, where each begins one."""
    found = {row["list"]: row for row in rows}
    wrong = 0
    for scenario in SCENARIOS:
        row = found.get(scenario.name, {"events": 0, "runs": 0, "people": 0})
        expected = row["people"] if scenario.name == "once" else accepted.get(scenario.name, 0)
        wrong += abs(row["runs"] - expected) + abs(row["events"] - accepted.get(scenario.name, 0))
    return wrong
