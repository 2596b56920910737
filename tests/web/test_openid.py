"""Signing in by an OpenID provider: a real one on this machine, whose answers are held to what was asked."""

import logging
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey

from tests.standins.openid_server import CLIENT_ID, CLIENT_SECRET, OpenIdServer
from tests.web.conftest import PUBLIC_URL
from tests.web.signing import browser, closed
from web.openid import Provider


@pytest.fixture
async def login():
    """The provider."""
    async with OpenIdServer() as server:
        yield server


@pytest.fixture
def app(services, login):
    """The application, set up for that provider."""
    meaning = {"crm-admins": "privacy"}
    return closed(services, provider=Provider(login.base_url, CLIENT_ID, CLIENT_SECRET, "roles", meaning))


async def answer_of(client, to="/"):
    """The address to which the provider leads back."""
    begun = await client.get("/sign-in/provider", params={"next": to})
    async with httpx.AsyncClient() as outside:
        led = await outside.get(begun.headers["location"])
    return led.headers["location"]


async def come(client, to="/"):
    """Sign in: to the provider and back."""
    return await client.get(await answer_of(client, to))


async def test_whom_the_provider_knows_is_let_in_with_the_role_it_says(app, login, rows):
    """By its own names or by what they mean here; the role is read again at each sign-in."""
    async with browser(app) as client:
        assert "Sign in with your organisation" in (await client.get("/sign-in")).text
        back = await come(client, "/contacts")
        assert (back.status_code, back.headers["location"]) == (303, "/contacts")
        page = (await client.get("/contacts")).text
        assert "ada@example.com <small>marketer</small>" in page
        login.claims["roles"] = ["staff", "viewer", "crm-admins"]
        await come(client)
        assert "<small>privacy</small>" in (await client.get("/")).text
    (row,) = await rows("select name, subject, issuer, password_hash from users")
    assert (row["name"], row["subject"], row["password_hash"]) == ("ada@example.com", "u-1", None)


async def test_what_is_asked_has_state_nonce_and_a_challenge(app):
    """And the way back is ours; the secret is in no address."""
    async with browser(app) as client:
        begun = (await client.get("/sign-in/provider")).headers["location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun).query).items()}
    assert asked["redirect_uri"] == f"{PUBLIC_URL}/sign-in/provider/back"
    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 20
    assert "secret" not in begun


async def test_an_answer_to_another_browser_is_refused(app, login):
    """Whoever slips somebody an answer of their own does not sign them in; nor is an answer taken twice."""
    async with browser(app) as client, browser(app) as victim:
        answer = await answer_of(client)
        assert (await victim.get(answer)).status_code == 403
        await victim.get("/sign-in/provider")
        assert (await victim.get(answer)).status_code == 403, "another state"
        assert (await client.get(answer)).status_code == 303
        assert (await client.get(answer)).status_code == 403
        assert "/token" in [path for _, path in login.requests]


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"},
        {"aud": "another client"},
        {"iss": "https://evil.example"},
        {"exp": 1_000_000_000},
        {"sub": ""},
    ],
)
async def test_a_token_that_is_not_for_this_sign_in_proves_nothing(app, login, wrong):
    """Its claims are those of the question, of the issuer, for us, and of now."""
    login.wrong = wrong
    async with browser(app) as client:
        assert (await come(client)).status_code == 403
        assert (await client.get("/")).status_code == 303


async def test_a_token_that_another_key_signed_proves_nothing(app, login):
    """Neither a stranger's, nor our own shared secret, which the provider calls possible."""
    async with browser(app) as client:
        login.signing = ECKey.generate_key("P-256")
        assert (await come(client)).status_code == 403
        login.signing, login.algorithm = OctKey.import_key(CLIENT_SECRET), "HS256"
        assert (await come(client)).status_code == 403


async def test_a_provider_may_change_its_keys(app, login):
    """A token with a key that we do not know yet is checked against those that it shows now."""
    async with browser(app) as client:
        assert (await come(client)).status_code == 303
        login.new_key("second")
        assert (await come(client)).status_code == 303


async def test_who_has_no_role_or_is_disabled_is_told_so(app, login, database):
    """And not let in, whatever they were before."""
    async with browser(app) as client:
        login.claims["roles"] = ["staff"]
        assert "You have no role here" in (await come(client)).text
        login.claims["roles"] = ["viewer"]
        assert (await come(client)).status_code == 303
        async with database.transaction() as connection:
            await connection.execute("update users set disabled_at = now()")
        assert "You are let in no more" in (await come(client)).text


async def test_a_provider_that_is_away_or_somebody_else_is_no_mistake_of_ours(services, app, login, caplog):
    """503, and what happened is in the log by its kind: no code, no secret."""
    caplog.set_level(logging.DEBUG)
    async with browser(app) as client:
        answer = await answer_of(client)
        login.answer_next(500)
        away = await client.get(answer)
        assert away.status_code in {403, 503}
        # The client of this test logs what it asks.
        ours = [each for each in caplog.records if each.name.partition(".")[0] not in {"httpx", "httpcore"}]
        told = away.text + "\n".join(each.getMessage() for each in ours)
        assert parse_qs(urlsplit(answer).query)["code"][0] not in told
        assert CLIENT_SECRET not in told
    elsewhere = closed(services, provider=Provider(f"{login.base_url}/other", CLIENT_ID, CLIENT_SECRET))
    async with browser(elsewhere) as client:
        assert (await client.get("/sign-in/provider")).status_code == 503


async def test_without_a_provider_there_is_no_way_to_it(services):
    """404 that says what is not set."""
    async with browser(closed(services)) as client:
        assert "OIDC_ISSUER" in (await client.get("/sign-in/provider")).text
        assert "organisation" not in (await client.get("/sign-in")).text
