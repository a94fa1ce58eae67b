"""Examples without any files, for tests of how they are split."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from classifier.pictures.examples import Examples
from classifier.values import Channel


def made_up_examples(
    names: dict[str, Sequence[str]], hashes: dict[str, int] | None = None, folder: Path = Path("data")
) -> Examples:
    """Examples of files that do not exist, all different except for the given hashes."""
    files = [folder / channel / f"{name}.jpg" for channel, own in names.items() for name in own]
    random = np.random.default_rng(0)
    different = random.integers(0, 2**63, len(files), dtype=np.uint64) * np.uint64(2)
    given = hashes or {}
    return Examples(
        channels=tuple(Channel(name, name) for name in names),
        inputs=np.zeros((len(files), 1), dtype=np.float32),
        targets=np.array([target for target, own in enumerate(names.values()) for _ in own], dtype=np.int64),
        hashes=np.array(
            [given.get(file.stem, int(own)) for file, own in zip(files, different, strict=True)], dtype=np.uint64
        ),
        files=tuple(files),
        skipped=(),
    )


def numbered(channel: str, count: int) -> list[str]:
    """The names of a channel's thumbnails."""
    return [f"{channel}-{index:04}" for index in range(count)]
