"""How to train."""

from collections.abc import Callable
from dataclasses import dataclass

from classifier.settings import DEFAULT_NETWORK
from classifier.values import EpochReport

OnEpoch = Callable[[EpochReport], None]


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How to train. `epochs` None means the network's own number.

    Only the head of a frozen network is fitted, which takes no epochs; `fine_tune` then trains the whole network.
    `mixup` is the Beta parameter of Zhang et al., "mixup" (2018), 0 for none; `averaging` is the decay per step of the
    running mean of the weights, which is the result.
    """

    network: str = DEFAULT_NETWORK
    fine_tune: bool = False
    epochs: int | None = None
    seed: int = 0
    batch_size: int = 32
    weight_decay: float = 0.05
    label_smoothing: float = 0.05
    mixup: float = 0.2
    averaging: float = 0.998
