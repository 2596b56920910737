"""Unsubscribe: what people, and the mail programs that click for them, do with the link of a message."""

import pytest

from tests.web.messages import agree, put_message
from tests.web.public_links import BOTH, held, path


@pytest.fixture
async def unsubscribe(services):
    await agree(services, "c_zoe", *BOTH)
    uid = await put_message(services, state="reserved")
    return path(services.links.unsubscribe("c_zoe", "newsletter", "email", uid))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_looking_at_the_unsubscribe_page_changes_nothing(client, rows, unsubscribe, method):
    """Scanners follow links; only a POST acts."""
    before = await rows("select * from consents order by id")
    answer = await client.request(method, unsubscribe)
    assert answer.status_code == 200
    assert await rows("select * from consents order by id") == before


async def test_the_page_speaks_the_persons_language(client, services, unsubscribe):
    """French for Zoé, English for Tom."""
    assert "Me désinscrire" in (await client.get(unsubscribe)).text
    english = path(services.links.unsubscribe("c_tom", "newsletter", "email", "m"))
    answer = await client.get(english)
    assert "Unsubscribe me" in answer.text
    assert '<html lang="en">' in answer.text


async def test_a_topic_is_called_as_people_of_that_language_know_it(client, services, unsubscribe):
    """On the page that leaves it, and where it is chosen."""
    assert "Nouveautés et offres" in (await client.get(unsubscribe)).text
    for url in (
        services.links.unsubscribe("c_tom", "newsletter", "email", "m"),
        services.links.preferences("c_tom"),
    ):
        page = (await client.get(path(url))).text
        assert "News and offers" in page
        assert "Nouveautés" not in page


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"List-Unsubscribe": "One-Click"}},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {"content": b""},
        {"content": b"\xff\xfe", "headers": {"Content-Type": "text/plain"}},
    ],
    ids=["form", "multipart", "nothing", "garbage"],
)
async def test_one_click_unsubscribes_whatever_the_body(client, rows, unsubscribe, sent):
    """RFC 8058: multipart or form, 200, no cookie, no redirect; and again 200."""
    for _ in range(2):
        answer = await client.post(unsubscribe, **sent)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    assert await held(rows) == {BOTH[0]: "withdrawn", BOTH[1]: "granted"}
    assert len(await rows("select 1 from consents where state = 'withdrawn'")) == 1, "twice is one line"


async def test_one_click_is_never_sent_elsewhere(client, rows, unsubscribe):
    """RFC 8058 has no redirect: another address is answered and not corrected."""
    answer = await client.post(unsubscribe + "/", headers={"Host": "evil.example"})
    assert answer.status_code == 404
    assert "location" not in answer.headers
    assert "withdrawn" not in (await held(rows)).values()


async def test_unsubscribing_releases_what_was_about_to_leave(client, rows, unsubscribe):
    """Before the answer, the planned email has lost its place."""
    await client.post(unsubscribe)
    assert [row["state"] for row in await rows("select state from messages")] == ["released"]


async def test_the_link_keeps_no_secret_from_others(unsubscribe):
    """No address travels in a link."""
    assert "zoe@" not in unsubscribe


@pytest.mark.parametrize("kind", ["u", "p", "k", "c"])
async def test_a_link_altered_by_a_character_is_nobodys(client, rows, unsubscribe, kind):
    """A bad link is a 404 page with a way out, in the reader's language, and changes nothing."""
    token = unsubscribe.split("/")[-1]
    altered = token[:-1] + ("A" if token[-1] != "A" else "B")
    for method in ("GET", "POST") if kind != "c" else ("GET",):
        answer = await client.request(
            method, f"/{kind}/{altered}", headers={"Accept-Language": "fr-CH, en;q=0.5"}
        )
        assert answer.status_code == 404
        assert "Ce lien n’est pas complet" in answer.text
    assert "withdrawn" not in (await held(rows)).values()


async def test_a_link_serves_its_own_purpose_only(client, unsubscribe):
    """An unsubscribe token opens no preference centre."""
    token = unsubscribe.split("/")[-1]
    assert (await client.get(f"/p/{token}")).status_code == 404


@pytest.mark.parametrize("weight", ["\xb2", "1e9", "-1", "0.5.5", "9" * 400, "nan"])
async def test_an_odd_preference_of_language_is_no_failure(client, weight):
    """The weight of a language is read as RFC 9110 writes it, and otherwise ignored."""
    header = f"en;q=0.2, fr;q={weight}".encode("latin-1")
    answer = await client.get("/u/nothing", headers={b"Accept-Language": header})
    assert answer.status_code == 404
    assert '<html lang="fr">' in answer.text


async def test_an_unsubscription_outlives_its_topic(client, services, rows):
    """A topic that the catalog has lost may come back: whoever left it has left it."""
    old = path(services.links.unsubscribe("c_zoe", "spring_2025", "email", "m"))
    assert (await client.post(old)).status_code == 200
    assert await held(rows) == {("spring_2025", "email"): "withdrawn"}
