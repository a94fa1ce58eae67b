"""Chromium for the tests: one for all of them, a fresh window for each."""

import re
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

FLAGS = ("--headless=new", "--no-sandbox", "--remote-debugging-port=0", "--no-first-run", "--disable-gpu")
LISTENS = re.compile(r"^DevTools listening on (ws://\S+)")
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (400|504)")

OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running Chromium."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    profile = tmp_path_factory.mktemp("chromium")
    command = [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:  # noqa: S603 - our own flags
        assert running.stderr is not None
        address = next((found[1] for line in running.stderr if (found := LISTENS.match(line))), None)
        assert address is not None, "Chromium did not start"
        threading.Thread(target=running.stderr.read, daemon=True).start()  # else a full pipe would stop it
        yield address
        running.terminate()


@pytest.fixture
async def open_page(chromium: str) -> AsyncIterator[OpenPage]:
    """Opens addresses, each in a window of its own; a page that complains in its console fails the test at its end.

    A refusal (400, 504) is no complaint: pages show it.
    """
    complaints: list[str] = []

    def note(words: str) -> None:
        if not REFUSED.match(words):
            complaints.append(words)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(chromium)

        async def show(url: str, **settings: Any) -> Page:
            context = await browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | settings))
            page = await context.new_page()
            page.on("pageerror", lambda error: note(str(error)))
            page.on("console", lambda said: note(said.text) if said.type == "error" else None)
            await page.goto(url)
            return page

        yield show
        for context in browser.contexts:
            if context.pages and context.pages[0].url != "about:blank":
                await context.close()
        await browser.close()
    assert complaints == []
