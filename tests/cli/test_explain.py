"""`vidsense explain` and `vidsense plot` on a drawn video."""

import pytest

pytestmark = pytest.mark.full


def test_without_an_encoder_the_page_is_written_and_says_what_is_missing(vidsense_command, walk):
    done = vidsense_command("explain", walk, "-o", "walk.html", "--model", "none")
    assert done.returncode == 0
    assert "vidsense models pull clip-vit-b16" in done.stderr
    page = (vidsense_command.folder / "walk.html").read_text("utf-8")
    assert "`vidsense models pull clip-vit-b16`" in page


def test_words_and_a_question_are_in_the_page(vidsense_command, walk, clip_encoder_folder):
    done = vidsense_command(
        "explain", walk, "-o", "walk.html", "--model", "none", "--encoder", clip_encoder_folder,
        "--words", "a cat, an empty yard", "--question", "when does something move?",
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")
    page = (vidsense_command.folder / "walk.html").read_text("utf-8")
    assert "Nearest to “an empty yard”" in page
    assert "“when does something move?”" in page


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["explain", "VIDEO", "-o", "page.pdf"], "must end in .html"),
        (
            ["explain", "VIDEO", "-o", "p.html", "--encoder", "clip-vit-b16"],
            "`vidsense models pull clip-vit-b16` gets it",
        ),
        (["explain", "nowhere.mp4", "-o", "p.html"], "nowhere.mp4"),
        (["plot", "timeline", "VIDEO", "-o", "timeline.gif"], "must end in .png or .svg"),
        (["plot", "attention", "VIDEO", "-o", "a.png"], "`vidsense models pull clip-vit-b16` gets it"),
        (["plot", "patches", "VIDEO", "-o", "a.png", "--encoder", "nobody"], "there is no encoder 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(vidsense_command, walk, arguments, sentence):
    done = vidsense_command(*[str(walk) if argument == "VIDEO" else argument for argument in arguments])
    assert done.returncode in (1, 2)
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not list(vidsense_command.folder.iterdir())


@pytest.mark.parametrize("figure", ["patches", "embeddings", "similarity", "attention", "timeline"])
def test_each_figure_can_be_drawn_alone(vidsense_command, walk, clip_encoder_folder, figure):
    done = vidsense_command("plot", figure, walk, "-o", f"{figure}.svg", "--encoder", clip_encoder_folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "<svg" in (vidsense_command.folder / f"{figure}.svg").read_text("utf-8")
