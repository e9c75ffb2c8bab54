"""The bench with a model that sees colours: what it says under each control, what is kept, what fails."""

import json
from dataclasses import replace

import pytest
from tests.bench.films import Eye, colours_video, eye, first_and_last, write_rows

from vidsense.bench.formats import read_questions
from vidsense.bench.result import BEGINS, Result, kept_results
from vidsense.bench.run import FAILURES_IN_A_ROW, Asking, ask_each
from vidsense.bench.showing import Looking
from vidsense.bench.summary import summarised
from vidsense.bench.telling import told
from vidsense.errors import ModelError
from vidsense.results import ResultsFile

ASKING = Asking(looking=Looking(4, long_side=64))


@pytest.fixture(scope="module")
def questions(tmp_path_factory):
    return first_and_last(tmp_path_factory.mktemp("films"))


def shares(results, ability):
    row = next(row for row in summarised(results).rows if row.ability == ability)
    return {control: score.share for control, score in row.scores.items()}


def test_each_control_shows_what_it_says(questions):
    model = Eye()
    results = list(ask_each(read_questions(questions), model, ASKING))
    seen = {(r.video, r.ability, r.control): (r.said, r.frames) for r in results}
    assert seen["there.mp4", "order", "video"] == ("red", (0.24, 0.72, 1.24, 1.72))
    assert seen["there.mp4", "order", "blind"] == ("red", ())
    assert seen["there.mp4", "order", "middle"] == ("blue", (1.24,))
    shuffled = seen["there.mp4", "order", "shuffled"][1]
    assert sorted(shuffled) == [0.24, 0.72, 1.24, 1.72] != list(shuffled)
    times = [[picture.pts_seconds for picture in prompt.pictures] for prompt in model.prompts]
    assert all(each == sorted(each) for each in times)  # a model is never told that they were shuffled
    assert {str(prompt.parts[-1]) for prompt in model.prompts} == {"Which colour is first?", "Which colours are there?"}
    assert shares(results, "order")["video"] == shares(results, "colour")["video"] == 1.0
    assert shares(results, "colour") == {"video": 1.0, "blind": 0.0, "middle": 0.0, "shuffled": 1.0}


def test_the_middle_frame_may_stand_in_every_place(questions):
    model = Eye()
    asking = replace(ASKING, controls=("middle",), looking=replace(ASKING.looking, middle="everywhere"))
    results = list(ask_each(read_questions(questions)[:1], model, asking))
    assert results[0].frames == (1.24,) * 4
    assert [picture.pts_seconds for picture in model.prompts[0].pictures] == [0.24, 0.72, 1.24, 1.72]


def test_a_clip_is_told_from_its_reversed_copy_only_in_order(questions):
    apart = {row.ability: row.apart for row in summarised(ask_each(read_questions(questions), Eye(), ASKING)).rows}
    assert (apart["order"]["video"].right, apart["order"]["video"].asked) == (1, 1)
    assert apart["order"]["blind"].right == apart["order"]["middle"].right == 0
    assert not apart["colour"]  # both clips have the same colours: there is nothing to tell apart


def test_a_score_that_needs_no_video_is_told_in_words(tmp_path):
    colours_video(tmp_path / "a.mp4", "red", "red")
    rows = [
        {"video": "a.mp4", "question": f"Which colour is first, {i}?", "answer": "red" if i else "blue"}
        for i in range(10)
    ]
    results = list(ask_each(read_questions(write_rows(tmp_path / "q.jsonl", *rows)), Eye(), ASKING))
    assert "all: this score needs no video: with nothing shown it is 90.0 %, within" in told(summarised(results))
    said = told(summarised(ask_each(read_questions(first_and_last(tmp_path)), Eye(), ASKING)))
    assert "colour: this score does not need the order of the frames" in said


def test_choices_are_asked_with_letters(tmp_path):
    colours_video(tmp_path / "a.mp4", "red", "blue")
    row = {"video": "a.mp4", "question": "Which colour is last?", "answer": "blue", "choices": ["red", "blue"]}
    model = Eye()
    video, blind, *_ = ask_each(read_questions(write_rows(tmp_path / "q.jsonl", row)), model, ASKING)
    assert (video.said, video.right, video.rule, blind.said) == ("B", True, "letter", "A")
    assert str(model.prompts[0].parts[-1]).splitlines()[1:3] == ["A. red", "B. blue"]
    (summary,) = summarised([video, blind]).rows
    assert summary.chance == 0.5


