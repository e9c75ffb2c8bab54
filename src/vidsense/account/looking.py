"""In: what a caller wants an encoder for. Out: labels among the facts, frames chosen for a question, and its time."""

from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from vidsense.account.account import Description
from vidsense.account.labelled import Compared
from vidsense.account.looks import Looks, Progress
from vidsense.account.observe import Cache, Observation
from vidsense.frames.budget import FrameBudget
from vidsense.frames.clip import Clip
from vidsense.survey.survey import Survey
from vidsense.vision.encoder import VisionEncoder


@dataclass(frozen=True)
class Looking:
    """What an encoder is wanted for; where it is for nothing, none is loaded."""

    about: str | None = None
    labels: tuple[str, ...] = ()
    encoder: str | Path | VisionEncoder | None = None

    def __post_init__(self) -> None:
        if self.about is not None and not self.about.strip():
            raise ValueError("what it is about is empty; say, for example, 'a dog at the door'")
        if len(self.labels) == 1:
            raise ValueError(
                f"one label has nothing to be compared with: name two or more, as in {self.labels[0]}, nothing"
            )

    def looks(
        self, location: str | Path, *, cache: Cache | None, threads: int, on_progress: Progress | None
    ) -> Looks | None:
        """The encoder before the video. Raises `ModelError` when it is not there."""
        if self.about is None and not self.labels:
            return None
        from vidsense.account.about import opened_encoder

        return Looks(location, opened_encoder(self.encoder), cache, on_progress, threads)

    def labelled(self, observation: Observation, looks: Looks | None) -> Observation:
        """With the labels among its facts."""
        if looks is None or not self.labels:
            return observation
        from vidsense.account.labels import label_facts

        began = perf_counter()
        facts = [*observation.facts, *label_facts(observation, looks, self.labels)]
        looks.seconds += perf_counter() - began
        return replace(observation, facts=tuple(sorted(facts, key=lambda fact: (fact.start, fact.end, fact.kind))))

    def compared(self, looks: Looks | None) -> Compared | None:
        """The words that were compared, where any were."""
        return Compared(self.labels, looks.encoder.info.name) if looks is not None and self.labels else None

    def clip(self, survey: Survey, looks: Looks | None, budget: FrameBudget) -> Clip | None:
        """Frames for what is asked about; none: they are chosen as usual."""
        if looks is None or self.about is None:
            return None
        from vidsense.account.about import clip_about

        began = perf_counter()
        clip = clip_about(survey, looks, self.about, budget)
        looks.seconds += perf_counter() - began
        return clip

    def timed(self, account: Description, looks: Looks | None) -> Description:
        """The account with the seconds that the encoder took."""
        if looks is None:
            return account
        timings = account.timings.model_copy(update={"encode_s": round(looks.seconds, 3)})
        return account.model_copy(update={"timings": timings})
