"""The packet index: which frame is on screen, and from where it can be decoded."""

import numpy as np
import pytest

from vidsense.source.container import LocalBytes
from vidsense.source.index import PacketIndex
from vidsense.source.seek import SeekError, next_packet

OPEN_GOP = PacketIndex(
    # in the order of the file: key, P, B, B, key of the next group, the two B-frames shown before it, P
    np.array([0.0, 0.12, 0.04, 0.08, 0.24, 0.16, 0.2, 0.28]),
    np.array([True, False, False, False, True, False, False, False]),
    complete=True,
)


@pytest.mark.parametrize(
    "time, shown", [(0.0, 0.0), (0.05, 0.04), (0.0799, 0.08), (0.2, 0.2), (9.0, 0.28), (-1.0, 0.0)]
)
def test_the_frame_on_screen_is_the_latest_shown(time, shown):
    assert OPEN_GOP.shown_at(np.array([time])) == shown


@pytest.mark.parametrize(
    "time, key, packets",
    [(0.0, 0.0, 1), (0.08, 0.0, 4), (0.16, 0.0, 6), (0.2, 0.0, 7), (0.24, 0.24, 1), (0.28, 0.24, 4)],
)
def test_frames_before_the_key_of_an_open_group_need_the_key_before(time, key, packets):
    assert OPEN_GOP.packets_from_key(time) == (key, packets)


@pytest.mark.parametrize("time, key", [(0.0, 0.0), (0.11, 0.0), (0.13, 0.24), (5.0, 0.24)])
def test_the_nearest_key_may_be_later(time, key):
    assert OPEN_GOP.nearest_keys(np.array([time])) == key


def test_without_a_shown_key_frame_nothing_can_be_sought():
    times = np.array([-0.04, 0.0, 0.04])
    assert not PacketIndex(times, np.array([True, False, False]), complete=True).seekable
    assert PacketIndex(times, np.array([False, True, False]), complete=True).seekable
    assert not PacketIndex(times, np.array([False, True, False]), complete=False).seekable
    assert not PacketIndex(np.array([]), np.array([], bool), complete=True).seekable


def test_every_packet_has_a_flag():
    with pytest.raises(ValueError, match="2 times but 1 key flags"):
        PacketIndex(np.zeros(2), np.zeros(1, bool), complete=True)


def test_an_impossible_place_in_a_file_is_an_error_number(tmp_path):
    """Damaged files name places before their start; Python's exception must not reach FFmpeg."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"0123456789")
    with LocalBytes(path, "rb") as file:
        assert file.seek(-5) < 0
        assert file.seek(4) == 4
        assert file.read(2) == b"45"


def test_a_disk_that_fails_ends_a_seek():
    def failing():
        raise OSError(5, "Input/output error")
        yield

    with pytest.raises(SeekError, match="Input/output"):
        next_packet(failing())
