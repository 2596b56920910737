"""The studio's pages: what runs, what left, what happened to somebody."""

import asyncio
import re
from base64 import b64encode
from dataclasses import replace
from xml.etree import ElementTree as ET

import httpx
import pytest

from engine.access import keep_key
from engine.people import Profile, upsert
from engine.plans import Plans
from engine.publish import publish
from store.database import Database
from tests.engine.conftest import write_project
from tests.engine.test_households import AT_HOME, HOME
from tests.web.conftest import API_KEY, NOW, PUBLIC_URL, SECRETS
from tests.web.messages import agree, put_message
from web.app import create_app
from web.live import Pulse, snapshot


async def test_home_shows_every_scenario_with_its_counts(client, services):
    """The three shipped scenarios, each with its diagram, and the person at the step where they are."""
    await put_message(services)
    page = (await client.get("/")).text
    for name in ("welcome", "birthday", "reactivation"):
        assert f'id="diagram-{name}"' in page
    assert '<tspan class="n" data-count="now:hello">1</tspan>' in page
    assert '<tspan class="n" data-count="sent:hello">1</tspan>' in page


async def test_home_shows_the_last_messages_as_they_would_look(client, services):
    """The subject of the email, its body in a sandboxed frame, and the text of the SMS."""
    uid = await put_message(services)
    await put_message(services, channel="sms", message="welcome_reminder")
    page = (await client.get("/")).text
    assert re.search(rf'<iframe src="/messages/{uid}/body" sandbox ', page)
    assert "STOP au 36180" in page
    body = await client.get(f"/messages/{uid}/body")
    assert "Zoé" in body.text
    assert body.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


async def test_the_list_of_last_messages_comes_alone(client, services):
    """What an open page asks for when a message has left; of one scenario where it is about one."""
    uid = await put_message(services)
    for address in ("/letters", "/letters?scenario=welcome"):
        assert f'data-uid="{uid}"' in (await client.get(address)).text
    assert uid not in (await client.get("/letters?scenario=birthday")).text


async def test_a_preview_tracks_nothing(client, services):
    """Looking at a message in the studio is neither an open nor a click."""
    await agree(services, "c_zoe", ("tracking", "opens"), ("tracking", "clicks"))
    uid = await put_message(services)
    body = (await client.get(f"/messages/{uid}/body")).text
    assert f"{PUBLIC_URL}/o/" not in body
    assert f"{PUBLIC_URL}/c/" not in body


async def test_a_persons_page_tells_their_life(client, services, api):
    """Events, messages and consents in the order of time, and the workflow in the Temporal UI."""
    await agree(services, "c_zoe", ("newsletter", "email"))
    await put_message(services)
    event = {"id": "e", "name": "order.placed", "contact": "c_zoe", "with": {"order_id": "9", "total": 12.5}}
    await api.post("/v1/events", json=event)
    page = (await client.get("/contacts/c_zoe")).text
    for words in (
        "Order placed",
        "total: 12.5",
        "Email · Welcome hello",
        "Consent granted",
        "zoe@example.com",
    ):
        assert words in page
    link = re.search(r'href="([^"]+)"[^>]*data-workflow', page)
    assert link
    assert link[1].startswith("http://127.0.0.1:8233/namespaces/default/workflows/welcome%2Fc_zoe%2F")


async def test_a_persons_page_names_those_they_live_with_by_their_ids(client, services, tmp_path):
    """And nothing else of them: their own pages say who they are, to whom may read it."""
    write_project(tmp_path, {}, catalog=AT_HOME)
    await publish(services.database, tmp_path, author="tests", now=NOW)
    people = [Profile(id_, {HOME: "h_1"}) for id_ in ("c_zoe", "c_tom")]
    await upsert(services.database, services.plans, people, source="tests", now=NOW)
    page = (await client.get("/contacts/c_zoe")).text
    assert '<dt>Lives with</dt><dd><a href="/contacts/c_tom"><code>c_tom</code></a></dd>' in page
    assert "tom@example.com" not in page


async def test_what_people_send_is_text_and_not_markup(client, services, api):
    """A name or property with markup in it is shown and not run."""
    evil = "<img src=x onerror=alert(1)>"
    await api.put("/v1/contacts/c_zoe", json={"attributes": {"first_name": evil}})
    event = {"id": "e", "name": "order.placed", "contact": "c_zoe", "with": {"order_id": evil}}
    await api.post("/v1/events", json=event)
    await put_message(services)
    for address in ("/contacts/c_zoe", "/contacts?q=" + evil, "/"):
        answer = await client.get(address)
        assert "<img src=x" not in answer.text
        assert "script-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("words", ["zoé", "ZOE@", "c_zo", "639980001"])
