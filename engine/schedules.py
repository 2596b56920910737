"""Temporal Schedules for triggers by time: one for each trigger and zone, kept as what is in force asks.

A schedule only says when to look. What is due, and whether it was done, is in the table `occurrences`, so
that a schedule that fires twice, late or not at all loses and doubles nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import time, timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
)
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError, RPCStatusCode

from dsl.plan import CampaignTrigger, DateTrigger, Plan, ScanTrigger
from engine import wire
from engine.clock import Clock
from engine.occurrences import TimeTrigger, time_triggers
from engine.search_attributes import PROGRAM, SCENARIO

PREFIX = "relance/"
CATCH_UP = timedelta(hours=24)
NIGHT_ENDS = 4
"""Clocks change before this hour: a local time that is skipped then is looked for an hour later too."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def wanted(plans: Iterable[Plan], zones: Iterable[str], clock: Clock) -> dict[str, Schedule]:
    """The schedules that these plans ask for, by id.

    In fast time local calendars mean nothing to Temporal: one schedule a trigger starts a scan that
    follows the days by itself.
    """
    zones = tuple(zones)
    found: dict[str, Schedule] = {}
    for plan in plans:
        for place, trigger in time_triggers(plan):
            for zone in (None,) if clock.speed != 1 else (plan.zone,) if plan.zone else zones:
                found[f"{PREFIX}{plan.scenario}/{place}/{zone or 'every zone'}"] = Schedule(
                    action=_action(plan, place, zone),
                    spec=_spec(trigger, zone, clock),
                    policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.BUFFER_ONE, catchup_window=CATCH_UP),
                    state=ScheduleState(note=said(trigger, zone, clock)),
                )
    return found


async def sync(client: Client, schedules: Mapping[str, Schedule]) -> int:
    """Make Temporal's schedules these; returns how many were created, replaced or deleted.

    A new one looks at once, so that what was due while there was none is made up. Raises RPCError.
    """
    existing = {
        each.id: each.schedule.state.note if each.schedule else None
        async for each in await client.list_schedules()
        if each.id.startswith(PREFIX)
    }
    stale = [
        id_ for id_, note in existing.items() if id_ not in schedules or schedules[id_].state.note != note
    ]
    for id_ in stale:
        await _delete(client, id_)
    missing = [id_ for id_ in schedules if id_ not in existing or id_ in stale]
    for id_ in missing:
        await _create(client, id_, schedules[id_])
    return len(set(stale) | set(missing))


def said(trigger: TimeTrigger, zone: str | None, clock: Clock) -> str:
    """When a schedule looks, in words: `every Monday at 09:00, Europe/Paris`."""
    if clock.speed != 1:
        return f"following the days by itself, {clock.real_seconds(timedelta(days=1)):g} seconds each"
    return f"{_said(trigger)}, {zone}"


def _said(trigger: TimeTrigger) -> str:
    match trigger:
        case CampaignTrigger(at=at):
            return f"on {at:%Y-%m-%d at %H:%M}"
        case DateTrigger(at=at, if_past="enter"):
            return f"every day at {at:%H:%M} and every hour after"
        case ScanTrigger(every="week", on=on, at=at):
            return f"every {WEEKDAYS[on or 0]} at {at:%H:%M}"
        case ScanTrigger(every="month", on=on, at=at):
            return f"every month on {on or 1} at {at:%H:%M}"
        case ScanTrigger(at=at) | DateTrigger(at=at):
            return f"every day at {at:%H:%M}"


def _action(plan: Plan, place: int, zone: str | None) -> ScheduleActionStartWorkflow:
    where = zone or "every zone"
    return ScheduleActionStartWorkflow(
        wire.SCAN,
        wire.ScanRequest(plan.scenario, place, zone),
        id=f"{wire.SCAN}/{plan.scenario}/{place}/{where}",
        task_queue=wire.DECISIONS,
        typed_search_attributes=TypedSearchAttributes(
            [SearchAttributePair(SCENARIO, plan.scenario), SearchAttributePair(PROGRAM, plan.program)]
        ),
        static_summary=f"{plan.title}: who enters, {where}",
    )


def _spec(trigger: TimeTrigger, zone: str | None, clock: Clock) -> ScheduleSpec:
    if clock.speed != 1:
        day = max(1.0, clock.real_seconds(timedelta(days=1)))
        return ScheduleSpec(intervals=[ScheduleIntervalSpec(timedelta(seconds=day))])
    return ScheduleSpec(calendars=_calendars(trigger), time_zone_name=zone)


def _calendars(trigger: TimeTrigger) -> list[ScheduleCalendarSpec]:
    match trigger:
        case CampaignTrigger(at=at):
            return [
                ScheduleCalendarSpec(
                    hour=_hours(at.time()),
                    minute=[ScheduleRange(at.minute)],
                    day_of_month=[ScheduleRange(at.day)],
                    month=[ScheduleRange(at.month)],
                    year=[ScheduleRange(at.year)],
                )
            ]
        case DateTrigger(at=at, if_past="enter"):
            later = ScheduleCalendarSpec(hour=[ScheduleRange(at.hour, 23)], minute=[ScheduleRange(at.minute)])
            return [later]
        case ScanTrigger(every="week", on=on, at=at):
            sunday_first = ((on or 0) + 1) % 7
            return [replace(_daily(at), day_of_week=[ScheduleRange(sunday_first)])]
        case ScanTrigger(every="month", on=on, at=at):
            # The last day of shorter months stands for the days that they lack.
            return [replace(_daily(at), day_of_month=[ScheduleRange(min(on or 1, 28), on or 1)])]
        case ScanTrigger(at=at) | DateTrigger(at=at):
            return [_daily(at)]


def _daily(at: time) -> ScheduleCalendarSpec:
    return ScheduleCalendarSpec(hour=_hours(at), minute=[ScheduleRange(at.minute)])


def _hours(at: time) -> list[ScheduleRange]:
    return [ScheduleRange(at.hour, at.hour + (at.hour < NIGHT_ENDS))]


async def _delete(client: Client, id_: str) -> None:
    try:
        await client.get_schedule_handle(id_).delete()
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise


async def _create(client: Client, id_: str, schedule: Schedule) -> None:
    try:
        await client.create_schedule(id_, schedule, trigger_immediately=True)
    except ScheduleAlreadyRunningError:
        return  # another worker was faster
