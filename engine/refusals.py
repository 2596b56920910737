"""Why a message may not leave, in words, with the data that `why` tells it by."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta

from dsl.frozen import dataclass
from engine import words
from engine.hours import Rule
from engine.pressure import Broken, NoPlace, Place
from engine.question import Question
from engine.state import Because
from engine.walk import iso

ASK_FOR_CODES_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Denied:
    """It may not leave. `data` is what `why` tells; `again_at`: asked again then, else given up."""

    because: Because
    text: str
    data: Mapping[str, object] = field(default_factory=dict)
    again_at: datetime | None = None


def evidence_of(broken: Broken | None) -> dict[str, object]:
    """A limit and the messages that fill it, as the trail holds them."""
    return {"rule": broken.limit.text, **_fillers(broken)} if broken else {}


def _fillers(broken: Broken) -> dict[str, object]:
    """The messages that fill a limit: `others` are to those with whom the person lives."""
    others = {"others": list(broken.others)} if broken.others else {}
    return {"evidence": list(broken.evidence), **others}


def expired(question: Question, place: Place | None) -> Denied:
    """It is too old, or would be at the first place that there is."""
    late = words.at(question.expires_at, question.facts.zone)
    data: dict[str, object] = {"rule": "expires", "expires_at": iso(question.expires_at)}
    if place is None:
        return Denied("expired", f"it was too late: it had to leave by {late}", data)
    when = words.at(place.at, question.facts.zone)
    text = f"it could leave on {when} at the earliest, and had to by {late}"
    data |= {"next_possible": iso(place.at)}
    if place.first_no:
        data |= {"limit": place.first_no.limit.text, **_fillers(place.first_no)}
    return Denied("expired", text, data)


def without_place(question: Question, answer: NoPlace, rules: Sequence[Rule]) -> Denied:
    """Neither limits nor hours allow an instant in time."""
    possible, zone = answer.next_possible, question.facts.zone
    then = f"; the next place is {words.at(possible, zone)}" if possible else ""
    data: dict[str, object] = {
        "next_possible": iso(possible),
        "up_to": iso(question.place_until),
        "on_cap": question.action,
    }
    if answer.first_no:
        count = len(answer.first_no.messages)
        text = f"the limit of {answer.first_no.limit.text} was full with {count}{then}"
        return Denied("cap", text, data | evidence_of(answer.first_no))
    if question.place_until and question.place_until < question.now:
        text = f"it has waited for a place since {words.at(question.refused_since or question.now, zone)}"
        return Denied("cap", text + then, data | {"rule": "up to", "evidence": []})
    hours = "; ".join(words.hours(rule.hours) for rule in rules)
    text = f"{question.candidate.channel} may only leave {hours}{then}"
    return Denied("hours", text, data | {"rule": hours})


def without_code(question: Question, pool: str) -> Denied:
    """An empty pool holds a message as a limit would; codes may be added meanwhile, so it asks again."""
    until = question.place_until
    text = f"no code is left in {pool}"
    data: dict[str, object] = {"rule": f"take({pool})", "pool": pool, "up_to": iso(until)}
    if until is None or question.now >= until:
        return Denied("code", text, data)
    return Denied("code", text, data, min(until, question.now + ASK_FOR_CODES_EVERY))
