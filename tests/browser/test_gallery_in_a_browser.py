"""The gallery as somebody looks through it: chosen by keyboard, in a real browser."""

import os

import pytest

pytestmark = pytest.mark.browser


async def test_looks_are_chosen_and_messages_stay_in_their_frames(page):
    """Dark on a phone: one frame for each email, and it is dark; nothing in it runs."""
    await page.goto("/gallery?locale=fr")
    await page.check("#scheme-dark")
    await page.check("#width-narrow")
    frames = page.locator("#welcome_code\\.email\\.fr iframe:visible")
    assert await frames.count() == 1
    assert await frames.first.evaluate("frame => frame.offsetWidth") == 375
    await frames.first.scroll_into_view_if_needed()
    inside = page.frame_locator("#welcome_code\\.email\\.fr iframe.dark.narrow")
    await inside.locator("h1").wait_for()
    colour = await inside.locator(".heading div").first.evaluate("it => getComputedStyle(it).color")
    assert colour == "rgb(243, 239, 226)"
    if os.environ.get("RELANCE_SHOTS"):
        await page.screenshot(path=f"{os.environ['RELANCE_SHOTS']}/gallery.png")