async def test_people_are_found(client, words):
    """By name, email, id or phone, whatever the case."""
    page = (await client.get("/contacts", params={"q": words})).text
    assert 'href="/contacts/c_zoe"' in page
    assert 'href="/contacts/c_tom"' not in page


@pytest.mark.parametrize("words", ["%", "_", "\\", "'; drop table contacts"])
async def test_a_search_is_words_and_not_a_pattern(client, words):
    """Signs that mean something to SQL find nobody."""
    page = (await client.get("/contacts", params={"q": words})).text
    assert "Nobody was found" in page or "c_" in words or words == "_"


async def test_a_step_shows_who_is_there(client, services):
    """Choosing a step of the diagram lists its people."""
    await put_message(services)
    page = (await client.get("/scenarios/welcome", params={"step": "hello"})).text
    assert 'href="/contacts/c_zoe"' in page
    assert "4 Dec 2026" in page, "and when they go on"


async def test_diagrams_are_served_alone(client):
    """SVG and Mermaid, for a document or a ticket."""
    drawn = await client.get("/scenarios/welcome/diagram.svg")
    assert drawn.headers["content-type"] == "image/svg+xml"
    ET.fromstring(drawn.text)
    assert (await client.get("/scenarios/welcome/diagram.mermaid")).text.startswith("flowchart TD")
    assert (await client.get("/scenarios/welcome/diagram.png")).status_code == 404


@pytest.mark.parametrize(
    "address", ["/scenarios/x", "/contacts/x", "/messages/x", "/messages/x/body", "/nothing"]
)
async def test_what_is_not_there_is_said(client, address):
    """A person gets a page, a program problem details."""
    page = await client.get(address, headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "<h1>" in page.text
    assert (await client.get(address)).headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("address", ["/contacts/%00", "/contacts?q=%00", "/v1/contacts/%00", "/messages/%00"])
async def test_a_nul_in_an_address_is_no_crash(api, address):
    """What the database cannot hold is refused, not a mistake of ours."""
    assert (await api.get(address)).status_code in {400, 404}


async def test_before_anything_is_published_the_studio_says_what_to_do(client, database):
    """An empty base is no error page without remedy."""
    async with database.transaction() as connection:
        await connection.execute("truncate worlds, scenarios")
    page = await client.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 503
    assert "relance publish" in page.text


async def test_live_counts_follow_the_base(services):
    """What the stream says is what the base holds now."""
    async with services.database.connection() as connection:
        before = await snapshot(services, connection)
        await put_message(services)
        after = await snapshot(services, connection)
    assert "welcome" not in before["scenarios"]
    assert after["scenarios"]["welcome"]["now"] == {"hello": 1}
    assert after["overview"]["sent"] == before["overview"]["sent"] + 1
    assert after["newest"] != before["newest"]


async def test_a_closed_studio_wants_a_key(services, database):
    """On a reachable machine, personal data is shown to who has a `studio` key only."""
    app = create_app(replace(services, open_studio=False))
    async with database.transaction() as connection:
        await keep_key(connection, "eyes", "rl_eyes", scopes=["studio"], now=NOW)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=PUBLIC_URL) as client:
        for address in ("/", "/contacts", "/contacts/c_zoe", "/live", "/letters", "/scenarios/welcome"):
            refused = await client.get(address)
            assert refused.status_code == 401, address
            assert refused.headers["www-authenticate"].startswith("Basic")
        assert (await client.get("/", auth=("x", API_KEY))).status_code == 401, "another scope"
        assert (await client.get("/", auth=("x", "rl_eyes"))).status_code == 200
        token = b64encode(b"x:\xff").decode()
        assert (await client.get("/", headers={"Authorization": f"Basic {token}"})).status_code == 401


