import json
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsense.account.account import Description, Event
from vidsense.account.writers import (
    WRITERS,
    Cue,
    clock,
    cues,
    spanned,
    to_json,
    to_json_lines,
    to_markdown,
    to_srt,
    to_text,
    to_vtt,
    without_overlap,
)

SRT_BLOCK = re.compile(r"(\d+)\n(\d\d+:\d\d:\d\d,\d{3}) --> (\d\d+:\d\d:\d\d,\d{3})\n((?:.+\n)+)")
VTT_BLOCK = re.compile(r"(\d\d+:\d\d:\d\d\.\d{3}) --> (\d\d+:\d\d:\d\d\.\d{3})\n((?:.+\n)+)")


def event(start: float, end: float, text: str) -> Event:
    return Event(id="e1", start=start, end=end, text=text, evidence=["f001"])


def test_json_reads_back_as_the_same_description(make_description):
    description = make_description(video="yard 🐈.mp4")
    assert Description.model_validate_json(to_json(description)) == description
    assert to_json(description).endswith("}\n")


def test_json_lines_hold_each_event_and_then_the_summary(make_description):
    rows = [json.loads(line) for line in to_json_lines(make_description()).splitlines()]
    assert [row["type"] for row in rows] == ["event", "summary"]
    assert rows[0]["text"] == "Something comes in."
    assert rows[-1]["duration_s"] == 40.0
    assert "events" not in rows[-1]


def test_text_is_the_account_alone(make_description):
    assert to_text(make_description(description="Nothing moves.\n\n")) == "Nothing moves.\n"


def test_markdown_says_what_the_account_rests_on(make_description):
    page = to_markdown(make_description(video="my_clip.mp4", warnings=["3 frames are damaged"]))
    assert page.startswith("# my\\_clip.mp4\n\nA fixed camera")
    assert "- 0:20 to 0:40: camera: pan left" in page
    assert "## Frames looked at (2)" in page
    assert "- 0:30.04 (f002, motion, shot s02)" in page
    assert "f003" not in page
    assert "- 3 frames are damaged" in page


def test_srt_shows_each_event_at_its_time(make_description):
    assert to_srt(make_description()) == "1\n00:00:30,000 --> 00:00:36,400\nSomething comes in.\n"


def test_vtt_has_a_chapter_for_each_shot_where_nothing_happens(make_description):
    assert to_vtt(make_description(events=[])) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:20.000\nShot 1, fixed camera\n\n"
        "00:00:20.000 --> 00:00:40.000\nShot 2, camera: pan left\n"
    )


def test_a_cue_cannot_be_broken_by_its_text(make_description):
    description = make_description(events=[event(1, 2, 'On screen: "a --> b"\n\n\nWEBVTT <b>&')])
    assert to_srt(description).count("-->") == to_vtt(description).count("-->") == 1
    assert 'On screen: "a --&gt; b" WEBVTT &lt;b&gt;&amp;\n' in to_vtt(description)
    assert 'On screen: "a → b" WEBVTT <b>&\n' in to_srt(description)


def test_an_event_without_length_is_shown_for_a_second():
    assert spanned(2.0, 2.0, "A light goes on.") == Cue(2000, 3000, "A light goes on.")
    assert spanned(2.0001, 2.0002, " ") == Cue(2000, 3000, "…")


def test_what_happens_together_is_one_cue():
    together = without_overlap([Cue(0, 60_000, "It rains."), Cue(30_000, 36_000, "A cat.")])
    assert [cue.text for cue in together] == ["It rains.", "It rains.\nA cat.", "It rains."]


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00"), (59.999, "1:00"), (7.05, "0:07.05"), (5999.9, "1:39:59.9"), (36000, "10:00:00")]
)
def test_clock_writes_times_as_people_do(seconds, words):
    assert clock(seconds) == words


spans = st.tuples(st.floats(0, 90_000), st.floats(0, 60)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(st.tuples(spans, st.text()), min_size=1, max_size=8))
def test_any_events_make_valid_subtitles(make_description, drawn):
    description = make_description(events=[event(*span, text) for span, text in drawn])
    srt, vtt = to_srt(description), to_vtt(description)
    assert "\n".join(match.group() for match in SRT_BLOCK.finditer(srt)) == srt
    assert "WEBVTT\n\n" + "\n".join(match.group() for match in VTT_BLOCK.finditer(vtt)) == vtt
    for earlier, later in pairwise(cues(description)):
        assert earlier.end_ms <= later.start_ms


def test_every_format_has_a_writer_that_ends_its_last_line(make_description):
    assert set(WRITERS) == {"text", "json", "jsonl", "md", "srt", "vtt"}
    for write in WRITERS.values():
        assert write(make_description()).endswith("\n")
