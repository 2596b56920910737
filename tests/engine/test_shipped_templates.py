"""The templates that are shipped: each message whole, in each language."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from channels.sms_segments import count
from engine.rendering import Renderer
from tests.engine.drafts import CATALOG, DRAFT, LINKS, WORLD

SHIPPED = Path(__file__).parents[2] / "templates"
ASKED_OF_NOBODY = {"confirm_subscription", "confirm_subscription_again"}
"""Mails to people who have not agreed to anything yet: there is nothing to leave."""
SHIPPED_VARIABLES = {"code": "RETOUR-7KQ2XW", "valid_until": date(2027, 3, 17)}


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("message", Renderer(SHIPPED, LINKS).templates().messages("email"))
def test_every_shipped_email_is_whole(message, locale):
    """Subject, preheader, sender, a way out, nothing fetched, and far from where Gmail cuts mails off."""
    draft = replace(DRAFT, message=message, locale=locale, variables=SHIPPED_VARIABLES)
    found = Renderer(SHIPPED, LINKS).email(draft, WORLD)
    assert found.locale == locale
    assert found.subject
    assert found.preheader in found.html
    assert CATALOG.brand.legal_sender in found.html
    assert CATALOG.brand.legal_sender in found.text
    if message not in ASKED_OF_NOBODY:
        assert found.unsubscribe_url in found.html
        assert found.unsubscribe_url in found.text
    assert f'lang="{locale}"' in found.html
    assert "prefers-color-scheme: dark" in found.html
    assert not any(word in found.html for word in ("<img", "<svg", "url(", "<link", "@import", "{{", "None"))
    assert len(found.html.encode()) < 60_000


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("message", Renderer(SHIPPED, LINKS).templates().messages("sms"))
def test_every_shipped_sms_is_one_segment_with_its_stop_mention(message, locale):
    draft = replace(DRAFT, message=message, locale=locale, variables=SHIPPED_VARIABLES)
    body = Renderer(SHIPPED, LINKS).sms(draft, WORLD).body
    segments = count(body)
    assert (segments.count, segments.encoding) == (1, "GSM-7")
    assert body.endswith("36180")
    assert "Maison Verte" in body
