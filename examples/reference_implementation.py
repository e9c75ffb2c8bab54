"""The plain way: ask Ollama about single frames of a video, where the picture changes. Compare it with `vidsense`.

    python examples/reference_implementation.py yard.mp4 --model qwen3-vl:4b

Every frame is looked at alone, so nothing that takes time can be seen; a frame counts as new by the mean of the whole
picture, so what is small is missed; times are those of the frames that were asked about; nothing is checked.
"""

import argparse
from collections.abc import Iterator

import cv2
import numpy as np
import ollama

SECONDS_APART = 0.5
SCENE_CHANGE = 10.0
"""Mean difference of two pictures, of 255, from which the scene counts as another."""
QUESTIONS = {
    "action": "What action is taking place? Answer in one sentence.",
    "objects": "What objects are visible? Answer with a short list.",
    "scene": "Where is this? Answer in a few words.",
}


def sampled_frames(path: str) -> Iterator[tuple[float, np.ndarray]]:
    """A frame every half second, with its time."""
    video = cv2.VideoCapture(path)
    step = max(1, round((video.get(cv2.CAP_PROP_FPS) or 25.0) * SECONDS_APART))
    number = 0
    while video.grab():
        if number % step == 0:
            yield video.get(cv2.CAP_PROP_POS_MSEC) / 1000.0, video.retrieve()[1]
        number += 1
    video.release()


def scene_changes(frames: Iterator[tuple[float, np.ndarray]]) -> Iterator[tuple[float, np.ndarray]]:
    """The first frame, and each whose picture as a whole differs from the last one that was taken."""
    last = None
    for time, frame in frames:
        small = cv2.cvtColor(cv2.resize(frame, (64, 36)), cv2.COLOR_BGR2GRAY).astype(float)
        if last is None or np.abs(small - last).mean() > SCENE_CHANGE:
            last = small
            yield time, frame


def ask(client: ollama.Client, model: str, frame: np.ndarray, question: str) -> str:
    """What the model says of one frame."""
    picture = cv2.imencode(".jpg", cv2.resize(frame, (448, 252)))[1].tobytes()
    answer = client.chat(
        model=model,
        messages=[{"role": "user", "content": question, "images": [picture]}],
        options={"num_ctx": 4096, "num_predict": 120, "temperature": 0.0},
    )
    return (answer.message.content or "").strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("video")
    parser.add_argument("--model", default="qwen3-vl:4b")
    parser.add_argument("--ask", choices=QUESTIONS, action="append", help="Which questions.  [default: all]")
    arguments = parser.parse_args()
    client = ollama.Client()
    for time, frame in scene_changes(sampled_frames(arguments.video)):
        for kind in arguments.ask or QUESTIONS:
            print(f"{time:7.2f} s  {kind}: {ask(client, arguments.model, frame, QUESTIONS[kind])}", flush=True)


if __name__ == "__main__":
    main()
