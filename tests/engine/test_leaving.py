"""The last moment before a message leaves: late together, or kept waiting until its hours are over."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from channels.messages import Message, SendResult
from engine.attempts import begin
from engine.deliver import Deliveries, Signals, TryLater
from engine.links import Links
from engine.rendering import Renderer
from engine.wire import DeliverRequest
from tests.engine.conftest import KEYS, POLICY, Shop

ONE_A_DAY = POLICY.replace("at_most: 100, per: 1 day", "at_most: 1, per: 1 day")
EVENINGS = POLICY.replace('email: { allow: "00:00-24:00" }', 'email: { allow: "07:00-22:00" }')


def _scenario(name: str) -> str:
    return (
        f"scenario: {name}\ntitle: {name}\nowner: crm\ntopic: newsletter\npriority: 50\n"
        "trigger: { event: contact.subscribed }\nentry: always\nsteps:\n  - email: m1\n"
    )


def renderer_of(shop: Shop) -> Renderer:
    return Renderer(shop.folder / "templates", Links("https://mv.example", KEYS))


class Provider:
    """Takes everything and remembers what."""

    name, provider = "email", "tests"

    def __init__(self) -> None:
        self.given: list[str] = []

    async def send(self, message: Message) -> SendResult:
        self.given.append(message.message_id)
        return SendResult(self.provider, None)

    async def close(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize("day", ["calendar", "rolling"])
async def test_messages_that_come_late_together_are_held_to_each_other(
    shop: Shop, noon: datetime, day: str
) -> None:
    """Two places on two days; a pause makes both leave on a third, in one transaction."""
    policy = ONE_A_DAY.replace("day: calendar", f"day: {day}")
    await shop.publish(policy=policy, one=_scenario("one"), two=_scenario("two"))
    await shop.person("ada")
    await shop.happens("contact.subscribed", at=noon)
    rows = await shop.rows("select id, local_day from messages where state = 'reserved' order by id")
    assert len({row["local_day"] for row in rows}) == 2
    late = noon + timedelta(days=2, hours=1)
    begun = await begin(shop.database, shop.plans, renderer_of(shop), [row["id"] for row in rows], late)
    assert len(begun.attempts) == 1
    assert begun.not_allowed == 1


@pytest.mark.parametrize("day", ["calendar", "rolling"])
async def test_a_limit_that_the_brand_lowers_holds_for_what_has_its_place_already(
    shop: Shop, noon: datetime, day: str
) -> None:
    """Two have their places for the same noon; one a day is published before they leave."""
    scenarios = {"one": _scenario("one"), "two": _scenario("two")}
    await shop.publish(policy=POLICY.replace("day: calendar", f"day: {day}"), **scenarios)
    await shop.person("ada")
    await shop.happens("contact.subscribed", at=noon)
    ids = [row["id"] for row in await shop.rows("select id from messages where state = 'reserved'")]
    await shop.publish(policy=ONE_A_DAY.replace("day: calendar", f"day: {day}"), **scenarios)
    begun = await begin(shop.database, shop.plans, renderer_of(shop), ids, noon)
    assert (len(ids), len(begun.attempts), begun.not_allowed) == (2, 1, 1)


def ticking(*instants: datetime) -> Callable[[], datetime]:
    """A clock that is looked at so often; then it stands still."""
    left = list(instants)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


@pytest.mark.parametrize(("minutes", "leaves"), [(0, True), (2, False)])
async def test_what_waits_for_a_lock_until_its_hours_are_over_does_not_leave(
    shop: Shop, noon: datetime, minutes: int, *, leaves: bool
) -> None:
    """Allowed a minute before ten in the evening, and at the provider's door two minutes later."""
    await shop.publish(policy=EVENINGS, one=_scenario("one"))
    await shop.person("ada")
    evening = noon.replace(hour=20, minute=59)
    await shop.happens("contact.subscribed", at=evening)
    (row,) = await shop.rows("select id from messages where state = 'reserved'")
    provider = Provider()
    deliveries = Deliveries(shop.database, shop.plans, renderer_of(shop), {"email": provider}, {"email": 1e6})
    clock = ticking(evening, evening, evening + timedelta(minutes=minutes))
    signals = Signals(clock, lambda: None, lambda: False)
    if leaves:
        await deliveries.deliver(DeliverRequest("email", [row["id"]]), signals)
    else:
        with pytest.raises(TryLater, match="its time was over"):
            await deliveries.deliver(DeliverRequest("email", [row["id"]]), signals)
    (message,) = await shop.rows("select state, planned_at from messages")
    assert (len(provider.given), message["state"]) == ((1, "sent") if leaves else (0, "reserved"))
    await deliveries.deliver(DeliverRequest("email", [row["id"]]), signals)
    await shop.look(evening + timedelta(minutes=minutes))
    (again,) = await shop.messages()
    assert again[2] == ("sent" if leaves else "reserved")
    assert len(provider.given) == leaves, "it waits for the morning"


class OneLine(Provider):
    """Takes one message at a time, and is told how late it is by then."""

    at_once = 1

    def __init__(self, clock: list[datetime], each_takes: timedelta) -> None:
        super().__init__()
        self.clock = clock
        self.each_takes = each_takes

    async def send(self, message: Message) -> SendResult:
        await asyncio.sleep(0)
        self.clock[0] += self.each_takes
        return await super().send(message)


async def test_a_line_in_front_of_the_provider_carries_nobody_beyond_the_hours(
    shop: Shop, noon: datetime
) -> None:
    """Ten leave together a minute before the hours end; the provider takes one in twenty seconds.

    The fourth would leave at ten o'clock sharp, out of the hours.
    """
    await shop.publish(policy=EVENINGS, one=_scenario("one"))
    evening = noon.replace(hour=20, minute=59)
    for number in range(10):
        await shop.person(f"p{number}")
        await shop.happens("contact.subscribed", f"p{number}", at=evening)
    ids = [row["id"] for row in await shop.rows("select id from messages where state = 'reserved'")]
    clock = [evening]
    provider = OneLine(clock, timedelta(seconds=20))
    deliveries = Deliveries(shop.database, shop.plans, renderer_of(shop), {"email": provider}, {"email": 1e6})
    with pytest.raises(TryLater, match="its time was over"):
        await deliveries.deliver(
            DeliverRequest("email", ids), Signals(lambda: clock[0], lambda: None, lambda: False)
        )
    assert len(provider.given) == 3
    states = Counter(row["state"] for row in await shop.rows("select state from messages"))
    assert states == {"sent": 3, "reserved": 7}
