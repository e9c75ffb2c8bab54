"""In: graphs of plain operators. Out: `OpenVinoEncoder`, which runs them on OpenVINO where it is installed.

On processors with VNNI it is the quickest there is; on others it is not. What a machine uses was measured on it.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from vidsense.errors import MissingExtraError, ModelError
from vidsense.vision.onnx import Graphs, OnnxEncoder

SUBSET = 24
"""Pictures on which the ranges of int8 are measured, at most."""


def is_installed() -> bool:
    """Whether graphs can be run on OpenVINO."""
    return find_spec("openvino") is not None


def can_quantize() -> bool:
    """Whether OpenVINO's own int8 can be made: static ranges, by NNCF."""
    return is_installed() and find_spec("nncf") is not None


class OpenVinoEncoder(OnnxEncoder):
    """Pictures on OpenVINO, words on ONNX Runtime."""

    def __init__(self, graphs: Graphs, *, threads: int = 0) -> None:
        super().__init__(graphs, threads=threads)
        self._compiled: dict[Path, Any] = {}

    def run_pictures(self, pixels: np.ndarray) -> np.ndarray:
        """(B, 3, H, W) float32 → embeddings (B, E)."""
        found: np.ndarray = self._compiled_graph(self.graphs.pictures)(pixels)[self.graphs.embeddings]
        return found

    def run_patches(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(B, 3, H, W) float32 → tokens (B, N, D) and embeddings (B, E)."""
        found = self._compiled_graph(self.graphs.patches)(pixels)
        return found[self.graphs.tokens], found[self.graphs.embeddings]

    def _compiled_graph(self, file: Path) -> Any:
        if file not in self._compiled:
            self._compiled[file] = compiled(file, self.threads)
        return self._compiled[file]


def compiled(file: Path, threads: int) -> Any:
    """A graph ready to run. Raises `ModelError` for a broken one."""
    try:
        import openvino
    except ModuleNotFoundError as error:
        raise MissingExtraError("these graphs run on OpenVINO: pip install openvino.") from error
    options: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
    if threads:
        options["INFERENCE_NUM_THREADS"] = threads
    try:
        return openvino.Core().compile_model(str(file), "CPU", options)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1][:200]
        raise ModelError(f"the encoder's graph {file} cannot be loaded ({reason}); get it again.") from error


def quantize(source: Path, target: Path, pixels: Sequence[np.ndarray]) -> None:
    """Write OpenVINO's int8 of a graph: weights and activations, their ranges measured on `pixels` (1, 3, H, W)."""
    import nncf
    import openvino

    nncf.set_log_level(40)  # errors
    model = openvino.Core().read_model(str(source))
    subset = list(pixels[:SUBSET])
    made = nncf.quantize(model, nncf.Dataset(subset), model_type=nncf.ModelType.TRANSFORMER, subset_size=len(subset))
    openvino.save_model(made, str(target))
