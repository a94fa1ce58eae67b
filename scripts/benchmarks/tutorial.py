"""The tutorial's data: its network by its own training loop, and by ours."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from sklearn.model_selection import RepeatedStratifiedKFold
from torch import nn
from torch.nn import functional

from classifier.net import Net
from classifier.outputs import run
from classifier.training import TrainingConfig, fit
from scripts.benchmarks.scores import Score

FOLDS = 7


def measure(file: Path, channels: int, repeats: int) -> list[Score]:
    """Cross-validate both trainings on the same folds, on one core: the tensors are small."""
    torch.set_num_threads(1)
    with np.load(file, allow_pickle=False) as data:
        chosen = data["y"] < channels
        inputs, targets = data["X"][chosen], data["y"][chosen]
    folds = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=repeats, random_state=0)
    ours, theirs = [], []
    for seed, (train, test) in enumerate(track(list(folds.split(inputs, targets)), "Folds", transient=True)):
        ours.append(_ours(inputs[train], targets[train], inputs[test], targets[test], seed))
        theirs.append(_theirs(inputs[train], targets[train], inputs[test], targets[test], seed))
    return [
        Score.of("Net, this project's training", len(targets), ours),
        Score.of("Net, the tutorial's training", len(targets), theirs),
    ]


def _ours(
    inputs: NDArray[np.float64],
    targets: NDArray[np.int64],
    test_inputs: NDArray[np.float64],
    test_targets: NDArray[np.int64],
    seed: int,
) -> float:
    torch.manual_seed(seed)
    network = Net(int(targets.max()) + 1)
    config = TrainingConfig(network="net", seed=seed)
    quiet = dict.fromkeys(("accuracy", "precision", "recall", "f1"), 0.0)
    network, _ = fit(network, inputs.astype(np.float32), targets, config, validate=lambda _: quiet)
    return float((run(network, test_inputs.astype(np.float32)).logits.argmax(axis=1) == test_targets).mean())


class _TutorialNet(nn.Module):
    """The tutorial's network as it was: float64, dropout on the logits too."""

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


def _theirs(
    inputs: NDArray[np.float64],
    targets: NDArray[np.int64],
    test_inputs: NDArray[np.float64],
    test_targets: NDArray[np.int64],
    seed: int,
) -> float:
    """Adadelta, learning rate 1 falling by 0.7 an epoch, 10 epochs, batches of 10."""
    torch.manual_seed(seed)
    network = _TutorialNet(int(targets.max()) + 1)
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
    network.eval()
    with torch.inference_mode():
        predicted = network(torch.from_numpy(test_inputs)).argmax(dim=1).numpy()
    return float((predicted == test_targets).mean())
