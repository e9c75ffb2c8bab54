"""What was measured comes back exactly, or is measured again."""

import os
from dataclasses import fields

import numpy as np
import pytest

import vidsense
from vidsense.account.observe import UNREAD, Observation, View, observe
from vidsense.catalog.cache import SUFFIX, FileCache, observation_key
from vidsense.catalog.packed import packed, unpacked
from vidsense.errors import OutputError
from vidsense.source.synthetic import cut, slides, still, texture, with_text, with_walker, write_video

SIZE = (180, 320)


@pytest.fixture(scope="module")
def yard(tmp_path_factory):
    scene = with_text(with_walker(still(texture(SIZE, 1), 5.0), 1.0, 4.0, height_px=60, width_px=24), "CAMERA TWO")
    page = slides(SIZE, [("The last page", ("nothing else",))], 2.0)
    return write_video(cut(scene, page), tmp_path_factory.mktemp("cache") / "yard.mp4")


@pytest.fixture(scope="module")
def seen(yard):
    return observe(yard)


@pytest.fixture
def cache(tmp_path):
    return FileCache(tmp_path / "kept")


@pytest.fixture
def forbidden(monkeypatch):
    """No video may be decoded."""

    def refuse(*_args, **_options):
        raise AssertionError("it was measured again")

    monkeypatch.setattr("vidsense.account.observe.look_and_listen", refuse)


def same(one: Observation, other: Observation) -> bool:
    """Equal in all but the seconds that were spent."""
    spent = {"decode_seconds", "survey_seconds", "watch_seconds"}
    for field in fields(one.survey):
        a, b = getattr(one.survey, field.name), getattr(other.survey, field.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), field.name
        elif field.name not in spent:
            assert a == b, field.name
    return (one.facts, one.warnings, one.frames_read) == (other.facts, other.warnings, other.frames_read)


def test_an_observation_comes_back_as_it_was(seen):
    assert seen.facts
    assert same(unpacked(packed(seen)), seen)


def test_an_account_does_not_depend_on_the_cache(yard, cache):
    first, second = (vidsense.describe(yard, cache=cache) for _ in range(2))
    spent = {"elapsed_s", "timings"}
    assert first.model_dump(exclude=spent) == second.model_dump(exclude=spent)
    assert (first.timings.decode_s, second.timings.decode_s) == (pytest.approx(first.timings.decode_s), 0.0)


def test_a_second_question_decodes_nothing(yard, cache, seen, forbidden):
    cache.store(yard, View(), seen)
    assert "last page" in vidsense.ask(yard, "when does it say 'last page'?", cache=cache).answer


@pytest.mark.parametrize("harm", ["cut", "turn a bit", "empty", "pickle"])
def test_what_is_broken_is_measured_again(yard, cache, seen, harm):
    cache.store(yard, View(), seen)
    (path,) = cache.folder.glob(f"*{SUFFIX}")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes({"cut": data[:-9], "turn a bit": data, "empty": b"", "pickle": b"\x80\x04."}[harm])
    assert cache.load(yard, View()) is None
    assert same(observe(yard, cache=cache), seen)
    assert cache.load(yard, View()) is not None


def test_another_part_file_name_or_time_is_another_observation(yard, tmp_path):
    key = observation_key(yard, View())
    copy = tmp_path / yard.name
    copy.write_bytes(yard.read_bytes())
    os.utime(copy, ns=(yard.stat().st_atime_ns, yard.stat().st_mtime_ns))
    assert observation_key(copy, View()) == key
    assert observation_key(copy, View(start=1.0)) != key
    assert observation_key(copy, View(speech_model="small")) != key
    os.utime(copy, (1, 1))
    assert observation_key(copy, View()) != key
    assert observation_key(tmp_path / "missing.mp4", View()) is None


def test_another_version_measures_again(yard, monkeypatch):
    key = observation_key(yard, View())
    monkeypatch.setattr("vidsense.catalog.cache.code_stamp", lambda: "changed")
    assert observation_key(yard, View()) != key


def test_what_could_not_be_read_is_not_kept(yard, cache, seen, monkeypatch):
    blind = Observation(seen.survey, (), (f"{UNREAD}: the model is broken.",), 0, 0.0)
    monkeypatch.setattr("vidsense.account.observe.look_and_listen", lambda *_args, **_options: blind)
    observe(yard, cache=cache)
    assert cache.contents().videos == 0


def test_a_cache_that_cannot_be_written_is_said_and_changes_nothing(yard, tmp_path, seen):
    said = []
    (tmp_path / "file").write_text("")
    cache = FileCache(tmp_path / "file" / "below", on_trouble=said.append)
    cache.store(yard, View(), seen)
    assert len(said) == 1
    assert "--no-cache" in said[0]


def test_the_oldest_make_room(yard, cache, seen, monkeypatch):
    cache.store(yard, View(), seen)
    (first,) = cache.folder.iterdir()
    os.utime(first, (1, 1))
    monkeypatch.setattr("vidsense.catalog.cache.MOST_BYTES", cache.contents().size_bytes + 10)
    cache.store(yard, View(end=3.0), seen)
    assert cache.contents().videos == 1
    assert not first.exists()


def test_clearing_removes_what_is_kept_and_nothing_else(yard, cache, seen):
    cache.store(yard, View(), seen)
    (cache.folder / "mine.txt").write_text("keep")
    assert cache.clear().videos == 1
    assert [path.name for path in cache.folder.iterdir()] == ["mine.txt"]
    assert cache.clear().videos == 0


def test_a_cache_that_cannot_be_cleared_is_said(cache, yard, seen, monkeypatch):
    cache.store(yard, View(), seen)

    def refuse(_path, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    with pytest.raises(OutputError, match="cannot clear the cache"):
        cache.clear()
