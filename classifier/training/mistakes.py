"""Mistakes: thumbnails that a model would give to another channel, for people to look at."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.links import is_video_id
from classifier.values import Mistake

MOST: Final = 24
"""Of held-out thumbnails, and as many of those learned from."""
DOUBTFUL: Final = 0.5
"""A thumbnail whose own channel is less probable than this is a mistake, even if no other is more probable."""


def find_mistakes(
    files: Sequence[Path],
    targets: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    labels: Sequence[str],
    *,
    held_out: bool,
) -> tuple[Mistake, ...]:
    """The worst mistakes on thumbnails of videos, highest loss first.

    `targets` [n] are the channels of `files`; `probabilities` [n, channels or channels + 1] come from models that did
    not learn from the thumbnail; a last column more is that of "unknown".
    """
    places = np.arange(len(files))
    own = probabilities[places, targets]
    others = probabilities.copy()
    others[places, targets] = -1
    nearest = others.argmax(axis=1)
    wrong = np.flatnonzero((own < DOUBTFUL) | (own < others.max(axis=1)))
    ordered = [int(place) for place in wrong[np.argsort(own[wrong], kind="stable")] if is_video_id(files[place].stem)]
    return tuple(
        Mistake(
            video=files[place].stem,
            file=f"{files[place].parent.name}/{files[place].name}",
            label=labels[targets[place]],
            nearest=labels[nearest[place]] if nearest[place] < len(labels) else None,
            loss=float(-np.log(max(own[place], 1e-12))),
            held_out=held_out,
        )
        for place in ordered[:MOST]
    )
