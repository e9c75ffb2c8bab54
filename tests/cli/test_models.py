"""The commands that have to do with language models, with real models behind them."""

import json

import pytest
from tests.models import CONTEXT


@pytest.fixture
def gguf(tiny_files):
    return f"gguf/{tiny_files[0]}"


@pytest.fixture
def with_ollama(vidsense_command, ollama_server):
    vidsense_command.environment["OLLAMA_HOST"] = ollama_server.host
    vidsense_command.environment["VIDSENSE_PICTURE_SIZE"] = "112"
    return vidsense_command


@pytest.mark.full
def test_events_are_printed_as_they_come_and_the_summary_last(vidsense_command, walk, gguf):
    done = vidsense_command("describe", walk, "--model", gguf, "--format", "jsonl", "--context", CONTEXT)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["type"] for row in rows] == ["event"] * (len(rows) - 1) + ["summary"]
    assert rows[-1]["model"] == gguf
    assert rows[-1]["coverage"]["shown_to_model"] == rows[-1]["coverage"]["looked_at"]
    assert len({row["id"] for row in rows[:-1]}) == len(rows) - 1
    assert {row["source"] for row in rows[:-1]} == {"measured", "model"}


@pytest.mark.full
def test_a_running_ollama_is_used_without_being_named(with_ollama, walk):
    done = with_ollama("describe", walk, "--json")
    assert json.loads(done.stdout)["model"] == "ollama/tiny:latest"
    done = with_ollama("describe", walk, "--json", "--model", "none")
    assert json.loads(done.stdout)["model"] == "none"


@pytest.mark.full
def test_a_plan_says_what_it_costs_before_anything_is_asked(vidsense_command, walk, gguf):
    done = vidsense_command("describe", walk, "--model", gguf, "--plan", "--json", "--context", CONTEXT)
    plan = json.loads(done.stdout)
    assert plan["frames"] >= plan["windows"] >= 1
    assert plan["prompts"] == 2 * plan["windows"] + 1
    assert plan["tokens_read"] > plan["frames"] * plan["tokens_per_picture"]
    assert plan["expected_s"] > 0
    assert "No model" in vidsense_command("describe", walk, "--plan").stdout


@pytest.mark.full
def test_several_questions_and_a_conversation(vidsense_command, walk, gguf, tmp_path):
    questions = tmp_path / "questions.txt"
    questions.write_text("How long is it?\n\nWho walks there?\n", "utf-8")
    done = vidsense_command("ask", walk, "--questions", questions, "--model", gguf, "--json", "--context", CONTEXT)
    answers = json.loads(done.stdout)
    assert [answer["question"] for answer in answers] == ["How long is it?", "Who walks there?"]
    assert [answer["model"] for answer in answers] == ["none", gguf]
    done = vidsense_command("chat", walk, "--model", gguf, "--context", CONTEXT, input="How long is it?\nAnd who?\n\n")
    assert done.returncode == 0, done.stderr
    first, second, *_ = done.stdout.split("\n\n")
    assert "12 s" in first
    assert second


def test_models_are_listed_with_what_fits(with_ollama):
    rows = json.loads(with_ollama("models", "--json").stdout)
    there = [row["name"] for row in rows if row["there"]]
    assert there == ["ollama/tiny:latest"]
    assert all(row["fits"] in (True, False, None) for row in rows)
    assert "Worth getting" in with_ollama("models").stdout


def test_a_model_is_pulled_and_named(with_ollama, ollama_server):
    done = with_ollama("models", "pull", "ollama/fresh")
    assert done.stdout.strip() == "ollama/fresh"
    assert "fresh:latest" in ollama_server.pulled
    ollama_server.models.pop("fresh:latest")
    done = with_ollama("models", "pull", "none")
    assert done.returncode == 2
    assert "ollama/NAME" in done.stderr


def test_a_check_tells_what_a_random_model_does_not_see(vidsense_command, gguf):
    done = vidsense_command("models", "check", gguf, "--json", "--context", CONTEXT)
    findings = json.loads(done.stdout)
    assert [finding["name"] for finding in findings] == ["order of frames", "which frames show it", "small writing"]
    assert all(finding["right"] == 0 for finding in findings)
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--model", "llava"], 2, "ollama/NAME"),
        (["--model", "ollama/tiny"], 1, "no Ollama answers"),
        (["--model", "openai/http://10.1.2.3:80/v1#x"], 1, "--allow-remote"),
        (["--model", "gguf/missing.gguf"], 1, "cannot read the model"),
        (["--context", "10"], 2, "1024"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(vidsense_command, walk, arguments, code, words):
    done = vidsense_command("describe", walk, *arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_key_is_never_shown(vidsense_command):
    vidsense_command.environment["VIDSENSE_API_KEY"] = "very-secret"
    assert "very-secret" not in vidsense_command("settings").stdout + vidsense_command("settings", "--json").stdout


@pytest.fixture
def hub(tmp_path):
    from tests.language.hub_server import HubServer

    pytest.importorskip("torch")
    from tests.language.tiny_hf import write_tiny_hf

    server = HubServer("tiny/smolvlm", write_tiny_hf(tmp_path / "served", "smolvlm"))
    yield server
    server.close()


@pytest.mark.full
def test_a_model_of_the_hub_is_pulled_over_a_broken_connection_and_describes(vidsense_command, hub, walk, tmp_path):
    vidsense_command.environment |= {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path / "hub"),
        "HF_HUB_DISABLE_XET": "1",
    }
    size = sum(path.stat().st_size for path in hub.folder.iterdir())
    hub.break_after = size // 2
    done = vidsense_command("models", "pull", "hf/tiny/smolvlm")
    assert done.stdout.strip() == "hf/tiny/smolvlm", done.stderr
    assert hub.break_after is None
    sent = hub.sent
    assert vidsense_command("models", "pull", "hf/tiny/smolvlm").returncode == 0
    assert hub.sent - sent < 0.1 * size
    assert "hf/tiny/smolvlm" in vidsense_command("models").stdout
    quick = ("--json", "--frames", "2", "--check", "off")
    done = vidsense_command("describe", walk, "--model", "hf/tiny/smolvlm", *quick, timeout=600)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["model"] == "hf/tiny/smolvlm"


def test_a_model_that_the_hub_does_not_have_is_said(hub, tmp_path, vidsense_command):
    vidsense_command.environment |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hub")}
    done = vidsense_command("models", "pull", "hf/tiny/missing")
    assert done.returncode == 1
    assert "cannot download tiny/missing" in done.stderr
