"""Every route of the studio lets in the roles that docs/access.md says, and shows them no more than that."""

import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from engine.access import keep_key
from engine.roles import ROLES
from tests.web.conftest import API_KEY, NOW
from tests.web.messages import agree, put_message
from tests.web.signing import browser, closed, let_in, sign_in, token_in
from web.app import ENTRANCE, PUBLIC

PAGE = (Path(__file__).parents[2] / "docs" / "access.md").read_text("utf-8")
ROW = re.compile(r"^\| `([A-Z]+) ([^`]+)` \| (yes|no) \| (yes|no) \| (yes|no) \| (yes|no) \|$", re.MULTILINE)
TABLE = {
    (verb, path): dict(zip(ROLES, (word == "yes" for word in words), strict=True))
    for verb, path, *words in ROW.findall(PAGE)
}
SENT = {"outcome": "reached", "subject": "welcome", "reason": "a test", "contact": "c_zoe"}
PERSONAL = ("zoe@example.com", "+33639980001", "639980001", "Zoé")


def routes_of(app):
    """What the application serves and is neither the API nor for everybody."""
    open_ = {route.path for route in (*PUBLIC, *ENTRANCE)}
    for route in app.routes:
        if isinstance(route, APIRoute) and not route.path.startswith("/v1/") and route.path not in open_:
            yield next(iter(route.methods)), route.path


def address(path, uid):
    """A route's path with somebody in it."""
    names = {"name": "welcome", "message": "welcome_code", "locale": "fr", "form": "svg", "uid": uid}
    names |= {"contact_id": "c_zoe", "task_id": "1", "run_id": "1"}
    return re.sub(r"\{(\w+)(?::path)?\}", lambda found: names[found[1]], path)


async def ask(client, verb, path, token):
    """The kind of answer: let in, to sign in, or not for them."""
    if verb == "GET":
        return await client.get(path)
    return await client.post(path, data=SENT | {"form_token": token})


def test_the_table_has_every_route_and_no_other(services):
    """Asked of the application, so that a new one cannot be forgotten."""
    assert set(routes_of(closed(services))) == set(TABLE)


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_is_let_in_where_the_table_says_so(services, role):
    """Every route, with the form's own token; what is not for a role is 403 whatever it sends."""
    uid = await put_message(services)
    await let_in(services, "ada", role)
    app = closed(services)
    await app.state.pulse.close()
    asked = sorted(routes_of(app), key=lambda route: route[1] == "/sign-out")
    async with browser(app) as client:
        await sign_in(client, "ada")
        token = token_in(await client.get("/"))
        let = {
            each: (await ask(client, *each[:1], address(each[1], uid), token)).status_code for each in asked
        }
    assert {each: status != 403 for each, status in let.items()} == {
        each: TABLE[each][role] for each in asked
    }
    assert not [each for each, status in let.items() if status in {401, 500}]


async def test_nobody_is_let_in_without_saying_who_they_are(services):
    """A browser is led to the page to sign in and back, a program gets 401; nothing is shown or changed."""
    app = closed(services)
    async with browser(app) as client:
        for verb, path in routes_of(app):
            answer = await ask(client, verb, address(path, "x"), "")
            assert answer.status_code == (303 if verb == "GET" else 401), path
            program = await client.request(verb, address(path, "x"), headers={"Accept": "*/*"})
            assert program.status_code == 401, path
        led = await client.get("/contacts/c_zoe?x=1")
        assert led.headers["location"] == "/sign-in?next=%2Fcontacts%2Fc_zoe%3Fx%3D1"


