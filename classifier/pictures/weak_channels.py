"""Weak channels: those with too few different thumbnails to learn from and to measure."""

from dataclasses import replace

import numpy as np

from classifier.left_out import check_enough
from classifier.pictures.examples import Examples
from classifier.pictures.splits import MIN_THUMBNAILS, near_duplicate_leaders
from classifier.values import Channel, LeftOut


def leave_out_weak(examples: Examples) -> tuple[Examples, tuple[LeftOut, ...]]:
    """The examples without those of weak channels, and which channels these are.

    A channel is weak if it has fewer than 8 different thumbnails; reviewed ones do not count. Raises
    TooFewThumbnailsError if fewer than two channels remain.
    """
    reviewed = np.array([file in examples.reviewed for file in examples.files])
    leaders = near_duplicate_leaders(examples, ~reviewed)
    strong, left_out = [], []
    for target, channel in enumerate(examples.channels):
        own = (examples.targets == target) & ~reviewed
        different = len(np.unique(leaders[own]))
        if different >= MIN_THUMBNAILS:
            strong.append(target)
        else:
            left_out.append(_left_out(channel, int(own.sum()), different))
    check_enough(len(strong), left_out)
    if not left_out:
        return examples, ()
    kept = np.flatnonzero(np.isin(examples.targets, strong))
    return replace(
        examples,
        channels=tuple(examples.channels[target] for target in strong),
        inputs=examples.inputs[kept],
        targets=np.searchsorted(strong, examples.targets[kept]),
        hashes=examples.hashes[kept],
        files=tuple(examples.files[index] for index in kept),
    ), tuple(left_out)


def _left_out(channel: Channel, thumbnails: int, different: int) -> LeftOut:
    """Why a channel can't be learned, and what to do."""
    if thumbnails == 1:
        return LeftOut.because(
            channel,
            "It has 1 readable thumbnail; training needs at least {needed}, better 100 or more. "
            "Train again when it has more videos.",
            needed=MIN_THUMBNAILS,
        )
    if thumbnails < MIN_THUMBNAILS:
        return LeftOut.because(
            channel,
            "It has {thumbnails} readable thumbnails; training needs at least {needed}, better 100 or more. "
            "Train again when it has more videos.",
            thumbnails=thumbnails,
            needed=MIN_THUMBNAILS,
        )
    if different == 1:
        return LeftOut.because(
            channel,
            "It has {thumbnails} readable thumbnails that show the same picture; training needs at least {needed} "
            "different ones. Choose another channel.",
            thumbnails=thumbnails,
            needed=MIN_THUMBNAILS,
        )
    return LeftOut.because(
        channel,
        "It has {thumbnails} readable thumbnails that show only {different} different pictures; training needs at "
        "least {needed} different ones. Choose another channel.",
        thumbnails=thumbnails,
        different=different,
        needed=MIN_THUMBNAILS,
    )
