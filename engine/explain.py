"""Why something was or was not sent: what was decided about a person, and from which facts.

Read from the trail that decisions leave, from refused entries and from the ledgers, as they stood at an
instant: what came to be known later is left out. Nothing is decided again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from dsl.description import speaker
from dsl.plan import Candidate, MessageStep, Plan
from dsl.wording.openings import starts
from engine import entry_refusals, words
from engine.consent import Refusal, reachable
from engine.explanation import (
    Decision,
    Explanation,
    Filler,
    RunExplained,
    ScenarioExplained,
    Unreachable,
)
from engine.hours import rules_for
from engine.known_then import Then, known_at
from engine.pauses import OURSELVES
from engine.plans import Plans
from store import explanations, merges
from store.database import Connection, Row

SOON = timedelta(seconds=30)
"""What has been due for less is on its way."""

RUNS_TOLD = 20
"""The newest runs of a person are explained; older ones are in the studio."""


class UnknownScenario(LookupError):
    """No scenario of this name was ever published by then."""


@dataclass(frozen=True)
class _Record:
    """All that was written down of the person by then."""

    runs: Sequence[Row]
    trail: Mapping[int, Sequence[Row]]
    refusals: Sequence[Row]
    events: Mapping[int, Row]
    fillers: Mapping[int, Filler]


async def explain(
    connection: Connection,
    plans: Plans,
    contact: str,
    at: datetime,
    *,
    scenario: str | None = None,
) -> Explanation:
    """What was decided about a person by an instant, in one scenario or in all that they had to do with.

    Raises NothingKnown or UnknownScenario.
    """
    contact = await merges.winner_of(connection, contact)
    then = await known_at(connection, plans, contact, at)
    if scenario is not None and scenario not in then.versions:
        raise UnknownScenario(f"there is no scenario `{scenario}`: there are {', '.join(then.versions)}")
    record = await _record(then, scenario)
    concerned = {row["scenario"] for row in (*record.runs, *record.refusals)} | {scenario} - {None}
    told = [await _scenario(then, name, record) for name in sorted(filter(None, concerned))]
    notes = [] if told else ["no scenario was started for them, and none refused them"]
    if then.facts.erased:
        notes.append("was erased: what had been decided is forgotten")
    notes += [_paused(row, then.facts.zone) for row in await explanations.stood_still(connection, at)]
    return Explanation(contact, then.facts.zone, at, tuple(notes), tuple(told))


def _paused(row: Row, zone: str) -> str:
    reason = f": {row['reason']}" if row["reason"] else ""
    who = "itself" if row["actor"] == OURSELVES else row["actor"]
    return f"{row['subject']} was paused on {words.at(row['at'], zone)} by {who}{reason}"


def _not_left(row: Row, zone: str) -> str:
    """A message that should have left, and where to look for the reason."""
    what = f"{row['message']} by {row['channel']}"
    if row["attempted_at"]:
        return (
            f"{what} was handed over on {words.at(row['attempted_at'], zone)}: nobody knows what came of it"
        )
    should = f"{what} should have left on {words.at(row['planned_at'], zone)} and has not"
    return f"{should}: the workflow {row['workflow_id']} says what it waits for"


async def _record(then: Then, scenario: str | None) -> _Record:
    connection, contact, at = then.connection, then.facts.contact_id, then.at
    runs = await explanations.runs(connection, contact, scenario, at, RUNS_TOLD)
    trail = await explanations.trail(connection, [run["id"] for run in runs], at)
    refusals = await explanations.refusals(connection, contact, scenario, at)
    seqs = {row["event_seq"] for row in refusals if row["event_seq"] is not None}
    said = [line["data"] for lines in trail.values() for line in lines]
    own = {id_ for data in said for id_ in data.get("evidence") or ()}
    others = {id_ for data in said for id_ in data.get("others", ())}
    fillers = await explanations.messages(connection, contact, own, at)
    fillers += await explanations.messages(connection, None, others, at) if others else []
    return _Record(
        runs,
        trail,
        refusals,
        await explanations.events(connection, contact, seqs),
        {row["id"]: _filler(row, contact) for row in fillers},
    )


def _evidence(data: Mapping[str, Any]) -> Collection[int]:
    """The messages that filled a limit, those to others of the household too."""
    return (*(data.get("evidence") or ()), *data.get("others", ()))


def _filler(row: Row, contact: str) -> Filler:
    state: Literal["left", "handed over", "planned", "given up"] = "planned"
    if row["sent_at"]:
        state = "left"
    elif row["settled_as"] in ("released", "refused"):
        state = "given up"
    elif row["attempted_at"]:
        state = "handed over"
    at = row["sent_at"] or row["attempted_at"] or row["planned_at"]
    if row["contact_id"] != contact:
        return Filler(row["id"], None, None, row["channel"], state, at, row["contact_id"])
    return Filler(row["id"], row["message"], row["scenario"], row["channel"], state, at)


async def _scenario(then: Then, name: str, record: _Record) -> ScenarioExplained:
    plan = await then.plan(name)
    runs = [run for run in record.runs if run["scenario"] == name]
    refused = [row for row in record.refusals if row["scenario"] == name]
    notes = []
    if plan is not None and not runs and not refused:
        begins = " ".join(starts(plan, speaker(plan, then.facts.world)))
        notes.append(f"has never entered: nothing that starts it is known of them. {begins}")
        notes += [f"It is for those of whom this is true: `{plan.audience.text}`."] if plan.audience else []
    late = await explanations.not_left(then.connection, [run["id"] for run in runs], then.at - SOON)
    notes += [_not_left(row, then.facts.zone) for row in late]
    return ScenarioExplained(
        scenario=name,
        title=plan.title if plan else name,
        runs=tuple([await _run(then, run, record) for run in runs]),
        refused=await entry_refusals.told(then, name, refused, runs, record.events),
        unreachable=_unreachable(then, plan) if plan else (),
        notes=tuple(notes),
    )


async def _run(then: Then, run: Row, record: _Record) -> RunExplained:
    plan = await then.plans.plan(run["scenario"], run["version"], then.connection)
    lines = record.trail.get(run["id"], ())
    decisions = tuple([await _decision(then, plan, line, record) for line in lines])
    reason = _end_reason(then, decisions)
    return RunExplained(
        run=run["id"],
        version=run["version"],
        key=run["key"],
        holdout=run["holdout"],
        status="ended" if reason else "active",
        entered_at=run["entered_at"],
        position=None if reason else next((line.step for line in reversed(decisions) if line.step), None),
        end_reason=reason,
        next_possible=None if reason else _next(decisions),
        decisions=decisions,
    )


def _end_reason(then: Then, decisions: Sequence[Decision]) -> str | None:
    """How the run ended, as far as it had; with a person who is erased every run of theirs does."""
    ended = next((line.data for line in decisions if line.what == "ended"), None)
    if ended:
        return str(ended.get("reason"))
    return "erased" if then.facts.erased else None


def _next(decisions: Sequence[Decision]) -> datetime | None:
    """What the last decision said of the future."""
    return decisions[-1].next_possible if decisions else None


async def _decision(then: Then, plan: Plan, line: Row, record: _Record) -> Decision:
    data = line["data"]
    fillers = [record.fillers[id_] for id_ in _evidence(data) if id_ in record.fillers]
    return Decision(
        at=line["at"],
        what=line["what"],
        step=line["step"],
        text=line["text"],
        because=data.get("because"),
        rule=data.get("rule"),
        filled_by=tuple(sorted(fillers, key=lambda each: (each.at, each.id))),
        since=_instant(data.get("since")),
        hours=await _hours(then, plan, line),
        event=data.get("event"),
        next_possible=_instant(data.get("next_possible") or data.get("planned_at") or data.get("until")),
        data=data,
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


async def _hours(then: Then, plan: Plan, line: Row) -> str | None:
    """The hours that a message waits for, by the policy of that instant; None where it waits for none."""
    data = line["data"]
    if data.get("because") == "hours":
        return str(data["rule"])
    planned = _instant(data.get("planned_at"))
    if line["what"] != "reserved" or data.get("rule") or planned is None or planned <= line["at"]:
        return None
    step = plan.by_id.get(line["step"] or "")
    said = [c for c in _candidates([step]) if (c.message, c.channel) == (data["message"], data["channel"])]
    if not said:
        return None
    rules = rules_for(plan, said[0], await then.facts_at(line["at"]))
    return "; ".join(dict.fromkeys(words.hours(rule.hours) for rule in rules)) or None


def _candidates(steps: Iterable[object]) -> list[Candidate]:
    return [each for step in steps if isinstance(step, MessageStep) for each in step.candidates]


def _unreachable(then: Then, plan: Plan) -> tuple[Unreachable, ...]:
    """What consent, suppression or a missing address forbade at the instant, whoever asks."""
    found: dict[tuple[str, str, str], tuple[Refusal, list[str]]] = {}
    for each in _candidates(plan.steps):
        refusal = reachable(then.facts, each.channel, each.topic, each.message_class, each.sender)
        if refusal:
            messages = found.setdefault((each.channel, each.topic, refusal.text), (refusal, []))[1]
            if each.message not in messages:
                messages.append(each.message)
    return tuple(
        Unreachable(tuple(messages), channel, topic, refusal.because, refusal.text, refusal.since)
        for (channel, topic, _), (refusal, messages) in found.items()
    )
