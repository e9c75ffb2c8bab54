"""Sound for tests: tones, silence and speech, and files that hold them beside a picture."""

import shutil
import subprocess
import wave
from pathlib import Path

import av
import numpy as np
import pytest

RATE = 16_000


def tone(seconds, *, hertz=440.0, level=0.3):
    return (level * 32767 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(np.int16)


def silence(seconds):
    return np.zeros(int(seconds * RATE), np.int16)


def hiss(seconds, level=0.02):
    return (
        (level * 32767 * np.random.default_rng(0).normal(0, 1, int(seconds * RATE)))
        .clip(-32768, 32767)
        .astype(np.int16)
    )


def speech(folder, words="Good evening. Somebody is at the door, and it is raining outside."):
    """Said by a synthesizer; the test is skipped where there is none."""
    program = shutil.which("espeak-ng")
    if program is None:
        pytest.skip("espeak-ng is not installed")
    path = Path(folder) / "speech.wav"
    subprocess.run([program, "-w", str(path), words], check=True)
    with wave.open(str(path)) as said:
        samples = np.frombuffer(said.readframes(said.getnframes()), np.int16)
        rate = said.getframerate()
    steps = np.arange(0, len(samples) - 1, rate / RATE)
    return np.interp(steps, np.arange(len(samples)), samples).astype(np.int16)


def with_sound(video, path, samples, *, codec="flac", damaged=()):
    """The pictures of `video` beside these samples, in a new file; sound packets numbered in `damaged` are spoilt."""
    with av.open(str(video)) as source, av.open(str(path), "w") as target:
        pictures = target.add_stream_from_template(source.streams.video[0])
        track = target.add_stream(codec, rate=RATE, layout="mono")
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = pictures
                target.mux(packet)
        frame = av.AudioFrame.from_ndarray(samples[None], "s16", "mono")
        frame.sample_rate, frame.pts = RATE, 0
        resampler = av.AudioResampler(track.format, "mono", RATE, frame_size=1024)
        encoded = [
            p for part in [*resampler.resample(frame), *resampler.resample(None), None] for p in track.encode(part)
        ]
        for i, packet in enumerate(encoded):
            target.mux(spoilt(packet) if i in damaged else packet)
    return Path(path)


def spoilt(packet):
    """The same packet with another content."""
    other = av.Packet(bytes(byte ^ 0x5A for byte in bytes(packet)))
    other.pts, other.dts, other.time_base, other.stream = packet.pts, packet.dts, packet.time_base, packet.stream
    return other
