"""In: what the stages found. Out: `Description`, the account of one video as it is written to JSON."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1
Span = tuple[float, float]
Reason = Literal["start", "shot", "motion", "change", "text", "uniform", "question", "evidence", "keyframe", "every"]
TransitionKind = Literal["cut", "fade in", "fade out", "dissolve"]


class Part(BaseModel):
    """Part of a result: frozen, and strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Coverage(Part):
    """What was looked at, and what was not."""

    survey: Literal["all", "reference frames"] = "all"
    decoded: list[Span] = Field(description="spans in seconds whose frames were decoded at low resolution")
    gaps: list[Span] = Field(default=[], description="spans without a decodable picture")
    damaged_frames: int = 0
    looked_at: int = Field(description="chosen frames")
    read: int = Field(default=0, description="frames read for text")
    shown_to_model: int = 0
    dropped_ids: int = 0


class FrameRef(Part):
    """One frame that the account points at."""

    id: str
    t: float = Field(description="seconds, the time of a decoded frame")
    reason: Reason
    shot: str
    chosen: bool = True


class Shot(Part):
    """The run of frames between two transitions. Shots tile the video."""

    id: str
    start: float
    end: float
    camera: str


class Transition(Part):
    """How one shot gives way to the next."""

    start: float
    end: float
    kind: TransitionKind


class FactRef(Part):
    """One measured thing; what it holds beyond these fields depends on its kind."""

    model_config = ConfigDict(frozen=True, extra="allow")
    id: str
    kind: str
    start: float
    end: float
    frames: list[str]
    confidence: float


class Event(Part):
    """One thing that the account says happened, with what it rests on."""

    id: str
    start: float
    end: float
    text: str
    evidence: list[str] = Field(description="ids of frames or facts")
    source: Literal["measured", "model"] = "measured"
    status: Literal["supported", "unsupported", "unchecked"] = "supported"
    note: str | None = Field(default=None, description="what speaks against it, or could not be confirmed")


class Budget(Part):
    """How many frames were allowed, and what they cost a model."""

    sampling: Literal["every", "uniform", "keyframe", "adaptive"]
    frames: int = Field(description="the most that may be chosen")
    tokens: int | None = Field(default=None, description="the token budget, when one was given")
    tokens_per_frame: int | None = None
    shots_left_out: int = Field(default=0, description="shots without a chosen frame, because the budget did not reach")


class Timings(Part):
    """Seconds that each stage took."""

    decode_s: float = 0.0
    survey_s: float = 0.0
    facts_s: float = 0.0
    encode_s: float = 0.0
    language_s: float = 0.0


class Description(Part):
    """The account of one video. The first five keys are those of the system that this one replaces."""

    video: str
    description: str = Field(description="Markdown")
    codec: str
    transcoded: bool
    elapsed_s: float
    schema_version: int = SCHEMA_VERSION
    duration_s: float
    width: int
    height: int
    frame_rate: float | None
    recorded_at: str | None
    model: str
    camera: Literal["static", "moving"]
    coverage: Coverage
    budget: Budget
    frames: list[FrameRef]
    shots: list[Shot]
    transitions: list[Transition]
    facts: list[FactRef]
    events: list[Event]
    timings: Timings
    warnings: list[str]

    def to_json(self, indent: int | None = 1) -> str:
        """The JSON text, keys in the order of the schema."""
        return self.model_dump_json(indent=indent)


class Moment(Part):
    """One part of an answer, with when it is seen or heard."""

    start: float
    end: float
    text: str
    evidence: list[str] = Field(description="ids of frames or facts")


class Answer(Part):
    """What a video answers to a question, or that it cannot."""

    video: str
    question: str
    answer: str
    found: bool = Field(description="false: what was measured does not tell")
    moments: list[Moment]
    frames: list[FrameRef] = Field(default=[], description="those that the moments cite")
    model: str
    coverage: Coverage
    elapsed_s: float
    schema_version: int = SCHEMA_VERSION
    warnings: list[str]

    def to_json(self, indent: int | None = 1) -> str:
        """The JSON text, keys in the order of the schema."""
        return self.model_dump_json(indent=indent)


def json_schema() -> dict[str, Any]:
    """The published JSON Schema of `Description`."""
    return Description.model_json_schema(mode="serialization")
