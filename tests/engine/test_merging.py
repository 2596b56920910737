"""Two contacts that are one person: what becomes of runs, limits, consents and codes."""

import asyncio
from datetime import timedelta

import pytest

from engine.merging import CannotMerge
from engine.privacy import erase
from engine.subscriptions import withdraw
from store import consents, events
from store.consents import Block
from store.events import NewEvent
from store.merges import STAYING, movable
from tests.engine.merged_people import CART, HELLO, TIGHT, both, join, part, state


async def test_of_two_runs_of_a_scenario_the_older_goes_on_and_the_other_ends_as_merged(shop, days, noon):
    await both(shop, noon)
    told = await join(shop, "ada", "bob", days(1))
    runs = await shop.rows(
        "select contact_id, status, end_reason from runs where scenario = 'hello' order by id"
    )
    assert [tuple(row.values()) for row in runs] == [("ada", "active", None), ("ada", "ended", "merged")]
    assert [(run.of, run.before, run.after) for run in told.runs] == [
        ("bob", "at 2", "goes on"),
        ("ada", "at 2", "merged"),
    ]
    await shop.look(days(4))
    await shop.sent("ada", now=days(4))
    await shop.look(days(4))
    sent = [name for name, _, status in await shop.messages("ada") if status == "sent"]
    assert sent == ["m1", "m1", "m2"]
    assert await shop.messages("bob") == []


async def test_entry_once_sees_the_history_of_both(shop, noon, days):
    await shop.publish(hello=HELLO)
    await shop.person("ada")
    await shop.person("bob")
    await shop.happens("order.placed", "bob", order_id="b", total=3)
    await join(shop, "ada", "bob", days(1))
    await shop.happens("order.placed", "ada", order_id="a", total=4, at=days(1))
    runs = await shop.rows("select contact_id from runs")
    assert runs == [{"contact_id": "ada"}]


async def test_a_place_that_breaks_a_limit_of_both_together_is_given_back(shop, noon, days):
    await shop.publish(hello=HELLO, policy=TIGHT)
    await shop.person("ada")
    await shop.person("bob")
    await shop.happens("order.placed", "bob", order_id="b", total=3)
    await shop.sent("bob")
    await shop.happens("order.placed", "ada", order_id="a", total=4, at=noon + timedelta(hours=1))
    assert await shop.messages("ada") == [("m1", "email", "reserved")]
    await shop.publish(cart=CART.replace("wait: 2 hours", "wait: 1 minute"), policy=TIGHT)
    told = await join(shop, "ada", "bob", noon + timedelta(hours=2))
    await shop.look(noon + timedelta(hours=2))
    assert told.messages == {"winner": 1, "loser": 1, "after": 2}
    assert {status for _, _, status in await shop.messages("ada")} == {"sent", "released"}


@pytest.mark.parametrize("objecting", ["ada", "bob"])
async def test_a_withdrawal_of_either_holds_and_the_undoing_gives_each_their_own(shop, noon, days, objecting):
    await both(shop, noon)
    await withdraw(
        shop.database,
        shop.plans,
        objecting,
        "newsletter",
        "email",
        source="link",
        now=noon + timedelta(hours=2),
    )
    before = await state(shop)
    told = await join(shop, "ada", "bob", days(1))
    assert [(each.channel, each.after) for each in told.consents if each.topic == "newsletter"] == [
        ("email", "withdrawn"),
        ("sms", "granted"),
    ]
    held = (await state(shop))["consents"]
    assert ("ada", "email", "withdrawn") in [(r["contact_id"], r["channel"], r["state"]) for r in held]
    await part(shop, told.id, days(2))
    assert (await state(shop))["consents"] == before["consents"]


