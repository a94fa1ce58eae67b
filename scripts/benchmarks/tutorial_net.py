"""The tutorial's method, re-implemented as a baseline: its histograms, network and training loop."""

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn
from torch.nn import functional

BINS = 25


class TutorialNet(nn.Module):
    """The tutorial's network: float64, with dropout on the logits too."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 64, 2), nn.Conv2d(64, 128, 2)
        self.fc1, self.fc2, self.fc3 = nn.Linear(1408, 400), nn.Linear(400, 10), nn.Linear(10, classes)
        self.double()

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Log-probabilities [n, classes] of histograms [n, 4, 25]."""
        maps = functional.relu(self.conv2(functional.relu(self.conv1(inputs.unsqueeze(1)))))
        flat = functional.dropout(functional.max_pool2d(maps, 2), 0.25, self.training).flatten(1)
        hidden = functional.relu(self.fc2(functional.relu(self.fc1(flat))))
        return functional.log_softmax(functional.dropout(self.fc3(hidden), 0.5, self.training), dim=1)


def fit(inputs: NDArray[np.float64], targets: NDArray[np.int64], classes: int, seed: int) -> TutorialNet:
    """Train on histograms [n, 4, 25]: Adadelta, learning rate 1, times 0.7 per epoch, 10 epochs, batches of 10."""
    torch.manual_seed(seed)
    network = TutorialNet(classes)
    optimizer = torch.optim.Adadelta(network.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    data, truth = torch.from_numpy(inputs), torch.from_numpy(targets)
    for _ in range(10):
        network.train()
        for batch in torch.randperm(len(data)).split(10):
            optimizer.zero_grad()
            functional.nll_loss(network(data[batch]), truth[batch]).backward()
            optimizer.step()
        schedule.step()
    return network.eval()


def probabilities(network: TutorialNet, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """A trained network's probabilities [n, classes] of histograms [n, 4, 25]."""
    with torch.inference_mode():
        result: NDArray[np.float64] = network(torch.from_numpy(inputs)).exp().numpy()
    return result


def histograms(image: Image.Image) -> NDArray[np.float64]:
    """A picture's red, green and blue histograms and their sum: [4, 25].

    Each histogram has 25 bins between the plane's least and greatest value, and sums to 1.
    """
    rows = [np.histogram(np.asarray(plane).ravel(), bins=BINS)[0] for plane in image.convert("RGB").split()]
    shares = np.stack(rows) / (image.width * image.height)
    return np.vstack([shares, shares.sum(axis=0)])
