"""Unsubscribe, preferences, confirmation, tracked links: what people do with a link that we signed."""

import asyncio
import re

import pytest

from engine.privacy import erase
from engine.subscriptions import withdraw
from store import contacts
from tests.web.conftest import NOW, PUBLIC_URL
from tests.web.messages import agree, put_message
from web import pace

BOTH = (("newsletter", "email"), ("newsletter", "sms"))


def path(url):
    assert url.startswith(PUBLIC_URL)
    return url.removeprefix(PUBLIC_URL)


async def held(rows, contact="c_zoe"):
    found = await rows(
        "select distinct on (topic, channel) topic, channel, state from consents"
        " where contact_id = %s order by topic, channel, id desc",
        contact,
    )
    return {(row["topic"], row["channel"]): row["state"] for row in found}


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


def boxes(text):
    found = re.findall(r'value="([^"]+:[^"]+)"( checked)?', text)
    return {name: bool(checked) for name, checked in found}


async def test_preferences_show_what_holds(client, services):
    """A box for each topic and channel that the person has an address for, ticked where it holds."""
    await agree(services, "c_zoe", BOTH[0], ("tracking", "clicks"))
    answer = await client.get(path(services.links.preferences("c_zoe")))
    assert boxes(answer.text) == {
        "newsletter:email": True,
        "newsletter:sms": False,
        "tracking:opens": False,
        "tracking:clicks": True,
    }


async def test_preferences_are_saved(client, services, rows):
    """What is ticked is granted with its proof, what is not is withdrawn."""
    await agree(services, "c_zoe", BOTH[0])
    address = path(services.links.preferences("c_zoe"))
    answer = await client.post(address, data={"choice": ["newsletter:sms", "tracking:opens"], "do": "save"})
    assert "Vos choix sont enregistrés" in answer.text
    assert boxes(answer.text)["newsletter:sms"] is True
    assert await held(rows) == {
        BOTH[0]: "withdrawn",
        BOTH[1]: "granted",
        ("tracking", "opens"): "granted",
    }
    proof = await rows("select proof from consents where channel = 'sms'")
    assert proof[0]["proof"]["page"] == "preferences"


@pytest.mark.parametrize("number", range(5))
async def test_of_two_forms_sent_at_once_one_holds_whole(client, services, rows, number):
    """Who ticked everything and who unticked everything, in two windows, is never left with a mixture."""
    await agree(services, "c_zoe", BOTH[0])
    address = path(services.links.preferences("c_zoe"))
    everything = {"choice": ["newsletter:email", "newsletter:sms"], "do": "save"}
    forms = [everything, {"do": "save"}]
    answers = await asyncio.gather(*(client.post(address, data=form) for form in forms[:: (-1) ** number]))
    assert [answer.status_code for answer in answers] == [200, 200]
    states = {state for (topic, _), state in (await held(rows)).items() if topic == "newsletter"}
    assert len(states) == 1


def chosen(text, name):
    """The values of the radio buttons of a name that are on."""
    return re.findall(rf'name="{name}" value="([^"]*)" checked', text)


async def test_somebody_may_ask_for_a_break_and_end_it(client, services, rows):
    """The page says until when, in the person's language; saving it again does not make it longer."""
    await agree(services, "c_zoe", BOTH[0])
    address = path(services.links.preferences("c_zoe"))
    before = await client.get(address)
    assert (chosen(before.text, "pause"), chosen(before.text, "often")) == (["none"], ["usual"])
    choice = {"choice": ["newsletter:email"], "do": "save"}
    asked = await client.post(address, data=choice | {"pause": "30", "often": "usual"})
    assert "En pause jusqu’au 31 décembre 2026" in asked.text
    assert await held(rows) == {BOTH[0]: "granted"}, "consents stay"
    await client.post(address, data=choice | {"pause": "keep", "often": "usual"})
    (kept,) = await rows("select attributes ->> 'paused_until' as until from contacts where id = 'c_zoe'")
    assert kept["until"].startswith("2026-12-31")
    ended = await client.post(address, data=choice | {"pause": "none", "often": "usual"})
    assert chosen(ended.text, "pause") == ["none"]


async def test_somebody_may_ask_for_fewer_messages(client, services, rows):
    address = path(services.links.preferences("c_zoe"))
    asked = await client.post(address, data={"do": "save", "often": "30", "pause": "none"})
    assert chosen(asked.text, "often") == ["30"]
    (kept,) = await rows("select attributes -> 'days_per_message' as days from contacts where id = 'c_zoe'")
    assert kept["days"] == 30
    other = await client.post(address, data={"do": "save", "often": "1000", "pause": "-3"})
    assert chosen(other.text, "often") == ["30"], "what is not offered changes nothing"


async def test_two_wishes_asked_at_once_are_both_kept(services, database, rows):
    """One form asks for a break, another for fewer messages, and neither knows what the other changes.

    They are made to meet: the contact is locked until both of them wait for it.
    """
    waiting = """select count(*) as n from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'"""
    async with asyncio.TaskGroup() as forms, database.transaction() as connection:
        await contacts.lock(connection, ["c_zoe"])
        for sent in ({"pause": ["30"]}, {"often": ["30"]}):
            forms.create_task(pace.record(services, "c_zoe", sent, "tests"))
        while (await rows(waiting))[0]["n"] < 2:  # noqa: ASYNC110 - only the database knows who waits
            await asyncio.sleep(0.01)
    (kept,) = await rows("select attributes as a from contacts where id = 'c_zoe'")
    assert (kept["a"]["days_per_message"], kept["a"]["paused_until"][:10]) == (30, "2026-12-31")


