"""The preference centre: topics by channel, how often, a pause, what may be measured, and stop all.

Without login: whoever holds the link of a message is the person that it was sent to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import HTMLResponse

from dsl.catalog import Topic
from engine.consent import reachable
from engine.facts import load
from engine.state import Facts
from engine.subscriptions import everything, pairs
from store import contacts
from store.database import Connection
from web import choices, pace
from web.choices import Choice
from web.pages import page
from web.problems import Problem
from web.public import Visitor, bad_link, visitor
from web.services import Services, Use

CHANNELS = ("email", "sms")
TRACKED = ("opens", "clicks")
MAX_FIELDS = 200
SOURCE = "preference centre"


@dataclass(frozen=True)
class Box:
    """One box of the page: a channel, or what may be measured."""

    name: str
    on: bool


@dataclass(frozen=True)
class TopicBoxes:
    """A topic with a box for each channel that it may use and the person has an address for."""

    name: str
    title: str
    channels: tuple[Box, ...]


async def show(request: Request, services: Use, token: str) -> HTMLResponse:
    """What the person receives now."""
    who = await visitor(services, token, "preferences")
    return await bad_link(request, services) if who is None else await _page(services, who, said=None)


async def act(request: Request, services: Use, token: str) -> HTMLResponse:
    """Save the choices, or stop everything; what was about to leave and is not wanted is released."""
    who = await visitor(services, token, "preferences")
    if who is None:
        return await bad_link(request, services)
    sent = await _form(request)
    stop = sent["do"] == ["stop"]
    wanted = set() if stop else {_choice(value) for value in sent.get("choice", [])}
    await _save(services, who, wanted, stop=stop)
    if not stop:
        await pace.record(services, who.contact_id, sent, SOURCE)
    if stop:
        return await _page(services, who, said="preferences_stopped")
    after = await _standing(services, who)
    blocked = any(after.get(each) is False for each in wanted)
    return await _page(services, who, said="preferences_blocked" if blocked else "preferences_saved")


async def _save(services: Services, who: Visitor, wanted: set[Choice], *, stop: bool) -> None:
    """Record what is new in these choices.

    The contact is locked before anything is compared: of two forms that are sent at once one is whole, and no
    mixture of the two.
    """
    proof = {"page": "preferences", "language": who.words["lang"]}
    async with services.database.transaction() as connection:
        await contacts.lock(connection, [who.contact_id])
        before = await _standing_within(connection, services, who)
        added = [each for each, on in before.items() if each in wanted and not on]
        removed = _all(who) if stop else [each for each, on in before.items() if each not in wanted and on]
        await choices.record_within(
            connection,
            services,
            who.contact_id,
            withdrawn=removed,
            granted=added,
            source=SOURCE,
            proof=proof,
        )


def _all(who: Visitor) -> list[Choice]:
    """All that can be left, also on a channel for which an address may come later."""
    return everything(who.world.catalog) + [("tracking", what) for what in TRACKED]


async def _form(request: Request) -> dict[str, list[str]]:
    """The fields sent, one button among them. Raises Problem 400 for a form that no page of ours sends.

    A box that is not ticked sends nothing: an empty or mangled body would read as a wish to leave everything.
    """
    body = (await request.body()).decode("utf-8", "replace")
    try:
        sent = parse_qs(body, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise _foreign(f"More than {MAX_FIELDS} fields") from None
    if sent.get("do") not in (["save"], ["stop"]):
        raise _foreign("Neither `do=save` nor `do=stop` was sent, as one of the buttons does")
    return sent


def _foreign(why: str) -> Problem:
    return Problem(400, "malformed-form", "Not this page's form", f"{why}. Nothing was changed.")


def _choice(value: str) -> Choice:
    topic, _, channel = value.partition(":")
    return topic, channel


async def _page(services: Services, who: Visitor, said: str | None) -> HTMLResponse:
    standing = await _standing(services, who)
    topics = []
    for topic in _topics(who):
        boxes = tuple(Box(c, standing[topic.name, c]) for c in CHANNELS if (topic.name, c) in standing)
        if boxes:
            topics.append(TopicBoxes(topic.name, topic.title_in(who.words["lang"]), boxes))
    tracking = [Box(what, standing["tracking", what]) for what in TRACKED]
    often, pause = await pace.options(services, who)
    return page(
        "preferences.html",
        words=who.words,
        brand=who.world.catalog.brand,
        topics=topics,
        often=often,
        pause=pause,
        tracking=tracking,
        said=said,
    )


def _topics(who: Visitor) -> list[Topic]:
    """The topics that somebody can leave: transactional ones need no consent and have no box."""
    return [each for each in who.world.catalog.topics.values() if each.message_class != "transactional"]


async def _standing(services: Services, who: Visitor) -> Mapping[Choice, bool]:
    """What the person can choose, and whether it is on now by all that the gate looks at."""
    async with services.database.connection() as connection:
        return await _standing_within(connection, services, who)


async def _standing_within(connection: Connection, services: Services, who: Visitor) -> Mapping[Choice, bool]:
    found = await load(connection, services.plans, [who.contact_id], services.clock.now(), ())
    facts = found.get(who.contact_id)
    if facts is None or facts.erased:
        return {("tracking", what): False for what in TRACKED}
    catalog = who.world.catalog
    standing = {
        (topic, channel): reachable(facts, channel, topic, catalog.topics[topic].message_class) is None
        for topic, channel in pairs(catalog, None, None)
        if channel in facts.addresses
    }
    return standing | {("tracking", what): _tracked(facts, what) for what in TRACKED}


def _tracked(facts: Facts, what: str) -> bool:
    held = facts.consents.get(("tracking", what))
    return held is not None and held.state == "granted"
