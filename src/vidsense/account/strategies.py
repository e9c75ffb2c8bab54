"""In: what was measured. Out: `Strategy`s, ways to choose frames: what each costs, and what each misses here."""

from dataclasses import dataclass, replace

from vidsense.account.account import Description, Event
from vidsense.frames.budget import FrameBudget, reach_seconds
from vidsense.frames.clip import Clip
from vidsense.frames.sampling import Sampling, choose_frames, clip_of
from vidsense.survey.survey import Survey

WAYS: tuple[tuple[Sampling, str], ...] = (
    ("every", "every frame"),
    ("uniform", "uniform"),
    ("keyframe", "key frames"),
    ("adaptive", "adaptive"),
)
VIT_B16_PATCHES, VIT_B16_GIGAFLOPS = 196, 35.1
"""What a frame costs the usual encoder, where none is at hand."""
FAST_TOKENS = 16
"""Of a frame of the fast path: 4 × 4."""


@dataclass(frozen=True)
class Strategy:
    """One way to choose frames from this video."""

    name: str
    pts_seconds: tuple[float, ...]
    tokens: int
    gigaflops: float | None
    shots_missed: tuple[int, ...]
    """Numbers of the shots without a frame, from 0."""
    shots: int
    """In all."""
    events_missed: tuple[Event, ...]
    """What was measured while no chosen frame was on screen."""
    events: int
    """That can be seen, in all."""

    @property
    def misses(self) -> str:
        """What it misses, in words."""
        shots = [f"shot {shot + 1}" for shot in self.shots_missed]
        events = [event.text.rstrip(".") for event in self.events_missed]
        return "; ".join([*shots, *events]) or "nothing that was measured"


def strategies(
    survey: Survey, description: Description, key_seconds: list[float], *, patches: int, gigaflops: float | None
) -> list[Strategy]:
    """Every frame, and three ways to spend the same number of frames."""
    budget = FrameBudget(frames=max(1, sum(frame.chosen for frame in description.frames)))
    found = []
    for sampling, name in WAYS:
        allowed = FrameBudget() if sampling == "every" else budget
        clip = choose_frames(survey, sampling, allowed, key_seconds=key_seconds)
        found.append(strategy_of(name, clip, survey, description, patches=patches, gigaflops=gigaflops))
    return found


def slow_fast(survey: Survey, description: Description, *, patches: int, gigaflops: float | None) -> Strategy:
    """Half of the tokens for a few whole frames, half for many at `FAST_TOKENS` each (SlowFast-LLaVA, Xu et al., 2024).

    All of them are encoded; most are then averaged into a few tokens.
    """
    budget = max(1, sum(frame.chosen for frame in description.frames))
    slow = choose_frames(survey, "adaptive", FrameBudget(frames=max(1, budget // 2)))
    most = (budget * patches - len(slow.frames) * patches) // FAST_TOKENS
    fast = choose_frames(survey, "uniform", FrameBudget(frames=max(1, most)))
    times = sorted({*slow.pts_seconds, *fast.pts_seconds})
    both = clip_of(survey, [(time, "uniform") for time in times], len(times))
    found = strategy_of("slow–fast", both, survey, description, patches=patches, gigaflops=gigaflops)
    few = len(times) - len(slow.frames)
    return replace(found, tokens=len(slow.frames) * patches + few * FAST_TOKENS)


def strategy_of(
    name: str, clip: Clip, survey: Survey, description: Description, *, patches: int, gigaflops: float | None
) -> Strategy:
    """What a clip costs, and what it has no frame of."""
    shots = {frame.shot for frame in clip.frames}
    return Strategy(
        name=name,
        pts_seconds=tuple(clip.pts_seconds),
        tokens=patches * len(clip.frames),
        gigaflops=None if gigaflops is None else gigaflops * len(clip.frames),
        shots_missed=tuple(shot for shot in range(len(survey.shots)) if shot not in shots),
        shots=len(survey.shots),
        events_missed=tuple(event for event in visible(description) if not is_shown(event, clip, survey)),
        events=len(visible(description)),
    )


def visible(description: Description) -> list[Event]:
    """The measured events that can be seen: those that cite a frame."""
    frames = {frame.id for frame in description.frames}
    return [event for event in description.events if event.source == "measured" and frames & set(event.evidence)]


def is_shown(event: Event, clip: Clip, survey: Survey) -> bool:
    """Whether a frame of the clip lies in the event; where that is short, shortly after it began."""
    until = max(event.end, event.start + reach_seconds(survey.end_seconds - survey.start_seconds))
    return any(event.start - 1e-3 <= time <= until + 1e-3 for time in clip.pts_seconds)
