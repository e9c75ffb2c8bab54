from importlib.metadata import PackageNotFoundError

import pytest

from vidsense.cli import doctor
from vidsense.language.options import ModelOptions


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    """The tests may run from a checkout that is not installed."""
    monkeypatch.setattr(doctor, "version", lambda _package: "1.0")


@pytest.fixture
def options(ollama_server):
    return ModelOptions(ollama_host=ollama_server.host)


def test_a_sound_installation_needs_nothing(here, ollama_server, monkeypatch):
    monkeypatch.setenv("OLLAMA_HOST", ollama_server.host)
    done = here("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert "ok  decoder for av1" in done.stdout
    assert "Ollama with tiny:latest: describe and ask use tiny:latest" in done.stdout
    assert done.stdout.splitlines()[-1] == "All is well. Try `vidsense demo`."


def test_an_ollama_without_a_model_that_sees_is_told_how_to_get_one(options, ollama_server, monkeypatch):
    monkeypatch.setattr(ollama_server, "models", {"words:latest": ["completion"]})
    assert "`vidsense models pull ollama/" in doctor.ollama(options).words


def test_a_server_that_is_no_ollama_is_none(gguf_model):
    finding = doctor.ollama(ModelOptions(ollama_host=gguf_model.url.removesuffix("/v1")))
    assert not finding.good
    assert "and is none" in finding.words


def test_no_ollama_is_no_fault():
    finding = doctor.ollama(ModelOptions(ollama_host="127.0.0.1:9"))
    assert finding == doctor.Finding(False, "no Ollama on this machine (not needed: accounts are measured)")


def test_what_is_missing_is_said_with_its_cure(here, monkeypatch):
    def version(package):
        if package == "rich":
            raise PackageNotFoundError(package)
        return "1.0"

    monkeypatch.setattr(doctor, "version", version)
    done = here("doctor")
    assert done.returncode == 1
    assert "--  rich is not installed" in done.stdout
    assert done.stdout.splitlines()[-1] == "To do: install it: pip install rich"
