"""What is written on drawn screens, from when to when."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsense.facts.cells import Cells, joined, merged, overlap, touch
from vidsense.facts.lines import WrittenLine, alike, comparable, difference, is_art, is_believable, thumbnail_of
from vidsense.facts.reading import Reader
from vidsense.facts.text import TextWatcher
from vidsense.facts.writing import blocks, in_order, text_facts
from vidsense.source.synthetic import (
    SyntheticStream,
    cut,
    panned,
    plain,
    slides,
    still,
    texture,
    with_clock,
    with_noise,
    with_text,
    with_writing,
)
from vidsense.survey.survey import survey_video

SIZE = (360, 640)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def watched(drawing, reader=None, most_waiting=0):
    watcher = TextWatcher(reader, most_waiting=most_waiting)
    survey = survey_video(SyntheticStream(drawing), watchers=[watcher])
    return watcher, watcher.finish(survey.picture_end_seconds)


def written(drawing):
    return text_facts(watched(drawing)[1])


def says(facts, words):
    return [fact for fact in facts if words in fact.details["text"]]


def test_pages_are_read_with_their_times():
    facts = written(slides(SIZE, [("First heading", ("one bullet",)), ("Another page", ("two more",))], 2.0))
    [first], [second] = says(facts, "First heading"), says(facts, "Another page")
    assert (first.start, first.end) == (pytest.approx(0.0, abs=0.2), pytest.approx(2.0, abs=0.3))
    assert (second.start, second.end) == (pytest.approx(2.0, abs=0.3), pytest.approx(4.0, abs=0.1))
    assert first.start <= first.moment < first.end


def test_a_caption_over_a_scene_comes_and_goes():
    scene = still(texture(SIZE, 1), 2.0)
    caption = with_text(still(texture(SIZE, 1), 2.0), "PEDESTRIAN ALARM", at=(0.2, 0.2), height_px=26.0)
    [fact] = says(written(with_noise(cut(scene, caption, scene), 2.0)), "PEDESTRIAN")
    assert (fact.start, fact.end) == (pytest.approx(2.0, abs=0.3), pytest.approx(4.0, abs=0.3))
    x0, y0, x1, y1 = fact.details["box"]
    assert 0.1 < x0 < x1 < 0.9
    assert 0.1 < y0 < y1 < 0.4


def test_a_digit_that_changes_within_a_line_is_read_again():
    pages = [
        (f"Chapter {n}", tuple(f"point {n}.{i}: {word} and more" for i, word in enumerate(("apples", "pears"))))
        for n in (1, 2, 3)
    ]
    facts = written(slides((360, 640), pages, 2.0))
    for n, (heading, bullets) in enumerate(pages):
        said = " ".join(f.details["text"] for f in facts if f.start <= 2.0 * n + 1.0 < f.end)
        assert all(words in said for words in (heading, *bullets)), said


def test_a_line_with_a_cursor_that_blinks_is_read_twice_at_most():
    class Counting(Reader):
        lines = 0

        def read(self, crops):
            self.lines += len(crops)
            return super().read(crops)

    reader = Counting()
    shown = "print the whole list of files"
    drawing = with_writing(
        plain(SIZE, 8.0, BLACK), lambda t: shown + ("_" if int(2 * t) % 2 else ""), at=(0.05, 0.3), height_px=24.0
    )
    _, lines = watched(drawing, reader)
    assert [line.text.strip("_ ") for line in lines] == [shown]
    assert reader.lines <= 6


def first_found(*, at_once):
    """When a caption that comes at 2 s, in the way of what moves over the picture, is first offered for a look."""
    ground = np.random.default_rng(0).integers(80, 100, (90, 160), dtype=np.uint8)
    cells, caption = Cells(ground, 0.0), (60 / 160, 40 / 90, 100 / 160, 48 / 90)
    for step in range(1, 40):
        picture, seconds, left = ground.copy(), step / 10, 8 * step % 160
        picture[20:80, left : left + 30] = 60 + 7 * step % 180
        if seconds >= 2.0:
            picture[40:48, 60:100] = 30 + 200 * (np.arange(40) % 3 == 0)
        cells.add(picture, seconds, another=False)
        box = cells.arrived(seconds, at_once=at_once)
        if seconds > 2.0 and box and overlap(box, caption) > 0.9 and box[2] - box[0] < 0.4:
            return seconds
    return None


def test_what_comes_at_once_is_seen_beside_what_never_rests():
    assert first_found(at_once=True) < 2.75 < first_found(at_once=False)


def test_what_is_typed_grows_as_one():
    drawing = with_writing(
        plain(SIZE, 4.0, WHITE), lambda t: "a line of text that is typed"[: int(9 * t)], at=(0.05, 0.3), height_px=22.0
    )
    facts = written(drawing)
    assert len(facts) == 1
    assert facts[0].details["text"].replace(" ", "") == "alineoftextthatistyped"
    assert facts[0].start < 1.0


def test_a_clock_is_one_fact():
    facts = written(with_clock(plain(SIZE, 12.0, BLACK), at=(0.3, 0.3), height_px=24.0))
    assert len(facts) == 1
    assert facts[0].start == pytest.approx(0.0, abs=0.3)
    assert facts[0].end == pytest.approx(12.0, abs=0.1)


def test_pictures_without_writing_say_nothing():
    assert written(with_noise(still(texture(SIZE, 5), 3.0), 3.0)) == []
    assert written(panned(still(texture((360, 1200), 6), 3.0), SIZE, right=120.0)) == []


class CountingReader(Reader):
    """The reader, counting the lines that it reads."""

    def __init__(self):
        super().__init__()
        self.read_lines = 0

    def read(self, crops):
        self.read_lines += len(crops)
        return super().read(crops)


def test_what_is_unchanged_is_not_read_again():
    reader = CountingReader()
    page = plain(SIZE, 6.0, WHITE)
    for i in range(6):
        page = with_text(page, f"Line number {i} stays", at=(0.1, 0.1 + 0.12 * i), height_px=20.0)
    page = with_clock(page, at=(0.6, 0.85), height_px=20.0)
    _, lines = watched(page, reader)
    assert len(lines) >= 7
    assert reader.read_lines <= 6 + 8 + 6  # each line once, the clock once a second, and some again while unsure


@pytest.mark.parametrize("most_waiting", [0, 5])
def test_a_missing_model_is_kept_as_the_reason(tmp_path, most_waiting):
    watcher, lines = watched(plain(SIZE, 1.0, WHITE), Reader(tmp_path), most_waiting)
    assert lines == []
    assert "missing" in str(watcher.failure)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("PEDESTRIAN ALARM", "PEDESTRTAN ALARR", True),
        ("12:04:31", "12:04:32", True),
        ("This is a grid", "That was a transform", False),
        ("", "anything", False),
    ],
)
def test_readings_of_the_same_text_are_alike(a, b, same):
    assert alike(a, b) is same


def test_drawn_letters_are_no_text():
    assert is_art("-=00=0==0GGGGG=00=00oGGGGGo")
    assert not is_art("$11,000,000")
    assert comparable("Frame = 12") == comparable("frame=30")


def line(text, box=(0.1, 0.1, 0.5, 0.15), *, score=0.99, start=0.0, end=5.0, readings=1):
    thumbnail = thumbnail_of(texture((40, 80), 1), (0.0, 0.0, 1.0, 1.0))
    return WrittenLine(box, text, score, 0.8, start, end, start, thumbnail, readings=readings, end=end)


def test_only_what_is_read_surely_or_often_is_believed():
    assert is_believable(line("TAXI"))
    assert not is_believable(line("B"))
    assert not is_believable(line("PEDESTRN", score=0.78))
    assert is_believable(line("PEDESTRN", score=0.78, readings=3))
    assert not is_believable(line("text", box=(0.0, 0.0, 1.0, 0.9)))


def test_blocks_are_read_from_top_to_bottom_and_left_to_right():
    lines = [
        line("world", (0.4, 0.1, 0.5, 0.15)),
        line("below", (0.1, 0.17, 0.3, 0.22)),
        line("Hello", (0.1, 0.1, 0.35, 0.15)),
        line("far away", (0.7, 0.8, 0.9, 0.85)),
        line("later", (0.1, 0.24, 0.3, 0.29), start=3.0),
    ]
    told = sorted(in_order(block) for block in blocks(lines))
    assert told == ["Hello  world\nbelow", "far away", "later"]


def test_a_look_is_the_same_in_any_light():
    look = thumbnail_of(texture((60, 200), 3), (0.0, 0.0, 1.0, 1.0))
    assert difference(look, 0.5 * look + 40.0) == pytest.approx(0.0, abs=1e-3)
    other = look.copy()
    other[:, 30:45] = other[:, 60:75]
    assert difference(look, other) > 0.5


boxes = st.tuples(*(st.floats(0.0, 0.9) for _ in range(4))).map(
    lambda b: (b[0], b[1], b[0] + 0.01 + 0.1 * b[2], b[1] + 0.01 + 0.1 * b[3])
)


@given(st.lists(boxes, max_size=12))
def test_merging_boxes_leaves_none_that_touch_and_loses_none(found):
    done = merged(found)
    assert not any(touch(a, b) for i, a in enumerate(done) for b in done[:i])
    assert all(any(overlap(box, whole) > 0.999 for whole in done) for box in found)
    assert sorted(merged(done)) == sorted(done)
    if found:
        assert joined(done) == joined(found)
