"""The record in a channel's folder."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.errors import DatasetError
from classifier.pictures.channel_record import ChannelRecord, channel_of, load_record, save_record
from classifier.pictures.dataset import Dataset
from classifier.values import Channel
from tests.classifier.stores import touch


def test_a_record_says_which_channel_a_folder_holds(tmp_path: Path) -> None:
    touch(tmp_path, "nerdologia/abcdefghijk.jpg")
    record = ChannelRecord("UC" + "n" * 22, "@nerdologia", "Nerdologia", datetime(2026, 1, 2, tzinfo=UTC), {"a": "b"})
    save_record(tmp_path / "nerdologia", record)
    assert load_record(tmp_path / "nerdologia") == record
    assert {path.name for path in (tmp_path / "nerdologia").iterdir()} == {"channel.json", "abcdefghijk.jpg"}
    expected = Channel("nerdologia", "Nerdologia", id="UC" + "n" * 22, handle="@nerdologia")
    assert Dataset.open(tmp_path).channels == (expected,)
    assert channel_of(tmp_path / "nerdologia") == expected


@pytest.mark.parametrize("broken", [b"", b"{", b"[]", b'{"id": 5}', b"\xff\xfe", json.dumps({"id": "UC"}).encode()])
def test_a_broken_record_is_an_error_that_names_it(broken: bytes, tmp_path: Path) -> None:
    touch(tmp_path, "alpha/1.jpg")
    (tmp_path / "alpha" / "channel.json").write_bytes(broken)
    with pytest.raises(DatasetError, match=r"alpha/channel\.json can't be read .*\. Delete it and crawl again"):
        Dataset.open(tmp_path)


@given(st.binary(max_size=60))
def test_arbitrary_bytes_are_rejected(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("record")
    (folder / "channel.json").write_bytes(data)
    with pytest.raises(DatasetError):
        load_record(folder)
