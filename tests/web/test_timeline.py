"""One timeline of a person: all media, both directions, filtered, paged, masked where it must be."""

import re
from datetime import timedelta

import pytest

from engine.merging import merge
from engine.tasks import done
from store import events
from store.events import NewEvent
from tests.web.conftest import NOW
from tests.web.messages import agree, put_message
from tests.web.signing import browser, closed, let_in, sign_in
from tests.web.test_events_api import problem

ADDRESS = "/v1/contacts/c_zoe/timeline"


@pytest.fixture
async def lived(api, services):
    """Zoé ordered in the shop, called, was written to, clicked, and is to be called back."""
    told = [
        ("order.placed", "2026-11-20T10:00:00Z", {"order_id": "1", "total": 40, "channel": "store"}),
        ("call.received", "2026-11-21T10:00:00Z", {"reason": "a broken pot", "result": "sends a photo"}),
        ("call.made", "2026-11-22T10:00:00Z", {"reason": "the pot", "result": "nobody there"}),
    ]
    batch = [
        {"id": f"e{n}", "name": name, "contact": "c_zoe", "at": at, "with": properties}
        for n, (name, at, properties) in enumerate(told)
    ]
    assert (await api.post("/v1/events", json=batch)).json()["errors"] == []
    await agree(services, "c_zoe", ("newsletter", "email"))
    uid = await put_message(services)
    await _clicked(services)
    await _task(services)
    return uid


async def _clicked(services):
    async with services.database.transaction() as connection:
        run = await (await connection.execute("select max(id) as id from runs")).fetchone()
        said = {
            "scenario": "welcome",
            "step": "hello",
            "channel": "email",
            "run_id": run["id"],
            "iteration": 1,
        }
        said |= {"link": "https://maison-verte.example/zoe@example.com"}
        click = NewEvent("outbox", "k1", "message.clicked", "c_zoe", NOW - timedelta(minutes=5), said)
        await events.append(connection, [click], NOW)


async def _task(services):
    async with services.database.transaction() as connection:
        await connection.execute(
            "insert into tasks (run_id, step, contact_id, task, team, due_at, created_at)"
            " select max(id), 'hello', 'c_zoe', 'Call her back', 'lyon', %s, %s from runs",
            (NOW + timedelta(days=1), NOW - timedelta(minutes=1)),
        )


