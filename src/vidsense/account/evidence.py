"""In: chosen frames, and moments that facts and events point at. Out: one numbered list of frames to cite from."""

from dataclasses import dataclass

from vidsense.account.account import FrameRef, Reason
from vidsense.frames.clip import Clip, frame_ids
from vidsense.survey.survey import Survey


@dataclass(frozen=True)
class Need:
    """A claim about `start` to `end` that must cite a frame; `moment` is the frame to add where none is chosen."""

    start: float
    end: float
    moment: float
    reason: Reason = "evidence"


class FrameList:
    """The frames of an account in time order: chosen ones (f001 …) and those added as evidence (g001 …)."""

    def __init__(self, survey: Survey, clip: Clip, needs: list[Need]) -> None:
        reasons: dict[float, tuple[Reason, bool]] = {f.pts_seconds: (f.reason, True) for f in clip.frames}
        for need in needs:
            if not any(need.start <= time <= need.end for time in reasons):
                reasons.setdefault(need.moment, (need.reason, False))
        times = sorted(reasons)
        ids = {f.pts_seconds: f.id for f in clip.frames}
        added = [time for time in times if time not in ids]
        ids.update(zip(added, (id_.replace("f", "g") for id_ in frame_ids(len(added))), strict=True))
        self.refs = [
            FrameRef(
                id=ids[time],
                t=round(time, 4),
                reason=reasons[time][0],
                shot=shot_id(survey.shot_at(time)),
                chosen=reasons[time][1],
            )
            for time in times
        ]

    def cited(self, need: Need, most: int = 3) -> list[str]:
        """Ids of the frames inside a claim's span, those nearest to its moment first taken, in time order."""
        inside = [ref for ref in self.refs if need.start - 1e-3 <= ref.t <= need.end + 1e-3]
        inside = inside or [min(self.refs, key=lambda ref: abs(ref.t - need.moment))]
        nearest = sorted(inside, key=lambda ref: abs(ref.t - need.moment))[:most]
        return [ref.id for ref in sorted(nearest, key=lambda ref: ref.t)]


def shot_id(shot: int) -> str:
    """The id of a shot, from its number in the survey.

    >>> shot_id(0)
    's01'
    """
    return f"s{shot + 1:02d}"
