"""The reader against the library whose models it runs, and against files that are not there or broken."""

import shutil

import numpy as np
import pytest

from vidsense.errors import ModelError
from vidsense.facts.reading import (
    DETECTOR,
    RECOGNIZER,
    Reader,
    cropped,
    mean_within,
    model_of,
    model_path,
    prepare,
    upright,
)
from vidsense.source.synthetic import slide, texture

PAGE = slide((540, 960), "Reading the screen", ("Words come and go", "Numbers: 1977, 2024"))


@pytest.fixture(scope="module")
def reader():
    return Reader()


def read(reader, picture):
    return [text for text, _ in reader.read([cropped(picture, quad) for quad, _ in reader.find(picture)])]


def test_a_page_is_read_from_top_to_bottom(reader):
    text = " ".join(read(reader, PAGE))
    for words in ("Reading the screen", "Words come and go", "1977", "2024"):
        assert words in text


def test_a_texture_says_nothing(reader):
    for seed in range(4):
        picture = texture((360, 640), seed)
        found = reader.read([cropped(picture, quad) for quad, _ in reader.find(picture)])
        assert not [text for text, score in found if score > 0.85 and len(text) > 2]


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")
def test_it_reads_what_the_library_reads(reader):
    from rapidocr import RapidOCR

    theirs = RapidOCR(params={"Global.log_level": "critical", "Global.use_cls": False, "Det.limit_type": "max"})
    wanted = theirs(np.ascontiguousarray(PAGE[:, :, ::-1]))
    lines = [(text.strip(), box) for text, box in zip(wanted.txts, wanted.boxes, strict=True) if len(text.strip()) > 1]
    assert sorted(read(reader, PAGE)) == sorted(text for text, _ in lines)
    ours = sorted(tuple(quad.mean(0)) for quad, _ in reader.find(PAGE))
    centres = sorted(tuple(box.mean(0)) for _, box in lines)
    np.testing.assert_allclose(ours, centres, atol=6.0)  # theirs are whole pixels, found in a picture of another size


def test_nothing_is_downloaded_when_a_model_is_missing(tmp_path):
    with pytest.raises(ModelError, match=r"is missing; reinstall rapidocr"):
        Reader(tmp_path).find(PAGE)


def test_a_broken_model_is_one_sentence(tmp_path):
    for name in (DETECTOR, RECOGNIZER):
        (tmp_path / name).write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"cannot be loaded"):
        Reader(tmp_path).find(PAGE)


def test_a_model_is_loaded_once_and_again_after_it_failed(tmp_path):
    prepare()
    assert model_of(None, DETECTOR) is model_of(None, DETECTOR)
    (tmp_path / DETECTOR).write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"cannot be loaded"):
        model_of(tmp_path, DETECTOR)
    shutil.copyfile(model_path(None, DETECTOR), tmp_path / DETECTOR)
    assert Reader(tmp_path).find(PAGE)


def test_corners_run_clockwise_from_the_upper_left():
    quad = np.array([[9.0, 6.0], [1.0, 2.0], [9.0, 2.0], [1.0, 6.0]])
    assert upright(quad, (20, 20)).tolist() == [[1, 2], [9, 2], [9, 6], [1, 6]]
    assert upright(quad, (5, 8)).max() == 8


def test_the_mean_within_a_box_is_that_of_its_pixels():
    values = np.zeros((20, 20))
    values[4:9, 3:11] = 1.0
    assert mean_within(values, np.array([[3, 4], [10, 4], [10, 8], [3, 8]])) == 1.0