async def test_stop_all_stops_all(client, services, rows):
    """One click ends every topic on every channel, and measuring."""
    await agree(services, "c_zoe", *BOTH, ("tracking", "clicks"))
    await put_message(services, state="reserved")
    answer = await client.post(path(services.links.preferences("c_zoe")), data={"do": "stop"})
    assert not any(boxes(answer.text).values())
    assert set((await held(rows)).values()) == {"withdrawn"}
    assert [row["state"] for row in await rows("select state from messages")] == ["released"]


async def test_stop_all_holds_for_an_address_that_comes_later(client, services, rows):
    """Tom has no phone: the number that he gives one day is not written to either."""
    await client.post(path(services.links.preferences("c_tom")), data={"do": "stop"})
    found = await held(rows, "c_tom")
    assert found[BOTH[1]] == "withdrawn"
    assert set(found.values()) == {"withdrawn"}


@pytest.mark.parametrize(
    "body",
    [
        "&".join(["choice=x"] * 300),
        "",
        "{}",
        "often=7",
        "choice=newsletter:sms&do=nonsense",
        "do=save&do=stop",
    ],
)
async def test_a_form_that_no_page_of_ours_sent_is_refused(client, services, rows, body):
    """An empty body is not taken for a page on which nothing is ticked: whoever agreed still agrees."""
    await agree(services, "c_zoe", BOTH[0])
    address = path(services.links.preferences("c_zoe"))
    answer = await client.post(address, content=body)
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.json()["detail"]
    assert await held(rows) == {BOTH[0]: "granted"}


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


async def test_choices_that_are_not_offered_are_ignored(client, services, rows):
    """A forged form grants nothing that the page does not offer."""
    address = path(services.links.preferences("c_tom"))
    await client.post(address, data={"choice": ["service:email", "newsletter:sms", "x", "a:b"], "do": "save"})
    assert "granted" not in (await held(rows, "c_tom")).values()


async def test_somebody_erased_sees_a_page_that_does_nothing(client, services):
    """An old link of an erased person neither fails nor revives them."""
    address = path(services.links.preferences("c_zoe"))
    old = path(services.links.unsubscribe("c_zoe", "newsletter", "email", "m"))
    await erase(services.database, services.plans, "c_zoe", source="tests", now=NOW)
    assert (await client.post(address, data={"choice": "newsletter:email", "do": "save"})).status_code == 200
    assert (await client.post(old)).status_code == 200


async def test_only_the_button_confirms(client, services, rows):
    """Double opt-in: GET shows a button, POST raises the event once."""
    address = path(services.links.confirm("c_zoe", "newsletter"))
    assert "Oui, je confirme" in (await client.get(address)).text
    assert await rows("select 1 from events where name = 'consent.confirmed'") == []
    for _ in range(2):
        assert "est confirmée" in (await client.post(address)).text
    found = await rows("select properties from events where name = 'consent.confirmed'")
    assert [row["properties"]["topic"] for row in found] == ["newsletter"]


async def test_a_tracked_link_goes_where_we_signed(client, services, rows):
    """302 to the signed address; the click is an event where the person agreed to it."""
    await agree(services, "c_zoe", ("tracking", "clicks"))
    uid = await put_message(services)
    address = path(services.links.click(uid, "https://maison-verte.example/fern", "best"))
    answer = await client.get(address)
    assert answer.status_code == 302
    assert answer.headers["location"] == "https://maison-verte.example/fern"
    found = await rows("select properties from events where name = 'message.clicked'")
    assert [row["properties"]["link"] for row in found] == ["best"]


@pytest.mark.parametrize("agreed", ["never", "withdrawn"])
async def test_without_consent_nothing_is_kept(client, services, rows, agreed):
    """The link works and the pixel is served, and neither leaves a trace: also for mail that left before."""
    if agreed == "withdrawn":
        await agree(services, "c_zoe", ("tracking", "clicks"), ("tracking", "opens"))
        await withdraw(services.database, services.plans, "c_zoe", "tracking", None, source="t", now=NOW)
    uid = await put_message(services)
    clicked = await client.get(path(services.links.click(uid, "https://maison-verte.example/")))
    assert clicked.status_code == 302
    opened = await client.get(path(services.links.open(uid)))
    assert opened.headers["content-type"] == "image/gif"
    assert await rows("select 1 from events where name like 'message.%'") == []


async def test_a_proxys_open_is_nobodys(client, services, rows):
    """Opens by a mail provider's proxy do not count as the person's."""
    await agree(services, "c_zoe", ("tracking", "opens"))
    uid = await put_message(services)
    address = path(services.links.open(uid))
    await client.get(address, headers={"User-Agent": "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"})
    assert await rows("select 1 from events where name = 'message.opened'") == []
    await client.get(address)
    assert len(await rows("select 1 from events where name = 'message.opened'")) == 1


async def test_the_pixel_is_served_for_any_token(client):
    """A broken token shows no broken picture."""
    assert (await client.get("/o/nothing")).content.startswith(b"GIF89a")
