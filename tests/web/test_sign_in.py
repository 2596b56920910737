"""Signing in with a password: sessions that end, forms of ours alone, mistakes that are counted."""

import asyncio
import logging
import re

import pytest

from engine.sign_in import PAIR_LIMIT
from tests.web.signing import PASSWORD, browser, closed, let_in, sign_in, token_in

SESSION = "__Host-relance_session"


@pytest.fixture
async def app(services):
    """The application, and ada who may see everything."""
    await let_in(services, "ada", "privacy")
    return closed(services)


async def test_who_signs_in_comes_to_where_they_wanted_to_go(app):
    """The cookie is for this host over HTTPS alone, and no script reads it."""
    async with browser(app) as client:
        answer = await sign_in(client, "Ada", to="/contacts?q=c_tom")
        assert (answer.status_code, answer.headers["location"]) == (303, "/contacts?q=c_tom")
        (cookie,) = [each for each in answer.headers.get_list("set-cookie") if SESSION in each]
        assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(re.split("; ", cookie))
        assert (await client.get("/contacts?q=c_tom")).status_code == 200


async def test_each_sign_in_begins_another_session_and_ends_the_one_before(app):
    """A token that somebody planted or kept is worth nothing afterwards."""
    async with browser(app) as client, browser(app) as thief:
        sent = {"name": "ada", "password": PASSWORD, "form_token": token_in(await client.get("/sign-in"))}
        bound = client.cookies["__Host-relance_sign_in"]
        await client.post("/sign-in", data=sent)
        before = client.cookies[SESSION]
        client.cookies.set("__Host-relance_sign_in", bound, domain="crm.example.com")
        assert (await client.post("/sign-in", data=sent)).status_code == 303
        assert client.cookies[SESSION] != before
        thief.cookies.set(SESSION, before, domain="crm.example.com")
        assert (await thief.get("/")).status_code == 303


async def test_signing_out_ends_the_session_everywhere(app):
    """The cookie is gone, and its value holds no more."""
    async with browser(app) as client, browser(app) as other:
        await sign_in(client, "ada")
        other.cookies.set(SESSION, client.cookies[SESSION], domain="crm.example.com")
        token = token_in(await client.get("/"))
        assert (await client.post("/sign-out", data={"form_token": token})).headers["location"] == "/sign-in"
        assert SESSION not in client.cookies
        assert (await other.get("/")).status_code == 303


@pytest.mark.parametrize(
    "age",
    [
        "update sessions set seen_at = now() - interval '61 minutes'",
        "update sessions set created_at = now() - interval '12 hours 1 minute'",
        "update users set disabled_at = now()",
        "update sessions set hash = 'another'",
    ],
)
async def test_a_session_ends(app, database, age):
    """Idle for an hour, after twelve hours, with its user, or when it was never ours."""
    async with browser(app) as client:
        await sign_in(client, "ada")
        assert (await client.get("/")).status_code == 200
        async with database.transaction() as connection:
            await connection.execute(age)
        assert (await client.get("/")).status_code == 303


async def test_a_role_that_is_taken_away_is_gone_at_the_next_click(app, database):
    """Sessions hold no role of their own."""
    async with browser(app) as client:
        await sign_in(client, "ada")
        assert (await client.get("/contacts")).status_code == 200
        async with database.transaction() as connection:
            await connection.execute("update users set role = 'viewer'")
        assert (await client.get("/contacts")).status_code == 403


async def test_a_form_of_another_site_changes_nothing(app, services):
    """Without the token, with that of somebody else, or with none of a cookie: 403."""
    await let_in(services, "eve", "privacy")
    async with browser(app) as client, browser(app) as eve:
        await sign_in(client, "ada")
        await sign_in(eve, "eve")
        theirs = token_in(await eve.get("/"))
        for token in ("", "x", "é" * 64, theirs):
            sent = {"form_token": token, "subject": "welcome", "reason": "mischief"}
            answer = await client.post("/pauses", data=sent)
            assert answer.status_code == 403
        assert "is paused" not in (await client.get("/")).text
    async with browser(app) as fresh:
        sent = {"name": "ada", "password": PASSWORD, "form_token": theirs}
        assert (await fresh.post("/sign-in", data=sent)).status_code == 403


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\/evil",
        "/\t/evil.example",
        "javascript:x",
        "",
        "/a\r\nX: y",
    ],
)
async def test_signing_in_leads_to_no_other_site(app, to):
    """Whatever `next` says."""
    async with browser(app) as client:
        assert (await sign_in(client, "ada", to=to)).headers["location"] == "/"
        assert (await client.get("/sign-in", params={"next": to})).headers["location"] == "/"


