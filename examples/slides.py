"""The steps from a video to an answer, one line each, with the types that pass between them.

    python examples/slides.py yard.mp4 "What action is taking place?" --model ollama/qwen3-vl:4b

Two steps stand here: frames out of the video, words out of the frames. Between them, a model of its own makes tokens,
embeddings and attention, which a picture-reading language model does inside.
"""

import argparse

import vidsense
from vidsense.language.model import Picture, Prompt
from vidsense.language.reply import Manner, reply


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("video")
    parser.add_argument("question", nargs="?", default="What action is taking place?")
    parser.add_argument("--model", required=True, help="ollama/NAME, openai/URL#NAME, gguf/FILE or hf/NAME")
    arguments = parser.parse_args()

    # 1. A video becomes frames: (T, H, W, 3) pixels and (T,) seconds.
    frames = vidsense.extract_frames(arguments.video, n_frames=5, size=(252, 448))
    print(f"frames {frames.pixels.shape} at {[round(float(t), 2) for t in frames.pts_seconds]} s")

    # 2. Frames become a prompt: each picture stands behind its name and its time.
    pictures = [Picture(f"f{i + 1:03d}", frame.pts_seconds, frame.pixels) for i, frame in enumerate(frames)]
    parts = [part for picture in pictures for part in (f"[{picture.id} · {picture.pts_seconds:.1f} s]", picture)]
    prompt = Prompt("You look at frames of a video, in the order of time.", (*parts, arguments.question))

    # 3. The prompt becomes tokens, and tokens become words.
    model = vidsense.load_model(arguments.model)
    each = model.picture_tokens(*frames.pixels.shape[1:3])
    print(f"{len(pictures)} pictures of {each} tokens, of a context of {model.limits.context}")
    print(reply(model, prompt, Manner(max_tokens=200)).text)
    model.close()


if __name__ == "__main__":
    main()
