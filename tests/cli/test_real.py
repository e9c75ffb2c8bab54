"""The commands on real files, drawn here, with nothing replaced."""

import json
import socket

import cv2
import pytest

import vidsense
from vidsense.cli.main import run
from vidsense.source.synthetic import cut, plain, still, texture, with_walker, write_video


@pytest.fixture(scope="session")
def walk(tmp_path_factory):
    """Four seconds of a texture through which somebody walks, then two of another picture."""
    size = (180, 320)
    scene = with_walker(still(texture(size, 1), 4.0), 1.0, 3.0, height_px=60, width_px=25)
    folder = tmp_path_factory.mktemp("films")
    return write_video(cut(scene, plain(size, 2.0, (20, 60, 160))), folder / "walk.mp4")


def test_describe_prints_the_json_of_the_contract(vidsense_command, walk):
    done = vidsense_command("describe", walk, "--model", "none", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    account = vidsense.Description.model_validate_json(done.stdout)
    assert list(json.loads(done.stdout))[:5] == ["video", "description", "codec", "transcoded", "elapsed_s"]
    assert (account.video, account.codec, account.width, account.height) == ("walk.mp4", "h264", 320, 180)
    assert account.frames[0].t == 0.0
    assert [(shot.start, shot.end) for shot in account.shots] == [(0.0, 4.0), (4.0, pytest.approx(6.0, abs=0.05))]


def test_frames_lists_and_saves_the_chosen_ones(here_for_real, walk, tmp_path):
    code, printed, _ = here_for_real(
        "frames", str(walk), "--frames", "4", "--json", "--sheet", "sheet.png", "--save-frames", "chosen"
    )
    chosen = json.loads(printed)["frames"]
    assert code == 0
    assert len(chosen) == 4
    saved = sorted((tmp_path / "chosen").iterdir())
    assert [path.name for path in saved] == [f"{frame['id']}_{frame['t']:.3f}s.jpg" for frame in chosen]
    assert cv2.imread(str(saved[0])).shape == (180, 320, 3)
    assert cv2.imread(str(tmp_path / "sheet.png")).shape[1] > 2 * 320


def test_frames_in_words_have_times_and_reasons(here_for_real, walk):
    code, printed, _ = here_for_real("frames", str(walk))
    assert code == 0
    assert printed.splitlines()[0].split()[0] == "0:00"
    assert printed.splitlines()[0].split()[3] == "start"


def test_a_part_of_a_video_keeps_its_times(here_for_real, walk):
    _, printed, _ = here_for_real("describe", str(walk), "--json", "--start", "0:02", "--end", "0:05")
    account = vidsense.Description.model_validate_json(printed)
    assert all(2.0 - 0.05 <= frame.t < 5.0 for frame in account.frames)


@pytest.mark.full
def test_demo_describes_what_it_draws_and_keeps_it(vidsense_command, tmp_path):
    done = vidsense_command("demo", "--keep", "drawn.mkv", "--json")
    account = vidsense.Description.model_validate_json(done.stdout)
    assert done.returncode == 0
    assert (tmp_path / "drawn.mkv").stat().st_size > 10_000
    assert account.duration_s == pytest.approx(24.0, abs=0.1)
    assert vidsense_command("demo", "--keep", "drawn.mkv").returncode == 2


def test_describing_a_file_opens_no_socket(walk, monkeypatch):
    def refused(*_arguments, **_options):
        raise AssertionError("a socket was asked for")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refused)
    assert vidsense.describe(walk, model="none").video == "walk.mp4"


def test_looking_for_a_model_asks_this_machine_alone(walk, monkeypatch):
    asked = []

    def refused(address, *_arguments, **_options):
        asked.append(address)
        raise ConnectionRefusedError

    def looked_up(*_arguments, **_options):
        raise AssertionError("a name was looked up")

    for name in ("getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, looked_up)
    monkeypatch.setattr(socket, "create_connection", refused)
    assert vidsense.describe(walk).model == "none"
    assert [host for host, _port in asked] == ["127.0.0.1"]


def test_progress_goes_up_and_can_stop_the_work(walk):
    shares: list[tuple[str, float]] = []
    vidsense.describe(walk, on_progress=lambda stage, share: shares.append((stage, share)))
    assert shares
    assert all(0.0 <= share <= 1.0 for _, share in shares)

    def stop(_stage, _share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vidsense.describe(walk, on_progress=stop)


@pytest.mark.full
def test_many_real_videos_make_rows_and_failures(here_for_real, walk, tmp_path):
    (tmp_path / "text.mp4").write_text("no video")
    code, _, said = here_for_real("describe", str(walk), "text.mp4", "--out", "rows.jsonl", "--save-frames", "chosen")
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text("utf-8").splitlines()]
    assert code == 1
    assert [("error" in row) for row in rows] == [False, True]
    assert "1 of 2 videos failed" in said
    assert len(list((tmp_path / "chosen" / rows[0]["key"][:12]).iterdir())) == rows[0]["coverage"]["looked_at"]


@pytest.fixture
def here_for_real(tmp_path, monkeypatch, capsys):
    """The command in this process and an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def run_here(*arguments):
        code = run(arguments)
        return code, *capsys.readouterr()

    return run_here
