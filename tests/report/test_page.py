"""What the page is made of, without a browser."""

import json
import re

import numpy as np
import pytest

from vidsense.account.describe import described
from vidsense.account.observe import observe
from vidsense.account.strategies import strategies
from vidsense.frames.budget import FrameBudget
from vidsense.plots.attention import read_attention
from vidsense.report.frames import MOST_FRAMES, wanted_frames
from vidsense.report.markup import embedded, tag
from vidsense.report.material import Wishes, gathered
from vidsense.report.page import page_of
from vidsense.report.reading import attention_sentences
from vidsense.report.steps import STEPS
from vidsense.temporal import TemporalTransformer
from vidsense.temporal.transformer import ClipFeatures, EncoderLayer


@pytest.fixture(scope="module")
def cuts_seen(cuts):
    observation = observe(cuts)
    return observation, described(observation, cuts, FrameBudget(), began=0.0)[1]


def test_every_text_is_escaped_once():
    assert tag("p", "a < b", tag("b", "&"), title='"') == '<p title="&quot;">a &lt; b<b>&amp;</b></p>'
    assert "<" not in embedded({"name": "</script><!--"})
    assert json.loads(embedded({"name": "</script>\u2028"})) == {"name": "</script>\u2028"}


def test_the_page_refers_to_nothing_outside(material):
    page = page_of(material)
    assert set(re.findall(r"https?://[^\s\"'`)]+", page)) <= {"http://www.w3.org/2000/svg"}
    assert "{{" not in page
    assert "default-src 'none'" in page


def test_all_steps_are_there_in_order(material):
    page = page_of(material)
    found = re.findall(r'<section id="(\w+)"', page)
    assert found == [step(material).key for step in STEPS]
    assert found[:5] == ["video", "tokens", "embeddings", "attention", "words"]
    assert found[-1] == "taught"


def test_the_frames_of_a_page_include_those_of_the_account_and_leave_no_long_time_out(walk_seen, material):
    times = material.pts_seconds
    assert len(times) <= MOST_FRAMES
    assert {frame.id for frame in material.description.frames} <= {frame.id for frame in material.frames}
    assert np.diff(times).max() <= 1.01
    assert set(times) <= set(walk_seen.survey.pts_seconds)


def test_a_very_long_account_is_thinned(cuts_seen, make_description):
    observation, description = cuts_seen
    many = description.model_copy(update={"frames": description.frames * 10})
    assert len(wanted_frames(many, observation.survey)) <= MOST_FRAMES


def test_a_way_to_choose_frames_tells_what_it_misses(cuts_seen):
    observation, description = cuts_seen
    few = description.model_copy(update={"frames": [f for f in description.frames if f.chosen][:6]})
    every, uniform, keyframe, _ = strategies(observation.survey, few, [0.0], patches=196, gigaflops=2.0)
    assert (every.shots_missed, every.misses) == ((), "nothing that was measured")
    assert len(uniform.shots_missed) == 12 - 6
    assert len(keyframe.shots_missed) == 11
    assert keyframe.misses.startswith("shot 2; shot 3")
    assert (uniform.tokens, uniform.gigaflops) == (6 * 196, 12.0)


def test_events_between_the_frames_of_a_way_are_missed(walk_seen, walk):
    description = described(walk_seen, walk, FrameBudget(), began=0.0)[1]
    only_first = strategies(walk_seen.survey, description, [0.0], patches=1, gigaflops=None)[2]
    assert any("crosses" in event.text for event in only_first.events_missed)
    assert only_first.gigaflops is None


def test_attention_is_read_out_by_its_own_numbers(material):
    frames = material.frames
    count = len(frames)
    weights = np.zeros((count, count), np.float32)
    halves = slice(0, count // 2), slice(count // 2, count)
    for half in halves:
        weights[half, half] = 1.0
    weights /= weights.sum(axis=1, keepdims=True)
    reading = read_attention(ClipFeatures(np.eye(count), weights[None, None], material.pts_seconds, "trained"))
    sentences = attention_sentences(reading, frames)
    assert sentences[0].startswith("The map falls into blocks")
    assert f"Frames 1–{count // 2} (0:00" in sentences[1]
    assert "100 % of their attention stays among them" in sentences[1]
    assert "That is a part of shot 1." in sentences[1]


def test_trained_attention_is_shown_as_such(walk, walk_seen, clip_encoder, material):
    from vidsense.report.material import Known

    dim, rng = clip_encoder.info.embed_dim, np.random.default_rng(0)

    def weights(*shape: int) -> np.ndarray:
        return rng.normal(0.0, 0.2, shape).astype(np.float32)

    layer = EncoderLayer(
        weights(3 * dim, dim), weights(3 * dim), weights(dim, dim), weights(dim), weights(32, dim), weights(32),
        weights(dim, 32), weights(dim), weights(dim), weights(dim), weights(dim), weights(dim),
    )  # fmt: skip
    transformer = TemporalTransformer([layer, layer], num_heads=4)
    trained = gathered(walk, clip_encoder, Wishes(), transformer=transformer, cache=Known(walk_seen, None))
    page = page_of(trained)
    assert "This attention was trained: 2 layers of 4 heads" in page
    assert "parameter-free" in page_of(material)
    assert "parameter-free" not in page


def test_a_page_without_an_encoder_must_say_why(walk, walk_seen):
    from vidsense.report.material import Known

    with pytest.raises(ValueError, match="must say why"):
        gathered(walk, None, cache=Known(walk_seen, None))
