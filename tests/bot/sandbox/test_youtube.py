"""The local YouTube beside recorded answers of the real one."""

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
    """The folder of recorded answers."""
    return shared_data / "youtube-api"


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def shape(value: object) -> object:
    """The names and types in an answer; of a list those of its first item."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return type(value).__name__


async def ask(youtube: LocalYouTube, resource: str, status: int = 200, **query: str | int) -> Any:
    """What the Data API answers to a call with the right key."""
    query = {"key": youtube.api_key, **query}
    async with aiohttp.ClientSession() as session, session.get(youtube.api_url + resource, params=query) as response:
        assert response.status == status
        assert response.content_type == "application/json"
        return await response.json()


async def test_channels_look_like_the_recorded_ones(local_youtube: LocalYouTube, recorded: Path) -> None:
    channel = local_youtube.library.channels[0]
    parts = ("snippet", "contentDetails", "statistics")
    answer = await ask(local_youtube, "channels", id=channel.id, part=",".join(parts))
    theirs = read(recorded / "apidata" / "channels" / "info_multiple.json")
    item = theirs["items"][1]
    theirs["items"] = [{name: item[name] for name in ("kind", "etag", "id", *parts)}]
    assert shape(answer) == shape(theirs)


async def test_playlist_items_look_like_the_recorded_ones(local_youtube: LocalYouTube, recorded: Path) -> None:
    uploads = local_youtube.library.by_handle["@alpha"].uploads
    parts = "snippet,contentDetails,status"
    answer = await ask(local_youtube, "playlistItems", playlistId=uploads, part=parts, maxResults=50)
    folder = recorded / "apidata" / "playlist_items"
    first, last = read(folder / "playlist_items_paged_1.json"), read(folder / "playlist_items_paged_2.json")
    assert {name: shape(value) for name, value in answer.items() if name != "items"} == {
        name: shape(value) for name, value in first.items() if name != "items"
    }
    item = read(recorded / "modeldata" / "playlist_items" / "playlist_item_info.json")
    assert shape(answer["items"][0]) == shape(item)
    ours = answer["items"][0]["snippet"]["thumbnails"]
    sizes = {name: (size["width"], size["height"], Path(size["url"]).name) for name, size in ours.items()}
    assert sizes == {
        name: (size["width"], size["height"], Path(size["url"]).name)
        for name, size in item["snippet"]["thumbnails"].items()
    }
    token = answer["nextPageToken"]
    middle = await ask(local_youtube, "playlistItems", playlistId=uploads, part="id", maxResults=50, pageToken=token)
    end = await ask(
        local_youtube, "playlistItems", playlistId=uploads, part="id", maxResults=50, pageToken=middle["nextPageToken"]
    )
    assert end.keys() == last.keys()


async def test_videos_look_like_the_recorded_ones(local_youtube: LocalYouTube, recorded: Path) -> None:
    answer = await ask(local_youtube, "videos", id=video_name("alpha", 0), part="snippet,player")
    assert shape(answer) == shape(read(recorded / "apidata" / "videos" / "videos_info_single.json"))


async def test_a_chart_looks_like_the_recorded_videos(
    small_channels: Path, stranger_channels: Path, recorded: Path
) -> None:
    async with LocalYouTube(small_channels, strangers=stranger_channels) as youtube:
        query: dict[str, str | int] = {"chart": "mostPopular", "part": "snippet,player", "maxResults": 50}
        pages = [await ask(youtube, "videos", **query)]
        while token := pages[-1].get("nextPageToken"):
            pages.append(await ask(youtube, "videos", **query, pageToken=token))
    theirs = shape(read(recorded / "apidata" / "videos" / "videos_info_multi.json"))
    assert shape({name: value for name, value in pages[0].items() if name != "nextPageToken"}) == theirs
    assert all(page["pageInfo"] == {"totalResults": 126, "resultsPerPage": 50} for page in pages)
    assert [len(page["items"]) for page in pages] == [50, 50, 26]
    assert len({item["id"] for page in pages for item in page["items"]}) == 126


async def test_charts_differ_by_region_and_category(small_channels: Path, stranger_channels: Path) -> None:
    private, held_back = video_name("beta", 0), video_name("beta", 6)
    async with LocalYouTube(
        small_channels, hold_back=1, hidden={private: "private"}, strangers=stranger_channels
    ) as youtube:

        async def chart(**query: str) -> list[tuple[str, str]]:
            page = await ask(youtube, "videos", chart="mostPopular", part="snippet", maxResults=50, **query)
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


async def test_a_wrong_key_is_refused_as_recorded(local_youtube: LocalYouTube, recorded: Path) -> None:
    assert await ask(local_youtube, "channels", 400, key="wrong", part="id") == read(recorded / "error_response.json")
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
async def test_what_youtube_refuses_is_refused(
    resource: str, query: dict[str, str], status: int, reason: str, local_youtube: LocalYouTube
) -> None:
    error = (await ask(local_youtube, resource, status, **query))["error"]
    assert (error["code"], error["errors"][0]["reason"]) == (status, reason)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"maxResults": 51}, "invalidValue"),
        ({"maxResults": "many"}, "invalidValue"),
        ({"pageToken": "made-up"}, "invalidPageToken"),
    ],
)
async def test_pages_that_youtube_refuses(
    query: dict[str, str | int], reason: str, local_youtube: LocalYouTube
) -> None:
    uploads = local_youtube.library.by_handle["@alpha"].uploads
    answer = await ask(local_youtube, "playlistItems", 400, part="id", playlistId=uploads, **query)
    assert answer["error"]["errors"][0]["reason"] == reason


async def test_a_missing_key_is_refused(local_youtube: LocalYouTube, session: aiohttp.ClientSession) -> None:
    async with session.get(local_youtube.api_url + "channels?part=id") as response:
        assert response.status == 403


@pytest.mark.parametrize("query", [{"forHandle": "@nobody"}, {"forUsername": "nobody"}, {"id": "UCnone"}])
async def test_unknown_channels_are_answered_without_items(query: dict[str, str], local_youtube: LocalYouTube) -> None:
    answer = await ask(local_youtube, "channels", part="id", **query)
    assert "items" not in answer
    assert answer["pageInfo"]["totalResults"] == 0


async def test_pages_hold_every_video_once_newest_first(local_youtube: LocalYouTube) -> None:
    channel = local_youtube.library.by_handle["@alpha"]
    found: list[str] = []
    times: list[str] = []
    query: dict[str, str | int] = {"playlistId": channel.uploads, "part": "snippet", "maxResults": 50}
    while True:
        page = await ask(local_youtube, "playlistItems", **query)
        found += [item["snippet"]["resourceId"]["videoId"] for item in page["items"]]
        times += [item["snippet"]["publishedAt"] for item in page["items"]]
        if "nextPageToken" not in page:
            break
        query["pageToken"] = page["nextPageToken"]
    assert found == [video.id for video in channel.videos]
    assert times == sorted(times, reverse=True)
    assert local_youtube.units == 3
    back = await ask(local_youtube, "playlistItems", **(query | {"pageToken": page["prevPageToken"]}))
    assert back["items"][0]["snippet"]["resourceId"]["videoId"] == found[50]


async def test_hidden_videos_are_listed_without_pictures(small_channels: Path) -> None:
    private, deleted = video_name("beta", 0), video_name("beta", 1)
    async with LocalYouTube(small_channels, hidden={private: "private", deleted: "deleted"}) as youtube:
        uploads = youtube.library.by_handle["@beta"].uploads
        page = await ask(youtube, "playlistItems", playlistId=uploads, part="snippet,status", maxResults=2)
        seen = [(item["snippet"]["title"], item["status"]["privacyStatus"]) for item in page["items"]]
        assert seen == [("Private video", "private"), ("Deleted video", "privacyStatusUnspecified")]
        assert all(item["snippet"]["thumbnails"] == {} for item in page["items"])
        videos = await ask(youtube, "videos", id=f"{private},{deleted}", part="snippet")
        assert videos["items"] == []


async def test_held_back_videos_exist_but_are_not_listed(small_channels: Path, session: aiohttp.ClientSession) -> None:
    async with LocalYouTube(small_channels, hold_back=10) as youtube:
        alpha, beta = youtube.library.channels
        assert (len(alpha.listed), len(alpha.held_back)) == (110, 10)
        assert (len(beta.listed), len(beta.held_back)) == (4, 3)
        page = await ask(youtube, "playlistItems", playlistId=beta.uploads, part="snippet", maxResults=50)
        assert page["pageInfo"]["totalResults"] == len(page["items"]) == 4
        async with session.get(f"{youtube.pictures_url}/vi/{beta.held_back[0].id}/mqdefault.jpg") as response:
            assert response.status == 200


@pytest.mark.parametrize(
    ("name", "size", "barred"),
    [
        ("default", (120, 90), True),
        ("mqdefault", (320, 180), False),
        ("hqdefault", (480, 360), True),
        ("sddefault", (640, 480), True),
        ("maxresdefault", (1280, 720), False),
    ],
)
async def test_pictures_come_in_youtubes_sizes_and_with_its_bars(
    name: str, size: tuple[int, int], barred: bool, local_youtube: LocalYouTube, session: aiohttp.ClientSession
) -> None:
    async with session.get(f"{local_youtube.pictures_url}/vi/{video_name('alpha', 1)}/{name}.jpg") as response:
        assert response.content_type == "image/jpeg"
        image = Image.open(io.BytesIO(await response.read()))
    assert image.size == size
    assert (max(image.getpixel((size[0] // 2, 2))) < 12) == barred
    assert max(image.getpixel((size[0] // 2, size[1] // 2))) > 12


async def test_a_missing_picture_is_a_grey_one_with_404(
    local_youtube: LocalYouTube, session: aiohttp.ClientSession
) -> None:
    for path in ("aaaaaaaaaaa/mqdefault", f"{video_name('alpha', 1)}/nosuchsize"):
        async with session.get(f"{local_youtube.pictures_url}/vi/{path}.jpg") as response:
            assert response.status == 404
            assert Image.open(io.BytesIO(await response.read())).size == (120, 90)


async def test_oembed_knows_public_videos_alone(small_channels: Path, session: aiohttp.ClientSession) -> None:
    public, private, deleted = (video_name("beta", index) for index in range(3))
    async with LocalYouTube(small_channels, hidden={private: "private", deleted: "deleted"}) as youtube:

        async def status(url: str) -> int:
            async with session.get(youtube.oembed_url, params={"url": url, "format": "json"}) as response:
                return response.status

        async with session.get(youtube.oembed_url, params={"url": f"https://youtu.be/{public}"}) as response:
            answer = await response.json()
        assert (answer["author_name"], answer["author_url"]) == ("Beta", "https://www.youtube.com/@beta")
        assert answer["thumbnail_url"] == f"{youtube.pictures_url}/vi/{public}/hqdefault.jpg"
        assert await status(f"https://youtu.be/{private}") == 401
        assert await status(f"https://youtu.be/{deleted}") == 404
        assert await status("https://youtu.be/aaaaaaaaaaa") == 404
        assert await status("no link") == 404


async def test_faults_happen_on_demand_and_pass(local_youtube: LocalYouTube, session: aiohttp.ClientSession) -> None:
    url = f"{local_youtube.pictures_url}/vi/{video_name('alpha', 1)}/mqdefault.jpg"
    local_youtube.faults.pictures.reset = 2  # aiohttp's client tries a second time by itself
    with pytest.raises(aiohttp.ClientConnectionError):
        await session.get(url)
    local_youtube.faults.pictures.unavailable = 1
    async with session.get(url) as response:
        assert (response.status, response.content_type) == (503, "text/html")
    async with session.get(url) as response:
        assert response.status == 200
    assert list(local_youtube.requests) == [f"/vi/{video_name('alpha', 1)}/mqdefault.jpg"] * 4


async def test_the_quota_runs_out(local_youtube: LocalYouTube) -> None:
    local_youtube.faults.quota = 1
    query = {"playlistId": local_youtube.library.by_handle["@alpha"].uploads, "part": "id"}
    page = await ask(local_youtube, "playlistItems", **query)
    error = await ask(local_youtube, "playlistItems", 403, **query, pageToken=page["nextPageToken"])
    assert error["error"]["errors"][0]["reason"] == "quotaExceeded"
    assert local_youtube.units == 1


def test_any_folder_of_pictures_becomes_channels_the_same_each_time(tmp_path: Path) -> None:
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


def test_channels_are_what_their_record_says(tmp_path: Path) -> None:
    facts = {"id": "UC" + "a" * 22, "handle": "@told", "title": "As told"}
    (draw_channel(tmp_path / "any", 1) / "channel.json").write_text(json.dumps(facts))
    (channel,) = Library.read(tmp_path).channels
    assert (channel.id, channel.handle, channel.title) == tuple(facts.values())
