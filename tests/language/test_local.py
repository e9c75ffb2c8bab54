"""Models that run in this process: what reaches them, token by token, and how their answers come back."""

import gc
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import weakref
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pytest

from vidsense.errors import MissingExtraError, ModelError
from vidsense.language.load import load_model
from vidsense.language.local import load_local
from vidsense.language.model import ContextError, Decoding, LanguageModel, Picture, Prompt, prompt_tokens
from vidsense.language.options import ModelOptions

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from tests.language.tiny_hf import FAMILIES, write_tiny_hf  # noqa: E402
from transformers.processing_utils import ProcessorMixin  # noqa: E402

from vidsense.language.local.frame_tokens import FrameTokens  # noqa: E402

SYSTEM = "You tell what happens in a video."
PLACES = {
    "smolvlm": "<image>",
    "qwen3_vl": "<|vision_start|><|image_pad|><|vision_end|>",
    "llava_next_video": "<video>",
}
"""What a prompt for the family's own processor has for a picture."""
TOWERS = {"smolvlm": "model.vision_model", "qwen3_vl": "model.visual", "llava_next_video": "model.vision_tower"}
WRITER = "vidsense-writer"


@pytest.fixture(scope="module", autouse=True)
def no_network():
    """Whatever asks the network fails: a model is loaded and run from what lies on this machine."""

    def connect(*_):
        raise AssertionError("something asked the network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        patch.setattr(socket, "getaddrinfo", connect)
        yield


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {family: write_tiny_hf(tmp_path_factory.mktemp(family), family) for family in FAMILIES}


@pytest.fixture(scope="module", params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture(scope="module")
def model(folders, family):
    loaded = load_local(str(folders[family]))
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def smolvlm(folders):
    loaded = load_local(str(folders["smolvlm"]))
    yield loaded
    loaded.close()


@pytest.fixture
def copied(folders, tmp_path):
    """A folder of one's own, to be changed."""

    def copy(family="smolvlm"):
        return shutil.copytree(folders[family], tmp_path / family)

    return copy


def frame(seed, height=180, width=320):
    """A picture of large soft spots that no other seed gives."""
    rng = np.random.default_rng(seed)
    spots = rng.integers(0, 255, (height // 20, width // 20, 3), dtype=np.uint8)
    return np.ascontiguousarray(spots.repeat(20, 0).repeat(20, 1))


def prompt_of(*frames, ask="What happens?"):
    parts = ["This is a video."]
    for i, pixels in enumerate(frames):
        parts += [f"[f{i + 1:03d} · 0:{2.5 * i:04.1f}]", Picture(f"f{i + 1:03d}", 2.5 * i, pixels)]
    return Prompt(SYSTEM, (*parts, ask))


THREE = prompt_of(frame(1), frame(2), frame(3))


def answer(model, prompt, max_tokens=16, decoding=None):
    return "".join(piece.text for piece in model.generate(prompt, max_tokens=max_tokens, decoding=decoding))


def edited(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}), "utf-8")


@contextmanager
def overheard(model):
    """Every call of the model, as what it was given."""
    calls = []
    hook = model.loaded.model.register_forward_pre_hook(
        lambda _module, _args, given: calls.append(given), with_kwargs=True
    )
    try:
        yield calls
    finally:
        hook.remove()


def reference(family, folder, monkeypatch):
    """The family's full processor. Without torchvision it has no video part, and is told not to mind."""
    monkeypatch.setattr(ProcessorMixin, "check_argument_for_proper_class", lambda *_: None)
    images = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    if family == "smolvlm":
        monkeypatch.setattr(transformers.models.smolvlm.processing_smolvlm, "num2words", str)
        return transformers.SmolVLMProcessor(images, tokenizer, None, image_seq_len=64)
    if family == "qwen3_vl":
        return transformers.Qwen3VLProcessor(images, tokenizer, None)
    said = json.loads((folder / "processor_config.json").read_text("utf-8"))
    del said["processor_class"]
    return transformers.LlavaNextVideoProcessor(None, images, tokenizer, **said)


def text_for_reference(model, prompt, family):
    chat = model.loaded.chat
    return chat.filled(chat.plain(prompt.system), chat.body(prompt, [PLACES[family]] * len(prompt.pictures)))


def test_every_picture_stands_behind_its_own_text_and_in_its_order(model):
    with overheard(model) as calls:
        answer(model, THREE, 1)
    token = re.escape(model.loaded.family.token)
    text = model.loaded.chat.tokenizer.decode(calls[0]["input_ids"][0])
    seen = re.sub(f"(<[^>]*>)*({token})+(<[^>]*>)*", "▣", text)
    shown = "This is a video.\n[f001 · 0:00.0]▣\n[f002 · 0:02.5]▣\n[f003 · 0:05.0]▣\nWhat happens?"
    assert shown in seen
    assert SYSTEM in seen.split(shown)[0]
    assert seen.count("▣") == 3


def test_the_model_gets_the_pixels_of_the_familys_own_image_processor(model, family, folders):
    images = transformers.AutoImageProcessor.from_pretrained(folders[family], backend="pil")
    how = {"do_image_splitting": False, "size": {"longest_edge": 512}} if family == "smolvlm" else {}
    tower, seen = model.loaded.model.get_submodule(TOWERS[family]), []
    hook = tower.register_forward_pre_hook(
        lambda _, args, given: seen.extend([*args, given.get("pixel_values")][:1]), with_kwargs=True
    )
    answer(model, THREE, 4)
    hook.remove()
    alone = [images(images=[picture.pixels], return_tensors="pt", **how)["pixel_values"] for picture in THREE.pictures]
    if family != "qwen3_vl":
        alone = [pixels[:, 0] for pixels in alone]  # of LLaVA's pictures of many sizes the overview
    (got,) = seen
    assert (got - torch.cat(alone)).abs().max() == 0.0  # the same code on the same pixels


def test_the_ids_are_those_of_the_familys_full_processor(model, family, folders, monkeypatch):
    """For LLaVA its text part alone: its video part cannot be made without torchvision (see the test below)."""
    processor = reference(family, folders[family], monkeypatch)
    ids, shown = model.read(THREE)
    text = text_for_reference(model, THREE, family)
    if family == "llava_next_video":
        frames = {"pixel_values_videos": shown.tensors["pixel_values_videos"].transpose(0, 1)}
        marks = [processor.replace_video_token(frames, i) for i in range(3)]
        (expanded,), _ = processor.get_text_with_replacements([text], videos_replacements=marks)
        assert ids == processor.tokenizer(expanded)["input_ids"]
        return
    how = {"do_image_splitting": False, "size": {"longest_edge": 512}} if family == "smolvlm" else {}
    done = processor(text=text, images=[picture.pixels for picture in THREE.pictures], images_kwargs=how)
    assert ids == done["input_ids"][0]
    if family == "qwen3_vl":
        given = model.loaded.family.inputs(model.loaded.model, torch.tensor([ids]), shown)
        assert given["mm_token_type_ids"][0].tolist() == done["mm_token_type_ids"][0]


@pytest.mark.full
def test_tiles_are_those_of_smolvlms_full_processor(folders, monkeypatch):
    tiled = load_local(str(folders["smolvlm"]), ModelOptions(picture_size=1024))
    processor = reference("smolvlm", folders["smolvlm"], monkeypatch)
    prompt = prompt_of(frame(1, 540, 1020), frame(2, 1000, 300))
    ids, shown = tiled.read(prompt)
    done = processor(
        text=text_for_reference(tiled, prompt, "smolvlm"),
        images=[picture.pixels for picture in prompt.pictures],
        images_kwargs={"size": {"longest_edge": 1024}},
        return_tensors="pt",
    )
    assert ids == done["input_ids"][0].tolist()
    assert torch.equal(shown.tensors["pixel_values"], done["pixel_values"])
    assert tiled.limits.picture_size == 1024
    other = prompt_of(frame(3, 540, 1020), frame(2, 1000, 300))
    assert (logits(tiled, prompt) - logits(tiled, other)).abs().max() > 0.01


AGAINST_TORCHVISION = """
import sys, types
sys.modules["torchvision._meta_registrations"] = types.ModuleType("m")  # its wheel is for CUDA, torch is not
import numpy as np, transformers
folder, text, there, gone = sys.argv[1:]
square = {"size": {"shortest_edge": 336}, "crop_size": {"height": 336, "width": 336}}
processor = transformers.LlavaNextVideoProcessor(
    transformers.LlavaNextVideoVideoProcessor(**square),
    transformers.AutoImageProcessor.from_pretrained(folder, backend="pil"),
    transformers.AutoTokenizer.from_pretrained(folder),
    patch_size=14, vision_feature_select_strategy="default",
)
done = processor(text=text, videos=[frame[None] for frame in np.load(there)], return_tensors="pt")
np.savez(gone, ids=done["input_ids"], pixels=done["pixel_values_videos"])
"""


@pytest.mark.full
def test_llavas_square_frames_are_those_of_its_video_processor(folders, tmp_path):
    """Wide ones are not, on purpose: it cuts off their sides."""
    if importlib.util.find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed")
    model = load_local(str(folders["llava_next_video"]))
    prompt = prompt_of(frame(1, 640, 640), frame(2, 640, 640))
    np.save(tmp_path / "frames.npy", np.stack([picture.pixels for picture in prompt.pictures]))
    text = text_for_reference(model, prompt, "llava_next_video")
    command = [sys.executable, "-c", AGAINST_TORCHVISION, str(folders["llava_next_video"]), text]
    files = [str(tmp_path / "frames.npy"), str(tmp_path / "done.npz")]
    subprocess.run([*command, *files], check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    done = np.load(tmp_path / "done.npz")
    ids, shown = model.read(prompt)
    assert ids == done["ids"][0].tolist()
    difference = np.abs(shown.tensors["pixel_values_videos"][0].numpy() - done["pixels"][:, 0])
    assert difference.max() < 3.5 / 255 / 0.26  # two ways of bicubic: at most three grey levels apart


@pytest.mark.parametrize(
    ("family_name", "size", "picture_size", "tokens"),
    [
        ("smolvlm", (288, 512), None, 64 + 3),
        ("smolvlm", (1080, 1920), None, 64 + 3),
        ("smolvlm", (576, 1024), 1024, 4 * (64 + 2) + 3 + 64 + 3),
        ("qwen3_vl", (360, 640), None, 20 * 11 + 2),
        ("qwen3_vl", (64, 64), None, 8 * 8 + 2),
        ("qwen3_vl", (1080, 1920), None, 60 * 34 + 2),
        ("llava_next_video", (336, 597), None, 144),
        ("llava_next_video", (48, 48), None, 144),
        ("llava_next_video", (336, 597), 224, 64),
    ],
)
def test_a_picture_costs_what_its_familys_rule_says(folders, family_name, size, picture_size, tokens):
    model = load_local(str(folders[family_name]), ModelOptions(picture_size=picture_size))
    assert model.picture_tokens(*size) == tokens


def test_the_last_piece_tells_exactly_what_the_prompt_cost(model):
    with overheard(model) as calls:
        *pieces, last = model.generate(THREE, max_tokens=8)
    assert last.prompt_tokens == calls[0]["input_ids"].shape[1] == len(model.read(THREE)[0])
    assert last.prompt_tokens <= prompt_tokens(model, THREE)
    assert all(piece.prompt_tokens is None and piece.ended is None for piece in pieces)


def test_every_step_after_the_first_reads_one_token(model):
    with overheard(model) as calls:
        answer(model, THREE, 6)
    assert [call["input_ids"].shape[1] for call in calls[1:]] == [1] * 5


def test_text_is_counted_by_the_models_own_tokenizer(model):
    text = "At 0:30 a dog runs in: 日本."
    assert model.text_tokens(text) == len(model.loaded.chat.tokenizer(text, add_special_tokens=False)["input_ids"])


def test_an_answer_is_written_as_transformers_writes_it(model):
    ids, shown = model.read(THREE)
    given = model.loaded.family.inputs(model.loaded.model, torch.tensor([ids]), shown)
    wrote = model.loaded.model.generate(**given, max_new_tokens=24, do_sample=False, pad_token_id=0)
    pieces = list(model.generate(THREE, max_tokens=24))
    expected = model.loaded.chat.tokenizer.decode(wrote[0, len(ids) :], skip_special_tokens=True)
    assert "".join(piece.text for piece in pieces) == expected
    assert len(pieces) > 3
    assert [piece.ended for piece in pieces] == [None] * (len(pieces) - 1) + ["length"]


def test_an_answer_ends_where_the_model_ends_it(copied, folders):
    whole = load_local(str(folders["smolvlm"]))
    ids, shown = whole.read(THREE)
    given = whole.loaded.family.inputs(whole.loaded.model, torch.tensor([ids]), shown)
    wrote = whole.loaded.model.generate(**given, max_new_tokens=12, do_sample=False, pad_token_id=0)[
        0, len(ids) :
    ].tolist()
    folder = copied()
    edited(folder / "generation_config.json", eos_token_id=[wrote[7]])
    with overheard(model := load_local(str(folder))) as calls:
        *_, last = model.generate(THREE, max_tokens=64)
    assert last.ended == "stop"
    assert len(calls) == wrote.index(wrote[7]) + 1


@pytest.mark.parametrize("text", ["naïve 🐈🐈 café", "日本語と한국어", "A  dog\n\n runs.", "[f007 · 0:12.5]"])
def test_no_character_is_lost_or_torn_when_it_comes_in_pieces(model, text):
    chat = model.loaded.chat
    ids = chat.tokenizer(text, add_special_tokens=False)["input_ids"]
    pieces = list(chat.words(iter(ids)))
    assert "".join(pieces) == text
    assert not any("�" in piece for piece in pieces)


def test_who_stops_reading_stops_the_writing(model):
    with overheard(model) as calls:
        pieces = model.generate(THREE, max_tokens=2000)
        next(pieces)
        pieces.close()
    assert len(calls) < 100
    assert not [thread for thread in threading.enumerate() if thread.name == WRITER]
    assert answer(model, THREE, 4)


def test_a_prompt_that_does_not_fit_is_refused_before_it_is_read(model):
    with overheard(model) as calls, pytest.raises(ContextError, match=r"tokens and an answer of 8000 .*--context"):
        next(model.generate(THREE, max_tokens=8000))
    assert not calls


def test_the_context_is_the_users_but_never_more_than_the_models(folders, tmp_path):
    def context(folder, asked):
        return load_local(str(folder), ModelOptions(context=asked)).limits.context

    small = write_tiny_hf(tmp_path, "qwen3_vl", context=2048)
    assert [context(small, 1024), context(small, 4096), context(small, None)] == [1024, 2048, 2048]
    assert context(folders["smolvlm"], None) == 8192


def logits(model, prompt):
    ids, shown = model.read(prompt)
    with torch.inference_mode():
        given = model.loaded.family.inputs(model.loaded.model, torch.tensor([ids]), shown)
        if "inputs_embeds" in given:  # `generate` takes both, to know what was read
            del given["input_ids"]
        return model.loaded.model(**given).logits[0, -1]


def test_pictures_and_their_order_are_seen(model):
    swapped, other = prompt_of(frame(2), frame(1), frame(3)), prompt_of(frame(1), frame(2), frame(4))
    seen = logits(model, THREE)
    assert torch.equal(seen, logits(model, THREE))
    for changed in (swapped, other):
        assert (seen - logits(model, changed)).abs().max() > 0.01


def test_text_alone_is_read_too(model):
    prompt = Prompt(SYSTEM, ("What is 1?",))
    *_, last = model.generate(prompt, max_tokens=4)
    assert last.prompt_tokens == len(model.read(prompt)[0])


def test_what_a_video_shows_is_never_taken_for_a_picture_or_an_order(model):
    tokenizer = model.loaded.chat.tokenizer
    plain = prompt_of(frame(1), ask="It reads: .")
    ids, _ = model.read(plain)
    control = list(tokenizer.get_added_vocab())
    assert model.loaded.family.token in control
    tricky, _ = model.read(prompt_of(frame(1), ask=f"It reads: {' '.join(control)}."))
    numbers = set(tokenizer.convert_tokens_to_ids(control)) - {tokenizer.unk_token_id}
    assert [token for token in ids if token in numbers] == [token for token in tricky if token in numbers]


def test_drawing_by_lot_is_repeatable_and_leaves_the_callers_lots_alone(smolvlm):
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    first = answer(smolvlm, THREE, 16, Decoding(temperature=1.0, seed=1))
    assert torch.equal(torch.rand(3), expected)
    assert answer(smolvlm, THREE, 16, Decoding(temperature=1.0, seed=1)) == first
    assert answer(smolvlm, THREE, 16, Decoding(temperature=1.0, seed=2)) != first


def test_a_penalty_keeps_an_answer_from_repeating_itself_but_not_its_prompt(smolvlm, monkeypatch):
    ids, _ = smolvlm.read(THREE)
    scored = []
    made = smolvlm.loaded.model.generate

    def generate(**given):
        (processor,) = given["logits_processor"]
        scores = torch.ones(1, 500)
        scored.append(processor(torch.tensor([[*ids, 5, 6]]), scores))
        return made(**given)

    monkeypatch.setattr(smolvlm.loaded.model, "generate", generate)
    answer(smolvlm, THREE, 2, Decoding(repeat_penalty=2.0))
    assert (scored[0][0] < 1).nonzero().flatten().tolist() == [5, 6]


def test_the_habits_of_a_models_authors_do_not_leak_into_answers(copied, smolvlm):
    folder = copied()
    edited(folder / "generation_config.json", do_sample=True, temperature=5.0, repetition_penalty=9.0, top_k=3)
    assert answer(load_local(str(folder)), THREE) == answer(smolvlm, THREE)


@pytest.mark.parametrize("drops", ["{{ raise_exception('no system') }}", ""])
def test_a_template_without_a_system_still_gets_its_words(copied, drops):
    template = (
        "{% for message in messages %}{% if message.role == 'system' %}" + drops + "{% else %}"
        "[INST] {{ message.content[0].text }} [/INST]{% endif %}{% endfor %}"
    )
    folder = copied("llava_next_video")
    (folder / "chat_template.jinja").write_text(template, "utf-8")
    model = load_local(str(folder))
    text = model.loaded.chat.tokenizer.decode(model.read(prompt_of(frame(1)))[0])
    assert f"[INST] {SYSTEM}\n\nThis is a video." in text


def test_templates_of_older_files_are_found(copied, smolvlm):
    folder = copied()
    template = (folder / "chat_template.jinja").read_text("utf-8")
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(ModelError, match="no chat template"):
        load_local(str(folder))
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": template}), "utf-8")
    assert load_local(str(folder)).read(THREE)[0] == smolvlm.read(THREE)[0]


SPARING = 100
"""Tokens a frame of LLaVA, in the mean, where it is shown pictures of 280 pixels."""


@pytest.fixture(scope="module")
def sparing(folders):
    loaded = load_local(str(folders["llava_next_video"]), ModelOptions(picture_size=280))
    yield loaded
    loaded.close()


def test_so_many_frames_never_cost_more_than_so_many_times_their_price():
    for average in (16, 36, 64, 100, 144, 300, 576):
        plan = FrameTokens(whole=24, fast=4, average=average)
        for count in range(1, 65):
            sides = plan.sides(count)
            assert sum(side**2 for side in sides) <= count * average
            slow = plan.slow(count)
            assert slow == [at for at, side in enumerate(sides) if side == 24] or average == 576
            assert slow[:1] in ([0], [])
            steps = {b - a for a, b in pairwise(slow)}
            assert max(steps, default=0) - min(steps, default=0) <= 1
    with pytest.raises(ValueError, match="fast² to whole²"):
        FrameTokens(whole=24, fast=4, average=15)


def test_a_few_frames_keep_all_their_tokens_and_the_others_few(sparing):
    frames = [frame(i) for i in range(16)]
    ids, shown = sparing.read(prompt_of(*frames))
    token = sparing.loaded.family.token
    counts = [mark.count(token) for mark in shown.marks]
    assert [at for at, count in enumerate(counts) if count == 576] == [0, 8]
    assert sorted(set(counts)) == [16, 576]
    assert ids.count(sparing.loaded.family.token_id) == sum(counts) <= 16 * SPARING
    assert sparing.picture_tokens(180, 320) == SPARING
    *_, last = sparing.generate(prompt_of(*frames), max_tokens=4)
    assert last.prompt_tokens == len(ids) <= prompt_tokens(sparing, prompt_of(*frames))


def test_more_frames_fit_when_most_of_them_are_small(folders):
    def fitting(**options):
        model = load_local(str(folders["llava_next_video"]), ModelOptions(context=4096, **options))
        return next(n for n in range(64, 0, -1) if prompt_tokens(model, prompt_of(*[frame(0)] * n)) <= 4096 - 500)

    assert (fitting(), fitting(picture_size=224)) == (19, 35)


def test_what_the_language_model_reads_of_a_slow_frame_is_all_that_the_tower_saw(sparing):
    """Against transformers' own picture path, which gives the overview of a picture unpooled, and its video path."""
    prompt = prompt_of(*[frame(i) for i in range(16)])
    with overheard(sparing) as calls:
        answer(sparing, prompt, 1)
    ids, shown = sparing.read(prompt)
    words = calls[0]["inputs_embeds"][0][torch.tensor(ids) == sparing.loaded.family.token_id]
    vectors = words.split([len(mark) // len(sparing.loaded.family.token) for mark in shown.marks])
    model, pixels = sparing.loaded.model, shown.tensors["pixel_values_videos"][0]
    with torch.inference_mode():
        for at in (0, 8):
            several = pixels[at].expand(1, 3, 3, 336, 336)
            (whole,) = model.get_image_features(several, torch.tensor([[336, 336]])).pooler_output
            torch.testing.assert_close(vectors[at], whole[:576])  # float32: only the order of sums differs
        small = model.model.multi_modal_projector(
            torch.nn.functional.avg_pool2d(sparing.loaded.family.tower_vectors(model, pixels[3]), 6).flatten(1).T
        )
        torch.testing.assert_close(vectors[3], small)


def test_frames_pooled_by_us_are_those_pooled_by_the_model(sparing, monkeypatch):
    shown = sparing.loaded.family.shown([frame(1), frame(2)])
    pixels, model = shown.tensors["pixel_values_videos"], sparing.loaded.model
    monkeypatch.setattr(type(sparing.loaded.family), "sides", lambda _self, count: [12] * count)
    with torch.inference_mode():
        ours = torch.cat(sparing.loaded.family.frame_vectors(model, pixels[0]))
        (theirs,) = model.get_video_features(pixels).pooler_output
    torch.testing.assert_close(ours, theirs)


def test_slow_and_fast_frames_are_seen(sparing):
    frames = [frame(i) for i in range(8)]
    seen = logits(sparing, prompt_of(*frames))
    for at in (0, 5):
        changed = [*frames[:at], frame(99), *frames[at + 1 :]]
        assert (seen - logits(sparing, prompt_of(*changed))).abs().max() > 0.01


def test_it_is_a_model_like_any_other_and_has_no_schema(folders):
    model = load_model(f"hf/{folders['smolvlm']}")
    assert isinstance(model, LanguageModel)
    assert model.name == f"hf/{folders['smolvlm']}"
    assert not model.limits.schema
    assert model.limits.parallel == 1
    model.close()


def test_the_identity_changes_with_the_files_and_with_what_changes_answers(copied, folders):
    folder = copied()
    first = load_local(str(folder)).identity
    assert load_local(str(folder)).identity == first
    os.utime(folder / "model.safetensors", (1, 1))
    assert load_local(str(folder)).identity != first
    llava = str(folders["llava_next_video"])
    assert load_local(llava, ModelOptions(picture_size=280)).identity != load_local(llava).identity


@pytest.mark.parametrize("name", ["no/such-model", "/no/such/folder", "no:name"])
def test_a_model_that_is_not_there_says_how_to_get_it(name):
    with pytest.raises(ModelError, match=f"`vidsense models pull hf/{re.escape(name)}`"):
        load_local(name)


def test_a_model_of_the_hubs_cache_is_found_by_its_name(folders, tmp_path, monkeypatch):
    revision = "0" * 40
    stored = tmp_path / "models--maker--tiny"
    shutil.copytree(folders["smolvlm"], stored / "snapshots" / revision)
    (stored / "refs").mkdir()
    (stored / "refs" / "main").write_text(revision)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    model = load_local("maker/tiny")
    assert model.name == "hf/maker/tiny"
    assert answer(model, THREE, 2)


def test_a_folder_that_is_no_model_says_so(tmp_path):
    with pytest.raises(ModelError, match=r"cannot read .*config\.json"):
        load_local(str(tmp_path))
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(ModelError, match="no config of a model"):
        load_local(str(tmp_path))


def test_a_model_of_another_family_says_which_there_are(copied):
    folder = copied()
    edited(folder / "config.json", model_type="bert")
    with pytest.raises(ModelError, match=r"family bert; .* smolvlm, qwen3_vl, llava_next_video"):
        load_local(str(folder))


def test_weights_that_are_missing_are_not_made_up(copied):
    folder = copied()
    from safetensors.torch import load_file, save_file

    kept = load_file(folder / "model.safetensors")
    del kept["model.text_model.layers.1.mlp.up_proj.weight"]
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match=r"lacks 1 of its weights, as .*up_proj"):
        load_local(str(folder))
    (folder / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(ModelError, match="cannot be used"):
        load_local(str(folder))


CODE = """
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration


class OwnConfig(Qwen3VLConfig):
    model_type = "own_vl"


class OwnModel(Qwen3VLForConditionalGeneration):
    config_class = OwnConfig
"""


def test_code_of_a_model_runs_only_when_the_user_says_so(copied, tmp_path, monkeypatch):
    from transformers import dynamic_module_utils

    monkeypatch.setattr(dynamic_module_utils, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    folder = copied("qwen3_vl")
    (folder / "own.py").write_text(CODE)
    classes = {"AutoConfig": "own.OwnConfig", "AutoModelForImageTextToText": "own.OwnModel"}
    edited(folder / "config.json", model_type="own_vl", auto_map=classes)
    with pytest.raises(ModelError, match="--trust-remote-code"):
        load_local(str(folder))
    assert not (tmp_path / "modules").exists()
    model = load_local(str(folder), ModelOptions(trust_remote_code=True))
    assert type(model.loaded.model).__name__ == "OwnModel"
    assert answer(model, THREE, 4)


def test_what_the_machine_does_not_have_is_said(folders):
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    folder = str(folders["smolvlm"])
    with pytest.raises(ModelError, match="torch finds no cuda device"):
        load_local(folder, ModelOptions(device="cuda"))
    with pytest.raises(ModelError, match="4 bits need a CUDA device and bitsandbytes"):
        load_local(folder, ModelOptions(bits=4))
    with pytest.raises(ValueError, match="auto, cpu, cuda, mps"):
        load_local(folder, ModelOptions(device="tpu"))
    placed = load_local(folder, ModelOptions(device="auto")).loaded.model
    assert (placed.device.type, placed.dtype) == ("cpu", torch.float32)


def test_a_library_that_is_missing_is_named_with_its_extra(monkeypatch):
    monkeypatch.setattr("vidsense.language.local.find_spec", lambda name: None if name == "torch" else object())
    with pytest.raises(MissingExtraError, match=r"need torch: pip install 'vid-sense\[hf\]'"):
        load_local("any/model")


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB"),
        RuntimeError("MPS backend out of memory (MPS allocated: 8 GB)"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_too_little_memory_is_said_in_a_sentence(smolvlm, monkeypatch, error):
    def generate(**_):
        raise error

    monkeypatch.setattr(smolvlm.loaded.model, "generate", generate)
    with pytest.raises(ModelError, match=r"does not fit into the memory of cpu: show it fewer or smaller frames"):
        answer(smolvlm, THREE)


def test_what_goes_wrong_in_the_writing_thread_reaches_the_reader(smolvlm, monkeypatch):
    def generate(**given):
        given["streamer"].put(torch.zeros(1, 3))
        given["streamer"].put(torch.tensor([70]))
        raise RuntimeError("a kernel broke")

    monkeypatch.setattr(smolvlm.loaded.model, "generate", generate)
    with pytest.raises(ModelError, match="cannot be used: a kernel broke"):
        answer(smolvlm, THREE)
    monkeypatch.undo()
    assert answer(smolvlm, THREE, 4)


def test_it_answers_one_after_the_other(smolvlm):
    alone = [answer(smolvlm, prompt_of(frame(i)), 12) for i in range(4)]
    together = [""] * 4

    def ask(i):
        together[i] = answer(smolvlm, prompt_of(frame(i)), 12)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_asking_again_before_the_answer_was_read_is_refused_instead_of_waiting_for_ever(smolvlm):
    pieces = smolvlm.generate(THREE, max_tokens=500)
    next(pieces)
    with pytest.raises(ValueError, match="read or close the answer"):
        next(smolvlm.generate(THREE, max_tokens=4))
    pieces.close()
    assert answer(smolvlm, THREE, 4)


def test_closing_frees_the_model_and_ends_its_answer(folders):
    model = load_local(str(folders["smolvlm"]))
    weights = weakref.ref(model.loaded.model)
    pieces = model.generate(THREE, max_tokens=5000)
    next(pieces)
    model.close()
    with pytest.raises(ModelError, match="was closed in the middle"):
        list(pieces)
    del pieces
    gc.collect()
    assert weights() is None
    with pytest.raises(ModelError, match="was closed"):
        answer(model, THREE)
    model.close()
    assert model.identity
    assert model.text_tokens("A dog runs.") > 0
