"""What a network says of pictures, as plain arrays; and how to ask it."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from classifier.net import Network
from classifier.thumbnail import Inputs


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """`features` [n, d] and `logits` [n, classes] of n pictures."""

    features: NDArray[np.float64]
    logits: NDArray[np.float64]


def run(network: Network, inputs: Inputs, batch_size: int = 16) -> Outputs:
    """Run prepared `inputs` [n, ...] through a network in evaluation mode, n ≥ 1."""
    device = next(network.parameters()).device
    network.eval()
    features, logits = [], []
    with torch.inference_mode():
        for start in range(0, len(inputs), batch_size):
            embedded, judged = network.answer(torch.from_numpy(inputs[start : start + batch_size]).to(device))
            features.append(embedded.cpu())
            logits.append(judged.cpu())
    return Outputs(
        features=torch.cat(features).numpy().astype(np.float64), logits=torch.cat(logits).numpy().astype(np.float64)
    )
