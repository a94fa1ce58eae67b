"""The outputs of a network as plain arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from classifier.networks.network import Network
from classifier.pictures.thumbnail import Inputs


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """`features` [n, d], `style` [n, s] and `logits` [n, classes] of n inputs."""

    features: NDArray[np.float64]
    style: NDArray[np.float32]
    logits: NDArray[np.float64]


def run(network: Network, inputs: Inputs, batch_size: int = 16) -> Outputs:
    """Run prepared `inputs` [n, ...] through a network in evaluation mode, n ≥ 1."""
    device = next(network.parameters()).device
    if network.training:  # switching all its parts again would cost each answer half a millisecond
        network.eval()
    answers = []
    with torch.inference_mode():
        for start in range(0, len(inputs), batch_size):
            answer = network.answer(torch.from_numpy(inputs[start : start + batch_size]).to(device))
            answers.append([part.cpu() for part in answer])
    features, style, logits = (torch.cat(parts).numpy() for parts in zip(*answers, strict=True))
    return Outputs(features.astype(np.float64), style.astype(np.float32), logits.astype(np.float64))


def joined(parts: Sequence[Outputs]) -> Outputs:
    """Outputs of several runs as one."""
    features, style, logits = zip(*((part.features, part.style, part.logits) for part in parts), strict=True)
    return Outputs(np.concatenate(features), np.concatenate(style), np.concatenate(logits))
