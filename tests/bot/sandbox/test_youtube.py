"""The local YouTube, compared with recorded responses of the real one."""

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image

from bot.sandbox.youtube import Library, LocalYouTube
from tests.pictures import draw_channel, video_name


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def recorded(shared_data: Path) -> Path:
    """The folder of recorded responses."""
    return shared_data / "youtube-api"


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def shape(value: object) -> object:
    """The names and types in a response; only those of the first item of a list."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return type(value).__name__


async def call(youtube: LocalYouTube, resource: str, status: int = 200, **query: str | int) -> Any:
    """Call the Data API with the valid key; returns its response."""
    query = {"key": youtube.api_key, **query}
    async with aiohttp.ClientSession() as session, session.get(youtube.api_url + resource, params=query) as response:
        assert response.status == status
        assert response.content_type == "application/json"
        return await response.json()


async def test_channels_have_the_recorded_shape(local_youtube: LocalYouTube, recorded: Path) -> None:
    channel = local_youtube.library.channels[0]
    parts = ("snippet", "contentDetails", "statistics")
    response = await call(local_youtube, "channels", id=channel.id, part=",".join(parts))
    expected = read(recorded / "apidata" / "channels" / "info_multiple.json")
    item = expected["items"][1]
    expected["items"] = [{name: item[name] for name in ("kind", "etag", "id", *parts)}]
    assert shape(response) == shape(expected)


async def test_playlist_items_have_the_recorded_shape(local_youtube: LocalYouTube, recorded: Path) -> None:
    uploads = local_youtube.library.by_handle["@alpha"].uploads
    parts = "snippet,contentDetails,status"
    response = await call(local_youtube, "playlistItems", playlistId=uploads, part=parts, maxResults=50)
    folder = recorded / "apidata" / "playlist_items"
    first, last = read(folder / "playlist_items_paged_1.json"), read(folder / "playlist_items_paged_2.json")
    assert {name: shape(value) for name, value in response.items() if name != "items"} == {
        name: shape(value) for name, value in first.items() if name != "items"
    }
    item = read(recorded / "modeldata" / "playlist_items" / "playlist_item_info.json")
    assert shape(response["items"][0]) == shape(item)
    thumbnails = response["items"][0]["snippet"]["thumbnails"]
    sizes = {name: (size["width"], size["height"], Path(size["url"]).name) for name, size in thumbnails.items()}
    assert sizes == {
        name: (size["width"], size["height"], Path(size["url"]).name)
        for name, size in item["snippet"]["thumbnails"].items()
    }
    token = response["nextPageToken"]
    middle = await call(local_youtube, "playlistItems", playlistId=uploads, part="id", maxResults=50, pageToken=token)
    end = await call(
        local_youtube, "playlistItems", playlistId=uploads, part="id", maxResults=50, pageToken=middle["nextPageToken"]
    )
    assert end.keys() == last.keys()


async def test_videos_have_the_recorded_shape(local_youtube: LocalYouTube, recorded: Path) -> None:
    response = await call(local_youtube, "videos", id=video_name("alpha", 0), part="snippet,player")
    assert shape(response) == shape(read(recorded / "apidata" / "videos" / "videos_info_single.json"))


async def test_charts_have_the_recorded_shape(small_channels: Path, unknown_channels: Path, recorded: Path) -> None:
    async with LocalYouTube(small_channels, unknown=unknown_channels) as youtube:
        query: dict[str, str | int] = {"chart": "mostPopular", "part": "snippet,player", "maxResults": 50}
        pages = [await call(youtube, "videos", **query)]
        while token := pages[-1].get("nextPageToken"):
            pages.append(await call(youtube, "videos", **query, pageToken=token))
    expected = shape(read(recorded / "apidata" / "videos" / "videos_info_multi.json"))
    assert shape({name: value for name, value in pages[0].items() if name != "nextPageToken"}) == expected
    assert all(page["pageInfo"] == {"totalResults": 126, "resultsPerPage": 50} for page in pages)
    assert [len(page["items"]) for page in pages] == [50, 50, 26]
    assert len({item["id"] for page in pages for item in page["items"]}) == 126


async def test_charts_differ_by_region_and_category(small_channels: Path, unknown_channels: Path) -> None:
    private, held_back = video_name("beta", 0), video_name("beta", 6)
    async with LocalYouTube(
        small_channels, hold_back=1, hidden={private: "private"}, unknown=unknown_channels
    ) as youtube:

        async def chart(**query: str) -> list[tuple[str, str]]:
            page = await call(youtube, "videos", chart="mostPopular", part="snippet", maxResults=50, **query)
            return [(item["id"], item["snippet"]["categoryId"]) for item in page["items"]]

        assert {channel.handle for channel in youtube.library.channels} == {"@alpha", "@beta"}
        everywhere = await chart(videoCategoryId="0")
        assert await chart(regionCode="US") == everywhere
        assert await chart(regionCode="BR") != everywhere
        gaming = await chart(videoCategoryId="20")
        assert {category for _, category in gaming} == {"20"}
        listed = {video.id for _, video in youtube.library.chart("US", None)}
        assert len(listed) == 3 * 40 + 3 + 2
        assert not listed & {private, held_back}


async def test_a_wrong_key_gets_the_recorded_error(local_youtube: LocalYouTube, recorded: Path) -> None:
    assert await call(local_youtube, "channels", 400, key="wrong", part="id") == read(recorded / "error_response.json")
    assert local_youtube.units == 0


@pytest.mark.parametrize(
    ("resource", "query", "status", "reason"),
    [
        ("channels", {"part": "id"}, 400, "missingRequiredParameter"),
        ("channels", {"forHandle": "@alpha"}, 400, "missingRequiredParameter"),
        ("videos", {"part": "id"}, 400, "missingRequiredParameter"),
        ("videos", {"part": "id", "id": "x", "chart": "mostPopular"}, 400, "incompatibleParameters"),
        ("videos", {"part": "id", "chart": "leastPopular"}, 404, "videoChartNotFound"),
        ("videos", {"part": "id", "chart": "mostPopular", "videoCategoryId": "27"}, 404, "videoChartNotFound"),
        ("videos", {"part": "id", "chart": "mostPopular", "regionCode": "USA"}, 400, "invalidRegionCode"),
        ("videos", {"part": "id", "chart": "mostPopular", "maxResults": "51"}, 400, "invalidValue"),
        ("search", {"part": "id"}, 404, "notFound"),
        ("playlistItems", {"part": "id", "playlistId": "UUnone"}, 404, "playlistNotFound"),
    ],
)
async def test_invalid_calls_get_youtubes_errors(
    resource: str, query: dict[str, str], status: int, reason: str, local_youtube: LocalYouTube
) -> None:
    error = (await call(local_youtube, resource, status, **query))["error"]
    assert (error["code"], error["errors"][0]["reason"]) == (status, reason)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"maxResults": 51}, "invalidValue"),
        ({"maxResults": "many"}, "invalidValue"),
        ({"pageToken": "invalid"}, "invalidPageToken"),
    ],
)
async def test_invalid_pages_get_youtubes_errors(
    query: dict[str, str | int], reason: str, local_youtube: LocalYouTube
) -> None:
    uploads = local_youtube.library.by_handle["@alpha"].uploads
    response = await call(local_youtube, "playlistItems", 400, part="id", playlistId=uploads, **query)
    assert response["error"]["errors"][0]["reason"] == reason


async def test_a_missing_key_gets_403(local_youtube: LocalYouTube, session: aiohttp.ClientSession) -> None:
    async with session.get(local_youtube.api_url + "channels?part=id") as response:
        assert response.status == 403


@pytest.mark.parametrize("query", [{"forHandle": "@nobody"}, {"forUsername": "nobody"}, {"id": "UCnone"}])
async def test_the_response_for_a_missing_channel_has_no_items(
    query: dict[str, str], local_youtube: LocalYouTube
) -> None:
    response = await call(local_youtube, "channels", part="id", **query)
    assert "items" not in response
    assert response["pageInfo"]["totalResults"] == 0


async def test_pages_contain_each_video_once_from_newest_to_oldest(local_youtube: LocalYouTube) -> None:
    channel = local_youtube.library.by_handle["@alpha"]
    found: list[str] = []
    times: list[str] = []
    query: dict[str, str | int] = {"playlistId": channel.uploads, "part": "snippet", "maxResults": 50}
    while True:
        page = await call(local_youtube, "playlistItems", **query)
        found += [item["snippet"]["resourceId"]["videoId"] for item in page["items"]]
        times += [item["snippet"]["publishedAt"] for item in page["items"]]
        if "nextPageToken" not in page:
            break
        query["pageToken"] = page["nextPageToken"]
    assert found == [video.id for video in channel.videos]
    assert times == sorted(times, reverse=True)
    assert local_youtube.units == 3
    previous = await call(local_youtube, "playlistItems", **(query | {"pageToken": page["prevPageToken"]}))
    assert previous["items"][0]["snippet"]["resourceId"]["videoId"] == found[50]


async def test_hidden_videos_are_listed_without_thumbnails(small_channels: Path) -> None:
    private, deleted = video_name("beta", 0), video_name("beta", 1)
    async with LocalYouTube(small_channels, hidden={private: "private", deleted: "deleted"}) as youtube:
        uploads = youtube.library.by_handle["@beta"].uploads
        page = await call(youtube, "playlistItems", playlistId=uploads, part="snippet,status", maxResults=2)
        listed = [(item["snippet"]["title"], item["status"]["privacyStatus"]) for item in page["items"]]
        assert listed == [("Private video", "private"), ("Deleted video", "privacyStatusUnspecified")]
        assert all(item["snippet"]["thumbnails"] == {} for item in page["items"])
        videos = await call(youtube, "videos", id=f"{private},{deleted}", part="snippet")
        assert videos["items"] == []


async def test_held_back_videos_exist_but_are_not_listed(small_channels: Path, session: aiohttp.ClientSession) -> None:
    async with LocalYouTube(small_channels, hold_back=10) as youtube:
        alpha, beta = youtube.library.channels
        assert (len(alpha.listed), len(alpha.held_back)) == (110, 10)
        assert (len(beta.listed), len(beta.held_back)) == (4, 3)
        page = await call(youtube, "playlistItems", playlistId=beta.uploads, part="snippet", maxResults=50)
        assert page["pageInfo"]["totalResults"] == len(page["items"]) == 4
        async with session.get(f"{youtube.thumbnails_url}/vi/{beta.held_back[0].id}/mqdefault.jpg") as response:
            assert response.status == 200


@pytest.mark.parametrize(
    ("name", "size", "has_bars"),
    [
        ("default", (120, 90), True),
        ("mqdefault", (320, 180), False),
        ("hqdefault", (480, 360), True),
        ("sddefault", (640, 480), True),
        ("maxresdefault", (1280, 720), False),
    ],
)
async def test_thumbnails_have_youtubes_sizes_and_bars(
    name: str, size: tuple[int, int], has_bars: bool, local_youtube: LocalYouTube, session: aiohttp.ClientSession
) -> None:
    async with session.get(f"{local_youtube.thumbnails_url}/vi/{video_name('alpha', 1)}/{name}.jpg") as response:
        assert response.content_type == "image/jpeg"
        image = Image.open(io.BytesIO(await response.read()))
    assert image.size == size
    assert (max(image.getpixel((size[0] // 2, 2))) < 12) == has_bars
    assert max(image.getpixel((size[0] // 2, size[1] // 2))) > 12


async def test_a_missing_thumbnail_is_the_grey_placeholder_with_404(
    local_youtube: LocalYouTube, session: aiohttp.ClientSession
) -> None:
    for path in ("aaaaaaaaaaa/mqdefault", f"{video_name('alpha', 1)}/nosuchsize"):
        async with session.get(f"{local_youtube.thumbnails_url}/vi/{path}.jpg") as response:
            assert response.status == 404
            assert Image.open(io.BytesIO(await response.read())).size == (120, 90)


async def test_oembed_only_describes_public_videos(small_channels: Path, session: aiohttp.ClientSession) -> None:
    public, private, deleted = (video_name("beta", index) for index in range(3))
    async with LocalYouTube(small_channels, hidden={private: "private", deleted: "deleted"}) as youtube:

        async def status(url: str) -> int:
            async with session.get(youtube.oembed_url, params={"url": url, "format": "json"}) as response:
                return response.status

        async with session.get(youtube.oembed_url, params={"url": f"https://youtu.be/{public}"}) as response:
            embed = await response.json()
        assert (embed["author_name"], embed["author_url"]) == ("Beta", "https://www.youtube.com/@beta")
        assert embed["thumbnail_url"] == f"{youtube.thumbnails_url}/vi/{public}/hqdefault.jpg"
        assert await status(f"https://youtu.be/{private}") == 401
        assert await status(f"https://youtu.be/{deleted}") == 404
        assert await status("https://youtu.be/aaaaaaaaaaa") == 404
        assert await status("no link") == 404


async def test_injected_faults_end(local_youtube: LocalYouTube, session: aiohttp.ClientSession) -> None:
    url = f"{local_youtube.thumbnails_url}/vi/{video_name('alpha', 1)}/mqdefault.jpg"
    local_youtube.faults.thumbnails.reset = 2  # aiohttp's client retries once by itself
    with pytest.raises(aiohttp.ClientConnectionError):
        await session.get(url)
    local_youtube.faults.thumbnails.unavailable = 1
    async with session.get(url) as response:
        assert (response.status, response.content_type) == (503, "text/html")
    async with session.get(url) as response:
        assert response.status == 200
    assert list(local_youtube.requests) == [f"/vi/{video_name('alpha', 1)}/mqdefault.jpg"] * 4


async def test_the_quota_is_limited(local_youtube: LocalYouTube) -> None:
    local_youtube.faults.quota = 1
    query = {"playlistId": local_youtube.library.by_handle["@alpha"].uploads, "part": "id"}
    page = await call(local_youtube, "playlistItems", **query)
    error = await call(local_youtube, "playlistItems", 403, **query, pageToken=page["nextPageToken"])
    assert error["error"]["errors"][0]["reason"] == "quotaExceeded"
    assert local_youtube.units == 1


def test_any_folder_of_images_is_read_as_the_same_channels_each_time(tmp_path: Path) -> None:
    draw_channel(tmp_path / "a folder, any", 2)
    (tmp_path / "a folder, any" / "__-__-00000.jpg").touch()
    (tmp_path / "a folder, any" / "not an id.png").touch()
    (tmp_path / "a folder, any" / "channel.json").write_text("{broken")
    (tmp_path / "empty").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "a file.txt").touch()
    library = Library.read(tmp_path)
    (channel,) = library.channels
    assert channel.handle == "@a-folder--any"
    assert (len(channel.id), channel.id[:2], channel.uploads[2:]) == (24, "UC", channel.id[2:])
    assert {len(video.id) for video in channel.videos} == {11}
    assert Library.read(tmp_path).channels == library.channels


def test_channels_have_the_facts_of_their_channel_json(tmp_path: Path) -> None:
    facts = {"id": "UC" + "a" * 22, "handle": "@recorded", "title": "As recorded"}
    (draw_channel(tmp_path / "any", 1) / "channel.json").write_text(json.dumps(facts))
    (channel,) = Library.read(tmp_path).channels
    assert (channel.id, channel.handle, channel.title) == tuple(facts.values())


def test_thumbnails_in_deeper_folders_are_videos_of_the_channel(tmp_path: Path) -> None:
    draw_channel(tmp_path / "alpha", 2)
    for year in ("2023", "2024"):
        (tmp_path / "alpha" / year).mkdir()
        (tmp_path / "alpha" / year / "not an id.jpg").touch()
    draw_channel(tmp_path / "@eaDir" / "alpha", 1)
    (tmp_path / "loop").symlink_to(tmp_path)
    (channel,) = Library.read(tmp_path).channels
    assert len({video.id for video in channel.videos}) == 4


async def test_a_channel_has_lists_of_its_long_videos_and_of_its_shorts(tmp_path: Path) -> None:
    draw_channel(tmp_path / "any", 3)
    draw_channel(tmp_path / "any" / "shorts", 2)
    draw_channel(tmp_path / "plain", 1)
    async with LocalYouTube(tmp_path) as youtube:
        mixed, plain = (youtube.library.by_handle[name].id[2:] for name in ("@any", "@plain"))
        for prefix, count in (("UU", 5), ("UULF", 3), ("UUSH", 2)):
            page = await call(youtube, "playlistItems", playlistId=prefix + mixed, part="snippet", maxResults=50)
            assert page["pageInfo"]["totalResults"] == len(page["items"]) == count
            assert {item["snippet"]["playlistId"] for item in page["items"]} == {prefix + mixed}
        for missing in ("UUSH" + plain, "UULV" + mixed):
            refusal = await call(youtube, "playlistItems", status=404, playlistId=missing, part="snippet")
            assert refusal["error"]["errors"][0]["reason"] == "playlistNotFound"
        youtube.faults.missing_lists = {"UULF"}
        await call(youtube, "playlistItems", status=404, playlistId="UULF" + mixed, part="snippet")
        await call(youtube, "playlistItems", playlistId="UU" + mixed, part="snippet")