async def test_an_objection_to_an_address_that_goes_holds_for_the_one_that_stays(shop, noon, days):
    await both(shop, noon)
    async with shop.database.transaction() as connection:
        hashes = shop.plans.addresses.hashes("email", "bob@example.com")
        dead = shop.plans.addresses.hashes("sms", "+33639980307")
        await consents.suppress(
            connection,
            [Block("email", hashes, "complaint", "t", noon), Block("sms", dead, "hard_bounce", "t", noon)],
        )
    told = await join(shop, "ada", "bob", days(1))
    kept = shop.plans.addresses.hashes("email", "ada@example.com")
    blocks = await shop.rows(
        "select reason from suppressions where address_hash = %s and lifted_at is null", kept[0]
    )
    assert blocks == [{"reason": "complaint"}]
    await part(shop, told.id, days(2))
    assert not await shop.rows(
        "select from suppressions where address_hash = %s and lifted_at is null", kept[0]
    )


async def test_the_winners_values_hold_and_the_losers_fill_what_is_unknown_at_their_own_date(
    shop, noon, days
):
    await both(shop, noon)
    told = await join(shop, "ada", "bob", days(1))
    assert (told.filled, told.kept) == (["points"], ["email", "phone", "tier"])
    (ada,) = await shop.rows("select * from contacts where id = 'ada'")
    assert ada["attributes"] == {"tier": "gold", "points": 7, "country": "FR"}
    (line,) = await shop.rows(
        "select at, source from attribute_history where contact_id = 'ada' and attribute = 'points'"
    )
    assert line == {"at": noon - timedelta(days=1), "source": "tests"}


async def test_what_was_sent_with_a_code_keeps_it(shop, noon, days):
    coded = HELLO.replace("- email: m1", "- email: coded\n    with: { code: take(welcome) }")
    await shop.publish(hello=coded, codes=("A1", "A2"))
    await shop.person("ada")
    await shop.person("bob")
    await shop.happens("order.placed", "bob", order_id="b", total=3)
    await shop.sent("bob")
    before = await shop.rows("select code, run_id from codes where run_id is not null")
    told = await join(shop, "ada", "bob", days(1))
    assert told.codes == 1
    assert await shop.rows("select code, run_id from codes where run_id is not null") == before


async def test_events_that_were_not_routed_yet_are_the_winners(shop, noon, days):
    await shop.publish(hello=HELLO)
    await shop.person("ada")
    await shop.person("bob")
    await shop.send("order.placed", "bob", order_id="b", total=3)
    await join(shop, "ada", "bob", noon)
    await shop.route()
    assert [row["contact_id"] for row in await shop.rows("select contact_id from runs")] == ["ada"]


async def test_an_event_that_is_being_written_while_its_contact_is_merged_is_the_winners(shop, noon):
    await shop.publish(hello=HELLO)
    await shop.person("ada")
    await shop.person("bob")
    late = NewEvent("shop", "late", "order.placed", "bob", noon, {"order_id": "b", "total": 3})
    async with shop.database.transaction() as connection:
        await events.append(connection, [late], noon)
        await join(shop, "ada", "bob", noon)
    assert await shop.rows("select contact_id from events where id = 'late'") == [{"contact_id": "bob"}]
    await shop.route()
    assert await shop.rows("select contact_id from events where id = 'late'") == [{"contact_id": "ada"}]
    assert await shop.rows("select contact_id from runs") == [{"contact_id": "ada"}]
    assert await shop.rows("select from routing") == []


async def test_the_gate_sees_what_waits_under_the_id_that_was_merged(shop, noon):
    await shop.publish(hello=HELLO)
    await shop.person("ada")
    await shop.person("bob")
    await shop.happens("order.placed", order_id="a", total=3)
    late = NewEvent("shop", "late", "cart.updated", "bob", noon, {"cart_id": "c"})
    async with shop.database.transaction() as connection:
        await events.append(connection, [late], noon)
        await join(shop, "ada", "bob", noon)
    run = await shop.run("hello")
    async with shop.database.connection() as connection:
        seen = await events.unseen(connection, [run["id"]])
    assert [row["name"] for row in seen] == ["cart.updated"]


