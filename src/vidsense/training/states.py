"""In: shards and a trained image tower. Out: what the tower saw in every frame, computed once and kept."""

import hashlib

import numpy as np
import torch

from vidsense.training.nano import KINDS, STATE, Nano, pixels_to_input
from vidsense.training.samples import POSE_NAMES
from vidsense.training.shards import Shard

BATCH = 64
X = 2
FACING = 6 + POSE_NAMES.index("facing")


def fingerprint(nano: Nano) -> str:
    """Of the weights that make the states."""
    digest = hashlib.sha256()
    for name, tensor in sorted({**nano.image.state_dict(), **nano.dense.state_dict()}.items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().numpy().tobytes())
    return digest.hexdigest()[:12]


def states_of(shard: Shard, nano: Nano, mark: str) -> np.ndarray:
    """(clips, T, K * STATE) float32."""
    kept = shard.folder / f"states-{mark}.npy"
    if not kept.exists():
        for old in shard.folder.glob("states-*.npy"):
            old.unlink()
        begun = kept.with_suffix(".part.npy")
        np.save(begun, computed(shard, nano))
        begun.replace(kept)
    states: np.ndarray = np.load(kept)
    return states


def computed(shard: Shard, nano: Nano) -> np.ndarray:
    """The tower over every frame of the shard."""
    clips, frames = shard.pixels.shape[:2]
    flat = shard.pixels.reshape(clips * frames, *shard.pixels.shape[2:])
    nano.image.eval()
    nano.dense.eval()
    with torch.no_grad():
        parts = [
            nano.states(pixels_to_input(torch.from_numpy(np.array(flat[at : at + BATCH])).to(nano.device))).cpu()
            for at in range(0, len(flat), BATCH)
        ]
    return torch.cat(parts).numpy().reshape(clips, frames, KINDS * STATE)


def mirrored(states: np.ndarray) -> np.ndarray:
    """What the tower would see in the mirrored clips: places and facings change sides, surely present things only."""
    turned = states.reshape(*states.shape[:-1], KINDS, STATE).copy()
    turned[..., X] = turned[..., 1].clip(max=1.0) - turned[..., X]
    turned[..., FACING] *= -1
    return turned.reshape(states.shape)
