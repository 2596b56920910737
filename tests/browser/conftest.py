"""A real server on loopback and Debian's Chromium, which reaches nothing else."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator

import pytest
import uvicorn
from playwright.async_api import async_playwright

from engine.links import Links
from tests.web.conftest import SECRETS, database_url, published, sendgrid_key, services
from web.app import create_app

__all__ = ["database_url", "published", "sendgrid_key", "services"]

ARGUMENTS = [
    "--headless",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@pytest.fixture
async def site(services) -> AsyncIterator[str]:
    """The address of the application, served by uvicorn. Links are signed for it."""
    config = uvicorn.Config(create_app(services), port=0, log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has a flag and no event
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


@pytest.fixture
def links(site):
    """Links to the site as it is served."""
    return Links(site, SECRETS)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory) -> Iterator[str]:
    """Where a Chromium without a window listens to us: one for all tests, each in a context of its own."""
    program = shutil.which("chromium")
    if not program:
        pytest.fail("Chromium is missing: `make browser` installs it, and `-m 'not browser'` does without")
    folder = tmp_path_factory.mktemp("chromium")
    command, told = [program, *ARGUMENTS, f"--user-data-dir={folder}"], folder / "DevToolsActivePort"
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        while not told.exists() or len(told.read_text().split()) < len(("port", "path")):
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.02)
        port, path = told.read_text().split()
        yield f"ws://127.0.0.1:{port}{path}"
        process.terminate()


@pytest.fixture
async def browser(chromium):
    """Chromium without a window."""
    async with async_playwright() as playwright:
        yield await playwright.chromium.connect_over_cdp(chromium)


@pytest.fixture
async def page(browser, site):
    """A page that fails the test when anything goes wrong in it or it asks another host."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, base_url=site)
    opened = await context.new_page()
    wrong = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    opened.on("request", lambda request: wrong.append(request.url) if _elsewhere(request.url, site) else None)
    yield opened
    await context.close()
    assert wrong == []


def _elsewhere(url, site):
    return not url.startswith((site, "data:", "about:"))