async def test_a_dry_run_tells_the_same_and_changes_nothing(shop, noon, days):
    await both(shop, noon)
    before = await state(shop)
    said = await join(shop, "ada", "bob", days(1), dry_run=True)
    assert await state(shop) == before
    assert await shop.rows("select from merges") == []
    done = await join(shop, "ada", "bob", days(1))
    assert (said.id, done.id > 0) == (0, True)
    assert (said.runs, said.consents, said.moved, said.released) == (
        done.runs, done.consents, done.moved, done.released,
    )  # fmt: skip


async def test_what_cannot_be_merged_is_refused_and_nothing_changes(shop, noon, days):
    await both(shop, noon)
    await shop.person("eve")
    await erase(shop.database, shop.plans, "eve", source="t", now=noon)
    await join(shop, "ada", "bob", days(1))
    before = await state(shop)
    for winner, loser, code in (
        ("ada", "ada", "oneself"),
        ("bob", "ada", "merged_already"),
        ("ada", "bob", "merged_already"),
        ("ada", "eve", "erased"),
        ("eve", "ada", "erased"),
        ("ada", "nobody", "unknown_contact"),
    ):
        with pytest.raises(CannotMerge) as refused:
            await join(shop, winner, loser, days(1))
        assert refused.value.code == code
    assert await state(shop) == before


async def test_two_merges_at_once_in_both_directions_make_one(shop, noon, days):
    await both(shop, noon)
    done = await asyncio.gather(
        join(shop, "ada", "bob", days(1)), join(shop, "bob", "ada", days(1)), return_exceptions=True
    )
    refused = [each for each in done if isinstance(each, CannotMerge)]
    assert [each.code for each in refused] == ["merged_already"]
    assert len(await shop.rows("select from contacts where merged_into is null")) == 1


async def test_a_merge_and_an_erasure_at_once_leave_nobody(shop, noon, days):
    await both(shop, noon)
    results = await asyncio.gather(
        join(shop, "ada", "bob", days(1)),
        erase(shop.database, shop.plans, "bob", source="t", now=days(1)),
        return_exceptions=True,
    )
    merged = not isinstance(results[0], CannotMerge)
    erased = {row["id"] for row in await shop.rows("select id from contacts where erased_at is not null")}
    assert erased == ({"ada", "bob"} if merged else {"bob"})
    assert "bob@example.com" not in str(await shop.rows("select * from merges"))


async def test_erasing_the_winner_forgets_what_came_from_the_loser(shop, noon, days):
    await both(shop, noon)
    told = await join(shop, "ada", "bob", days(1))
    assert await erase(shop.database, shop.plans, "bob", source="t", now=days(2))
    tables = await shop.rows(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    for name in sorted({row["relname"] for row in tables} - {"worlds", "scenario_versions"}):
        rows = str(await shop.rows(f"select * from {name}"))
        for secret in ("ada@example.com", "bob@example.com", "gold", "silver"):
            assert secret not in rows, (name, secret)
    with pytest.raises(CannotMerge, match="was erased"):
        await part(shop, told.id, days(3))


async def test_no_address_of_somebody_who_is_erased_is_written_to_again(shop, noon, days):
    await both(shop, noon)
    await join(shop, "ada", "bob", days(1))
    assert await erase(shop.database, shop.plans, "ada", source="t", now=days(2))
    await shop.person("new", email="bob@example.com", phone="+33639980308", now=days(3))
    await shop.happens("order.placed", "new", order_id="n", total=3, at=days(3))
    assert await shop.messages("new") == []


async def test_every_table_that_tells_of_contacts_is_moved_or_says_why_not(shop):
    told = await shop.rows(
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " where c.relkind in ('r', 'p') and not c.relispartition and a.attname = 'contact_id'"
        " and c.relnamespace = 'public'::regnamespace"
    )
    async with shop.database.connection() as connection:
        moved = set(await movable(connection))
    assert {row["relname"] for row in told} == moved | set(STAYING)
