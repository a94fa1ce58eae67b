"""Values that several tests of the bot use."""

import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.replies.message import Reply
from bot.settings import DiscordSettings, Settings
from classifier.settings import YouTubeSettings
from classifier.values import Channel, Comparison, Guess, Metrics, ModelInfo, Prediction, RetrainReport

NERDOLOGIA = Channel("nerdologia", "Nerdologia", id="UC" + "n" * 22, handle="@nerdologia")
PEIXE = Channel("peixe", "Peixe Babel")
HOSTILE = Channel("x", "**Boom** [free](https://evil.example) <@1> @everyone\n# `x`")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 32, height: int = 18) -> bytes:
    """A grey picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def prediction(*probabilities: float, unknown: bool = False) -> Prediction:
    """A prediction of Nerdologia, Peixe Babel, and then numbered channels."""
    channels = [NERDOLOGIA, PEIXE, *(Channel(f"c{n}", f"Channel {n}") for n in range(len(probabilities)))]
    guesses = (Guess(channel, share) for channel, share in zip(channels, probabilities, strict=False))
    return Prediction(tuple(guesses), unknown)


def metrics(accuracy: float = 0.96, n: int = 50, **others: Any) -> Metrics:
    """Metrics over two channels of which `others` overrides some."""
    values = {"precision": 0.95, "recall": 0.94, "f1": 0.945, "log_loss": 0.12, "ece": 0.02}
    labels, confusion = ("nerdologia", "peixe"), ((24, 1), (1, 24))
    return Metrics(n=n, accuracy=accuracy, **(values | {"confusion": confusion, "labels": labels} | others))


def model(**others: Any) -> ModelInfo:
    """A model of two channels, whose metrics have `others`."""
    when = datetime(2026, 1, 2, tzinfo=UTC)
    return ModelInfo("v2", when, "net", (NERDOLOGIA, PEIXE), pictures=800, metrics=metrics(**others))


def comparison(before: float, *, worse: bool = False) -> Comparison:
    """A comparison with a model of this accuracy."""
    return Comparison(metrics(before), only_before=1, only_after=4, worse=worse)


def training_report(**others: Any) -> RetrainReport:
    """A report of a training that went well, of which `others` overrides some."""
    values = {"model": model(), "comparison": comparison(0.9), "swapped": True, "skipped": (), "confusion_plot": png()}
    return RetrainReport(**(values | others))


def settings(data_dir: Path, **others: Any) -> Settings:
    """Settings that no environment and no `.env` has a hand in; `discord` and `youtube` are their groups' values."""
    groups = {
        "discord": DiscordSettings(_env_file=None, **others.pop("discord", {})),
        "youtube": YouTubeSettings(_env_file=None, **others.pop("youtube", {})),
    }
    return Settings(_env_file=None, data_dir=data_dir, **groups, **others)


def text_of(reply: Reply) -> str:
    """All that the embeds of a reply say."""
    return "\n".join(str(embed.to_dict()) for embed in reply.embeds)
