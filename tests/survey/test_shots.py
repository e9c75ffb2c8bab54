"""Cuts, fades and dissolves against the drawn truth, and everything that looks like one and is none."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsense.source.synthetic import (
    cut,
    dissolve,
    fade_in,
    fade_out,
    panned,
    plain,
    shaken,
    slides,
    still,
    texture,
    with_exposure,
    with_flash,
    with_flicker,
    with_lamp,
    with_noise,
    with_text,
    with_walker,
    with_writing,
    zoomed,
)
from vidsense.survey.blocks import as_it_was, blocks_of
from vidsense.survey.cut_suspects import Picture, Suspect
from vidsense.survey.cuts import Cut, is_blend
from vidsense.survey.gradual import Gradual
from vidsense.survey.gradual_sample import Sample, found_in
from vidsense.survey.shots import Transition, reconcile, shots_between
from vidsense.survey.survey import half

SIZE = (180, 320)
WIDE = (360, 640)


def scene(seed, seconds=2.0):
    return with_noise(still(texture(SIZE, seed), seconds), 1.5, seed=seed)


def moving(seed, seconds=2.0):
    return panned(still(texture(WIDE, seed), seconds), SIZE, right=30.0)


JOINS = {
    "two scenes": cut(scene(1), scene(2)),
    "two moving scenes": cut(moving(3), moving(4)),
    "a short shot and back": cut(scene(5), scene(6, 0.4), scene(5)),
    "in the dark": with_exposure(cut(scene(7), scene(8)), 0.0, 0.01, 0.2),
    "colours without structure": cut(plain(SIZE, 1.0, (90, 90, 140)), plain(SIZE, 1.0, (140, 70, 60))),
    "from black": cut(plain(SIZE, 1.0, (0, 0, 0)), scene(9)),
    "slides": slides(SIZE, [("First point", ("one", "two")), ("Second point", ("three", "four"))], 2.0),
    "a dissolve": dissolve(scene(10), scene(11), 0.8),
    "a fast dissolve": dissolve(scene(12), scene(13), 0.4),
    "a fade in": fade_in(scene(14, 3.0), 1.0),
    "a fade out": cut(fade_out(scene(15, 3.0), 1.0), plain(SIZE, 0.5, (0, 0, 0))),
    "a fade to white": cut(fade_out(scene(16, 3.0), 0.8, (255, 255, 255)), plain(SIZE, 0.5, (255, 255, 255))),
    "a fade while something moves": fade_in(with_walker(scene(17, 3.0), 0.2, 2.8, height_px=60, width_px=25), 1.2),
}
NO_JOINS = {
    "nothing": scene(20),
    "a flash": with_flash(scene(21), 1.0),
    "a lamp": with_lamp(scene(22), 1.0),
    "exposure": with_exposure(scene(23), 0.8, 0.5, 0.5),
    "flicker": with_flicker(scene(24), 0.3, 1.7),
    "a pan": panned(still(texture(WIDE, 25), 2.0), SIZE, right=150.0),
    "a zoom": zoomed(still(texture(WIDE, 26), 2.0), SIZE, 1.0, 1.8),
    "shake": shaken(still(texture(WIDE, 27), 2.0), SIZE, 4.0),
    "a walker": with_walker(scene(28), 0.2, 1.8, height_px=120, width_px=60),
    "a caption": with_text(scene(29), "PEDESTRIAN ALARM", at=(0.2, 0.2), height_px=16.0),
    "typing": with_writing(
        plain(SIZE, 3.0, (255, 255, 255)),
        lambda t: "a line of text that is typed"[: int(9 * t)],
        at=(0.05, 0.3),
        height_px=18.0,
    ),
}


@pytest.mark.parametrize("drawing", JOINS.values(), ids=JOINS)
def test_joins_are_found_where_they_are(surveyed, drawing):
    found = surveyed(drawing).transitions
    assert [t.kind for t in found] == [join.kind for join in drawing.joins]
    for transition, join in zip(found, drawing.joins, strict=True):
        slack = 0.05 if join.kind == "cut" else 0.3
        assert transition.start == pytest.approx(join.start, abs=slack)
        assert transition.end == pytest.approx(join.end, abs=slack)


@pytest.mark.parametrize("drawing", NO_JOINS.values(), ids=NO_JOINS)
def test_what_only_looks_like_a_join_is_none(surveyed, drawing):
    assert surveyed(drawing).transitions == ()


def test_what_comes_back_after_a_black_out_was_no_cut(surveyed):
    scene_before = scene(30, 1.5)
    assert surveyed(cut(scene_before, plain(SIZE, 0.4, (0, 0, 0)), scene_before)).transitions == ()


def test_a_short_shot_between_two_stretches_of_black_stays(surveyed):
    black = plain(SIZE, 0.8, (0, 0, 0))
    found = surveyed(cut(black, scene(50, 0.9), black, scene(51))).transitions
    assert [(t.kind, round(t.start, 1)) for t in found] == [("cut", 0.8), ("cut", 1.7), ("cut", 2.5)]


def test_what_comes_back_after_one_colour_covered_it_was_no_cut(surveyed):
    before, after = (with_noise(still(sky_over_ground(52), 1.2), 1.5, seed=seed) for seed in (1, 2))
    missing = sky_over_ground(52)
    missing[SIZE[0] // 4 :] = 128
    assert surveyed(cut(before, still(missing, 1.0), after)).transitions == ()
    assert len(surveyed(cut(before, still(missing, 1.0), scene(53))).transitions) == 2


def sky_over_ground(seed):
    """Nothing but light in the upper two thirds."""
    picture = texture(SIZE, seed)
    picture[: 2 * SIZE[0] // 3] = np.linspace(190, 230, SIZE[1], dtype=np.uint8)[:, None]
    return picture


def test_a_lamp_nearby_lights_a_picture_and_another_page_does_not():
    dark = cv2.convertScaleAbs(texture(SIZE, 54)[:, :, 0], alpha=0.4, beta=20)
    x, y = np.meshgrid(np.linspace(-1.0, 1.0, SIZE[1]), np.linspace(-1.0, 1.0, SIZE[0]))
    glow = 60.0 * np.exp(-2.0 * (x**2 + y**2))
    lit = np.clip(dark + glow, 0, 255).astype(np.uint8)
    other = np.clip(np.roll(dark, 90, 1) + glow, 0, 255).astype(np.uint8)
    assert suspect(dark, lit).is_lit
    assert suspect(lit, dark).is_lit
    assert not suspect(dark, other).is_lit
    assert not suspect(np.full(SIZE, 20, np.uint8), lit).is_lit


def test_another_picture_replaces_all_and_damage_does_not():
    picture, other = (texture(SIZE, seed)[:, :, 0] for seed in (56, 57))
    damaged = np.vstack([picture[:120], other[120:]])
    assert suspect(picture, other).replaces_all
    assert suspect(picture, damaged).unmoved > 0.3
    assert not suspect(picture, damaged).replaces_all
    assert not suspect(picture, np.zeros(SIZE, np.uint8)).replaces_all


def suspect(before, after):
    chroma = np.full((2, SIZE[0] // 2, SIZE[1] // 2), 128, np.uint8)
    pictures = (
        Picture(blocks_of(cv2.resize(p, (80, 45), interpolation=cv2.INTER_AREA)), chroma, p) for p in (before, after)
    )
    return Suspect(1, 0.04, 0.9, *pictures)


def test_a_dissolve_after_a_black_out_does_not_begin_in_it(surveyed):
    page = still(slide_in_the_dark(), 2.5)
    found = surveyed(cut(page, plain(SIZE, 0.5, (0, 0, 0)), dissolve(page, scene(55, 3.0), 1.2))).transitions
    assert len(found) == 1
    assert found[0].start == pytest.approx(4.3, abs=0.3)


def slide_in_the_dark():
    picture = np.zeros((*SIZE, 3), np.uint8)
    for row in (40, 70, 100, 130):
        cv2.putText(picture, "what we saw there", (20, row), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (220, 220, 220), 1)
    return picture


def test_a_frame_that_blends_two_pictures_is_one_cut(surveyed):
    drawing = dissolve(scene(31), scene(32), 0.08)
    assert len(surveyed(drawing).transitions) == 1


def test_a_blend_lies_between_its_pictures():
    a, b = texture((40, 80), 1)[:, :, 0].astype("float32"), texture((40, 80), 2)[:, :, 0].astype("float32")
    assert is_blend(a, 0.4 * a + 0.6 * b, b)
    assert not is_blend(a, texture((40, 80), 3)[:, :, 0].astype("float32"), b)
    assert not is_blend(a, a, b)
    assert not is_blend(a, b, a)


def test_no_cut_stays_inside_a_dissolve():
    assert reconcile([Cut(2.5)], [Gradual(2.0, 3.0, "dissolve")], []) == [Transition(2.0, 3.0, "dissolve")]


def test_a_sure_cut_ends_what_was_taken_for_a_dissolve():
    sure, after = Cut(2.5, sure=True), Cut(3.1, sure=True)
    assert reconcile([sure], [Gradual(2.0, 3.0, "dissolve")], []) == [Transition(2.5, 2.5, "cut")]
    assert [t.kind for t in reconcile([after], [Gradual(2.0, 3.0, "dissolve")], [])] == ["dissolve", "cut"]


def test_a_dissolve_right_before_a_cut_leaves_both(surveyed):
    found = surveyed(cut(dissolve(scene(36), scene(37, 0.9), 0.8), scene(38))).transitions
    assert [t.kind for t in found] == ["dissolve", "cut"]


def test_what_stays_as_it_was_is_no_other_picture_in_the_same_places():
    picture = blocks_of(half(texture((90, 160), 40)[:, :, 0]))
    brighter = blocks_of(half(cv2.add(texture((90, 160), 40)[:, :, 0], 12)))
    other = blocks_of(half(texture((90, 160), 41)[:, :, 0]))
    assert as_it_was(picture, picture).sum() == picture.structured.sum() > 20
    assert as_it_was(picture, brighter).sum() == 0
    assert as_it_was(picture, other).mean() < 0.05


def test_a_picture_is_found_in_its_mixtures_and_where_it_moved():
    a, b = (half(texture((90, 160), seed)[:, :, 0]) for seed in (42, 43))
    mixed = cv2.addWeighted(a, 0.5, np.roll(b, 3, 1), 0.5, 0.0)
    first, last, between = (Sample(0.0, luma, 0.0) for luma in (a, b, mixed))
    assert found_in(first, first) == pytest.approx(1.0, abs=1e-3)
    assert found_in(first, last) < 0.4
    assert found_in(first, between) > 0.5
    assert found_in(last, between) > 0.5


def test_a_cut_right_after_a_fade_out_stays_unless_it_leads_to_nothing():
    fade = Gradual(2.0, 3.0, "fade out")
    assert [t.kind for t in reconcile([Cut(3.04)], [fade], [])] == ["fade out", "cut"]
    assert [t.kind for t in reconcile([Cut(3.04, to_flat=True)], [fade], [])] == ["fade out"]


def test_no_dissolve_stays_where_one_scene_was_followed():
    assert reconcile([], [Gradual(2.0, 3.0, "dissolve")], [], [(1.2, 3.6)]) == []


def test_no_fade_stays_after_a_black_out_that_undid_itself():
    assert reconcile([], [Gradual(2.2, 3.0, "fade in")], [(2.0, 2.5)]) == []


def test_a_shot_between_fades_ends_in_the_middle_of_the_dark():
    transitions = [Transition(2.0, 3.0, "fade out"), Transition(4.0, 5.0, "fade in")]
    assert shots_between(transitions, 0.0, 8.0) == [(0.0, 3.5), (3.5, 8.0)]


@given(
    st.lists(st.tuples(st.floats(0, 50), st.floats(0, 3), st.sampled_from(["cut", "dissolve", "fade in", "fade out"])))
)
def test_shots_tile_the_video_whatever_joins_there_are(parts):
    transitions = sorted(
        (Transition(a, a if kind == "cut" else a + length, kind) for a, length, kind in parts), key=lambda t: t.start
    )
    shots = shots_between(transitions, 0.0, 60.0)
    assert shots[0][0] == 0.0
    assert shots[-1][1] == 60.0
    assert all(a[1] == b[0] and a[0] < a[1] for a, b in pairwise(shots))


def test_a_transition_cannot_end_before_it_starts():
    with pytest.raises(ValueError, match="must not end"):
        Transition(2.0, 1.0, "dissolve")


def test_frames_that_all_differ_cost_no_more_than_a_few_comparisons_each(monkeypatch):
    from vidsense.source.synthetic import Drawing, SyntheticStream
    from vidsense.survey.cuts import CutDetector
    from vidsense.survey.survey import Surveyor

    pages = [texture((90, 160), 0).copy() for _ in range(60)]
    for i, page in enumerate(pages):
        page[:, 60:] = texture((90, 160), i + 1)[:, 60:]
    drawing = Drawing((90, 160), 60.0, 1.0, lambda t: pages[min(59, round(t * 60))])
    calls = []
    compare = CutDetector._difference
    monkeypatch.setattr(CutDetector, "_difference", lambda *a: calls.append(1) or compare(*a))
    surveyor = Surveyor()
    for planes in SyntheticStream(drawing).iter_planes(160):
        surveyor.add(planes)
    assert len(calls) < 60 * 15


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255)])
def test_one_empty_frame_between_two_shots_is_one_cut(surveyed, colour):
    survey = surveyed(cut(scene(61), plain(SIZE, 0.04, colour), scene(62)))
    assert [t.kind for t in survey.transitions] == ["cut"]
    assert survey.transitions[0].start == pytest.approx(2.04, abs=0.01)
    assert len(survey.shots) == 2


def test_one_empty_frame_within_a_shot_is_no_cut(surveyed):
    assert surveyed(cut(scene(63), plain(SIZE, 0.04, (0, 0, 0)), scene(63))).transitions == ()


def test_an_empty_frame_at_the_beginning_or_the_end_is_no_shot(surveyed):
    empty = plain(SIZE, 0.04, (0, 0, 0))
    survey = surveyed(cut(empty, scene(64), scene(65), empty))
    assert [t.start for t in survey.transitions] == [pytest.approx(2.04, abs=0.01)]


def test_a_page_of_one_colour_that_stays_is_a_shot(surveyed):
    survey = surveyed(cut(scene(66), plain(SIZE, 0.2, (0, 0, 0))))
    assert [shot.start for shot in survey.shots] == [0.0, pytest.approx(2.0, abs=0.01)]
