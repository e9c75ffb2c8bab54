"""In: the name of an encoder, or a checkpoint's folder. Out: the encoder on this machine's shelf, built and measured.

Its weights come from the hub of models, and only when asked for; every file's checksum is compared with the hub's.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from vidsense.errors import ModelError
from vidsense.source.stream import Frame
from vidsense.vision.build import Built, build_encoder
from vidsense.vision.export import ARCHITECTURES, as_safetensors, export_mobileclip
from vidsense.vision.load import KNOWN

Given = TypeVar("Given")
Progress = Callable[[str, float], None]
"""Gets what is done and the share of it."""
DESCRIBING = ("config.json", "preprocessor_config.json", "tokenizer.json")
SAFE, PICKLED = "model.safetensors", "pytorch_model.bin"
VOCABULARY = "openai/clip-vit-base-patch16"
"""Whose tokenizer.json MobileCLIP2 shares."""


def is_encoder(name: str) -> bool:
    """Whether an encoder can be made of what is named so."""
    return name in KNOWN or name in ARCHITECTURES or (Path(name) / "config.json").is_file()


def pull_encoder(name: str, shelf: Path, frames: Sequence[Frame], on_progress: Progress) -> tuple[Path, Built | None]:
    """Get an encoder. Where it lies, and what int8 costs on `frames`; none where there is float32 alone.

    Raises `ModelError` when it cannot be had, `MissingExtraError` where a package for this step is missing.
    """
    if name in ARCHITECTURES:
        (vocabulary,) = downloaded(VOCABULARY, ["tokenizer.json"], on_progress)
        on_progress("exporting", 0.2)
        with whole(shelf / name) as part:
            export_mobileclip(name, vocabulary, part)
        return shelf / name, None
    if name in KNOWN:
        source, target = checkpoint_of(KNOWN[name], on_progress), shelf / name
    else:
        source, target = Path(name), shelf / Path(name).resolve().name
    with TemporaryDirectory() as scratch:
        if (source / PICKLED).is_file() and not (source / SAFE).is_file():
            source = as_safetensors(source, Path(scratch))
        with whole(target) as part:
            built = build_encoder(source, part, target.name, frames, on_progress)
    return target, built


@contextmanager
def whole(folder: Path) -> Iterator[Path]:
    """A folder to fill, which takes the place of `folder` when all went well, and is removed when not."""
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        shutil.rmtree(folder, ignore_errors=True)
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def checkpoint_of(repository: str, on_progress: Progress) -> Path:
    """A checkpoint of the hub, in the hub's own cache: its folder."""
    from huggingface_hub import list_repo_files

    there = asked(repository, lambda: list_repo_files(repository))
    weights = next((file for file in (SAFE, PICKLED) if file in there), None)
    if weights is None:
        raise ModelError(f"{repository} has neither {SAFE} nor {PICKLED}: it cannot be read.")
    return downloaded(repository, [*(file for file in DESCRIBING if file in there), weights], on_progress)[-1].parent


def downloaded(repository: str, files: Sequence[str], on_progress: Progress) -> list[Path]:
    """Files of the hub, each as its checksum says. Whole files are kept from one try to the next."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

    found = []
    for i, file in enumerate(files):
        on_progress(f"downloading {file}", 0.5 * i / len(files))
        path = Path(asked(repository, lambda file=file: hf_hub_download(repository, file)))  # type: ignore[misc]
        url = hf_hub_url(repository, file)
        known = asked(repository, lambda url=url: get_hf_file_metadata(url).etag) or ""  # type: ignore[misc]
        if len(known) == 64 and known != checksum(path):  # of large files; small ones have git's, which says less
            path.resolve().unlink()
            raise ModelError(f"{file} of {repository} came broken: its checksum is not the hub's. Run it again.")
        found.append(path)
    return found


def asked(repository: str, request: Callable[[], Given]) -> Given:
    """The hub's answer. Raises `ModelError` where there is none."""
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return request()
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        told = " ".join(str(error).split())
        raise ModelError(
            f"cannot get {repository} from the hub: {told}. Run it again: whole files are kept."
        ) from error


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    hashed = sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            hashed.update(part)
    return hashed.hexdigest()