async def read(api, **query):
    answer = await api.get(ADDRESS, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def names(api, **query):
    return [each["name"] for each in (await read(api, **query))["entries"]]


async def test_each_entry_says_when_which_way_through_what_where_why_and_what_came_of_it(api, lived):
    """Over web, store, phone, mail and tasks, newest first."""
    entries = {each["name"]: each for each in (await read(api))["entries"]}
    assert list(entries)[-3:] == ["call.made", "call.received", "order.placed"]

    def told(name):
        return [entries[name][key] for key in ("kind", "direction", "medium", "outcome", "by")]

    assert told("order.placed") == ["event", "in", "store", None, "api/tests"]
    assert told("call.received") == ["event", "in", "phone", "sends a photo", "api/tests"]
    assert told("call.made") == ["event", "out", "phone", "nobody there", "api/tests"]
    assert told("welcome_hello") == ["message", "out", "email", "sent", "outbox"]
    assert told("message.clicked") == ["reaction", "in", "email", None, "outbox"]
    assert told("newsletter") == ["consent", "in", None, "granted", "tests"]
    assert told("contact.created") == ["change", None, None, None, "relance"]
    assert entries["message.clicked"]["message"] == lived
    assert (entries["welcome_hello"]["scenario"], entries["welcome_hello"]["step"]) == ("welcome", "hello")


async def test_what_follows_is_said(api, lived, services):
    """The next step of the run, and the task until it is done."""
    entries = {each["name"]: each for each in (await read(api))["entries"]}
    step = {"what": "step", "name": "hello", "at": "2026-12-04T09:00:00Z"}
    assert entries["welcome_hello"]["follows"] == [step]
    task = entries["Call her back"]
    assert (task["direction"], task["where"], task["outcome"]) == ("out", "lyon", "open")
    assert task["follows"] == [{"what": "task", "name": "Call her back", "at": "2026-12-02T09:00:00Z"}]
    await done(services.database, 1, "marie", "she sends it on Friday", NOW)
    last, first = (each for each in (await read(api, kind="task"))["entries"])
    assert (last["by"], last["outcome"], last["follows"]) == ("marie", "she sends it on Friday", [])
    assert (first["outcome"], first["follows"]) == ("done", [])


async def test_it_is_filtered(api, lived):
    """By medium, direction, kind and time."""
    assert await names(api, medium="phone") == ["call.made", "call.received"]
    assert await names(api, medium="phone", direction="in") == ["call.received"]
    assert await names(api, medium="store") == ["order.placed"]
    assert await names(api, medium="email", direction="out") == ["welcome_hello"]
    assert await names(api, kind=["consent", "task"]) == ["newsletter", "Call her back"]
    span = {"from": "2026-11-21T10:00:00Z", "until": "2026-11-22T10:00:00Z"}
    assert await names(api, **span) == ["call.received"]


async def test_pages_tell_all_of_it_once(api, lived, services):
    """By cursor, though much happened at one instant, and with events that are declared no more."""
    same = [NewEvent("s", f"s{n}", f"old.name{n % 3}", "c_zoe", NOW, {"n": n}) for n in range(25)]
    async with services.database.transaction() as connection:
        await events.append(connection, same, NOW)
    whole = (await read(api, limit=200))["entries"]
    found, cursor = [], None
    while cursor or not found:
        page = await read(api, limit=4, **({"cursor": cursor} if cursor else {}))
        assert len(page["entries"]) <= 4
        found += page["entries"]
        cursor = page["next"]
    assert found == whole
    assert sum(each["name"].startswith("old.name") for each in whole) == 25
    assert [each["at"] for each in whole] == sorted((each["at"] for each in whole), reverse=True)


@pytest.mark.parametrize("cursor", ["x", "bm9uZQ", "WzEsMiwzLDRd", "WyIyMDI2LTAxLTAxIiwxLDIsM10"])
async def test_a_cursor_that_no_page_gave_is_refused(api, cursor):
    """With the remedy, and never a crash."""
    answer = await api.get(ADDRESS, params={"cursor": cursor})
    assert "begin without one" in problem(answer, 422, "bad-cursor")["detail"]


@pytest.mark.parametrize(
    "query", [{"direction": "up"}, {"kind": "all"}, {"limit": 0}, {"since": "2026-01-01"}]
)
async def test_what_cannot_be_asked_is_a_problem(api, query):
    """Words that there are not, and parameters that there are not."""
    assert (await api.get(ADDRESS, params=query)).status_code == 422


async def test_it_needs_the_scope_and_a_person(api, client, lived):
    """404 for nobody, 401 without a key."""
    problem(await api.get("/v1/contacts/nobody/timeline"), 404, "unknown-contact")
    del client.headers["Authorization"]
    assert (await client.get(ADDRESS)).status_code == 401


async def test_after_a_merge_there_is_one_life(api, lived, services):
    """Asked by either id."""
    await merge(services.database, services.plans, "c_tom", "c_zoe", actor="tests", now=NOW)
    assert {"call.made", "contact.created"} <= set(await names(api))
    assert (await read(api))["contact"] == "c_tom"


async def test_the_page_of_a_timeline_is_filtered_and_paged(client, services, lived):
    """By its address, whose days are whole; the older ones are one link away."""
    page = (await client.get("/contacts/c_zoe/timeline?medium=phone&from=2026-11-22&until=2026-11-22")).text
    assert re.findall(r'data-kind="(\w+)"', page) == ["event"]
    assert "from us · Phone · by api/tests" in page
    many = [NewEvent("s", f"s{n}", "product.viewed", "c_zoe", NOW, {"sku": f"s{n}"}) for n in range(60)]
    async with services.database.transaction() as connection:
        await events.append(connection, many, NOW)
    first = (await client.get("/contacts/c_zoe/timeline?kind=event&direction=in")).text
    (older,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = (await client.get(older.replace("&amp;", "&"))).text
    skus = re.findall(r"sku: (s\d+)", first + second)
    assert sorted(skus) == sorted(f"s{n}" for n in range(60))
    assert 'rel="next"' not in second
    assert (await client.get("/contacts/c_zoe/timeline?from=tomorrow")).status_code == 422
    assert (await client.get("/contacts/c_none/timeline")).status_code == 404


@pytest.mark.parametrize("role", ["marketer", "privacy"])
async def test_what_came_from_outside_is_masked_by_role(services, lived, rows, role):
    """What was said on the phone and the link of a click; the look itself is in the audit."""
    await let_in(services, "ada", role)
    async with browser(closed(services)) as client:
        await sign_in(client, "ada")
        page = (await client.get("/contacts/c_zoe/timeline")).text
    words = ("sends a photo", "a broken pot", "zoe@example.com")
    assert [word in page for word in words] == [role == "privacy"] * 3
    assert "Phone" in page
    lines = await rows("select subject, data from audit where action = 'see'")
    assert lines == [{"subject": "c_zoe", "data": {"place": "timeline", "masked": role != "privacy"}}]
