"""Listings of uploads that never end or repeat themselves: a crawl ends, and costs at most twice its units."""

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.youtube import LocalYouTube, responses
from classifier.youtube.crawler import YouTubeCrawler
from tests.classifier.youtube.folders import videos_in

pytestmark = pytest.mark.usefixtures("no_backoff")

KINDS = {"the same page for ever": 50, "every page twice": 120, "empty pages for ever": 50}
"""The kinds of listings, and how many of the 120 thumbnails they lead to."""


@pytest.mark.parametrize("kind", KINDS)
async def test_a_crawl_ends(
    kind: str, local_youtube: LocalYouTube, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = responses.playlist_item_list
    served: list[int] = []

    def odd(*arguments: Any) -> responses.Json:
        *rest, start, limit = arguments
        served.append(start)
        if kind == "the same page for ever":
            return listed(*rest, 0, limit) | {"nextPageToken": responses.page_token(limit)}
        if kind == "every page twice" and start and served.count(start) == 1:
            return listed(*rest, start - limit, limit) | {"nextPageToken": responses.page_token(start)}
        if kind == "empty pages for ever" and start:
            return listed(*rest, start, limit) | {"items": [], "nextPageToken": responses.page_token(start)}
        return listed(*arguments)

    monkeypatch.setattr(responses, "playlist_item_list", odd)
    report = await YouTubeCrawler(local_youtube.settings, tmp_path).crawl("@alpha", 120)
    assert report.thumbnails == report.new == len(videos_in(tmp_path / "alpha")) == KINDS[kind]
    assert report.units <= 1 + 2 * 3
