"""In: an `Observation`. Out: bytes that give it back exactly, or are refused.

A SHA-256 digest, then a NumPy archive without pickles: the arrays under their names, everything else as JSON.
"""

import io
import json
from dataclasses import fields, replace
from hashlib import sha256
from typing import Any, get_type_hints
from zipfile import BadZipFile

import numpy as np
from pydantic import TypeAdapter

from vidsense.account.observe import Observation
from vidsense.survey.survey import Survey

DIGEST_BYTES = 32
REST = "rest"


def packed(observation: Observation) -> bytes:
    """The bytes that `unpacked` reads."""
    survey = observation.survey
    arrays: dict[str, Any] = {f.name: getattr(survey, f.name) for f in fields(survey) if is_array(survey, f.name)}
    rest = {
        "survey": {f.name: plain(Survey, survey, f.name) for f in fields(survey) if f.name not in arrays},
        "rest": {f.name: plain(Observation, observation, f.name) for f in fields(observation) if f.name != "survey"},
    }
    body = io.BytesIO()
    arrays[REST] = np.frombuffer(json.dumps(rest).encode(), np.uint8)
    np.savez_compressed(body, **arrays)
    return sha256(body.getvalue()).digest() + body.getvalue()


def is_array(survey: Survey, name: str) -> bool:
    """Whether a field of the survey holds an array."""
    return isinstance(getattr(survey, name), np.ndarray)


def plain(kind: type, value: object, name: str) -> Any:
    """One field as JSON can hold it."""
    return TypeAdapter(get_type_hints(kind)[name]).dump_python(getattr(value, name), mode="json")


def unpacked(data: bytes) -> Observation:
    """The observation, its times spent set to zero. Raises `ValueError` when a byte of it is not as it was written."""
    digest, body = data[:DIGEST_BYTES], data[DIGEST_BYTES:]
    if sha256(body).digest() != digest:
        raise ValueError("the kept observation is damaged")
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        rest = json.loads(arrays.pop(REST).tobytes())
        survey = Survey(**arrays, **{name: shaped(Survey, name, value) for name, value in rest["survey"].items()})
        others = {name: shaped(Observation, name, value) for name, value in rest["rest"].items()}
    except (BadZipFile, KeyError, TypeError, EOFError) as error:
        raise ValueError(f"the kept observation has another form: {error}") from error
    unspent = replace(survey, decode_seconds=0.0, survey_seconds=0.0, watch_seconds=0.0)
    return Observation(survey=unspent, **{**others, "facts_seconds": 0.0})


def shaped(kind: type, name: str, value: Any) -> Any:
    """One field as it was before it became JSON."""
    return TypeAdapter(get_type_hints(kind)[name]).validate_python(value)
