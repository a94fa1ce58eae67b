"""A local YouTube for tests, serving two small channels: @alpha with 120 videos and @beta with 7; and strangers."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import stamina

from bot.sandbox.youtube import LocalYouTube
from tests.pictures import draw_channel


@pytest.fixture(scope="session")
def small_channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures to serve; not to be changed."""
    folder = tmp_path_factory.mktemp("channels")
    draw_channel(folder / "alpha", 120)
    draw_channel(folder / "beta", 7)
    return folder


@pytest.fixture(scope="session")
def stranger_channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 40 channels with 3 pictures each, to fill charts with; not to be changed."""
    folder = tmp_path_factory.mktemp("strangers")
    for number in range(40):
        draw_channel(folder / f"s{number:02}", 3)
    return folder


@pytest.fixture
async def local_youtube(small_channels: Path) -> AsyncIterator[LocalYouTube]:
    """A local YouTube over real sockets."""
    async with LocalYouTube(small_channels) as youtube:
        yield youtube


@pytest.fixture
def no_backoff() -> Iterator[None]:
    """Retries follow each other at once."""
    with stamina.set_testing(True, attempts=4, cap=True):
        yield
