"""What is known is acted on at once: first steps with the entry, what follows a message with its sending."""

from datetime import timedelta

import pytest

from channels.events import DeliveryEvent
from engine.advance import advance
from engine.deliver import Deliveries, Signals
from engine.deliveries import record
from engine.pauses import pause
from engine.wire import DeliverRequest
from store import runs
from tests.engine.conftest import POLICY
from tests.engine.scenarios import WELCOME, scenario
from tests.engine.test_leaving import Provider, renderer_of

TWICE = scenario("twice", "- email: m1", trigger="event: cart.updated", head="key: event.cart_id\n")
REFUSE = """
create function refuse() returns trigger language plpgsql as $$ begin raise exception 'a full disk'; end $$
"""
BROKEN = "create trigger broken before {what} for each row {when} execute function refuse()"


@pytest.fixture
def provider():
    return Provider()


@pytest.fixture
async def breaks(shop):
    """Something in the database refuses a write until it is mended."""

    async def until_mended(what, when=""):
        async with shop.database.transaction() as connection:
            await connection.execute(REFUSE)
            await connection.execute(BROKEN.format(what=what, when=when).encode())

    return until_mended


async def deliver(shop, provider, now):
    """What is reserved leaves by a provider who takes everything; the groups are not looked at."""
    deliveries = Deliveries(shop.database, shop.plans, renderer_of(shop), {"email": provider}, {"email": 1e6})
    found = await shop.rows("select id from messages where state = 'reserved' order by id")
    request = DeliverRequest("email", [row["id"] for row in found])
    return await deliveries.deliver(request, Signals(lambda: now, lambda: None, lambda: False))


async def entered(shop, noon, *people, **scenarios):
    await shop.publish(**(scenarios or {"welcome": WELCOME}))
    for name in people or ("ada",):
        await shop.person(name)
    for name in people or ("ada",):
        await shop.send("contact.subscribed", name, list="newsletter")
    await shop.route(noon)


async def test_who_enters_has_taken_the_first_steps_when_the_entry_is_committed(shop, noon):
    await entered(shop, noon)
    assert await shop.messages() == [("m1", "email", "reserved")]
    run = await shop.run("welcome")
    (message,) = await shop.rows("select id from messages")
    assert (run["sequence"], run["due_at"]) == (1, None)
    assert run["state"]["pending"]["message_id"] == message["id"]
    assert [row["what"] for row in await shop.rows("select what from trail order by line")] == [
        "entered",
        "reserved",
    ]
    assert await advance(shop.database, shop.plans, run["group_id"], noon)
    assert (await shop.run("welcome"))["sequence"] == 1, "a look finds nothing to decide"


async def test_many_who_enter_together_take_them_together(shop, noon):
    people = [f"c{n:02}" for n in range(30)]
    await entered(shop, noon, *people)
    found = await shop.rows("select count(distinct group_id) as groups, count(*) as reserved from messages")
    assert found[0]["groups"] < 10 < found[0]["reserved"] == 30


async def test_who_enters_while_the_scenario_is_paused_takes_no_step(shop, noon):
    await shop.publish(welcome=WELCOME)
    await pause(shop.database, "welcome", ["email", "sms"], actor="ops", reason="a typo", now=noon)
    await shop.person("ada")
    await shop.send("contact.subscribed", list="newsletter")
    await shop.route(noon)
    assert ((await shop.run("welcome"))["sequence"], await shop.messages()) == (0, [])


async def test_runs_of_one_person_that_begin_together_see_each_other(shop, noon):
    """Two carts at once under one message a day: the second mail finds the first one's place taken."""
    await shop.publish(
        policy=POLICY.replace("at_most: 100, per: 1 day", "at_most: 1, per: 1 day"), twice=TWICE
    )
    await shop.person("ada")
    for cart in ("c1", "c2"):
        await shop.send("cart.updated", id_=cart, cart_id=cart)
    await shop.route(noon)
    await shop.look(noon)
    planned = await shop.rows("select planned_at from messages order by planned_at")
    assert [row["planned_at"] > noon for row in planned] == [False, True]


async def test_first_steps_that_cannot_be_written_keep_nobody_from_entering(shop, noon, breaks):
    await breaks("insert on messages")
    await entered(shop, noon)
    run = await shop.run("welcome")
    assert (run["sequence"], run["due_at"], await shop.messages()) == (0, noon, [])
    assert await shop.rows("select 1 from trail") == [], "half of a step is no step"
    async with shop.database.transaction() as connection:
        await connection.execute("drop trigger broken on messages")
    await shop.look(noon)
    assert await shop.messages() == [("m1", "email", "reserved")]


async def test_what_follows_a_message_is_done_when_its_sending_is_committed(shop, noon, days, provider):
    await entered(shop, noon)
    await deliver(shop, provider, noon)
    run = await shop.run("welcome")
    assert (run["position"], run["due_at"]) == ("2", days(3))
    assert len(provider.given) == 1


async def test_a_message_has_left_whatever_goes_wrong_with_what_follows(shop, noon, days, provider, breaks):
    await entered(shop, noon)
    await breaks("update on runs", "when (new.position = '2')")
    await deliver(shop, provider, noon)
    assert await shop.messages() == [("m1", "email", "sent")]
    run = await shop.run("welcome")
    assert (run["position"], run["due_at"]) == ("hello", noon), "it is due, for the workflow to look at"
    async with shop.database.transaction() as connection:
        await connection.execute("drop trigger broken on runs")
    await shop.look(noon)
    assert (await shop.run("welcome"))["due_at"] == days(3)


