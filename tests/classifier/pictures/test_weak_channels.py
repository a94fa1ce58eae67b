"""Channels with too few different thumbnails are left out, and the error names them if too few others remain."""

from dataclasses import replace

import numpy as np
import pytest

from classifier.errors import TooFewThumbnailsError
from classifier.left_out import left_out_of
from classifier.pictures.splits import MIN_THUMBNAILS, split
from classifier.pictures.weak_channels import leave_out_weak
from classifier.values import Channel, LeftOut
from tests.classifier.pictures.made_up import made_up_examples, numbered

FEW = (
    "It has 7 readable thumbnails; training needs at least 8, better 100 or more. Train again when it has more videos."
)
ALIKE = (
    "It has 12 readable thumbnails that show only 3 different pictures; training needs at least 8 different ones. "
    "Choose another channel."
)


def test_strong_channels_stay_as_they_are() -> None:
    examples = made_up_examples({"alpha": numbered("a", MIN_THUMBNAILS), "beta": numbered("b", 20)})
    assert leave_out_weak(examples) == (examples, ())


def test_weak_channels_are_left_out_and_the_others_can_be_split() -> None:
    copies = {f"c-{index:04}": 77 for index in range(10)}
    names = {
        "alpha": numbered("a", 20),
        "beta": numbered("b", 7),
        "gamma": numbered("c", 12),
        "omega": numbered("o", 9),
    }
    strong, left_out = leave_out_weak(made_up_examples(names, copies))
    assert left_out == (LeftOut(Channel("beta", "beta"), FEW), LeftOut(Channel("gamma", "gamma"), ALIKE))
    assert [channel.label for channel in strong.channels] == ["alpha", "omega"]
    assert [file.parent.name for file in strong.files] == ["alpha"] * 20 + ["omega"] * 9
    assert strong.targets.tolist() == [0] * 20 + [1] * 9
    assert len(strong.inputs) == len(strong.hashes) == 29
    assert set(strong.targets[split(strong).test].tolist()) == {0, 1}


def test_a_channel_without_any_readable_thumbnail_is_left_out() -> None:
    examples = made_up_examples({"alpha": numbered("a", 9), "beta": [], "gamma": numbered("c", 9)})
    strong, (empty,) = leave_out_weak(examples)
    assert (empty.channel.label, empty.reason[:31]) == ("beta", "It has 0 readable thumbnails; t")
    assert np.unique(strong.targets).tolist() == [0, 1]


def test_reviewed_thumbnails_do_not_count() -> None:
    examples = made_up_examples({"alpha": numbered("a", 9), "beta": numbered("b", 9), "gamma": numbered("c", 9)})
    reviewed = frozenset(examples.files[-2:])
    strong, (weak,) = leave_out_weak(replace(examples, reviewed=reviewed))
    assert weak == LeftOut(Channel("gamma", "gamma"), FEW)
    assert not reviewed & set(strong.files)


def test_the_error_names_those_that_were_left_out() -> None:
    examples = made_up_examples({"alpha": numbered("a", 20), "beta": numbered("b", 7)})
    with pytest.raises(TooFewThumbnailsError) as caught:
        leave_out_weak(examples)
    assert str(caught.value) == (
        f"Only 1 channel has enough thumbnails; training needs at least 2. beta was left out. {FEW}"
    )
    assert left_out_of(caught.value) == (LeftOut(Channel("beta", "beta"), FEW),)
    assert caught.value.data["channels"] == 1


@pytest.mark.parametrize("data", [{}, {"left_out": "odd"}, {"left_out": [{"channel": 3}]}])
def test_an_error_that_names_nobody_has_left_nobody_out(data: dict[str, object]) -> None:
    assert left_out_of(TooFewThumbnailsError("Too few.", **data)) == ()
    assert left_out_of(ValueError()) == ()
