"""Values that several tests of the bot share."""

import struct
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.replies.message import Reply
from bot.settings import DiscordSettings, Settings
from classifier.settings import YouTubeSettings
from classifier.values import Channel, Comparison, Guess, KnownVideo, Metrics, ModelInfo, Prediction, RetrainReport

NERDOLOGIA = Channel("nerdologia", "Nerdologia", id="UC" + "n" * 22, handle="@nerdologia")
PEIXE = Channel("peixe", "Peixe Babel")
HOSTILE = Channel("x", "**Boom** [free](https://evil.example) <@1> @everyone\n# `x`")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 32, height: int = 18) -> bytes:
    """A grey PNG."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def prediction(*probabilities: float, unknown: bool = False, version: str = "v2") -> Prediction:
    """A prediction of Nerdologia, Peixe Babel, and then numbered channels."""
    channels = [NERDOLOGIA, PEIXE, *(Channel(f"c{n}", f"Channel {n}") for n in range(len(probabilities)))]
    guesses = (Guess(channel, share) for channel, share in zip(channels, probabilities, strict=False))
    return Prediction(tuple(guesses), unknown, version)


def exact_prediction(title: str = "What is *time*?", channel: Channel = NERDOLOGIA) -> Prediction:
    """A prediction about a picture that is a known thumbnail."""
    return replace(prediction(0.6, 0.4, unknown=True), exact=KnownVideo("jNQXAC9IVRw", title, channel))


def metrics(accuracy: float = 0.96, n: int = 50, **others: Any) -> Metrics:
    """Metrics of two channels, some of them overridden by `others`."""
    values = {"precision": 0.95, "recall": 0.94, "f1": 0.945, "log_loss": 0.12, "ece": 0.02}
    labels, confusion = ("nerdologia", "peixe"), ((24, 1), (1, 24))
    return Metrics(n=n, accuracy=accuracy, **(values | {"confusion": confusion, "labels": labels} | others))


def model(**others: Any) -> ModelInfo:
    """A model of two channels; `others` are some of its metrics."""
    when = datetime(2026, 1, 2, tzinfo=UTC)
    return ModelInfo("v2", when, "net", (NERDOLOGIA, PEIXE), 800, metrics(**others), fetched=(when, when))


def comparison(before: float, *, worse: bool = False) -> Comparison:
    """A comparison with a model of this accuracy."""
    return Comparison(metrics(before), only_before=1, only_after=4, worse=worse)


def retrain_report(**others: Any) -> RetrainReport:
    """A report of a successful training, with some values overridden by `others`."""
    values = {"model": model(), "comparison": comparison(0.9), "swapped": True, "skipped": ()}
    return RetrainReport(**(values | others))


def settings(data_dir: Path, **others: Any) -> Settings:
    """Settings that depend on no environment and no `.env`; `discord` and `youtube` are the values of the groups."""
    groups = {
        "discord": DiscordSettings(_env_file=None, **others.pop("discord", {})),
        "youtube": YouTubeSettings(_env_file=None, **others.pop("youtube", {})),
    }
    return Settings(_env_file=None, data_dir=data_dir, **groups, **{"metrics_port": 0, **others})


def text_of(reply: Reply) -> str:
    """The whole text of a reply's embeds."""
    return "\n".join(str(embed.to_dict()) for embed in reply.embeds)
