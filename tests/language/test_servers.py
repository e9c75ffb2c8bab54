"""What servers do beside answering: they cut prompts, refuse, break off, die and come back."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.language.ollama_server import OllamaServer
from tests.models import picture

import vidsense
from vidsense.account.windows import room_for
from vidsense.errors import MissingExtraError, ModelError
from vidsense.language import load, reply
from vidsense.language.addresses import check_local
from vidsense.language.gguf import GGUFModel, projector_of, reason_in
from vidsense.language.load import found_model, load_model
from vidsense.language.model import ConnectionLostError, ContextError, Decoding, Picture, Prompt
from vidsense.language.ollama import COUNTED_TOKENS, OllamaModel, messages_of, plain_schema
from vidsense.language.openai import OpenAIModel
from vidsense.language.options import ModelOptions
from vidsense.language.reply import Manner


@pytest.fixture
def model_of():
    """Makes models and closes them."""
    made = []

    def make(kind, *arguments):
        made.append(kind(*arguments))
        return made[-1]

    yield make
    for model in made:
        model.close()


SEE = Prompt("You look.", ("[f001]", picture("f001", 0), "[f002]", picture("f002", 180), "And?"))


@pytest.fixture
def ollama(tiny_files, ollama_server):
    """A server of its own state before the model that is there already."""
    server = OllamaServer(str(ollama_server.client.base_url))
    yield server
    server.close()


def options(server, **fields):
    return ModelOptions(**{"context": 4096, "ollama_host": server.host, "picture_size": 112, **fields})


class TestOllama:
    def test_the_context_is_always_said(self, model_of, ollama):
        list(model_of(OllamaModel, "tiny", options(ollama)).generate(SEE, max_tokens=8, decoding=Decoding(0.5, 1.2, 7)))
        said = ollama.requests[-1]
        assert said["options"] == {
            "num_ctx": 4096, "num_predict": 8, "temperature": 0.5, "repeat_penalty": 1.2, "seed": 7
        }  # fmt: skip
        assert said["keep_alive"] == "10m"

    def test_the_context_is_the_models_where_that_is_smaller(self, model_of, ollama):
        ollama.context_length = 2048
        assert model_of(OllamaModel, "tiny", options(ollama)).limits.context == 2048

    def test_a_context_that_the_server_loaded_smaller_counts(self, model_of, ollama, monkeypatch):
        model = model_of(OllamaModel, "tiny", options(ollama))
        monkeypatch.setattr(ollama, "loaded", lambda: {"models": [{"model": "tiny", "context_length": 1024}]})
        list(model.generate(SEE, max_tokens=4))
        assert model.limits.context == 1024

    def test_windows_are_planned_by_what_was_really_loaded(self, model_of, ollama, monkeypatch):
        monkeypatch.setattr(ollama, "loaded", lambda: {"models": [{"model": "tiny:latest", "context_length": 2048}]})
        model = model_of(OllamaModel, "tiny", options(ollama, context=8192))
        assert room_for(model, (64, 112)).frames == 1

    def test_each_picture_begins_its_message_behind_its_label(self):
        system, first, second, last = messages_of(SEE)
        assert system == {"role": "system", "content": "You look."}
        assert first["content"] == "[f001]"
        assert "images" not in first
        assert (len(second["images"]), second["content"]) == (1, "[f002]")
        assert (len(last["images"]), last["content"]) == (1, "And?")

    def test_a_prompt_that_the_server_cut_is_noticed(self, model_of, ollama):
        model = model_of(OllamaModel, "tiny", options(ollama, context=1024))
        long = Prompt("You look.", ("A long story. " * 900, "And?", picture("f001", 0), "Well?"))
        with pytest.raises(ContextError, match="cut a prompt"):
            list(model.generate(long, max_tokens=8))

    def test_a_picture_counts_no_less_than_the_server_counts_it(self, model_of, ollama):
        assert model_of(OllamaModel, "tiny", options(ollama)).picture_tokens(64, 112) >= COUNTED_TOKENS

    def test_a_schema_keeps_what_its_grammar_understands(self):
        schema = {
            "type": "object", "title": "Event", "required": ["title"], "additionalProperties": False,
            "properties": {"title": {"type": "string", "maxLength": 4, "description": "x"},
                           "ids": {"type": "array", "maxItems": 3, "items": {"type": "string", "enum": ["a"]}}},
        }  # fmt: skip
        assert plain_schema(schema) == {
            "type": "object", "required": ["title"], "additionalProperties": False,
            "properties": {"title": {"type": "string"},
                           "ids": {"type": "array", "items": {"type": "string", "enum": ["a"]}}},
        }  # fmt: skip

    def test_only_models_with_vision_read_pictures(self, model_of, ollama):
        assert model_of(OllamaModel, "tiny", options(ollama)).limits.pictures > 0
        assert model_of(OllamaModel, "words", options(ollama)).limits.pictures == 0

    def test_a_missing_model_is_named_with_the_command_that_gets_it(self, model_of, ollama):
        with pytest.raises(ModelError, match=r"no model missing.*vidsense models pull ollama/missing"):
            model_of(OllamaModel, "missing", options(ollama))

    def test_no_server_is_said_with_how_to_start_it(self, model_of):
        with pytest.raises(ModelError, match=r"no Ollama answers at http://127.0.0.1:9.*ollama serve"):
            model_of(OllamaModel, "tiny", ModelOptions(ollama_host="127.0.0.1:9"))

    @pytest.mark.parametrize(
        ("status", "error", "kind", "words"),
        [
            (500, "model requires more system memory (9 GiB) than is available", ModelError, "smaller model"),
            (400, "input length exceeds the context length", ContextError, "refused a prompt"),
            (500, "llama runner process has terminated", ConnectionLostError, "could not go on"),
            (400, "invalid format", ModelError, "refused to ask"),
        ],
    )
    def test_its_refusals_are_explained(self, model_of, ollama, status, error, kind, words):
        model = model_of(OllamaModel, "tiny", options(ollama))
        ollama.fail_next = [(status, error)]
        with pytest.raises(kind, match=words):
            list(model.generate(SEE, max_tokens=8))

    def test_a_connection_that_breaks_in_mid_answer_is_tried_again(self, model_of, ollama):
        model = model_of(OllamaModel, "tiny", options(ollama))
        whole = reply.reply(model, SEE, Manner(24)).text
        ollama.break_after = 3
        assert reply.reply(model, SEE, Manner(24, pauses=(0.0,))).text == whole
        ollama.break_after = 3
        with pytest.raises(ConnectionLostError, match="in the middle"):
            list(model.generate(SEE, max_tokens=24))

    def test_a_silent_server_counts_as_lost_after_a_while(self, model_of, ollama, monkeypatch):
        model = model_of(OllamaModel, "tiny", options(ollama, timeout_seconds=0.3))
        monkeypatch.setattr(ollama, "chat", lambda _body: (time.sleep(1.0), iter(()))[1])
        with pytest.raises(ConnectionLostError, match=r"sent nothing for 0.3 s"):
            list(model.generate(SEE, max_tokens=8))

    def test_a_running_server_is_found_with_its_vision_model(self, ollama):
        assert found_model(options(ollama)) == "ollama/tiny:latest"
        ollama.models = {"words:latest": ["completion"]}
        assert found_model(options(ollama)) is None
        assert found_model(ModelOptions(ollama_host="127.0.0.1:9")) is None

    def test_a_model_is_pulled_with_progress(self, ollama):
        from vidsense.language.pull import pull

        seen = []
        assert pull("ollama/new", options(ollama), lambda stage, share: seen.append(share)) == "ollama/new"
        assert ollama.pulled == ["new:latest"]
        assert seen == sorted(seen[:-1]) + seen[-1:]
        assert max(seen) == 1.0
        with pytest.raises(ModelError, match="file does not exist"):
            pull("ollama/missing-one", options(ollama), lambda _stage, _share: None)


class TestOpenAI:
    def test_context_slots_and_vision_are_what_the_server_says(self, model_of, gguf_model):
        limits = model_of(OpenAIModel, gguf_model.url, None, ModelOptions(parallel=8)).limits
        assert limits.context == 4096
        assert limits.parallel == 1
        assert limits.pictures > 0

    def test_text_and_pictures_are_counted_by_the_server(self, model_of, gguf_model):
        model = model_of(OpenAIModel, gguf_model.url)
        assert model.text_tokens("A dog runs in the yard.") < 12
        assert 16 <= model.picture_tokens(64, 112) <= 40

    def test_an_overlong_prompt_is_refused_in_words(self, model_of, gguf_model):
        model = model_of(OpenAIModel, gguf_model.url)
        with pytest.raises(ContextError, match="too long"):
            list(model.generate(Prompt("x", ("one two three " * 4000,)), max_tokens=8))

    def test_a_wrong_name_lists_what_there_is(self, model_of, gguf_model):
        with pytest.raises(ModelError, match=r"it offers: .*tiny"):
            model_of(OpenAIModel, gguf_model.url, "no-such-model")

    def test_no_server_is_said(self, model_of):
        with pytest.raises(ModelError, match=r"no server answers at http://127.0.0.1:9/v1"):
            model_of(OpenAIModel, "http://127.0.0.1:9/v1")


class TestGGUF:
    def test_it_ends_with_its_owner(self, model_of, tiny_files):
        model = model_of(GGUFModel, tiny_files[0], ModelOptions(context=1024))
        server = model._server
        model.close()
        assert server.poll() is not None

    def test_it_ends_when_its_owner_is_killed(self, tiny_files):
        program = (
            "import sys, time\nfrom pathlib import Path\nfrom vidsense.language.gguf import GGUFModel\n"
            "model = GGUFModel(Path(sys.argv[1]))\nprint(model._server.pid, flush=True)\ntime.sleep(60)"
        )
        owner = subprocess.Popen([sys.executable, "-c", program, str(tiny_files[0])], stdout=subprocess.PIPE, text=True)
        child = int(owner.stdout.readline())
        owner.kill()
        owner.wait()
        owner.stdout.close()
        until = time.monotonic() + 10.0
        while is_alive(child) and time.monotonic() < until:
            time.sleep(0.05)
        assert not is_alive(child)

    @pytest.mark.skipif(os.name == "nt", reason="no signals")
    def test_a_server_killed_in_mid_answer_is_noticed(self, model_of, tiny_files):
        model = model_of(GGUFModel, tiny_files[0], ModelOptions(context=4096))
        long = {"type": "array", "items": {"type": "string"}, "minItems": 500}  # it cannot end by itself before
        answers = model.generate(SEE, max_tokens=3000, schema=long)
        next(answers)
        os.kill(model._server.pid, signal.SIGKILL)
        with pytest.raises(ConnectionLostError):
            list(answers)
        assert reply.reply(model, SEE, Manner(8, pauses=(0.2, 0.5))).text  # it is started again
        again = model_of(GGUFModel, tiny_files[0], ModelOptions(context=4096))
        assert list(again.generate(SEE, max_tokens=8))

    def test_without_its_projector_it_reads_no_pictures(self, model_of, tiny_files, tmp_path):
        alone = tmp_path / "alone.gguf"
        alone.write_bytes(tiny_files[0].read_bytes())
        model = model_of(GGUFModel, alone, ModelOptions(context=1024))
        assert model.limits.pictures == 0
        model.close()

    def test_a_model_in_the_hubs_cache_has_its_projector(self, model_of, tiny_files, tmp_path):
        for file, blob in zip(tiny_files, "ab", strict=True):
            (tmp_path / blob).write_bytes(file.read_bytes())
            (tmp_path / "snapshot").mkdir(exist_ok=True)
            (tmp_path / "snapshot" / file.name).symlink_to(tmp_path / blob)
        model = model_of(GGUFModel, tmp_path / "snapshot" / tiny_files[0].name, ModelOptions(context=1024))
        assert model.limits.pictures > 0

    def test_the_projector_is_the_one_whose_name_is_most_alike(self, tmp_path):
        for name in ("qwen-4b.gguf", "mmproj-gemma-4b.gguf", "mmproj-qwen-4b-f16.gguf"):
            (tmp_path / name).write_bytes(b"GGUF")
        assert projector_of(tmp_path / "qwen-4b.gguf").name == "mmproj-qwen-4b-f16.gguf"

    def test_broken_files_are_named_with_the_reason(self, model_of, tiny_files, tmp_path):
        broken = tmp_path / "broken.gguf"
        broken.write_bytes(tiny_files[0].read_bytes()[:200_000])
        with pytest.raises(ModelError, match=r"cannot load broken.gguf: .*(corrupted|bounds|failed to load)"):
            model_of(GGUFModel, broken)
        broken.write_bytes(b"no model")
        with pytest.raises(ModelError, match="is no GGUF file"):
            model_of(GGUFModel, broken)
        with pytest.raises(ModelError, match="cannot read the model"):
            model_of(GGUFModel, tmp_path / "missing.gguf")

    @pytest.mark.parametrize(
        ("log", "reason"),
        [
            ("RuntimeError: Failed to init\n0.01 E load: out of bounds\n0.02 E srv: exiting\n", "load: out of bounds"),
            ("0.01 I load: tried\nggml.c:1: GGML_ASSERT(rows > 0) failed\n", "ggml.c:1: GGML_ASSERT(rows > 0) failed"),
            ("Killed\n", "Killed"),
            ("\n", "it ended without a word"),
        ],
    )
    def test_the_reason_is_what_llama_complained_about_first(self, log, reason):
        assert reason_in(log) == reason

    def test_a_missing_library_is_named_with_its_extra(self, model_of, tiny_files, monkeypatch):
        monkeypatch.setattr("vidsense.language.gguf.find_spec", lambda _name: None)
        with pytest.raises(MissingExtraError, match=r"pip install 'vid-sense\[gguf\]'"):
            model_of(GGUFModel, tiny_files[0])


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123  a zombie is dead
        return stat.read().split()[2] != "Z"


@pytest.mark.parametrize("name", ["llava", "ollama/", "magic/x", ""])
def test_a_name_of_no_known_form_is_refused_with_those_there_are(name):
    with pytest.raises(ValueError, match="ollama/NAME"):
        load_model(name)


@pytest.mark.parametrize("url", ["http://10.0.0.5:8080/v1", "http://example.org/v1", "http://127.0.0.1.example.org/v1"])
def test_another_machine_is_asked_only_when_that_is_allowed(model_of, url):
    with pytest.raises(ModelError, match="--allow-remote"):
        check_local(url, allow_remote=False)
    check_local(url, allow_remote=True)
    with pytest.raises(ModelError, match="--allow-remote"):
        model_of(OpenAIModel, url)


def test_a_remote_ollama_is_not_even_looked_for(monkeypatch):
    monkeypatch.setattr("socket.create_connection", lambda *_args, **_kw: pytest.fail("it was asked"))
    assert not load.ollama_answers(ModelOptions(ollama_host="http://example.org:11434"))


@pytest.mark.full
def test_a_real_server_describes_and_answers(gguf_model, walk):
    account = vidsense.describe(walk, model=gguf_model)
    assert account.model == gguf_model.name
    assert account.coverage.shown_to_model == account.coverage.looked_at
    times = {frame.t for frame in account.frames}
    assert all({event.start, event.end} <= times for event in account.events if event.source == "model")
    answer = vidsense.ask(walk, "Who walks there?", model=gguf_model)
    assert answer.answer


def test_a_picture_must_be_one():
    import numpy as np

    with pytest.raises(ValueError, match="uint8"):
        Picture("f001", 0.0, np.zeros((4, 4, 3)))
    with pytest.raises(ValueError, match="must end in a text"):
        Prompt("x", ("a", picture("f001", 0)))


class TestOtherServers:
    """Servers of the protocol that are not llama.cpp's."""

    @pytest.fixture
    def studio(self):
        """Answers every unknown address with 200 and an error, as LM Studio does."""
        asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append((self.path, self.headers.get("Authorization")))
                known = {"object": "list", "data": [{"id": "seer", "object": "model", "created": 0, "owned_by": "x"}]}
                self.reply(known if self.path == "/v1/models" else {"error": "Unexpected endpoint or method."})

            def do_POST(self):
                asked.append((self.path, self.headers.get("Authorization")))
                self.rfile.read(int(self.headers["Content-Length"]))
                self.reply({"error": "Unexpected endpoint or method."})

            def reply(self, fields):
                data = json.dumps(fields).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", asked
        server.shutdown()
        server.server_close()

    def test_a_server_that_answers_everything_is_not_believed(self, model_of, studio):
        model = model_of(OpenAIModel, studio[0])
        assert model.text_tokens("A dog runs.") > 2
        assert model.limits.context == 8192

    def test_the_key_goes_along_everywhere(self, model_of, studio):
        model_of(OpenAIModel, studio[0], None, ModelOptions(api_key="secret"))
        assert {key for _, key in studio[1]} == {"Bearer secret"}
