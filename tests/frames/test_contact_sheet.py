import cv2
import numpy as np
import pytest

from vidsense.errors import OutputError
from vidsense.frames.contact_sheet import CAPTION_HEIGHT, GAP, MARGIN, PAPER, Caption, contact_sheet, write_picture

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def flat(colour, height=180, width=320):
    return np.full((height, width, 3), colour, np.uint8)


def test_a_sheet_shows_every_picture_in_reading_order_with_room_around():
    sheet = contact_sheet([flat(RED), flat(GREEN), flat(BLUE)], [Caption("0:00", "start, shot s01")] * 3)
    assert sheet.shape == (2 * MARGIN + 2 * (180 + CAPTION_HEIGHT) + GAP, 2 * MARGIN + 2 * 320 + GAP, 3)
    row, column = 180 + CAPTION_HEIGHT + GAP, 320 + GAP
    corners = [sheet[MARGIN + y, MARGIN + x] for y in (0, row) for x in (0, column)]
    assert [tuple(corner.tolist()) for corner in corners] == [RED, GREEN, BLUE, PAPER]
    assert (sheet[:MARGIN] == PAPER).all()


def test_the_caption_stands_under_its_picture():
    plain = contact_sheet([flat(RED)], [Caption("", "")])
    written = contact_sheet([flat(RED)], [Caption("0:30.04", "motion, shot s02")])
    rows, columns, _ = np.nonzero(plain != written)
    assert MARGIN + 180 < rows.min() < rows.max() < MARGIN + 180 + CAPTION_HEIGHT
    assert MARGIN - 2 <= columns.min() < columns.max() < MARGIN + 320


def test_a_long_caption_stays_within_its_picture():
    sheet = contact_sheet([flat(RED)], [Caption("a very long line " * 8, "x" * 200)])
    assert (sheet[:, MARGIN + 320 + 2 :] == PAPER).all()


def test_pictures_of_different_shapes_share_cells_of_one_size():
    sheet = contact_sheet([flat(RED, 1280, 720), flat(GREEN, 720, 1280)], [Caption("0:00", "start")] * 2)
    assert sheet.shape[:2] == (2 * MARGIN + 320 + CAPTION_HEIGHT, 2 * MARGIN + 2 * 320 + GAP)


def test_a_sheet_needs_a_caption_for_each_picture():
    with pytest.raises(ValueError, match="got 1 and 0"):
        contact_sheet([flat(RED)], [])


def test_a_picture_reads_back_in_rgb_whatever_it_is_called(tmp_path):
    path = tmp_path / "new folder" / "sheet 🐈.png"
    write_picture(path, flat(RED))
    coded = np.frombuffer(path.read_bytes(), np.uint8)
    np.testing.assert_array_equal(cv2.cvtColor(cv2.imdecode(coded, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), flat(RED))


@pytest.mark.parametrize("name", ["sheet", "sheet.txt"])
def test_only_picture_files_are_written(tmp_path, name):
    with pytest.raises(ValueError, match="name it"):
        write_picture(tmp_path / name, flat(RED))


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"cannot write .*sheet\.png"):
        write_picture(tmp_path / "file" / "sheet.png", flat(RED))
