"""`vidsense bench`: a table on stdout, rows in the file, one sentence for what is wrong."""

import json

import pytest
from tests.bench.films import Eye, colours_video, eye, first_and_last, write_rows

from vidsense.cli.drawn_questions import Drawn, one_of_each
from vidsense.cli.main import run
from vidsense.training.world.clip import WorldClip
from vidsense.training.world.dice import Dice
from vidsense.training.world.story import tell

MODEL = ("--model", "gguf/scripted.gguf", "--frames", "4")


@pytest.fixture
def bench(monkeypatch, capsys):
    """The command with a model of the test's own."""

    def call(*arguments, model=None):
        monkeypatch.setattr("vidsense.language.load.load_model", lambda *_: model or Eye())
        code = run(["bench", *map(str, arguments)])
        return code, *capsys.readouterr()

    return call


def test_a_table_and_rows_and_the_same_again_without_asking(bench, tmp_path):
    questions, out = first_and_last(tmp_path), tmp_path / "results.jsonl"
    code, table, err = bench(questions, *MODEL, "--out", out)
    assert code == 0
    firsts = [line.split()[0] for line in table.splitlines() if line][2:7]
    assert firsts == ["ability", "colour", "order", "told", "overall"]
    assert len(out.read_text("utf-8").splitlines()) == 16
    assert "16 answers are in" in err
    silent = Eye(lambda *_: pytest.fail("it was asked again"))
    assert bench(questions, *MODEL, "--out", out, model=silent)[:2] == (0, table)


def test_json_has_what_the_table_has(bench, tmp_path):
    code, out, _ = bench(first_and_last(tmp_path), *MODEL, "--json", "--ability", "order", "--control", "blind")
    told = json.loads(out)
    assert code == 0
    assert (told["frames"], told["asked"], told["failed"]) == (4, 4, 0)
    assert list(told["abilities"]) == ["order"]
    assert told["abilities"]["order"]["video"]["share"] == 1.0
    assert told["abilities"]["order"]["told_apart"]["blind"]["share"] == 0.0
    assert "middle" not in told["abilities"]["order"]


def test_what_failed_is_told_and_the_exit_code_says_so(bench, tmp_path):
    colours_video(tmp_path / "a.mp4", "red")
    rows = [{"video": name, "question": "Which colour is first?", "answer": "red"} for name in ("a.mp4", "no.mp4")]
    path = write_rows(tmp_path / "q.jsonl", *rows)
    code, out, err = bench(path, *MODEL, "--out", tmp_path / "r.jsonl")
    assert code == 1
    assert "3 of 8 prompts have no answer; they are in no share above:" in out
    assert "no.mp4" in out
    assert "Run it again with --retry" in err


def test_ctrl_c_leaves_whole_rows_and_a_summary_of_them(bench, tmp_path):
    asked = []

    def until(prompt, _):
        asked.append(prompt)
        return KeyboardInterrupt() if len(asked) == 6 else eye(prompt)

    out = tmp_path / "r.jsonl"
    code, table, err = bench(first_and_last(tmp_path), *MODEL, "--out", out, model=Eye(until))
    assert (code, err) == (130, "vidsense: stopped. What was written so far is whole.\n")
    assert [json.loads(line)["said"] != "" for line in out.read_text("utf-8").splitlines()] == [True] * 5
    assert "overall" in table


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "name one file of questions"),
        (["q.jsonl", "--world", "looks"], 2, "name one file of questions"),
        (["q.jsonl", "--reversed"], 2, "--reversed is for --world"),
        (["--world", "looks", "--limit", "3"], 2, "--limit is for a file of questions"),
        (["--world", "looks", "--ability", "smell"], 2, "there is no ability smell"),
        (["q.jsonl", "--no-controls", "--control", "blind"], 2, "contradict each other"),
        (["none.jsonl"], 1, "there is no none.jsonl"),
        (["q.jsonl", "--ability", "smell"], 2, "there is no ability smell in the file; there are all"),
        (["q.jsonl", "--frames", "40"], 2, "sees 16 pictures at once, not 40"),
        (["q.jsonl", "--out", "q.jsonl"], 1, "is no results file"),
    ],
)
def test_what_is_wrong_is_one_sentence(bench, tmp_path, monkeypatch, arguments, code, words):
    monkeypatch.chdir(tmp_path)
    write_rows(tmp_path / "q.jsonl", {"video": "a.mp4", "question": "What?", "answer": "red"})
    found, out, err = bench(*arguments, *(MODEL[:2] if "--frames" in arguments else MODEL))
    assert (found, out) == (code, "")
    assert words in err
    assert err.count("\n") == 1


def test_no_model_is_said(capsys, tmp_path):
    path = write_rows(tmp_path / "q.jsonl", {"video": "a.mp4", "question": "What?", "answer": "red"})
    assert run(["bench", str(path), "--model", "none"]) == 1
    assert "a bench measures a model: name one with --model" in capsys.readouterr().err


def test_clips_of_the_drawn_world_are_asked_in_memory_and_from_files(bench, tmp_path):
    arguments = ("--world", "looks", "--clips", "2", "--ability", "action", "--one-a-clip", "--no-controls", *MODEL)
    answers = [WorldClip(tell(seed, "looks")) for seed in range(9)]
    first = next(clip for clip in answers if len(clip.story.events) == 1)
    said = Eye(lambda *_: first.questions[0].answer)
    code, out, _ = bench(*arguments, "--json", model=said)
    told = json.loads(out)["abilities"]["action"]
    assert (code, told["video"]["asked"], told["videos"]) == (0, 2, 2)
    assert told["video"]["right"] >= 1
    assert {str(prompt.parts[-1]) for prompt in said.prompts} == {"What action is taking place?"}
    assert said.prompts[0].pictures[0].pixels.shape == (48, 64, 3)
    bench(*arguments, "--files", tmp_path / "clips")
    assert len(list((tmp_path / "clips").glob("looks-*.mp4"))) == 2


def test_reversed_clips_are_asked_only_what_is_different_in_them():
    items = list(Drawn(split="looks", clips=6, backwards=True, one_a_clip=True).items())
    assert len({item.pair for item in items}) == 6
    assert {item.ability for item in items} <= {"action", "sequence", "first", "last"}
    for there, back in zip(items[::2], items[1::2], strict=True):
        assert (there.pair, there.question, there.ability) == (back.pair, back.question, back.ability)
        assert back.answer not in (there.answer, *there.accepted)
        assert back.footage.name == f"{there.footage.name}-reversed"
        assert "draws water" not in back.answer


def test_one_question_of_each_ability_is_no_wording_twice_and_no_side_of_yes_and_no():
    picked = [
        question
        for seed in range(12)
        for question in one_of_each(WorldClip(tell(seed, "looks")).questions, Dice("test", seed))
    ]
    assert {q.question for q in picked if q.ability == "action"} == {"What action is taking place?"}
    assert {q.answer for q in picked if q.ability == "yes/no"} == {"yes", "no"}
    assert len([q for q in picked if q.ability == "thing"]) == 12
