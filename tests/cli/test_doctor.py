import http.server
import threading
from importlib.metadata import PackageNotFoundError

import pytest

from vidsense.cli import doctor


@pytest.fixture
def ollama(monkeypatch):
    """A server that answers as Ollama does, with whatever text is asked for."""
    answer = ['{"models": [{"name": "qwen3-vl:4b"}]}']

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer[0].encode())

        def log_message(self, *_):
            """Quiet."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(doctor, "OLLAMA", server.server_address)
        yield answer
        server.shutdown()


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    """The tests may run from a checkout that is not installed."""
    monkeypatch.setattr(doctor, "version", lambda _package: "1.0")


def test_a_sound_installation_needs_nothing(here, ollama):
    done = here("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert "ok  decoder for av1" in done.stdout
    assert "Ollama with qwen3-vl:4b" in done.stdout
    assert done.stdout.splitlines()[-1] == "All is well. Try `vidsense demo`."


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"models": [{}]}'])
def test_a_server_that_is_no_ollama_is_none(ollama, text):
    ollama[0] = text
    assert not doctor.ollama().good


def test_no_ollama_is_no_fault(monkeypatch):
    monkeypatch.setattr(doctor, "OLLAMA", ("127.0.0.1", 9))
    assert doctor.ollama() == doctor.Finding(False, "no Ollama on this machine (not needed: accounts are measured)")


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
