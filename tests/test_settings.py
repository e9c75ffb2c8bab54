"""Settings: the file, then the environment, then flags; each with where it comes from."""

from pathlib import Path

import pytest

from vidsense.settings import SettingsError, config_path, read_settings


@pytest.fixture
def config(tmp_path):
    """Writes the file of settings; the environment that names it."""

    def write(content: str, **variables: str) -> dict[str, str]:
        (tmp_path / "config.toml").write_text(content, "utf-8")
        return {"VIDSENSE_CONFIG": str(tmp_path / "config.toml"), **variables}

    return write


def test_without_file_and_environment_the_defaults_hold(tmp_path):
    settings = read_settings({"VIDSENSE_CONFIG": str(tmp_path / "none.toml")})
    assert {setting.origin for setting in settings.values()} == {"default"}
    assert settings["cache"].value is True


def test_the_environment_goes_before_the_file(config):
    settings = read_settings(config('frames = 12\nsampling = "uniform"', VIDSENSE_FRAMES="7"))
    assert (settings["frames"].value, settings["frames"].origin) == (7, "VIDSENSE_FRAMES")
    assert settings["sampling"].value == "uniform"
    assert settings["sampling"].origin.endswith("config.toml")


def test_a_folder_may_begin_at_home(config):
    assert read_settings(config('cache_folder = "~/kept"'))["cache_folder"].value == Path.home() / "kept"


def test_the_file_has_a_place_of_its_own():
    assert config_path({}).name == "config.toml"
    assert "vidsense" in str(config_path({}))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("frames = 0", "frames = 0 .* at least 1"),
        ("frames = 2.5", "at least 1"),
        ("frames = true", "at least 1"),
        ('sampling = "random"', "one of adaptive, uniform"),
        ('cache = "perhaps"', "true or false"),
        ("model = 3", "a model's name"),
        ("frame = 3", "Did you mean frames"),
        ("banana = 3", "There are model, "),
        ("frames = ", "not valid TOML"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(config, content, words):
    with pytest.raises(SettingsError, match=words):
        read_settings(config(content))


def test_a_variable_that_makes_no_sense_is_named(config):
    with pytest.raises(SettingsError, match="VIDSENSE_THREADS"):
        read_settings(config("", VIDSENSE_THREADS="many"))


def test_a_file_in_a_strange_encoding_is_refused(tmp_path):
    (tmp_path / "config.toml").write_bytes("model = 'é'".encode("latin-1"))
    with pytest.raises(SettingsError, match="Mend the file"):
        read_settings({"VIDSENSE_CONFIG": str(tmp_path / "config.toml")})
