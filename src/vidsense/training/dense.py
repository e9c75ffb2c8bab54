"""In: things of frames. Out: what each cell of the image tower must tell, the loss, and how well it tells it."""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vidsense.training.nano import KINDS, POSES
from vidsense.training.samples import NONE

CORE = 0.3
"""Cells within this share of a box's width and height from its middle belong to the thing."""
WEIGHTS = {"kind": 1.0, "middle": 1.0, "colour": 0.5, "box": 1.0, "pose": 1.5}
MIDDLE_WEIGHT = 8.0
"""Of the one cell that holds a thing's middle against the many that do not."""
SURE = 0.4
"""From this score on a cell says that there is a thing."""


def dense_targets(things: np.ndarray, grid: tuple[int, int]) -> dict[str, np.ndarray]:
    """(B, M, FIELDS) → for each of N cells: kind, colour, middle, box and pose of the thing that it belongs to."""
    B, (rows, columns) = len(things), grid
    kind = np.full((B, rows, columns), KINDS, np.int64)
    colour = np.full((B, rows, columns), NONE, np.int64)
    middle = np.zeros((B, rows, columns), np.float32)
    box = np.zeros((B, rows, columns, 4), np.float32)
    pose = np.zeros((B, rows, columns, POSES), np.float32)
    xs, ys = (np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows
    for b in range(B):
        there = things[b][things[b, :, 0] >= 0]
        for thing in there[np.argsort(-there[:, 4] * there[:, 5])]:  # the small ones last, over the large ones
            x, y, w, h = thing[2:6]
            row, column = min(int(y * rows), rows - 1), min(int(x * columns), columns - 1)
            top, bottom = math.ceil((y - CORE * h) * rows - 0.5), int((y + CORE * h) * rows + 0.5)
            down = slice(min(top, row), max(bottom, row + 1))
            left, right = math.ceil((x - CORE * w) * columns - 0.5), int((x + CORE * w) * columns + 0.5)
            across = slice(min(left, column), max(right, column + 1))
            kind[b, down, across], colour[b, down, across] = thing[0], thing[1]
            pose[b, down, across] = thing[6:]
            box[b, down, across, 0] = (x - xs[across]) * 8
            box[b, down, across, 1] = ((y - ys[down]) * 8)[:, None]
            box[b, down, across, 2:] = (4 * w, 4 * h)
            middle[b, row, column] = 1.0
    flat: dict[str, np.ndarray] = {"kind": kind, "colour": colour, "middle": middle, "box": box, "pose": pose}
    return {name: array.reshape(B, rows * columns, *array.shape[3:]) for name, array in flat.items()}


def dense_tensors(things: np.ndarray, grid: tuple[int, int], device: torch.device) -> dict[str, Tensor]:
    """The same where the network is."""
    return {name: torch.from_numpy(array).to(device) for name, array in dense_targets(things, grid).items()}


def dense_loss(told: dict[str, Tensor], targets: dict[str, Tensor]) -> dict[str, Tensor]:
    """One loss for each thing that a cell tells; box, colour and pose only where there is a thing."""
    told = {name: numbers.float() for name, numbers in told.items()}
    there = targets["kind"] < KINDS
    weight = torch.ones(KINDS + 1, device=there.device)
    weight[KINDS] = 0.5
    middle_weight = 1.0 + (MIDDLE_WEIGHT - 1.0) * targets["middle"]
    return {
        "kind": F.cross_entropy(told["kind"].flatten(0, 1), targets["kind"].flatten(), weight),
        "middle": F.binary_cross_entropy_with_logits(told["middle"][..., 0], targets["middle"], middle_weight),
        "colour": F.cross_entropy(told["colour"][there], targets["colour"][there], ignore_index=NONE),
        "box": F.l1_loss(told["box"][there], targets["box"][there]),
        "pose": F.l1_loss(told["pose"][there], targets["pose"][there]),
    }


def dense_counts(told: dict[str, Tensor], targets: dict[str, Tensor]) -> dict[str, float]:
    """Counts from which the scores are made: cells found, right and there; colours; pose errors."""
    kinds, truth = told["kind"].argmax(-1), targets["kind"]
    there = truth < KINDS
    coloured = there & (targets["colour"] >= 0)
    right_colour = (told["colour"].argmax(-1) == targets["colour"]) & coloured
    error = (told["pose"] - targets["pose"]).abs()[there].sum()
    return {
        "right": float(((kinds == truth) & there).sum()), "told": float((kinds < KINDS).sum()),
        "there": float(there.sum()), "colour_right": float(right_colour.sum()), "coloured": float(coloured.sum()),
        "pose_error": float(error) / POSES, "frames": float(len(truth)),
        "frames_right": float(frames_right(told, targets).sum()),
    }  # fmt: skip


def frames_right(told: dict[str, Tensor], targets: dict[str, Tensor]) -> Tensor:
    """(B,) whether exactly the kinds that are there are seen, each at one cell at least with some certainty."""
    score = told["kind"].softmax(-1)[..., :KINDS] * told["middle"].sigmoid()  # (B, N, K)
    seen = score.amax(1) > SURE
    middles = F.one_hot(targets["kind"], KINDS + 1)[..., :KINDS] * targets["middle"][..., None]
    return (seen == (middles.amax(1) > 0)).all(-1)


def dense_scores(counts: dict[str, float]) -> dict[str, float]:
    """Cell F1, shares that are right, and the mean error of a pose's number."""
    return {
        "cell_f1": 2 * counts["right"] / max(counts["told"] + counts["there"], 1.0),
        "colour": counts["colour_right"] / max(counts["coloured"], 1.0),
        "pose_error": counts["pose_error"] / max(counts["there"], 1.0),
        "frames_right": counts["frames_right"] / max(counts["frames"], 1.0),
    }
