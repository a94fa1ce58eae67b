"""The engine finds the video whose thumbnail a picture is, those whose thumbnails are most like it, and how typical
it is of a channel.
"""

import asyncio
import hashlib
import io
import json
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from classifier.engine import Engine
from classifier.errors import NoIndexError
from classifier.models.eye_model import INDEX_NAME
from classifier.pictures.channel_record import RECORD_NAME, ChannelRecord, save_record
from classifier.values import KnownVideo
from tests.classifier.drawn import COLOURS, UNKNOWN, draw_channels, pixels
from tests.classifier.engines import NOWHERE, png
from tests.pictures import video_name

VIDEO = video_name("fern", 3)


@pytest.fixture
def thumbnails(eye_home: Path) -> Path:
    """The drawn thumbnails in the engine's data folder, with records and titles."""
    folder = draw_channels(eye_home / "thumbnails", 24)
    for channel in COLOURS:
        files = sorted((folder / channel).glob("*.jpg"))
        sha256 = {file.stem: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
        titles = {file.stem: f"Title of\n{file.stem}" for file in files}
        save_record(folder / channel, ChannelRecord("UC", None, channel, datetime.now(UTC), sha256, titles))
    return folder


@pytest.fixture
async def engine(eye_home: Path, thumbnails: Path) -> AsyncIterator[Engine]:
    engine = Engine(eye_home, NOWHERE)
    await engine.start()
    yield engine
    await engine.close()


def reposted(quality: int = 40) -> bytes:
    """A known thumbnail, larger and cropped."""
    file = io.BytesIO()
    whole = Image.fromarray(pixels(COLOURS["fern"], ("fern", 3)))
    whole.crop((16, 9, 304, 171)).resize((640, 360)).save(file, "JPEG", quality=quality)
    return file.getvalue()


async def test_a_repost_is_its_video(engine: Engine) -> None:
    prediction = await engine.classify(None, reposted())
    assert prediction.exact == KnownVideo(VIDEO, f"Title of {VIDEO}", prediction.channel)
    assert prediction.channel.label == "fern"


async def test_the_video_is_found_only_if_it_is_wanted(engine: Engine) -> None:
    prediction = await engine.classify(None, reposted(), find_video=False)
    assert (prediction.exact, prediction.channel.label) == (None, "fern")


async def test_a_new_picture_is_no_known_video(engine: Engine) -> None:
    for name in COLOURS:
        assert (await engine.classify(None, png(name))).exact is None


async def test_a_deleted_thumbnail_is_no_longer_found(engine: Engine, thumbnails: Path) -> None:
    (thumbnails / "fern" / f"{VIDEO}.jpg").unlink()
    assert (await engine.classify(None, reposted())).exact is None


async def test_a_thumbnail_that_was_replaced_is_not_found(engine: Engine, thumbnails: Path) -> None:
    (thumbnails / "fern" / f"{VIDEO}.jpg").write_bytes(png("fern"))
    assert (await engine.classify(None, reposted())).exact is None


@pytest.mark.parametrize("content", ["", "{", '{"id": 1}'])
async def test_without_a_record_an_answer_is_complete(engine: Engine, thumbnails: Path, content: str) -> None:
    record = thumbnails / "fern" / RECORD_NAME
    if content:
        record.write_text(content)
    else:
        record.unlink()
    prediction = await engine.classify(None, reposted())
    assert (prediction.exact, prediction.channel.label) == (None, "fern")


async def test_what_a_record_calls_a_video_must_be_an_id(engine: Engine, thumbnails: Path) -> None:
    record = json.loads((thumbnails / "fern" / RECORD_NAME).read_bytes())
    record["sha256"][f"../fern/{VIDEO}"] = record["sha256"].pop(VIDEO)
    (thumbnails / "fern" / RECORD_NAME).write_text(json.dumps(record))
    assert (await engine.classify(None, reposted())).exact is None


async def test_a_model_of_an_earlier_version_has_no_index_and_still_answers(eye_home: Path, thumbnails: Path) -> None:
    await asyncio.to_thread(lambda: [index.unlink() for index in eye_home.rglob(INDEX_NAME)])
    engine = Engine(eye_home, NOWHERE)
    await engine.start()
    prediction = await engine.classify(None, reposted())
    await engine.close()
    assert (prediction.exact, prediction.channel.label) == (None, "fern")


# Most similar thumbnails


async def test_an_explanation_shows_the_most_similar_thumbnails(engine: Engine) -> None:
    why = await engine.explain(None, png("fern"))
    (nearest,) = why.nearest
    assert nearest.channel == why.channel
    assert len({video.id for video in nearest.videos}) == 3
    assert {video.channel.label for video in nearest.videos} == {"fern"}
    assert all(video.title == f"Title of {video.id}" for video in nearest.videos)
    with Image.open(io.BytesIO(nearest.figure)) as figure:
        assert figure.width == 1040


async def test_a_doubtful_answer_also_shows_the_next_channels(engine: Engine) -> None:
    file = io.BytesIO()
    Image.fromarray(pixels(UNKNOWN, 7)).save(file, "PNG")
    prediction = await engine.classify(None, file.getvalue())
    assert prediction.unknown
    why = await engine.explain(None, file.getvalue())
    assert [it.channel for it in why.nearest] == [guess.channel for guess in prediction.guesses[:2]]


async def test_deleted_thumbnails_are_not_shown(engine: Engine, thumbnails: Path) -> None:
    before = (await engine.explain(None, png("fern"))).nearest[0].videos
    (thumbnails / "fern" / f"{before[0].id}.jpg").unlink()
    after = (await engine.explain(None, png("fern"))).nearest[0].videos
    assert after[:2] == before[1:]
    assert len(after) == 3
    shutil.rmtree(thumbnails / "fern")
    assert (await engine.explain(None, png("fern"))).nearest == ()


# Comparisons


async def test_a_picture_is_more_typical_of_its_own_channel(engine: Engine) -> None:
    own, other = [await engine.compare(None, png("fern"), label) for label in ("fern", "cobalt")]
    assert (own.channel.label, other.channel.label) == ("fern", "cobalt")
    assert own.percentile > other.percentile
    assert other.percentile == 0
    assert own.held_out > 0
    assert own.nearest is not None
    assert {video.channel.label for video in own.nearest.videos} == {"fern"}
    for colours in (own.colours, own.channel_colours):
        assert sum(colour.share for colour in colours) == pytest.approx(1)
        assert colours[0].green > colours[0].blue
    with Image.open(io.BytesIO(own.figure)) as figure:
        assert figure.width == 1040


async def test_a_comparison_needs_no_thumbnails(engine: Engine, thumbnails: Path) -> None:
    shutil.rmtree(thumbnails)
    found = await engine.compare(None, png("fern"), "fern")
    assert (found.nearest, found.channel_colours) == (None, ())
    assert found.percentile > 0


async def test_a_channel_that_the_model_does_not_know_is_an_error(engine: Engine) -> None:
    with pytest.raises(NoIndexError, match="does not know that channel"):
        await engine.compare(None, png("fern"), "nobody")


async def test_a_model_without_an_index_can_not_compare(home: Path) -> None:
    engine = Engine(home, NOWHERE)
    await engine.start()
    with pytest.raises(NoIndexError, match="Train it again"):
        await engine.compare(None, png("fern"), "fern")
    assert (await engine.explain(None, png("fern"))).nearest == ()
    await engine.close()
