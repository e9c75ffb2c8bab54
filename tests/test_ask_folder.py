"""Questions over a folder: which videos they are about, by which clock, and what those say."""

import os
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import av
import pytest

import vidsense
from vidsense.batch.period import period_of
from vidsense.batch.recorded import MachineZone, date_in_name, recorded
from vidsense.errors import VidSenseError
from vidsense.source.synthetic import still, texture, with_noise, with_walker, write_video

SIZE = (120, 208)
ZONE = timezone(timedelta(hours=2))
NOW = datetime(2026, 5, 2, 9, 30, tzinfo=ZONE)  # a Saturday
YESTERDAY_2104 = datetime(2026, 5, 1, 21, 4, tzinfo=ZONE)


def dated(source: Path, path: Path, moment: datetime) -> Path:
    """A copy that holds a date in its container."""
    with av.open(str(source)) as given, av.open(str(path), "w") as copy:
        copy.metadata["creation_time"] = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        track = given.streams.video[0]
        other = copy.add_stream_from_template(track)
        for packet in given.demux(track):
            if packet.dts is not None:
                packet.stream = other
                copy.mux(packet)
    return path


@pytest.fixture(scope="module")
def cameras(tmp_path_factory):
    """A walk dated by its container, one by its name, one by its file; an empty scene; a broken file."""
    folder = tmp_path_factory.mktemp("cameras")
    quiet = with_noise(still(texture(SIZE, 1), 6.0), 2.0)
    walk = write_video(with_walker(quiet, 1.0, 5.0, height_px=50, width_px=20), folder / "walk.mp4")
    dated(walk, folder / "container.mp4", YESTERDAY_2104)
    (folder / "cam_20260501_230000.mp4").write_bytes(walk.read_bytes())
    (folder / "morning_2026-05-02_07-15-00.mp4").write_bytes(walk.read_bytes())
    (folder / "day-2026-05-01.mp4").write_bytes(walk.read_bytes())
    os.utime(walk.rename(folder / "file.mp4"), (0, (YESTERDAY_2104 + timedelta(hours=4, seconds=6)).timestamp()))
    write_video(quiet, folder / "empty_20260501_220000.mp4")
    (folder / "broken.mp4").write_text("no video")
    (folder / "empty.mp4").write_text("")
    return folder


def asked(folder, question, **options):
    return vidsense.ask_folder([folder], question, now=NOW, **options)


def test_last_night_asks_those_that_were_recorded_then(cameras):
    given = asked(cameras, "when did something move last night?")
    assert given.found
    assert given.period == ("2026-05-01T18:00:00+02:00", "2026-05-02T06:00:00+02:00")
    rows = {Path(row.path).name: row for row in given.videos}
    assert {name: row.recorded_from for name, row in rows.items()} == {
        "container.mp4": "container",
        "cam_20260501_230000.mp4": "file name",
        "empty_20260501_220000.mp4": "file name",
        "day-2026-05-01.mp4": "file name",
        "file.mp4": "file time",
        "broken.mp4": None,
        "empty.mp4": None,
    }
    assert given.left_out == 1
    assert rows["broken.mp4"].error
    assert rows["container.mp4"].moments[0].at.startswith("2026-05-01T21:04:0")
    assert rows["day-2026-05-01.mp4"].moments[0].at is None
    assert not rows["empty_20260501_220000.mp4"].moments


def test_it_is_told_in_order_with_the_clock_and_where_that_is_from(cameras):
    told = asked(cameras, "when did something move last night?").answer
    assert told.startswith("Recorded from 1 May, 18:00 to 2 May, 06:00: five of eight videos.")
    assert re.search(r"21:04:0\d \(container.*23:00:0\d \(cam_.*2 May, 01:04:0\d \(file", told, re.DOTALL)
    assert "2026-05-01, hour unknown (day-2026-05-01.mp4" in told
    assert "empty_20260501_220000.mp4: Nothing was seen to move." in told
    assert "broken.mp4 could not be read" in told
    assert told.endswith("the files' names (3), the videos themselves (1) and the files' own times (1).")


def test_without_a_time_all_are_asked(cameras):
    given = asked(cameras, "which way does it go?")
    assert (given.period, given.left_out, len(given.videos)) == (None, 0, 8)
    assert given.answer.count("From left to right.") == 5


def test_moments_outside_the_period_are_left_out(cameras):
    given = asked(cameras, "did anything move on 2026-05-01 between 23:00 and 23:05?")
    assert [Path(row.path).name for row in given.videos if row.moments] == [
        "day-2026-05-01.mp4",
        "cam_20260501_230000.mp4",
    ]


