"""Real models: a tiny one that llama.cpp serves, and the same one behind Ollama's API."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.language.ollama_server import OllamaServer
from tests.language.scripted import ScriptedModel
from tests.language.tiny_gguf import write_tiny_model

from vidsense.language.gguf import GGUFModel
from vidsense.language.model import LanguageModel, Picture
from vidsense.language.ollama import OllamaModel
from vidsense.language.openai import OpenAIModel
from vidsense.language.options import ModelOptions

CONTEXT = 4096


@pytest.fixture(scope="session")
def tiny_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A language model and its picture encoder, random, in llama.cpp's format."""
    return write_tiny_model(tmp_path_factory.mktemp("tiny"), context=16384)


@pytest.fixture(scope="session")
def gguf_model(tiny_files: tuple[Path, Path]) -> Iterator[GGUFModel]:
    """The tiny model, served by llama.cpp as a child of this process."""
    model = GGUFModel(tiny_files[0], ModelOptions(context=CONTEXT, picture_size=112))
    yield model
    model.close()


@pytest.fixture(scope="session")
def ollama_server(tiny_files: tuple[Path, Path]) -> Iterator[OllamaServer]:
    """Ollama's API before the tiny model, which has a larger context here: cutting is the API's affair."""
    upstream = GGUFModel(tiny_files[0], ModelOptions(context=16384))
    server = OllamaServer(upstream.url)
    yield server
    server.close()
    upstream.close()


@pytest.fixture(scope="session")
def hf_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageModel]:
    """A tiny random SmolVLM, run by transformers in this process."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.language.tiny_hf import write_tiny_hf

    from vidsense.language.local import load_local

    model = load_local(str(write_tiny_hf(tmp_path_factory.mktemp("hf"), "smolvlm")), ModelOptions(context=CONTEXT))
    yield model
    model.close()


@pytest.fixture(params=["gguf", "openai", "ollama", "real ollama", "hf", "scripted"])
def any_model(
    request: pytest.FixtureRequest, gguf_model: GGUFModel, ollama_server: OllamaServer
) -> Iterator[LanguageModel]:
    """Every back end in turn; a real Ollama where VIDSENSE_OLLAMA_URL and VIDSENSE_OLLAMA_MODEL name one."""
    options = ModelOptions(context=CONTEXT, picture_size=112, ollama_host=ollama_server.host)
    match request.param:
        case "gguf":
            yield gguf_model
            return
        case "hf":
            yield request.getfixturevalue("hf_model")
            return
        case "openai":
            model: LanguageModel = OpenAIModel(gguf_model.url, None, options)
        case "ollama":
            model = OllamaModel("tiny", options)
        case "real ollama":
            url, name = os.environ.get("VIDSENSE_OLLAMA_URL"), os.environ.get("VIDSENSE_OLLAMA_MODEL")
            if not url or not name:
                pytest.skip("no real Ollama: name it in VIDSENSE_OLLAMA_URL, its model in VIDSENSE_OLLAMA_MODEL")
            model = OllamaModel(name, ModelOptions(context=CONTEXT, ollama_host=url))
        case _:
            model = ScriptedModel(lambda prompt, _kind: f"{sum(p.pixels.sum() for p in prompt.pictures)} is bright.")
    yield model
    model.close()


def picture(id_: str, level: int, seed: int = 0) -> Picture:
    """A picture of noise around a level."""
    noise = np.random.default_rng(seed).integers(0, 60, (64, 112, 3))
    return Picture(id_, 0.0, np.clip(noise + level, 0, 255).astype(np.uint8))
