"""Models take turns, and so do the askers of one model."""

import pytest

from classifier.serving.fair_queue import FairQueue


def filled(*items: tuple[str, str, int]) -> FairQueue[str]:
    """A queue of items that are named by their model, asker and number."""
    queue: FairQueue[str] = FairQueue()
    for model, asker, count in items:
        for number in range(count):
            queue.put(model, asker, f"{model}{asker}{number}")
    return queue


def test_models_take_turns_and_so_do_the_askers_of_one() -> None:
    queue = filled(("a", "x", 4), ("a", "y", 1), ("b", "z", 2))
    assert len(queue) == 7
    assert [queue.pop() for _ in range(7)] == ["ax0", "bz0", "ay0", "bz1", "ax1", "ax2", "ax3"]
    assert len(queue) == 0
    with pytest.raises(KeyError):
        queue.pop()


def test_a_latecomer_waits_for_one_item_of_each_of_the_others() -> None:
    queue = filled(("a", "x", 100))
    assert [queue.pop(), queue.pop()] == ["ax0", "ax1"]
    queue.put("a", "y", "late")
    assert [queue.pop(), queue.pop()] == ["ax2", "late"]


def test_all_items_of_a_model_can_be_removed() -> None:
    queue = filled(("a", "x", 2), ("b", "y", 1), ("a", "z", 1))
    assert queue.remove("a") == ["ax0", "ax1", "az0"]
    assert queue.remove("a") == []
    assert (len(queue), queue.pop()) == (1, "by0")
