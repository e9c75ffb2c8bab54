"""`vidsense train`: one sentence for what is wrong or missing."""

import subprocess
import sys

import pytest

from vidsense.cli.main import run


def test_without_torch_it_says_how_to_install_it():
    script = (
        "import sys; sys.modules['torch'] = None; from vidsense.cli.main import run;"
        "sys.exit(run(['train', 'nano', '--out', 'x']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert 'pip install "vid-sense[train]"' in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nano", "--out", "run", "--stage", "other"], "there is no stage other"),
        (["nano", "--out", "run", "--config", "none.toml"], "none.toml"),
        (["examine", "--run", "none", "--clips", "1"], "holds no image.pt"),
        (["export", "--run", "none", "-o", "out"], "holds no image.pt"),
    ],
)
def test_what_is_wrong_is_one_sentence(capsys, tmp_path, monkeypatch, arguments, words):
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    assert run(["train", *arguments]) in (1, 2)
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.count("\n") == 1
