"""What strangers write into the base is shown as text, wherever it comes out."""

import re
from html.parser import HTMLParser

import pytest

from engine.people import Profile, upsert
from tests.web.conftest import NOW
from tests.web.messages import put_message
from tests.web.test_webhooks import inbound

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 7*7 }}</style>"


class Elements(HTMLParser):
    """The elements of a page as a browser would make them."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def is_active(tag, attributes):
    """Whether an element runs something that is not our own."""
    own = (attributes.get("src") or "").startswith("/static/")
    return (tag == "script" and not own) or any(name.startswith("on") for name in attributes)


@pytest.fixture
async def marked(api, services):
    """Zoé, whose every text is markup."""
    name = Profile("c_zoe", {"first_name": EVIL, "last_name": "</title><svg onload=alert(1)>"})
    await upsert(services.database, services.plans, [name], source=EVIL, now=NOW)
    event = {
        "id": "<b>",
        "name": "contact.subscribed",
        "contact": "c_zoe",
        "with": {"list": EVIL, "source": EVIL},
    }
    assert (await api.post("/v1/events", json=event)).status_code == 202
    consent = {"topic": "newsletter", "channel": "email", "state": "granted", "proof": {EVIL: EVIL}}
    assert (await api.put("/v1/contacts/c_zoe", json={"consents": [consent]})).status_code == 200
    uid = await put_message(services, channel="sms", message="welcome_reminder")
    assert (await api.post(**inbound(EVIL))).status_code == 200
    return uid


async def test_the_studio_shows_markup_as_text(api, marked):
    """Names, properties, proofs, replies, and what was searched for."""
    mail = f"/messages/{marked}"
    pages = (
        "/",
        "/letters",
        "/contacts",
        "/contacts?q=" + EVIL.replace("#", ""),
        "/contacts/c_zoe",
        mail,
        mail + "/body",
    )
    for page in (*pages, "/contacts/" + EVIL, "/scenarios/" + EVIL, "/scenarios/welcome?step=" + EVIL):
        answer = await api.get(page, headers={"Accept": "text/html"})
        assert not [each for each in Elements(answer.text).found if is_active(*each)], page
        assert "script-src 'self'" in answer.headers["content-security-policy"] or page.endswith("/body")
    assert "&lt;script&gt;" in (await api.get("/contacts/c_zoe")).text


async def test_a_name_is_text_in_mails_too(api, services, marked):
    """In the page, in the subject, and it is no template."""
    uid = await put_message(services)
    body = (await api.get(f"/messages/{uid}/body")).text
    assert "&lt;script&gt;alert(1)" in body
    assert "<script" not in body
    assert "49" not in re.findall(r"alert\(1\)[^<]{0,80}", body)[0]
    assert "{{ 7*7 }}" in body
