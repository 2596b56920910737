"""A file of people leaves the base as the API would have left it, whichever way its rows take."""

import json
from datetime import timedelta
from random import Random

import pytest

from engine.contact_input import take
from engine.contact_shapes import PersonIn
from engine.imports.applying import By, CatalogChanged, import_people
from engine.imports.mapping import Mapping
from engine.imports.staging import Source
from engine.publish import publish
from engine.segment_rounds import SegmentRounds
from store import consents
from store.consents import Block
from tests.engine.conftest import CATALOG, NOON, write_project
from tests.engine.scenarios import scenario

SIDES = ("api", "file")
KNOWN_TO = {
    "contacts": "select id, email, phone, attributes, created_at, updated_at, erased_at from contacts",
    "history": "select contact_id, attribute, value, at, source, in_force from attribute_history",
    "ledger": "select contact_id, topic, channel, state, basis, text_version, proof, at from consents",
    "ids": "select kind, value, contact_id from identities",
    "events": "select name, contact_id, at, properties from events where not starts_with(name, 'contact.')",
    # All but its source, since what a file changes is silent.
    "changes": "select name, contact_id, at, properties - 'source' as said from events"
    " where starts_with(name, 'contact.')",
    "outbox": "select at, contact_id, count(*) from routing group by 1, 2",
    "blocks": "select contact_id, reason, topics, lifted_at from suppressions",
}


def somebody(random, side, id_, now):
    """A person of a file, with something of everything."""
    attributes = {
        "tier": random.choice(["silver", "gold", None]),
        "points": random.choice([1, 2.5]),
        "country": "FR",
        "email": f"{side}.{id_}@Example.com",
        "phone": random.choice(["06 39 98 00 01", "+33639980002", None]),
    }
    kept = random.sample(sorted(attributes), random.randint(0, 5))
    told = {"id": f"{side}.{id_}", "attributes": {name: attributes[name] for name in kept}}
    if "phone" in kept:
        told["attributes"]["country"] = "FR"
    if random.random() < 0.3:
        told["identities"] = {"card": f"{side}.card{random.randint(1, 6)}"}
    if random.random() < 0.4:
        told["as_of"] = (now - timedelta(days=random.randint(0, 9))).isoformat()
    told["consents"] = [
        consent(random, channel, now) for channel in ("email", "sms") if random.random() < 0.6
    ]
    return told


def consent(random, channel, now):
    state = random.choice(["granted", "granted", "withdrawn"])
    said = {"topic": "newsletter", "channel": channel, "state": state}
    if random.random() < 0.6:
        said["at"] = (now - timedelta(days=random.randint(-1, 9))).isoformat()
    if state == "granted" and random.random() < 0.3:
        said |= {"text": "optin_v3", "proof": {"form": "till"}}
    return said


async def blocked(shop, addresses):
    """Each of these was unsubscribed long ago."""
    blocks = [
        Block(
            "email",
            shop.plans.addresses.hashes("email", address),
            "unsubscribe",
            "tests",
            NOON,
            ("newsletter",),
            None,
            address.split("@")[0],
        )
        for address in addresses
    ]
    async with shop.database.transaction() as connection:
        await consents.suppress(connection, blocks)


async def told_by_api(shop, persons, now):
    given = [PersonIn.model_validate(each).person() for each in persons]
    async with shop.database.transaction() as connection:
        errors = await take(connection, shop.plans, given, source="shop", now=now)
    return {given[each.index].id: each.message for each in errors}


async def told_by_file(shop, persons, now, folder):
    file = folder / "people.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in persons))
    source = Source(file, Mapping(), (await shop.plans.world()).catalog)
    done = await import_people(shop.database, shop.plans, source, By("tests", "shop"), now=now)
    return {persons[each.line - 1]["id"]: each.reason for each in done.rejects}


async def left(shop, side):
    """All that the base holds of one side's people, without its name."""
    found = {}
    for table, statement in KNOWN_TO.items():
        rows = [json.dumps(row, default=str, sort_keys=True) for row in await shop.rows(statement)]
        found[table] = sorted(row.replace(side, "") for row in rows if side in row)
    return found


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_files_that_come_every_night_leave_what_the_api_leaves(shop, tmp_path, seed):
    """People who are new and known, dated and undated, blocked, withdrawn, with ids that others have."""
    await shop.publish()
    for side in SIDES:
        await blocked(shop, [f"{side}.{number}@example.com" for number in range(3)])
    for night in range(4):
        now = NOON + timedelta(days=night)
        ids = Random(seed * 10 + night).sample(range(12), 9)
        people = {
            side: [somebody(Random((seed * 10 + night) * 100 + id_), side, id_, now) for id_ in ids]
            for side in SIDES
        }
        refused = await told_by_api(shop, people["api"], now)
        by_file = await told_by_file(shop, people["file"], now, tmp_path)
        assert {id_.replace("api", "") for id_ in refused} == {id_.replace("file", "") for id_ in by_file}
        assert await left(shop, "file") == await left(shop, "api")


async def test_an_import_stops_when_a_catalog_is_published_under_it(shop, tmp_path):
    """What its rows were found good by is not what holds; typed again, it reads the file by the new one."""
    await shop.publish()
    file = tmp_path / "people.csv"
    file.write_text("id,points\nada,5\n")
    source = Source(file, Mapping(), (await shop.plans.world()).catalog)
    write_project(shop.folder, {})
    (shop.folder / "scenarios/catalog.yaml").write_text(CATALOG.replace("min: 0", "min: 10"))
    await publish(shop.database, shop.folder, author="tests", now=NOON)
    with pytest.raises(CatalogChanged, match="type the command again, which reads the file anew"):
        await import_people(shop.database, shop.plans, source, By("tests", "till"), now=NOON)
    assert await shop.rows("select 1 from contacts") == []
    again = Source(file, Mapping(), (await shop.plans.world()).catalog)
    done = await import_people(shop.database, shop.plans, again, By("tests", "till"), now=NOON)
    assert done.reread
    assert [each.reason for each in done.rejects] == ["expected at least 10, got Decimal('5')"]


@pytest.mark.parametrize(("said", "entered"), [("", []), (", include_imports: true", ["ada"])])
async def test_what_a_file_changes_is_silent_unless_a_trigger_includes_it(shop, tmp_path, said, entered):
    await shop.publish(rich=scenario("rich", "- wait: 1 day", trigger=f"changed: contact.points{said}"))
    await shop.person("ada", points=1)
    await told_by_file(shop, [{"id": "ada", "attributes": {"points": 2}}], NOON, tmp_path)
    await shop.route()
    assert [row["contact_id"] for row in await shop.rows("select contact_id from runs")] == entered
    (last,) = await shop.rows(
        "select source from attribute_history where value = '2' and attribute = 'points'"
    )
    assert last["source"] == "shop"


@pytest.mark.parametrize(("said", "entered"), [("", []), (", existing: include", ["ada", "new"])])
async def test_who_comes_into_a_segment_by_a_file_enters_only_where_it_says_so(shop, tmp_path, said, entered):
    await shop.publish(best=scenario("best", "- wait: 1 day", trigger=f"entered: vip{said}"))
    await SegmentRounds(shop.database, shop.plans).look(NOON)
    await shop.person("ada", tier="silver")
    people = [{"id": each, "attributes": {"tier": "gold"}} for each in ("ada", "new")]
    await told_by_file(shop, people, NOON, tmp_path)
    await shop.route()
    assert [row["contact_id"] for row in await shop.rows("select contact_id from runs order by 1")] == entered
