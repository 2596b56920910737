"""Why somebody did not enter a scenario, in words, with the fact that stood in the way."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from dsl.diagram_words import duration
from dsl.local_time import add
from dsl.plan import Plan
from engine import words
from engine.explanation import EntryRefused
from engine.known_then import Then
from store.database import Row

OTHER = {
    "occurrence": "had entered at this date already",
    "erased": "was erased",
    "not reached": "is none of those whom the trigger reaches",
    "error": "it could not be decided, a fault of ours: the worker's log names it (`undecided entry`)",
}


async def told(
    then: Then, scenario: str, refusals: Sequence[Row], runs: Sequence[Row], events: Mapping[int, Row]
) -> tuple[EntryRefused, ...]:
    """Refusals of one scenario in words. `runs` are those of the person in it, the newest first."""
    plan = await then.plan(scenario)
    found = []
    for row in refusals:
        event = events.get(row["event_seq"])
        before = next((run for run in runs if run["created_at"] <= row["at"]), None)
        zone = (await then.facts_at(row["at"])).zone
        next_possible = _possible_again(plan, row["reason"], before, zone)
        found.append(
            EntryRefused(
                reason=row["reason"],
                text=await _words(then, plan, row, before, event, next_possible),
                at=row["at"],
                times=row["times"],
                event=event["name"] if event else None,
                event_at=event["at"] if event else None,
                run=before["id"] if before and row["reason"] in ("active", "entry rule") else None,
                next_possible=next_possible,
            )
        )
    return tuple(found)


def _possible_again(plan: Plan | None, reason: str, before: Row | None, zone: str) -> datetime | None:
    if reason != "entry rule" or plan is None or before is None or plan.entry.period is None:
        return None
    return add(before["entered_at"], plan.entry.period, ZoneInfo(plan.zone or zone))


async def _words(
    then: Then,
    plan: Plan | None,
    row: Row,
    before: Row | None,
    event: Row | None,
    next_possible: datetime | None,
) -> str:
    facts = await then.facts_at(row["at"])
    match row["reason"]:
        case "audience" if plan and plan.audience:
            return f"is not of the audience: `{plan.audience.text}` did not hold"
        case "active" if before:
            since = words.at(before["entered_at"], facts.zone)
            return f"was under way in it already (run {before['id']}, entered {since})"
        case "entry rule" if before:
            entered = f"entered {words.at(before['entered_at'], facts.zone)} (run {before['id']})"
            if next_possible:
                return f"{entered}, and may again from {words.at(next_possible, facts.zone)}"
            return f"{entered}, and may enter once"
        case "late" if event:
            allowed = duration(facts.world.policy.late_events)
            happened = words.at(event["at"], facts.zone)
            return f"{event['name']} of {happened} came more than {allowed} late (`late_events`)"
        case "unknown key" if plan and plan.key:
            return f"the key `{plan.key.text}` was unknown"
    reason: str = row["reason"]
    return OTHER.get(reason, reason)
