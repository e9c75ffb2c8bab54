import pytest

from vidsense.cli.options import seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("92.5", 92.5), ("1:32.5", 92.5), ("90:00", 5400), ("1:02:03", 3723), ("0:00:00.04", 0.04)],
)
def test_times_are_read_as_people_write_them(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "abc", "-1", "nan", "inf", "1:60", "1:2:3:4", "1.5:00", "1:", "1:-5", "5 s"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match=r"time|float"):
        seconds_of(text)
