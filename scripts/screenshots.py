"""The README's pictures, taken from the running sandbox in headless Chromium."""

import asyncio
import re
import shutil
import sys
from pathlib import Path

from playwright.async_api import async_playwright, expect

DOCS = Path("docs")
ADDRESS = re.compile(rb"http://127\.0\.0\.1:\d+/")
START_SECONDS = 600


async def main() -> None:
    """Start a sandbox, take every picture, end it."""
    sandbox = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "sandbox"), stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            await take(await _address(sandbox))
    finally:
        if sandbox.returncode is None:
            sandbox.terminate()
        await sandbox.communicate()


async def take(url: str) -> None:
    """Take the pictures of a running chat page."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is needed: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 1100, "height": 1010}, device_scale_factor=1.5)
        await page.goto(url)
        await expect(page.get_by_alt_text(re.compile("Bar chart"))).to_be_visible(timeout=60_000)
        await page.screenshot(path=DOCS / "reply.png")
        await browser.close()


async def _address(sandbox: asyncio.subprocess.Process) -> str:
    """The chat page's address, which the sandbox prints once it is up."""
    if sandbox.stdout is None:
        raise RuntimeError("the sandbox's output is not read")
    async for line in sandbox.stdout:
        if found := ADDRESS.search(line):
            return found[0].decode()
    sys.exit("The sandbox ended before its chat page was up.")


if __name__ == "__main__":
    asyncio.run(main())
