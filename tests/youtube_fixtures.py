"""A local YouTube for tests: two small channels, @alpha with 120 videos and @beta with 7, and unknown channels."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import stamina

from bot.sandbox.youtube import LocalYouTube
from tests.pictures import draw_channel


@pytest.fixture(scope="session")
def small_channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of thumbnails to serve; tests must not change it."""
    folder = tmp_path_factory.mktemp("channels")
    draw_channel(folder / "alpha", 120)
    draw_channel(folder / "beta", 7)
    return folder


@pytest.fixture(scope="session")
def unknown_channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 40 unknown channels with 3 thumbnails each, to fill charts with; tests must not change it."""
    folder = tmp_path_factory.mktemp("unknown")
    for number in range(40):
        draw_channel(folder / f"u{number:02}", 3)
    return folder


@pytest.fixture
async def local_youtube(small_channels: Path) -> AsyncIterator[LocalYouTube]:
    """A local YouTube over real sockets."""
    async with LocalYouTube(small_channels) as youtube:
        yield youtube


@pytest.fixture
def no_backoff() -> Iterator[None]:
    """Retries without waiting."""
    with stamina.set_testing(True, attempts=4, cap=True):
        yield
