"""Worker: a real child process, whose errors arrive with their kind and data."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.sandbox.youtube import LocalYouTube
from classifier.errors import LinkError, MissingKeyError, TooFewThumbnailsError, TrainingError, UnknownChannelError
from classifier.serving.worker import Worker, _answer
from tests.classifier.drawn import draw_channel


@pytest.fixture(autouse=True)
def one_thread_per_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def worker(local_youtube: LocalYouTube) -> Worker:
    return Worker(local_youtube.settings, lambda _: None)


async def test_an_unknown_channel_arrives_with_its_name(worker: Worker, tmp_path: Path) -> None:
    with pytest.raises(UnknownChannelError, match="YouTube has no channel @nobody") as caught:
        await worker.crawl(["@nobody"], tmp_path / "data", 3, unknown=tmp_path / "unknown")
    assert caught.value.data == {"channel": "@nobody"}


async def test_an_error_without_data_arrives_as_it_was(worker: Worker, tmp_path: Path) -> None:
    with pytest.raises(LinkError) as caught:
        await worker.crawl(["https://example.com/"], tmp_path / "data", 3, unknown=tmp_path / "unknown")
    assert caught.value.data == {}


async def test_a_missing_key_arrives_as_a_missing_key(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    keyless = local_youtube.settings.model_copy(update={"api_key": SecretStr(" ")})
    with pytest.raises(MissingKeyError, match="YOUTUBE_API_KEY"):
        await Worker(keyless, lambda _: None).crawl(["@beta"], tmp_path / "data", 3, unknown=tmp_path / "unknown")


async def test_a_training_error_arrives_as_it_was(worker: Worker, tmp_path: Path) -> None:
    draw_channel(tmp_path / "data" / "amber", 8)
    with pytest.raises(TooFewThumbnailsError, match="Only 1 channel has thumbnails"):
        await worker.train(
            tmp_path / "data",
            ["amber"],
            tmp_path / "model",
            network="net",
            features=tmp_path / "features",
            feature_bytes=10**6,
            unknown=[],
            reviewed=None,
            against=None,
        )
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("name", ["NoSuchError", "CancelledError", "Exception"])
def test_an_error_of_no_known_kind_is_a_training_error(name: str) -> None:
    output = f'{{"error": "{name}", "message": "It failed.", "data": {{"count": 3}}}}'.encode()
    with pytest.raises(TrainingError, match=r"It failed\.") as caught:
        _answer("train", 1, output, [])
    assert type(caught.value) is TrainingError
    assert caught.value.data == {"count": 3}


def test_an_error_without_data_can_be_read() -> None:
    with pytest.raises(UnknownChannelError) as caught:
        _answer("crawl", 1, b'{"error": "UnknownChannelError", "message": "It is gone."}', [])
    assert caught.value.data == {}