async def test_nothing_follows_a_message_while_its_scenario_is_paused(shop, noon, provider):
    await entered(shop, noon)
    found = await shop.rows("select id from messages")
    deliveries = Deliveries(
        shop.database, shop.plans, renderer_of(shop), {"email": Pausing(shop, noon)}, {"email": 1e6}
    )
    request = DeliverRequest("email", [found[0]["id"]])
    await deliveries.deliver(request, Signals(lambda: noon, lambda: None, lambda: False))
    run = await shop.run("welcome")
    assert (await shop.messages(), run["position"]) == ([("m1", "email", "sent")], "hello")


async def test_what_changes_a_run_while_its_message_is_handed_over_is_not_overwritten(shop, noon):
    """An erasure blanks what a run knows without counting it as a step: it stays blank."""
    await entered(shop, noon)
    await shop.rows("""update runs set state = state || '{"variables": {"name": "Ada"}}' returning id""")
    await deliver(shop, Blanking(shop), noon)
    run = await shop.run("welcome")
    assert (run["position"], run["state"].get("variables", {})) == ("2", {})


class Blanking(Provider):
    """What is known of everybody is blanked while a message is handed over."""

    def __init__(self, shop):
        super().__init__()
        self._shop = shop

    async def send(self, message):
        await self._shop.rows("update runs set state = state - 'variables' returning id")
        return await super().send(message)


async def test_a_run_that_nobody_wrote_since_it_was_read_is_not_read_again(shop, noon):
    await entered(shop, noon, "ada", "bob")
    async with shop.database.transaction() as connection:
        ids = {row["id"] for row in await shop.rows("select id from runs")}
        before = await runs.by_ids(connection, ids)
    await shop.rows("update runs set due_at = now() where contact_id = 'bob' returning id")
    async with shop.database.transaction() as connection:
        ada, bob = await runs.by_ids(connection, ids, before)
    assert (ada is before[0], bob is before[1], bob["contact_id"]) == (True, False, "bob")
    assert bob["due_at"] != before[1]["due_at"]


async def test_a_run_that_one_transaction_writes_twice_is_read_again(shop, noon):
    await entered(shop, noon)
    later = "update runs set due_at = now() + interval '1 day' returning id"
    async with shop.database.transaction() as connection:
        (run,) = await (await connection.execute(later)).fetchall()
        (before,) = await runs.by_ids(connection, {run["id"]})
        await connection.execute("update runs set due_at = now()")
        (after,) = await runs.by_ids(connection, {run["id"]}, [before])
    assert after["due_at"] < before["due_at"]


class Pausing(Provider):
    """Somebody pauses the scenario while a message is handed over."""

    def __init__(self, shop, noon):
        super().__init__()
        self._shop, self._noon = shop, noon

    async def send(self, message):
        await pause(self._shop.database, "welcome", ["email", "sms"], actor="ops", reason="", now=self._noon)
        return await super().send(message)


async def test_a_report_of_a_message_that_was_seen_to_leave_wakes_nobody(shop, noon, provider):
    """Each message is reported once at least: a look at each would double the work of all workers."""
    await entered(shop, noon)
    await deliver(shop, provider, noon)
    async with shop.database.transaction() as connection:
        await connection.execute("delete from pokes")
    (message,) = await shop.rows("select uid::text as uid from messages")
    report = DeliveryEvent("delivered", "tests", "email", "r1", noon, message_id=message["uid"])
    assert await record(shop.database, shop.plans, [report], noon) == 1
    await shop.route(noon)
    assert await shop.messages() == [("m1", "email", "delivered")]
    assert await shop.rows("select 1 from pokes") == []


async def test_a_report_that_comes_before_the_answer_of_the_provider_lets_the_run_go_on(shop, noon, days):
    await entered(shop, noon)
    await shop.rows(
        "update messages set state = 'attempted', attempted_at = %s, attempt_id = gen_random_uuid()"
        " returning id",
        noon,
    )
    (message,) = await shop.rows("select uid::text as uid from messages")
    report = DeliveryEvent("delivered", "tests", "email", "r1", noon, message_id=message["uid"])
    await record(shop.database, shop.plans, [report], noon + timedelta(minutes=1))
    await shop.look(noon + timedelta(minutes=1))
    assert (await shop.run("welcome"))["position"] == "2"


async def test_a_report_that_comes_first_wakes_the_run_whoever_its_event_is_of(shop, noon):
    """Where a merge was undone meanwhile, `message.sent` is an event of the other one, and wakes nobody."""
    await entered(shop, noon)
    (message,) = await shop.rows(
        "update messages set state = 'attempted', attempted_at = %s, attempt_id = gen_random_uuid()"
        " returning uid::text as uid",
        noon,
    )
    report = DeliveryEvent("blocked", "tests", "email", "r1", noon, message_id=message["uid"])
    await record(shop.database, shop.plans, [report], noon + timedelta(minutes=1))
    assert (await shop.run("welcome"))["due_at"] == noon + timedelta(minutes=1)
