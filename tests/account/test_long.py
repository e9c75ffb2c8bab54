"""Long videos: every event's frames reach the model, no prompt exceeds its context, times are right."""

from dataclasses import replace

import numpy as np
import pytest
from tests.language.scripted import ScriptedModel, summary_of_all, yes_to_all

import vidsense
from vidsense.source.synthetic import still, texture, write_video

SIZE, RATE, SIDE = (90, 160), 5.0, 18
SECONDS_BETWEEN = 178


def appearances(count):
    """(start, seconds, x, y) of a white square that is there for 4 to 9 s, once in each three minutes."""
    rng = np.random.default_rng(5)
    return [
        (60.0 + i * SECONDS_BETWEEN + round(float(rng.uniform(0, 100)), 1), float(round(rng.uniform(4, 9))),
         int(rng.integers(8, 130)), int(rng.integers(8, 60)))
        for i in range(count)
    ]  # fmt: skip


def film(folder, there):
    """A still scene in which the square appears and is gone again."""
    scene = still(texture(SIZE, 3), 70.0 + len(there) * SECONDS_BETWEEN, frame_rate=RATE)

    def paint(time):
        picture = scene.paint(time)
        for start, seconds, x, y in there:
            if start <= time < start + seconds:
                picture = picture.copy()
                picture[y : y + SIDE, x : x + SIDE] = 250
        return picture

    return write_video(replace(scene, paint=paint), folder / "film.mp4")


def says_what_it_sees(prompt, kind):
    """Tells of the square in each run of frames that show it."""
    if kind == "verdicts":
        return yes_to_all(prompt)
    if kind == "summary":
        return summary_of_all(prompt)
    runs, seen = [], False
    for picture in prompt.pictures:
        shows = bool((picture.pixels.min(axis=2) > 235).mean() > 0.005)
        if shows and not seen:
            runs.append([])
        if shows:
            runs[-1].append(picture.id)
        seen = shows
    events = [
        {"text": "A white square is there.", "first_frame": run[0], "last_frame": run[-1], "evidence": run}
        for run in runs
    ]
    return {"observations": [], "events": events, "summary": "" if runs else "A grey scene."}


def check_all_is_told(folder, count):
    there = appearances(count)
    model = ScriptedModel(says_what_it_sees, context=4096)  # its own assertion: no prompt is over the context
    account = vidsense.describe(film(folder, there), model=model)
    squares = [event for event in account.events if "square" in event.text]
    frames = {frame.t for frame in account.frames}
    shown = {picture.pts_seconds for prompt in model.of("window") for picture in prompt.pictures}
    for start, seconds, _, _ in there:
        assert any(start <= time < start + seconds for time in shown), start
        assert any(abs(event.start - start) <= 0.5 and event.end <= start + seconds for event in squares), start
    assert {time for event in squares for time in (event.start, event.end)} <= frames
    assert len(model.of("window")) > 1


@pytest.mark.full
def test_twenty_minutes_in_a_small_context(tmp_path):
    check_all_is_told(tmp_path, 6)


@pytest.mark.nightly
def test_two_hours_in_a_small_context(tmp_path):
    check_all_is_told(tmp_path, 40)