def test_start_and_end_limit_what_is_shown_and_adaptive_frames_lie_in_them(tmp_path):
    colours_video(tmp_path / "a.mp4", "red", "blue", "green")
    rows = [
        {"video": "a.mp4", "question": "Which colour is first?", "answer": "blue", "start": 1.0, "end": 2.0},
        {"video": "a.mp4", "question": "Which colour is first?", "answer": "blue", "start": 9.0},
    ]
    items = read_questions(write_rows(tmp_path / "q.jsonl", *rows))
    for sampling in ("uniform", "adaptive"):
        looking = replace(ASKING.looking, sampling=sampling, frames=2)
        inside, outside = ask_each(items, Eye(), Asking(looking=looking, controls=("video",)))
        assert inside.right
        assert all(1.0 <= time < 2.0 for time in inside.frames)
        assert outside.error


def test_what_was_answered_is_not_asked_again(questions, tmp_path):
    out, model = tmp_path / "results.jsonl", Eye()

    def run(**options):
        with ResultsFile(out, begins=BEGINS) as rows:
            items = read_questions(questions)
            return list(ask_each(items, model, ASKING, kept=kept_results(out), keep=rows.append, **options))

    first = run()
    asked = len(model.prompts)
    assert run() == first
    assert len(model.prompts) == asked == 16
    lines = out.read_bytes().splitlines(keepends=True)
    out.write_bytes(b"".join(lines[:5]) + lines[5][:40])  # killed while it wrote
    assert [(r.key, r.said) for r in run()] == [(r.key, r.said) for r in first]
    assert len(model.prompts) == asked + 11
    assert [Result.from_json(line).key for line in out.read_bytes().splitlines()] == [r.key for r in first]
    list(ask_each(read_questions(questions), model, replace(ASKING, max_tokens=99), kept=kept_results(out)))
    assert len(model.prompts) == asked + 11 + 16


def test_a_failure_is_a_row_and_is_retried_on_request(tmp_path):
    colours_video(tmp_path / "a.mp4", "red")
    rows = [{"video": name, "question": "Which colour is first?", "answer": "red"} for name in ("a.mp4", "none.mp4")]
    items, out = read_questions(write_rows(tmp_path / "q.jsonl", *rows)), tmp_path / "out.jsonl"

    def run(script, **options):
        with ResultsFile(out, begins=BEGINS) as kept:
            return list(ask_each(items, Eye(script), ASKING, kept=kept_results(out), keep=kept.append, **options))

    results = run(lambda prompt, _: ModelError("it is ill") if len(prompt.pictures) == 1 else eye(prompt))
    assert [bool(result.error) for result in results] == [False, False, True, False, True, False, True, True]
    summary = summarised(results)
    assert sum(summary.failures.values()) == 4
    assert summary.failures["it is ill"] == 1
    assert "4 of 8 prompts have no answer; they are in no share above:" in told(summary)
    assert [bool(r.error) for r in run(eye)] == [bool(r.error) for r in results]
    assert sum(bool(r.error) for r in run(eye, retry=True)) == 3
    assert sum(bool(r.error) for r in run(eye)) == 3  # the latest row of a question holds


def test_a_model_that_is_gone_ends_the_run(questions):
    model = Eye(lambda *_: ModelError("the server is gone"))
    with pytest.raises(ModelError, match="failed 5 times in a row: the server is gone"):
        list(ask_each(read_questions(questions), model, ASKING))
    assert len(model.prompts) == FAILURES_IN_A_ROW


def test_more_frames_than_a_model_sees_are_refused_before_anything_is_asked(questions):
    with pytest.raises(ValueError, match="sees 2 pictures at once, not 4: use --frames 2"):
        next(ask_each(read_questions(questions), Eye(pictures=2), ASKING))


def test_several_at_once_give_the_same_in_the_same_order(questions):
    one, many = (list(ask_each(read_questions(questions), Eye(parallel=n), ASKING)) for n in (1, 3))
    assert [(r.key, r.said, r.right) for r in one] == [(r.key, r.said, r.right) for r in many]


def test_an_answer_that_ran_out_of_tokens_is_counted(questions):
    (result,) = ask_each(
        read_questions(questions)[:1], Eye(lambda *_: "red<CUT>"), replace(ASKING, controls=("video",))
    )
    assert result.cut
    assert "1 answers ran out of tokens" in told(summarised([result]))


def test_a_row_tells_all_that_is_needed_to_judge_again(questions):
    result = next(ask_each(read_questions(questions), Eye(), ASKING))
    assert Result.from_json(result.to_json()) == result
    assert json.loads(result.to_json())["rule"] == "exact"
    assert result.to_json().startswith(BEGINS)
