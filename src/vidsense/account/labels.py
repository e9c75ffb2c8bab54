"""In: words, and an encoder that knows words. Out: facts of kind "label": which of the words fit, when, and to what.

Zero-shot (Radford et al., 2021): a frame's embedding is compared with those of the words. A person of 40 × 90 pixels
is invisible in the embedding of a whole frame, so that each mover is cut out and compared too. The confidences compare
the given words with each other; they are no probability that the thing is there, and every fact says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from vidsense.account.looks import Box, Looks, Place, first_seen, spread_times
from vidsense.account.observe import Observation
from vidsense.facts.fact import Fact
from vidsense.vision.encoder import VisionEncoder

TEMPLATES = ("{}", "a photo of {}", "a frame of a video that shows {}")
"""A word is the mean of its embeddings in these, as in Radford et al. (2021)."""
NOTHING = {"nothing", "none", "other", "something else", "background", "empty scene"}
"""Words for everything else: they take part in the comparison and become no facts."""
SMOOTH_SECONDS = 1.0
"""Of the Gaussian by which scores are smoothed over time."""
FROM, UNTIL = 0.6, 0.4
"""A word holds from the one share on, and for as long as it does not fall below the other."""
AROUND = 0.25
"""How much of its size a mover is shown with, on each side."""
LOOKS = 5
"""At one mover."""
LEAST_SIDE = 0.03
"""Of a mover's picture, in shares of the frame."""
Path5 = Sequence[Sequence[float]]
"""Of a mover: time, centre, width and height."""


@dataclass(frozen=True)
class Scores:
    """How well each word fits, at some times."""

    seconds: np.ndarray
    """(T,) float64."""
    shares: np.ndarray
    """(T, K) float64; where words are judged against each other, rows sum to 1."""


def label_facts(observation: Observation, looks: Looks, words: Sequence[str]) -> list[Fact]:
    """Which words fit the frames and the movers. Raises `ModelError` for an encoder without words."""
    if len(words) < 2:
        raise ValueError(f"name at least two labels, 'nothing' may be one of them; got {list(words)}")
    known = word_embeddings(looks.encoder, words)
    times = spread_times(observation.survey)
    rows = looks.embeddings([Place(t) for t in first_seen(observation.survey, times)])
    scores = Scores(np.array(times), shares(rows, known, looks.encoder))
    facts = [fact for shot in shot_spans(observation) for fact in in_shot(smoothed(within(scores, shot)), words, looks)]
    movers = [fact for fact in observation.facts if fact.kind == "mover"]
    labelled = (mover_label(mover, f"mover-{i + 1}", looks, known, words) for i, mover in enumerate(movers))
    return [*facts, *(fact for fact in labelled if fact is not None)]


def word_embeddings(encoder: VisionEncoder, words: Sequence[str]) -> np.ndarray:
    """(K, E) one unit-length vector for each word."""
    rows = np.stack([encoder.embed_text([template.format(word) for template in TEMPLATES]).mean(0) for word in words])
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def shares(embeddings: np.ndarray, words: np.ndarray, encoder: VisionEncoder) -> np.ndarray:
    """(T, E), (K, E) → (T, K): softmax of the cosines as the network learned to scale them, or the sigmoid of each."""
    logits = encoder.info.logit_scale * (embeddings @ words.T).astype(np.float64)
    if encoder.info.logit_bias is not None:
        return np.asarray(1.0 / (1.0 + np.exp(-(logits + encoder.info.logit_bias))))
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def calibration(encoder: VisionEncoder) -> str:
    """What the confidences of this encoder mean."""
    way = "softmax over the given labels" if encoder.info.logit_bias is None else "sigmoid of each label"
    return f"{way}, as the network scales cosines; no probability that it is there"


def shot_spans(observation: Observation) -> list[tuple[float, float]]:
    """The shots: what holds in one says nothing of the next."""
    return [(shot.start, shot.end) for shot in observation.survey.shots]


def within(scores: Scores, span: tuple[float, float]) -> Scores:
    """The scores inside a span."""
    kept = (scores.seconds >= span[0] - 1e-6) & (scores.seconds < span[1] - 1e-6)
    return Scores(scores.seconds[kept], scores.shares[kept])


def smoothed(scores: Scores) -> Scores:
    """Each time the mean of those around it, the nearer the more."""
    apart = (scores.seconds[:, None] - scores.seconds[None]) / SMOOTH_SECONDS
    weights = np.exp(-0.5 * apart**2)
    total = weights.sum(axis=1, keepdims=True)
    return Scores(scores.seconds, weights @ scores.shares / np.maximum(total, 1e-12))


def in_shot(scores: Scores, words: Sequence[str], looks: Looks) -> list[Fact]:
    """Facts of each word that holds for a while."""
    facts = []
    for k, word in enumerate(words):
        if word.lower() in NOTHING or not len(scores.seconds):
            continue
        values = scores.shares[:, k]
        for first, last in held_runs(values):
            best = first + int(values[first : last + 1].argmax())
            details = {"label": word, "of": "frame", "encoder": looks.encoder.info.name}
            facts.append(
                Fact(
                    "label",
                    float(scores.seconds[first]),
                    float(scores.seconds[last]),
                    round(float(values[first : last + 1].mean()), 3),
                    float(scores.seconds[best]),
                    details | {"calibration": calibration(looks.encoder)},
                )
            )
    return facts


def held_runs(values: np.ndarray) -> list[tuple[int, int]]:
    """First and last index of each run that reaches `FROM` and does not fall below `UNTIL`.

    >>> held_runs(np.array([0.1, 0.5, 0.7, 0.5, 0.3, 0.5]))
    [(1, 3)]
    """
    groups = [list(group) for above, group in groupby(range(len(values)), lambda i: values[i] >= UNTIL) if above]
    return [(group[0], group[-1]) for group in groups if max(values[i] for i in group) >= FROM]


def mover_label(mover: Fact, id_: str, looks: Looks, known: np.ndarray, words: Sequence[str]) -> Fact | None:
    """The word that fits a mover best, cut out of some frames; none where none stands out."""
    places = mover_places(mover.details["path"])
    scores = shares(looks.embeddings(places), known, looks.encoder)
    mean = scores.mean(axis=0)
    best = int(mean.argmax())
    if mean[best] < FROM or words[best].lower() in NOTHING:
        return None
    return Fact(
        "label",
        mover.start,
        mover.end,
        round(float(mean[best]), 3),
        places[int(scores[:, best].argmax())].seconds,
        {
            "label": words[best],
            "of": id_,
            "looks": len(places),
            "encoder": looks.encoder.info.name,
            "calibration": calibration(looks.encoder),
        },
    )


def mover_places(path: Path5) -> list[Place]:
    """Where a mover is cut out: some of its points, evenly over its way."""
    count = min(LOOKS, len(path))
    points = [path[round(i * (len(path) - 1) / max(1, count - 1))] for i in range(count)]
    return [Place(seconds, around(x, y, width, height)) for seconds, x, y, width, height in points]


def around(x: float, y: float, width: float, height: float) -> Box:
    """The box of a mover with what surrounds it, inside the picture."""
    wide, high = max(LEAST_SIDE, width * (1 + 2 * AROUND)), max(LEAST_SIDE, height * (1 + 2 * AROUND))
    return (
        float(np.clip(x - wide / 2, 0.0, 1.0 - LEAST_SIDE)),
        float(np.clip(y - high / 2, 0.0, 1.0 - LEAST_SIDE)),
        float(np.clip(x + wide / 2, LEAST_SIDE, 1.0)),
        float(np.clip(y + high / 2, LEAST_SIDE, 1.0)),
    )
