"""In: a measured account and who may speak about the video. Out: the account with what was said, checked."""

from pathlib import Path
from time import perf_counter

from vidsense.account.account import Description
from vidsense.account.by_nano import nano_testimony
from vidsense.account.measured import Measured
from vidsense.account.told import told_text
from vidsense.account.witness import Telling, Testimony, testimony
from vidsense.language.model import LanguageModel
from vidsense.language.nano import NanoModel


def spoken(
    witness: LanguageModel,
    measured: Measured,
    account: Description,
    location: str | Path,
    telling: Telling,
    *,
    began: float,
) -> Description:
    """The account with a model's statements. `began`: `perf_counter` at the start of all.

    Where the model was lost on the way, its error is raised with the account until then as `partial`.
    """
    if isinstance(witness, NanoModel):
        heard = nano_testimony(witness, account, location, telling)
    else:
        heard = testimony(witness, account, location, telling)
    return with_testimony(measured, account, heard, witness.name, began)


def with_testimony(measured: Measured, account: Description, heard: Testimony, model: str, began: float) -> Description:
    """The measured account and what a model said, as one. Where the model was lost, its error is raised with it."""
    warnings = [*account.warnings, *heard.warnings]
    coverage = account.coverage.model_copy(update={"shown_to_model": heard.shown, "dropped_ids": heard.dropped_ids})
    told = account.model_copy(
        update={
            "description": told_text(measured, heard, warnings, model),
            "elapsed_s": round(perf_counter() - began, 3),
            "model": model,
            "coverage": coverage,
            "frames": sorted([*account.frames, *heard.frames], key=lambda frame: frame.t),
            "events": sorted([*account.events, *heard.events], key=lambda event: (event.start, event.end)),
            "timings": account.timings.model_copy(update={"language_s": round(heard.seconds, 3)}),
            "warnings": warnings,
        }
    )
    if heard.broken is not None:
        vars(heard.broken)["partial"] = told
        raise heard.broken
    return told
