"""Chromium for the tests: they share one process, and each has its own windows."""

import re
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

FLAGS = ("--headless=new", "--no-sandbox", "--remote-debugging-port=0", "--no-first-run", "--disable-gpu")
DEVTOOLS_URL = re.compile(r"^DevTools listening on (ws://\S+)")
ERROR_RESPONSE = re.compile(r"Failed to load resource: the server responded with a status of (400|504)")

OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The DevTools URL of a running Chromium."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed: run apt-get install chromium")
    profile = tmp_path_factory.mktemp("chromium")
    command = [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:  # noqa: S603 - fixed arguments
        assert running.stderr is not None
        url = next((found[1] for line in running.stderr if (found := DEVTOOLS_URL.match(line))), None)
        assert url is not None, "Chromium did not start"
        threading.Thread(target=running.stderr.read, daemon=True).start()  # a full pipe would block Chromium
        yield url
        running.terminate()


@pytest.fixture
async def open_page(chromium: str) -> AsyncIterator[OpenPage]:
    """Opens URLs, each in its own window; the test fails at its end if a page logged an error to its console.

    Error responses (400, 504) are allowed because pages show them.
    """
    errors: list[str] = []

    def add_error(text: str) -> None:
        if not ERROR_RESPONSE.match(text):
            errors.append(text)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(chromium)

        async def show(url: str, **settings: Any) -> Page:
            context = await browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | settings))
            page = await context.new_page()
            page.on("pageerror", lambda error: add_error(str(error)))
            page.on("console", lambda message: add_error(message.text) if message.type == "error" else None)
            await page.goto(url)
            return page

        yield show
        for context in browser.contexts:
            if context.pages and context.pages[0].url != "about:blank":
                await context.close()
        await browser.close()
    assert errors == []