async def test_who_guesses_is_stopped_and_the_owner_is_not(app):
    """After so many mistakes the right password is not looked at either; from elsewhere it is."""
    async with browser(app) as client, browser(app, "203.0.113.9") as owner:
        for _ in range(PAIR_LIMIT):
            assert (await sign_in(client, "ada", "wrong")).status_code == 401
        stopped = await sign_in(client, "ada")
        assert (stopped.status_code, stopped.headers["retry-after"]) == (429, "900")
        assert (await sign_in(owner, "ada")).status_code == 303


async def test_guesses_at_the_same_time_are_counted_too(app):
    """Each is counted before it is judged: no more than the limit are looked at."""
    async with browser(app) as client:
        token = token_in(await client.get("/sign-in"))
        sent = {"name": "ada", "password": "wrong", "form_token": token}
        answers = await asyncio.gather(*(client.post("/sign-in", data=sent) for _ in range(PAIR_LIMIT * 2)))
    assert sum(answer.status_code == 401 for answer in answers) <= PAIR_LIMIT


async def test_a_few_mistakes_are_forgotten_once_it_went_well(app):
    """Who mistypes now and then is never stopped."""
    async with browser(app) as client:
        for _ in range(3):
            for _ in range(PAIR_LIMIT - 1):
                await sign_in(client, "ada", "wrong")
            assert (await sign_in(client, "ada")).status_code == 303
            client.cookies.clear()


async def test_it_is_not_said_who_is_known(app, caplog):
    """The same words for a wrong name and a wrong password, which stand on no page and in no log."""
    caplog.set_level(logging.DEBUG)
    async with browser(app) as client:
        pages = [await sign_in(client, name, "hunter2 hunter2") for name in ("ada", "nobody")]
        await sign_in(client, "ada")
    told = [re.sub("[0-9a-f]{64}", "", page.text) for page in pages]
    assert told[0] == told[1]
    assert "The name or the password is wrong." in told[0]
    assert "hunter2" not in told[0]
    assert "hunter2" not in caplog.text
    assert PASSWORD not in caplog.text


async def test_a_key_that_is_guessed_at_is_answered_429_and_a_good_one_is_not(app, services):
    """Of the same address: a whole shop may come from one."""
    async with browser(app) as client:
        tries = [
            await client.get("/v1/tasks", headers={"Authorization": f"Bearer rl_{n}"}) for n in range(32)
        ]
        assert [answer.status_code for answer in tries] == [401] * 30 + [429] * 2
        assert tries[-1].headers["retry-after"] == "60"
        good = await client.get("/v1/contacts/c_zoe", headers={"Authorization": "Bearer rl_key_of_the_tests"})
        assert good.status_code == 200
        other = await client.get("/v1/tasks", headers={"Authorization": "Bearer rl_key_of_the_tests"})
        assert other.json()["type"] == "urn:relance:problem:wrong-scope"


async def test_every_answer_keeps_browsers_safe(app):
    """Pages, problems, JSON, files and redirects alike; no page of ours runs inline script or style."""
    async with browser(app) as client:
        await sign_in(client, "ada")
        for path in (
            "/",
            "/sign-in",
            "/nothing",
            "/healthz",
            "/static/studio.css",
            "/u/x",
            "/o/x",
            "/v1/tasks",
        ):
            answer = await client.get(path)
            headers = answer.headers
            assert headers["x-content-type-options"] == "nosniff", path
            assert headers["strict-transport-security"] == "max-age=31536000", path
            assert headers["referrer-policy"] == "no-referrer", path
            assert "frame-ancestors 'none'" in headers["content-security-policy"], path
            assert "unsafe-inline" not in headers["content-security-policy"], path


async def test_pages_of_the_people_we_write_to_have_no_cookie(app, services):
    """The link says who they are."""
    async with browser(app) as client:
        for link in (services.links.preferences("c_zoe"), f"{services.public_url}/u/x"):
            assert "set-cookie" not in (await client.get(link)).headers
