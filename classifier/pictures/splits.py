"""Splits: training, calibration and test sets; near-duplicates stay in the same set."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.errors import PictureError
from classifier.pictures.examples import Examples, read_thumbnail
from classifier.pictures.near_duplicates import are_near_duplicates, details, have_same_details

MIN_THUMBNAILS: Final = 8
"""Different thumbnails per channel, below which nothing can be measured."""
TEMPLATE_SHARE: Final = 0.1
TEMPLATE_SIZE: Final = 4
"""A group of near-duplicates with at least so many thumbnails of a channel, and such a share of them, may be a series
that varies one template, such as an episode's number: its details decide."""

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
    training set, or to none if a near-duplicate is held out. Every channel needs `MIN_THUMBNAILS` different ones.
    """
    reviewed = np.array([file in examples.reviewed for file in examples.files])
    leaders = near_duplicate_leaders(examples, ~reviewed)
    draws = np.array([draw(examples.files[leader].stem, seed) for leader in leaders])
    sets = np.digitize(draws, [test, test + calibration])
    sets[reviewed] = _NONE
    for target in range(len(examples.channels)):
        own = (examples.targets == target) & ~reviewed
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
    order = np.array(sorted(np.flatnonzero(grouped), key=lambda index: examples.files[index].stem), dtype=np.int64)
    hashes = examples.hashes[order]
    first = _linked(len(order), lambda place: are_near_duplicates(hashes[place:], hashes[place]))
    for template in _templates(first, examples.targets[order]):
        first[template] = template[_linked_by_details(examples, order[template])]
    leaders = np.arange(len(examples.files))
    leaders[order] = order[first]
    return leaders


def _linked(count: int, alike: Callable[[int], NDArray[np.bool_]]) -> NDArray[np.int64]:
    """For each place in [0, count) the first one of its group: `alike` says which places, from one on, belong to it."""
    first = np.arange(count)
    for place in range(count):
        groups = np.unique(first[place + np.flatnonzero(alike(place))])
        if len(groups) > 1:
            first[np.isin(first, groups)] = groups[0]
    return first


def _templates(first: NDArray[np.int64], targets: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """The places of each group that is too large a part of some channel to be one picture."""
    thumbnails = np.bincount(targets)
    for leader in np.flatnonzero(np.bincount(first, minlength=0) >= TEMPLATE_SIZE):
        members = np.flatnonzero(first == leader)
        of_channel = np.bincount(targets[members], minlength=len(thumbnails))
        if ((of_channel >= TEMPLATE_SIZE) & (of_channel >= TEMPLATE_SHARE * thumbnails)).any():
            yield members


def _linked_by_details(examples: Examples, indices: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same as `_linked` for some examples, by what they show in detail; all are one group if one can't be read."""
    try:
        shown = np.stack([details(read_thumbnail(examples.files[index])) for index in indices])
    except PictureError:  # it could be read a moment ago
        return np.zeros(len(indices), dtype=np.int64)
    return _linked(len(indices), lambda place: have_same_details(shown[place:], shown[place]))


def draw(name: str, seed: int = 0) -> float:
    """A number in [0, 1) that depends on nothing but a name and the seed."""
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
