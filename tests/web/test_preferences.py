"""The preference centre: what is ticked, how often, a pause, and stop all."""

import asyncio
import re

import pytest

from engine.privacy import erase
from store import contacts
from tests.web.conftest import NOW
from tests.web.messages import agree, put_message
from tests.web.public_links import BOTH, boxes, held, path
from web import pace


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
