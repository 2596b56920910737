"""The studio and the public pages in a real browser: live, by keyboard, readable, narrow."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from engine.pauses import pause
from tests.web.messages import agree, put_message

pytestmark = pytest.mark.browser
CONTRAST = (Path(__file__).parent / "contrast.js").read_text("utf-8")


async def test_counts_follow_without_a_reload(page, services):
    """Somebody enters, and the number at the step changes on the open page."""
    await page.goto("/")
    count = page.locator("#diagram-welcome [data-count='now:hello']")
    await expect(count).to_have_text("0")
    await page.locator("[data-live-state][data-state=on]").wait_for()
    await put_message(services)
    await expect(count).to_have_text("1")
    await expect(page.locator("[data-live=sent]")).to_have_text("1")


async def test_a_message_that_leaves_appears(page, services):
    """The list of last messages grows by itself, with the mail as it would look."""
    await page.goto("/")
    await page.locator("[data-live-state][data-state=on]").wait_for()
    uid = await put_message(services)
    letter = page.locator(f"li[data-uid='{uid}']")
    await letter.wait_for()
    frame = letter.frame_locator("iframe")
    await frame.get_by_text("Zoé").first.wait_for()


async def test_the_keyboard_reaches_everything(page, services):
    """Skip link, search by `/`, and a step of the diagram by Enter."""
    await put_message(services)
    await page.goto("/")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Skip to the content"
    await page.keyboard.press("/")
    assert await page.evaluate("document.activeElement.id") == "search"
    await page.keyboard.type("zoe@")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Zoé").wait_for()
    await page.goto("/scenarios/welcome")
    await page.locator("#diagram-welcome a[href$='step=hello']").focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("cell", name="c_zoe").wait_for()
    chosen = page.locator("#diagram-welcome a[aria-current]")
    assert (await chosen.get_attribute("aria-label") or "").startswith("Email")


async def test_a_timeline_is_filtered(page, services):
    """What is ticked is shown, with the address to come back to; the form stays as it was filled in."""
    await agree(services, "c_zoe", ("newsletter", "email"))
    await put_message(services)
    await page.goto("/contacts/c_zoe")
    before = await page.locator(".moment").count()
    await page.get_by_text("Choose what is shown").click()
    await page.get_by_role("checkbox", name="Messages").uncheck()
    await page.get_by_role("button", name="Show").click()
    await page.wait_for_url("**/contacts/c_zoe/timeline?*")
    assert await page.locator(".moment").count() == before - 1
    await expect(page.get_by_role("checkbox", name="Messages")).not_to_be_checked()
    await page.get_by_label("Through").select_option("phone")
    await page.get_by_role("button", name="Show").click()
    await page.get_by_text("Nothing of this has happened.").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everything_can_be_read(page, services, links, scheme):
    """WCAG AA contrast for all text, diagrams included, in both colour schemes."""
    await agree(services, "c_zoe", ("newsletter", "email"))
    uid = await put_message(services)
    await put_message(services, channel="sms", message="welcome_reminder")
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    addresses = ["/", "/scenarios/welcome", "/contacts", "/contacts/c_zoe", f"/messages/{uid}", "/docs"]
    addresses += [links.preferences("c_zoe"), links.unsubscribe("c_zoe", "newsletter", "email", uid)]
    for address in addresses:
        await page.goto(address)
        assert await page.evaluate(CONTRAST) == [], address


async def test_nothing_scrolls_sideways_on_a_telephone(page, services, links):
    """At 320 pixels, WCAG's narrowest, only diagrams and tables scroll, inside their frames."""
    uid = await put_message(services)
    now, why = services.clock.now(), "a_word_that_goes_on_and_on_and_cannot_be_broken"
    await pause(services.database, "welcome", ["email"], actor="ops", reason=why, now=now)
    await page.set_viewport_size({"width": 320, "height": 640})
    addresses = ["/", "/scenarios/welcome", "/contacts", "/contacts/c_zoe", f"/messages/{uid}", "/docs"]
    addresses += ["/tasks", "/gallery", "/exports"]
    for address in [*addresses, links.preferences("c_zoe")]:
        await page.goto(address)
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320, address


async def test_every_field_and_frame_has_a_name(page, services, links):
    """What a screen reader announces is never empty."""
    await put_message(services)
    for address in ("/", "/contacts/c_zoe", links.preferences("c_zoe")):
        await page.goto(address)
        nameless = await page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), button, iframe, a[href]')]"
            ".filter(e => !("
            "e.labels?.length || e.title || e.getAttribute('aria-label') || e.textContent.trim()))"
            ".map(e => e.outerHTML)"
        )
        assert nameless == [], address
        assert await page.locator("h1").count() == 1


async def test_unsubscribing_takes_one_click_and_no_script(browser, site, services, links):
    """The page works where scripts are off."""
    await agree(services, "c_zoe", ("newsletter", "email"))
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(links.unsubscribe("c_zoe", "newsletter", "email", "m"))
    await page.get_by_role("button", name="Me désinscrire").click()
    await page.get_by_role("status").get_by_text("vous ne recevrez plus").wait_for()
    assert await context.cookies() == []
    await context.close()


async def test_preferences_by_keyboard(page, services, links):
    """Everything is reached by Tab, chosen by arrows and the space bar, and sent by Enter (WCAG 2.1.1)."""
    await page.goto(links.preferences("c_zoe"))
    reached = []
    for _ in range(12):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("(e => e.name + '=' + e.value)(document.activeElement)"))
        outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", f"the focus is not seen on {reached[-1]}"
        if reached[-1] == "pause=none":
            await page.keyboard.press("ArrowDown")
        if reached[-1] == "do=save":
            break
    assert reached[:4] == ["choice=newsletter:email", "choice=newsletter:sms", "often=usual", "pause=none"]
    await page.keyboard.press("Enter")
    await page.get_by_role("status").get_by_text("Vos choix sont enregistrés").wait_for()
    assert await page.get_by_label("En pause jusqu’au").is_checked()


async def test_preferences_by_mouse(page, services, links):
    """Tick, save, and the page says that it is saved."""
    await page.goto(links.preferences("c_zoe"))
    await page.get_by_label("SMS").check()
    await page.get_by_role("button", name="Enregistrer").click()
    await page.get_by_text("Vos choix sont enregistrés").wait_for()
    assert await page.get_by_label("SMS").is_checked()
    await page.get_by_role("button", name="Tout arrêter").click()
    await page.get_by_text("plus aucun message commercial").wait_for()
    assert not await page.get_by_label("SMS").is_checked()
