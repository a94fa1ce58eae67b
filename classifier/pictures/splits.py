"""Splits: training, calibration and test sets; near-duplicates stay in the same set."""

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.errors import TooFewThumbnailsError
from classifier.pictures.examples import Examples
from classifier.pictures.near_duplicates import are_near_duplicates

MIN_THUMBNAILS: Final = 8
"""Different thumbnails per channel, below which nothing can be measured."""

_TEST, _CALIBRATION, _TRAINING, _NONE = 0, 1, 2, 3


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Indices into Examples of the training, calibration and test sets."""

    training: NDArray[np.int64]
    calibration: NDArray[np.int64]
    test: NDArray[np.int64]


def split(examples: Examples, *, seed: int = 0, test: float = 0.1, calibration: float = 0.1) -> Split:
    """Split examples into three sets; near-duplicates stay in the same set.

    The set depends only on a hash of `seed` and the file's name, so that a thumbnail once held out stays held out
    as the folder grows: yesterday's model can be measured fairly on today's test set. Reviewed thumbnails go to the
    training set, or to none if a near-duplicate is held out.
    Raises TooFewThumbnailsError if a channel has fewer than 8 different thumbnails.
    """
    reviewed = np.array([file in examples.reviewed for file in examples.files])
    leaders = near_duplicate_leaders(examples, ~reviewed)
    draws = np.array([draw(examples.files[leader].stem, seed) for leader in leaders])
    sets = np.digitize(draws, [test, test + calibration])
    sets[reviewed] = _NONE
    for target, channel in enumerate(examples.channels):
        own = (examples.targets == target) & ~reviewed
        different = len(np.unique(leaders[own]))
        if different < MIN_THUMBNAILS:
            raise TooFewThumbnailsError(
                f"{channel.label} has {own.sum()} readable thumbnails, {different} of them different. "
                f"Training needs at least {MIN_THUMBNAILS} per channel, a good model 100 or more. Crawl more."
            )
        for wanted in (_TEST, _CALIBRATION, _TRAINING):
            if not (own & (sets == wanted)).any():  # few thumbnails and bad luck: take the next one
                groups = [len(np.unique(leaders[own & (sets == other)])) for other in range(3)]
                spare = np.where(own & (sets == np.argmax(groups)), draws, np.inf)
                sets[leaders == leaders[spare.argmin()]] = wanted
    held_out = examples.hashes[(sets == _TEST) | (sets == _CALIBRATION)]
    for index in np.flatnonzero(reviewed):
        if not are_near_duplicates(held_out, examples.hashes[index]).any():
            sets[index] = _TRAINING
    return Split(
        training=np.flatnonzero(sets == _TRAINING),
        calibration=np.flatnonzero(sets == _CALIBRATION),
        test=np.flatnonzero(sets == _TEST),
    )


def near_duplicate_leaders(examples: Examples, grouped: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each example the first one (by file name) of its group; near-duplicates of any member belong to the group.

    Only `grouped` [n] examples are in groups; each of the others is its own leader.
    """
    order = np.array(sorted(np.flatnonzero(grouped), key=lambda index: examples.files[index].stem))
    hashes = examples.hashes[order]
    first = np.arange(len(order))
    for place, own in enumerate(hashes):
        alike = place + np.flatnonzero(are_near_duplicates(hashes[place:], own))
        groups = np.unique(first[alike])
        if len(groups) > 1:
            first[np.isin(first, groups)] = groups[0]
    leaders = np.arange(len(examples.files))
    leaders[order] = order[first]
    return leaders


def draw(name: str, seed: int = 0) -> float:
    """A number in [0, 1) that depends on nothing but a name and the seed."""
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
