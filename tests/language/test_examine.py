"""The examination passes a model that sees, and no other."""

import re

import numpy as np
import pytest
from tests.language.scripted import ScriptedModel

from vidsense.facts.reading import Reader
from vidsense.language.examine import COLOURS, GREY, examine


def colour_of(pixels):
    flat = pixels.reshape(-1, 3).astype(int)
    painted = flat[np.abs(flat - GREY).max(axis=1) > 10].mean(axis=0)
    return min(COLOURS, key=lambda name: np.abs(painted - COLOURS[name]).sum())


def seeing(prompt, _kind):
    task = str(prompt.parts[-1])
    if "colours" in task:
        return " ".join(colour_of(picture.pixels) for picture in prompt.pictures)
    if "circle" in task:
        return " ".join(picture.id for picture in prompt.pictures if (picture.pixels != GREY).any())
    sign = prompt.pictures[0].pixels
    rows, columns = np.nonzero(sign.min(axis=2) < 128)
    crop = sign[rows.min() - 8 : rows.max() + 8, columns.min() - 8 : columns.max() + 8]
    return Reader().read([crop])[0][0]


def shuffled(prompt, kind):
    said = seeing(prompt, kind)
    return " ".join(reversed(said.split())) if re.match("[a-z]+ ", said) else said


def found(script):
    return {finding.name: finding.is_there for finding in examine(ScriptedModel(script))}


@pytest.mark.full
def test_a_model_that_sees_passes():
    assert all(found(seeing).values())


@pytest.mark.full
def test_a_model_that_confuses_the_order_is_found_out():
    passed = found(shuffled)
    assert not passed["order of frames"]
    assert passed["which frames show it"]


def test_guessing_does_not_pass():
    assert not any(found(lambda _prompt, _kind: "red green blue yellow f001 f002 ROOM 1234").values())


def test_the_same_seed_asks_the_same():
    prompts = [model.prompts for model in (ScriptedModel(lambda *_: "x"), ScriptedModel(lambda *_: "x"))
               if list(examine(model, seed=4))]  # fmt: skip
    assert [p.text for p in prompts[0]] == [p.text for p in prompts[1]]
