"""The five steps from a video to an answer, one line each, with the types that pass between them.

    vidsense world --seed 20 -o clip.mp4
    python examples/slides.py clip.mp4 --encoder nano --model nano

nano is in the package and knows videos like this one alone. For others, steps 2 to 4 look inside an image encoder,
which `vidsense models pull clip-vit-b16` gets (--encoder clip-vit-b16); step 5 needs a language model with vision,
which looks at the frames themselves (--model ollama/qwen3-vl:4b). Each is left out where it has nothing to run on.
"""

import argparse

import vidsense
from vidsense.language.nano import load_nano
from vidsense.language.reply import generate
from vidsense.temporal import resemblance


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("video")
    parser.add_argument("question", nargs="?", default="What action is taking place?")
    parser.add_argument("--encoder", help="nano, clip-vit-b16, siglip2-b16, mobileclip2-s0, or a folder")
    parser.add_argument("--model", help="nano, ollama/NAME, openai/URL#NAME, gguf/FILE or hf/NAME")
    arguments = parser.parse_args()

    # 1. A video becomes frames: (T, H, W, 3) pixels and (T,) seconds.
    frames = vidsense.extract_frames(arguments.video, n_frames=5, size=(252, 448))
    print(f"frames {frames.pixels.shape} at {[round(float(t), 2) for t in frames.pts_seconds]} s")

    if arguments.encoder:
        encoder = vidsense.load_encoder(arguments.encoder)

        # 2. Each frame becomes tokens, one for each patch: (T, N, D). A sentence becomes tokens too.
        tokens = encoder.tokenize(frames)
        print(f"tokens {tokens.shape}: {encoder.info.patches} patches a frame, {encoder.info.width} numbers each")
        print("words", [(token.text, token.id) for token in encoder.split_text(arguments.question)])

        # 3. Each frame becomes one embedding: (T, E), unit length.
        embeddings = encoder.embed(frames)
        print(f"embeddings {embeddings.shape}; frame 1 is like frame 2 by {float(embeddings[0] @ embeddings[1]):.3f}")

        # 4. The frames attend to each other in time: by trained weights, or without them to those that they resemble.
        if arguments.encoder == "nano":
            features = load_nano().look(frames).clip
        else:
            features = resemblance(embeddings, frames.pts_seconds)
        print(f"attention {features.attention.shape}, {features.form}; importance {features.importance.round(2)}")

    if arguments.model:
        # 5. The frames become words.
        model = vidsense.load_model(arguments.model)
        print(generate(model, frames, arguments.question).text)
        model.close()


if __name__ == "__main__":
    main()