@pytest.mark.parametrize("role", ROLES)
async def test_only_privacy_sees_personal_data(services, api, role):
    """On no page, in no message and no search of the others; a viewer sees no people at all."""
    await agree(services, "c_zoe", ("newsletter", "email"))
    uid = await put_message(services)
    told = {"id": "e", "name": "order.placed", "contact": "c_zoe", "with": {"order_id": "zoe@example.com"}}
    await api.post("/v1/events", json=told)
    await let_in(services, "ada", role)
    app = closed(services)
    pages = ("/", "/letters", "/contacts", "/contacts?q=c_zoe", "/contacts/c_zoe", "/contacts/c_zoe/why")
    pages += ("/contacts/c_zoe/timeline",)
    pages += (f"/messages/{uid}", f"/messages/{uid}/body", "/scenarios/welcome?step=hello", "/tasks")
    async with browser(app) as client:
        await sign_in(client, "ada")
        texts = {path: (await client.get(path)).text for path in pages}
    shown = {path for path, text in texts.items() if any(word in text for word in PERSONAL)}
    assert bool(shown) == (role == "privacy"), shown
    masked = texts["/contacts/c_zoe"]
    assert ("z•••@example.com" in masked and "+33 6 •• •• •• 01" in masked) == (
        role in {"marketer", "operations"}
    )
    assert ("c_zoe" in "".join(texts.values())) == (role != "viewer")


async def test_what_is_masked_cannot_be_guessed_by_searching(services):
    """Parts of an address find nobody; the whole of it does, for who has it in hand."""
    await let_in(services, "ada", "marketer")
    async with browser(closed(services)) as client:
        await sign_in(client, "ada")
        found = {
            words: "/contacts/c_zoe" in (await client.get("/contacts", params={"q": words})).text
            for words in ("zoe@", "Zoé", "639980001", "c_zo", "ZOE@example.com", "+33 639980001")
        }
    assert [words for words, hit in found.items() if hit] == ["c_zo", "ZOE@example.com", "+33 639980001"]


async def test_a_key_reads_masked_and_changes_nothing(services, database):
    """A `studio` key as the password; a key for something else is refused."""
    async with database.transaction() as connection:
        await keep_key(connection, "eyes", "rl_eyes", scopes=["studio"], now=NOW)
    async with browser(closed(services)) as client:
        program = {"Accept": "*/*"}
        page = await client.get("/contacts/c_zoe", auth=("x", "rl_eyes"), headers=program)
        assert page.status_code == 200
        assert not any(word in page.text for word in PERSONAL)
        assert "<form method" not in page.text
        sent = await client.post("/sign-out", auth=("x", "rl_eyes"), data={"form_token": "0" * 64})
        assert sent.status_code == 403
        assert (await client.get("/", auth=("x", API_KEY), headers=program)).status_code == 401


async def test_who_saw_whom_is_in_the_audit_once(services, rows, api):
    """On a page, by a search, and over the API; whether it was masked. A page of nobody leaves no line."""
    await let_in(services, "ada", "marketer")
    async with browser(closed(services)) as client:
        await sign_in(client, "ada")
        for path in ("/contacts/c_zoe", "/contacts/c_zoe", "/contacts?q=c_tom", "/contacts/c_none"):
            await client.get(path)
    for _ in range(2):
        await api.get("/v1/contacts/c_zoe")
    lines = await rows("select actor, subject, data from audit where action = 'see' order by place")
    assert [(line["actor"], line["subject"], line["data"]) for line in lines] == [
        ("user/ada", "c_zoe", {"place": "contact", "masked": True}),
        ("user/ada", "c_tom", {"place": "search", "masked": True}),
        ("api/tests", "c_zoe", {"place": "api", "masked": False}),
    ]


async def test_operations_pauses_and_lets_go_on_by_its_buttons(services, rows):
    """The page says what stands still, and who did it."""
    await let_in(services, "olu", "operations")
    async with browser(closed(services)) as client:
        await sign_in(client, "olu")
        page = await client.get("/scenarios/welcome")
        token = token_in(page)
        assert 'action="/pauses"' in page.text
        sent = {"form_token": token, "subject": "welcome", "reason": "a wrong price"}
        assert (await client.post("/pauses", data=sent)).status_code == 303
        assert "by user/olu: a wrong price" in (await client.get("/")).text
        assert (await client.post("/pauses/end", data=sent)).status_code == 303
        assert (await client.post("/pauses", data=sent | {"subject": "nothing"})).status_code == 404
        assert (await client.post("/pauses", data=sent | {"reason": " "})).status_code == 422
    lines = await rows("select actor, action from audit where actor = 'user/olu' order by place")
    assert [line["action"] for line in lines if line["action"] != "see"] == ["pause", "resume"]
