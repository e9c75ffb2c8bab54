"""Questions to a model: frames chosen for the question, a coarse and a close look, answers that were checked."""

import pytest
from tests.account.test_witness import MEASURED
from tests.language.scripted import ScriptedModel, yes_to_all

import vidsense


def asked(video, question, script, **options):
    limits = options.pop("limits", {})
    model = ScriptedModel(script, **limits)
    return vidsense.ask(video, question, model=model, cache=MEASURED, **options), model


def pointing_at(test, answer="Somebody walks.", verdict="yes"):
    """A script that finds the answer in the frames whose picture passes a test."""

    def script(prompt, kind):
        if kind == "verdicts":
            return yes_to_all(prompt, verdict)
        ids = [picture.id for picture in prompt.pictures if test(picture)]
        return {"observations": [], "found": bool(ids), "answer": answer if ids else "", "evidence": ids}

    return script


def during_the_walk(picture):
    return 3.5 < picture.pts_seconds < 5.5


def test_an_answer_has_moments_of_the_frames_it_cites(walk):
    answer, _ = asked(walk, "Who walks there?", pointing_at(during_the_walk))
    assert answer.found
    assert answer.model == "scripted"
    (moment,) = answer.moments
    assert 3.0 < moment.start < moment.end < 6.0
    cited = {frame.id: frame.t for frame in answer.frames}
    assert set(moment.evidence) == set(cited)
    assert {moment.start, moment.end} <= set(cited.values())
    assert answer.coverage.shown_to_model > answer.coverage.looked_at
    assert "Somebody walks (0:0" in answer.answer


def test_the_second_look_has_frames_closer_in_time_where_the_first_points(walk):
    _, model = asked(walk, "Who walks there?", pointing_at(during_the_walk))
    _, close = model.of("answer")[:2]
    new = [picture for picture in close.pictures if picture.id.startswith("q")]
    assert len(new) >= 3
    assert all(2.0 < picture.pts_seconds < 7.0 for picture in new)
    assert [p.pts_seconds for p in close.pictures] == sorted(p.pts_seconds for p in close.pictures)


def test_what_is_not_there_is_said_with_what_was_looked_at(walk):
    answer, _ = asked(walk, "Is there a giraffe?", pointing_at(lambda _picture: False))
    assert not answer.found
    assert answer.answer.startswith("Not in this video")
    assert "frames between" in answer.answer
    assert answer.moments == []


def test_what_a_second_look_denies_is_not_found(walk):
    answer, _ = asked(walk, "Is there a giraffe?", pointing_at(during_the_walk, "A giraffe.", verdict="no"))
    assert not answer.found
    assert "a second one did not" in answer.answer


def test_evidence_that_does_not_exist_does_not_count(walk):
    def script(prompt, kind):
        if kind == "verdicts":
            return yes_to_all(prompt)
        return {"observations": [], "found": True, "answer": "A giraffe.", "evidence": ["f999"]}

    answer, _ = asked(walk, "Is there a giraffe?", script)
    assert not answer.found
    assert answer.coverage.dropped_ids > 0


@pytest.mark.parametrize("question", ["How long is it?", "How many shots are there?", "Is the camera moving?"])
def test_what_is_measured_exactly_is_not_asked_of_a_model(walk, question):
    answer, model = asked(walk, question, pointing_at(during_the_walk))
    assert not model.prompts
    assert answer.model == "none"


def test_only_the_part_that_is_asked_about_is_looked_at(walk):
    _, model = asked(walk, "Who is there at 0:03-0:06?", pointing_at(lambda _picture: False))
    assert all(3.0 <= p.pts_seconds <= 6.0 for prompt in model.prompts for p in prompt.pictures)


def test_a_long_video_is_looked_at_in_few_windows_all_over(cuts):
    _, model = asked(cuts, "Is there a giraffe?", pointing_at(lambda _picture: False), limits={"pictures": 2})
    assert len(model.of("answer")) == 4
    times = [p.pts_seconds for prompt in model.prompts for p in prompt.pictures]
    assert min(times) < 2.0
    assert max(times) > 20.0


def test_what_was_said_before_is_known_in_a_conversation(walk):
    _, model = asked(
        walk, "And then?", pointing_at(during_the_walk), history=[("Who walks there?", "A person in a hat.")]
    )
    assert "A person in a hat." in str(model.prompts[0].parts[0])


def test_times_that_a_model_writes_are_replaced_by_those_of_its_frames(walk):
    answer, _ = asked(walk, "When does somebody come?", pointing_at(during_the_walk, "Somebody comes at 0:59."))
    assert "0:59" not in answer.answer
    assert "(0:0" in answer.answer


def test_plain_lines_do_where_a_model_takes_no_schema(walk):
    def script(prompt, kind):
        if kind == "verdicts":
            return "c1: yes"
        return "f001: empty\nFOUND: yes\nANSWER: Nobody is there at first.\nEVIDENCE: f001"

    answer, _ = asked(walk, "Who is there at first?", script, limits={"schema": False})
    assert answer.found
    assert answer.answer.startswith("Nobody is there at first (0:00")


def answering(**fields):
    def script(prompt, kind):
        if kind == "verdicts":
            return yes_to_all(prompt)
        return {"observations": [], "found": True, "answer": "Somebody.", "evidence": [], **fields}

    return script


def test_data_is_evidence_too(walk):
    answer, _ = asked(
        walk, "What does the overlay read there?", answering(answer='It says "PARKING".', evidence=["text-1"])
    )
    assert answer.found
    assert "text-1" in answer.moments[0].evidence
    assert "PARKING" in answer.answer


@pytest.mark.parametrize("fields", [{"evidence": ["F003"]}, {"evidence": "frame f003", "found": "yes"}])
def test_an_answer_is_understood_however_it_is_written(walk, fields):
    answer, _ = asked(walk, "Who walks there?", answering(**fields))
    assert answer.found


@pytest.mark.parametrize("said", ["", "It goes on. " * 60])
def test_an_answer_that_cannot_be_used_is_no_denial(walk, said):
    answer, _ = asked(walk, "Who walks there?", lambda _prompt, _kind: said)
    assert not answer.found
    assert "gave no answer that could be used" in answer.answer
    assert answer.warnings


def test_a_clock_time_beyond_the_video_is_no_time_of_it(walk):
    answer, model = asked(walk, "Who comes in at 22:15?", pointing_at(during_the_walk))
    assert answer.found
    assert len(model.of("answer")[0].pictures) > 2


def test_an_answer_that_measurements_refute_is_not_told(walk):
    answer, _ = asked(walk, "Where does he go?", pointing_at(during_the_walk, "The man walks from right to left."))
    assert not answer.found


def test_words_that_nobody_read_are_told_as_such(walk):
    answer, _ = asked(walk, "What is on the van?", pointing_at(during_the_walk, 'The van says "ACME POISON".'))
    assert "Not sure: “ACME POISON” was not read there." in answer.answer


def test_what_is_measured_stays_measured_in_a_conversation(walk):
    history = [("Who walks there?", "A person.")]
    answer, model = asked(walk, "How long is the video?", pointing_at(during_the_walk), history=history)
    assert "12 s" in answer.answer
    assert not model.prompts