def test_a_night_without_recordings_is_said(cameras):
    given = asked(cameras, "what happened on 3 March?")
    assert not given.found
    assert given.answer.startswith("None of eight videos was recorded from 3 March, 00:00 to 4 March, 00:00.")


def test_what_cannot_be_told_is_said_for_all_at_once(cameras):
    given = asked(cameras, "who came last night?")
    assert not given.found
    assert "Measurements cannot tell" in given.answer


def test_a_second_question_decodes_nothing(cameras, tmp_path, monkeypatch):
    from vidsense.catalog.cache import FileCache

    cache = FileCache(tmp_path / "kept")
    first = asked(cameras, "when did something move?", cache=cache)
    monkeypatch.setattr("vidsense.account.observe.look_and_listen", None)
    assert asked(cameras, "when did something move?", cache=cache).answer == first.answer


@pytest.mark.parametrize("question", ["", "  ", "last night?"])
def test_a_question_without_one_is_refused(cameras, question):
    with pytest.raises(ValueError, match="empty"):
        asked(cameras, question)


def test_a_folder_without_videos_is_refused(tmp_path):
    with pytest.raises(VidSenseError, match="holds no video"):
        asked(tmp_path, "what happened?")


@pytest.mark.parametrize(
    ("question", "start", "end", "rest"),
    [
        ("what happened last night?", "05-01 18:00", "05-02 06:00", "what happened?"),
        ("what happened yesterday evening?", "05-01 18:00", "05-02 00:00", "what happened?"),
        ("anything this morning?", "05-02 06:00", "05-02 12:00", "anything?"),
        ("anything tonight?", "05-02 18:00", "05-03 06:00", "anything?"),
        ("did it move between 10 pm and 2 am yesterday?", "05-01 22:00", "05-02 00:00", "did it move?"),
        ("what moved last night between 2 and 3 am?", "05-02 02:00", "05-02 03:00", "what moved?"),
        ("what moved last night between 2 am and 3 am?", "05-02 02:00", "05-02 03:00", "what moved?"),
        ("anything after 22:00?", "05-01 22:00", "05-02 00:00", "anything?"),
        ("anything at 8:00?", "05-02 07:55", "05-02 08:05", "anything?"),
        ("what moved on monday?", "04-27 00:00", "04-28 00:00", "what moved?"),
        ("what moved on saturday?", "05-02 00:00", "05-03 00:00", "what moved?"),
        ("what moved last saturday?", "04-25 00:00", "04-26 00:00", "what moved?"),
        ("what moved on April 30th?", "04-30 00:00", "05-01 00:00", "what moved?"),
        ("what moved in the last 3 hours?", "05-02 06:30", "05-02 09:30", "what moved?"),
        ("On 2026-04-30 at night, what moved?", "04-30 18:00", "05-01 06:00", "what moved?"),
    ],
)
def test_times_in_questions_are_understood(question, start, end, rest):
    period, left = period_of(question, NOW)
    assert (f"{period.start:%m-%d %H:%M}", f"{period.end:%m-%d %H:%M}", left) == (start, end, rest)


@pytest.mark.parametrize(
    "question", ["when does it say 'alarm'?", "describe 0:10-0:20", "do 2 or 3 move?", "on 2026-13-40?", "at 99 pm?"]
)
def test_what_names_no_time_by_the_clock_is_left_as_it_is(question):
    assert period_of(question, NOW) == (None, question)


def test_a_date_without_a_year_is_past():
    period, _ = period_of("what moved on 24 December?", NOW)
    assert period.start.year == 2025


@pytest.mark.parametrize(
    "name", ["20261340_101010.mp4", "clip_1920x1080.mp4", "IMG_0042.mov", "1234567890123.mp4", "20260230.mp4"]
)
def test_numbers_that_are_no_date_are_none(name):
    assert date_in_name(name) is None


def test_a_clock_that_was_never_set_is_not_believed(cameras, tmp_path):
    old = dated(cameras / "container.mp4", tmp_path / "cam_20260430_120000.mp4", datetime(1980, 1, 1, tzinfo=UTC))
    with vidsense.open_video(old) as stream:
        assert recorded(old, stream.info, now=NOW).origin == "file name"


@pytest.mark.skipif(not hasattr(__import__("time"), "tzset"), reason="needs a zone that can be set")
def test_summer_time_is_that_of_the_day_not_of_the_question(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        winter = datetime(2026, 1, 10, 12, 0, tzinfo=MachineZone())
        period, _ = period_of("what moved on 2025-07-01 at 22:00?", winter)
        assert period.start.astimezone(UTC).hour == 19
        assert datetime(2025, 7, 1, 20, 0, tzinfo=UTC).astimezone(MachineZone()).hour == 22
    finally:
        monkeypatch.undo()
        time.tzset()
