"""`vidsense frames`: the frames worth looking at, each with its reason."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from vidsense.cli.options import ACCOUNT, DEBUGGING, QUIET, with_options
from vidsense.cli.progress import progress_bar

if TYPE_CHECKING:
    from vidsense.account.account import Description
    from vidsense.account.observe import Cache
    from vidsense.batch.rows import Options

MISSES = 100
"""Letters of what is missed that are printed in a table."""


@click.command()
@click.argument("video")
@click.option("--sheet", metavar="PNG", help="Write one picture (.png, .jpg) that shows them all.")
@click.option("--save-frames", "folder", metavar="FOLDER", help="Save each as a picture in this folder.")
@click.option("--plan", is_flag=True, help="Compare what ways to choose frames cost, and what each misses here.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_options(*ACCOUNT)
@QUIET
@DEBUGGING
def frames(
    video: str,
    *,
    sheet: str | None,
    folder: str | None,
    plan: bool,
    as_json: bool,
    threads: int,
    cache: "Cache | None",
    quiet: bool,
    **account: Any,
) -> None:
    """List the frames worth looking at.

    Each comes with its time, its shot and the reason why it was chosen.
    """
    import vidsense
    from vidsense.batch.rows import Options
    from vidsense.cli.files import save_frames, save_sheet
    from vidsense.source.container import shown

    name, options = shown(video), Options(**account)
    if plan:
        with progress_bar(quiet=quiet) as bar:
            rows = compared(video, options, threads, cache, lambda stage, share: bar.report(name, stage, share))
            bar.clear()
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False) if as_json else plan_text(rows))
        return
    with progress_bar(quiet=quiet) as bar:
        description = vidsense.describe(
            video,
            **asdict(options),
            threads=threads,
            cache=cache,
            on_progress=lambda stage, share: bar.report(name, stage, share),
        )
    if sheet:
        save_sheet(video, description, Path(sheet))
    if folder:
        save_frames(video, description, Path(folder))
    click.echo(frames_json(description) if as_json else frames_text(description))


def compared(
    video: str, options: "Options", threads: int, cache: "Cache | None", on_progress: "Callable[[str, float], None]"
) -> list[dict[str, Any]]:
    """What each way to choose frames costs on this video, and what it misses."""
    from vidsense.account.describe import described, key_seconds
    from vidsense.account.observe import View, observe
    from vidsense.account.strategies import VIT_B16_GIGAFLOPS, VIT_B16_PATCHES, slow_fast, strategies
    from vidsense.frames.budget import FrameBudget
    from vidsense.source.file import open_video

    began, patches = perf_counter(), options.tokens_per_frame
    view = View(options.start, options.end, options.speech_model)
    seen = observe(video, view, threads=threads, cache=cache, on_progress=on_progress)
    _, account = described(seen, video, FrameBudget(options.frames, options.token_budget, patches), began=began)
    with open_video(video, threads=threads) as stream:
        keys = key_seconds(stream)
    gigaflops = VIT_B16_GIGAFLOPS if patches == VIT_B16_PATCHES else None
    cost: dict[str, Any] = {"patches": patches, "gigaflops": gigaflops}
    ways = [*strategies(seen.survey, account, keys, **cost), slow_fast(seen.survey, account, **cost)]
    return [
        {
            "way": way.name,
            "frames": len(way.pts_seconds),
            "tokens": way.tokens,
            "gigaflops": None if way.gigaflops is None else round(way.gigaflops),
            "shots_seen": way.shots - len(way.shots_missed),
            "shots": way.shots,
            "events_seen": way.events - len(way.events_missed),
            "events": way.events,
            "misses": way.misses,
        }
        for way in ways
    ]


def plan_text(rows: list[dict[str, Any]]) -> str:
    """The comparison as a table."""
    lines = [f"{'way':<12}{'frames':>8}{'tokens':>12}{'GFLOP':>10}{'shots':>10}{'happens':>10}  misses"]
    for row in rows:
        work = "" if row["gigaflops"] is None else f"{row['gigaflops']:,}"
        shots, events = f"{row['shots_seen']}/{row['shots']}", f"{row['events_seen']}/{row['events']}"
        missed = row["misses"] if len(row["misses"]) <= MISSES else f"{row['misses'][:MISSES]} … (--json has all)"
        lines.append(
            f"{row['way']:<12}{row['frames']:>8,}{row['tokens']:>12,}{work:>10}{shots:>10}{events:>10}  {missed}"
        )
    return "\n".join(lines)


def frames_json(description: "Description") -> str:
    """The chosen frames as one JSON object."""
    kept = {"video", "duration_s", "width", "height", "budget", "frames"}
    fields = description.model_dump(mode="json", include=kept)
    fields["frames"] = [frame for frame in fields["frames"] if frame["chosen"]]
    return json.dumps(fields, indent=1, ensure_ascii=False)


def frames_text(description: "Description") -> str:
    """A line for each chosen frame."""
    from vidsense.account.writers import clock

    chosen = [frame for frame in description.frames if frame.chosen]
    return "\n".join(f"{clock(frame.t):>10}  {frame.id}  {frame.shot}  {frame.reason}" for frame in chosen)
