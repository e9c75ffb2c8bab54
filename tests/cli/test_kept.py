"""Settings, the cache and questions over folders, as the command shows and uses them."""

import json

import pytest

from vidsense.source.synthetic import still, texture, with_text, write_video


@pytest.fixture
def home(vidsense_command, tmp_path):
    """The command with a file of settings and a cache of its own."""
    vidsense_command.environment |= {
        "VIDSENSE_CONFIG": str(tmp_path / "config.toml"),
        "VIDSENSE_CACHE_FOLDER": str(tmp_path / "kept"),
    }
    return tmp_path


@pytest.fixture
def clip(tmp_path):
    return write_video(with_text(still(texture((180, 320), 1), 2.0), "CAMERA TWO"), tmp_path / "clip.mp4")


def test_settings_say_what_holds_and_from_where(vidsense_command, home):
    (home / "config.toml").write_text("frames = 3")
    vidsense_command.environment["VIDSENSE_SAMPLING"] = "uniform"
    shown = json.loads(vidsense_command("settings", "--json").stdout)["settings"]
    assert shown["frames"] == {"value": 3, "origin": str(home / "config.toml")}
    assert shown["sampling"] == {"value": "uniform", "origin": "VIDSENSE_SAMPLING"}
    lines = vidsense_command("settings").stdout
    assert "config.toml" in lines.splitlines()[0]
    assert "uniform                  VIDSENSE_SAMPLING" in lines


def test_a_misspelt_variable_is_said(vidsense_command, home):
    vidsense_command.environment["VIDSENSE_FRAME"] = "3"
    assert "VIDSENSE_FRAME is set, but there is no such setting" in vidsense_command("settings").stderr


def test_a_flag_goes_before_the_environment_and_that_before_the_file(vidsense_command, home, clip):
    (home / "config.toml").write_text('frames = 1\nsampling = "uniform"')

    def budget(*flags: str):
        used = json.loads(vidsense_command("frames", clip, "--json", *flags).stdout)["budget"]
        return used["sampling"], used["frames"]

    assert budget() == ("uniform", 1)
    vidsense_command.environment["VIDSENSE_FRAMES"] = "2"
    assert budget() == ("uniform", 2)
    assert budget("--frames", "3", "--sampling", "adaptive") == ("adaptive", 3)


def test_a_broken_file_of_settings_is_one_sentence(vidsense_command, home):
    (home / "config.toml").write_text("frames = ")
    done = vidsense_command("doctor")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "not valid TOML" in done.stderr


def test_a_second_question_takes_no_second_look(vidsense_command, home, clip):
    assert "Nothing is kept yet" in vidsense_command("cache").stdout
    first, second = (json.loads(vidsense_command("ask", clip, "what is written?", "--json").stdout) for _ in range(2))
    assert first["answer"] == second["answer"]
    assert json.loads(vidsense_command("cache", "--json").stdout)["videos"] == 1
    assert "Cleared: 1 video" in vidsense_command("cache", "--clear").stdout
    assert "Nothing is kept yet" in vidsense_command("cache").stdout


@pytest.mark.parametrize("how", ["flag", "variable", "file"])
def test_nothing_is_kept_that_should_not_be(vidsense_command, home, clip, how):
    if how == "file":
        (home / "config.toml").write_text("cache = false")
    if how == "variable":
        vidsense_command.environment["VIDSENSE_CACHE"] = "off"
    vidsense_command("describe", clip, *(["--no-cache"] if how == "flag" else []))
    assert not (home / "kept").exists()


def test_a_folder_is_asked_by_the_clock(vidsense_command, home, clip):
    clip.rename(home / "cam_20260501_210000.mp4")
    answers = json.loads(vidsense_command("ask", ".", "what is written on 2026-05-01 at night?", "--json").stdout)
    assert answers["videos"][0]["recorded_from"] == "file name"
    assert answers["videos"][0]["moments"][0]["text"] == "CAMERA TWO"
    assert vidsense_command("ask", ".", "what moved?", "--end", "3").returncode == 2
