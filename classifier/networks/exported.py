"""A trained network without PyTorch: an ONNX graph, run by ONNX Runtime."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from classifier.networks.outputs import Outputs, joined
from classifier.networks.session import open_session
from classifier.pictures.thumbnail import Inputs, Preprocessing

INPUTS: Final = "inputs"
OUTPUTS: Final = ("features", "logits")

_BATCH_SIZE: Final = 16


@dataclass(frozen=True, slots=True, eq=False)
class Exported:
    """A trained network as an ONNX model, and how its inputs are made."""

    onnx: bytes
    preprocessing: Preprocessing


class ExportedNetwork:
    """Runs an exported network; `prepare` makes its inputs."""

    def __init__(self, exported: Exported, threads: int = 1) -> None:
        """Load the graph. Raises one of GRAPH_ERRORS if it is broken."""
        self.prepare = exported.preprocessing.prepare
        self._session = open_session(exported.onnx, threads)

    def run(self, inputs: Inputs) -> Outputs:
        """Outputs of prepared `inputs` [n, ...], n ≥ 1."""
        starts = range(0, len(inputs), _BATCH_SIZE)
        return joined([self._run(inputs[start : start + _BATCH_SIZE]) for start in starts])

    def _run(self, batch: Inputs) -> Outputs:
        features, logits = self._session.run(OUTPUTS, {INPUTS: np.ascontiguousarray(batch)})
        return Outputs(features.astype(np.float64), logits.astype(np.float64))
