"""ONNX graphs run by ONNX Runtime."""

from typing import Final

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as state

GRAPH_ERRORS: Final[tuple[type[Exception], ...]] = (
    state.Fail,
    state.InvalidArgument,
    state.InvalidGraph,
    state.InvalidProtobuf,
    state.NoSuchFile,
    state.NotImplemented,
    state.RuntimeException,
    ValueError,
)
"""What ONNX Runtime raises if a graph is broken or doesn't fit its inputs; its own have no base class."""


def open_session(graph: bytes, threads: int = 1) -> onnxruntime.InferenceSession:
    """A graph, ready to run on the processor. Raises one of GRAPH_ERRORS if it is broken."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.enable_cpu_mem_arena = False  # it keeps the largest batch's memory for good
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
