"""Step 1, the video: its frames, its shots, and what the survey measured over time."""

import numpy as np

from vidsense.account.words import at_time, length, several
from vidsense.plots.timeline import Timeline, timeline_of
from vidsense.report.markup import Markup, figure, table
from vidsense.report.material import Material
from vidsense.report.steps.step import Step, note, part, prose, series

MOST_POINTS = 1200
"""Of a curve."""


def video_step(material: Material) -> Step:
    """The video as it is: no network has looked at it yet."""
    timeline = timeline_of(material.observation)
    return Step(
        key="video",
        name="Video",
        title="A video is pictures in time",
        parts=(
            part(None, prose(about(material)), figure("film", film_words(material), film_caption(material))),
            part(
                "What can be measured without any network",
                prose(
                    "Every frame was decoded once, small. Change is what differs most between the half seconds before "
                    "and after a moment; it is never averaged over the whole picture, where a person far away would "
                    "drown."
                ),
                figure(
                    "timeline", timeline.in_words, "Hover for the values; click to see the frame in the film above."
                ),
                shots_table(material),
            ),
        ),
        data={"timeline": timeline_data(timeline)},
    )


def about(material: Material) -> str:
    """The video in a sentence."""
    d, survey = material.description, material.observation.survey
    rate = f", {d.frame_rate:g} frames a second" if d.frame_rate else ""
    return (
        f"{d.video} is {length(survey.end_seconds - survey.start_seconds)} long: {len(survey.pts_seconds):,} frames of "
        f"{d.width} × {d.height} pixels{rate}, {d.codec}. That is "
        f"{len(survey.pts_seconds) * d.width * d.height * 3:,} numbers, in {several(len(d.shots), 'shot')}."
    )


def film_words(material: Material) -> str:
    """What the film strip shows."""
    return f"{several(len(material.frames), 'frame')} of the video, to be played or stepped through."


def film_caption(material: Material) -> str:
    """What these frames are."""
    own = sum(frame.id is not None for frame in material.frames)
    between = len(material.frames) - own
    rest = f", and {between} between them so that no long time is without one" if between else ""
    return f"The {len(material.frames)} frames of this page: {own} that the account chose or points at{rest}."


def shots_table(material: Material) -> Markup:
    """The shots, where there are several."""
    shots = material.description.shots
    if len(shots) < 2:
        return note("One shot, from the first to the last frame.")
    rows = [(f"{i + 1}", at_time(s.start), length(s.end - s.start), s.camera) for i, s in enumerate(shots)]
    return table(("shot", "begins", "lasts", "camera"), rows, caption="Shots")


def timeline_data(timeline: Timeline) -> dict[str, object]:
    """For the script; of long videos, the largest value of each few samples, so that no peak is lost."""
    step = -(-len(timeline.seconds) // MOST_POINTS) if len(timeline.seconds) else 1
    peaks = [
        series(np.array([values[i : i + step].max() for i in range(0, len(values), step)]), 1)
        for values in (timeline.change, timeline.moving, timeline.brightness)
    ]
    return {
        "start": timeline.start,
        "end": timeline.end,
        "seconds": series(timeline.seconds[::step], 2),
        "change": peaks[0],
        "moving": peaks[1],
        "brightness": peaks[2],
        "shots": [[round(shot.start, 3), round(shot.end, 3), shot.camera] for shot in timeline.shots],
        "lanes": [
            {"name": lane.name, "spans": [[round(s.start, 3), round(s.end, 3)] for s in lane.spans]}
            for lane in timeline.lanes
        ],
    }