async def test_the_api_page_shows_bodies_to_copy(client):
    """An integrator finds every route with an example, and machines the same as OpenAPI."""
    page = (await client.get("/docs")).text
    described = (await client.get("/openapi.json")).json()
    assert set(described["paths"]) == {
        "/v1/events",
        "/v1/contacts",
        "/v1/contacts/{contact_id}",
        "/v1/contacts/{contact_id}/why",
        "/v1/contacts/{contact_id}/timeline",
        "/v1/contacts/{contact_id}/merge",
        "/v1/merges/{merge_id}/undo",
        "/v1/scenarios/{name}/runs",
        "/v1/tasks",
        "/v1/tasks/{task_id}/take",
        "/v1/tasks/{task_id}/done",
    }
    for path in described["paths"]:
        assert path in page
    assert "order-10482" in page


async def test_health(client, database):
    """Alive, ready, and not ready when the tables are not there."""
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json() == {"status": "ready", "scenarios": 5}
    async with database.transaction() as connection:
        await connection.execute("alter table contacts rename to gone")
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "relance db migrate" in answer.json()["why"]


async def test_metrics_are_prometheus(client, services):
    """Runs by scenario, what the router has not seen, and how the requests before went."""
    await put_message(services)
    text = (await client.get("/metrics")).text
    assert 'relance_runs_active{scenario="welcome"} 1.0' in text
    assert "relance_events_unrouted " in text
    assert "relance_database_up 1.0" in text
    assert (await client.get("/contacts/c_zoe")).status_code == 200
    text = (await client.get("/metrics")).text
    assert 'route="/contacts/{contact_id:path}",status="200"' in text
    assert "c_zoe" not in text


async def test_many_readers_share_few_connections(services, database_url):
    """A page holds one connection at a time: readers in a crowd wait for each other and not for ever."""
    for _ in range(3):
        await put_message(services)
    database = await Database.open(database_url, size=2)
    few = replace(services, database=database, plans=Plans(database, SECRETS))
    transport = httpx.ASGITransport(create_app(few))
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as crowd:
        pages = ("/", "/letters", "/scenarios/welcome", "/contacts/c_zoe", "/contacts/c_zoe/why") * 2
        answers = await asyncio.gather(*(crowd.get(page) for page in pages))
    await database.close()
    assert [answer.status_code for answer in answers] == [200] * len(pages)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "Europe", "x" * 300])
async def test_a_zone_that_is_none_is_refused_and_breaks_no_page(api, database, zone):
    """What came in before it was refused shows in the brand's zone, by which it is also written to."""
    answer = await api.put("/v1/contacts/c_zoe", json={"attributes": {"timezone": zone}})
    assert answer.status_code == 422
    assert "Europe/Paris" in answer.json()["errors"][0]["detail"]
    async with database.transaction() as connection:
        await connection.execute("update contacts set timezone = %s where id = 'c_zoe'", (zone,))
    assert "times in Europe/Paris" in (await api.get("/contacts/c_zoe")).text


async def test_whoever_joins_others_looks_with_them(services):
    """A second reader gets the state that the first one has: many open pages ask the base once."""
    pulse = Pulse(services)
    first, second = pulse.watch(), pulse.watch()
    before = await anext(first)
    await put_message(services)
    assert await anext(second) == before
    assert await anext(first) == await anext(second) != before
    await pulse.close()


async def test_the_gallery_shows_every_message_in_every_language(client):
    """Light and dark, wide and narrow, each in a frame in which nothing acts."""
    page = (await client.get("/gallery")).text
    assert page.count("<iframe") == page.count(" sandbox ") > 0
    for name in ("welcome_code.email.fr", "welcome_code.email.en", "welcome_reminder.sms.fr"):
        assert f'id="{name}"' in page
    french = (await client.get("/gallery?locale=fr")).text
    assert 'id="welcome_code.email.fr"' in french
    assert 'id="welcome_code.email.en"' not in french


async def test_a_message_of_the_gallery_is_as_somebody_sees_it_who_prefers_dark(client):
    """Whatever the machine prefers that shows it; it runs nothing."""
    dark = await client.get("/gallery/welcome_code/fr?scheme=dark")
    light = await client.get("/gallery/welcome_code/fr")
    assert dark.headers["content-security-policy"].startswith("sandbox;")
    assert "prefers-color-scheme" not in dark.text + light.text
    assert dark.text != light.text
    assert "CODE-7KQ2XW" in dark.text
    for path in ("/gallery/nothing/fr", "/gallery/welcome_code/xx"):
        assert (await client.get(path)).status_code == 404
    assert (await client.get("/gallery/welcome_code/fr?scheme=x")).status_code in (400, 422)
