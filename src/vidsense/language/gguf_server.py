"""In: a GGUF model as arguments. Out: llama.cpp's own server on a free port of the loopback, until stdin closes.

Run as a program of its own (`python -m vidsense.language.gguf_server`), because llama.cpp ends its whole process on
some errors. It prints its address, and ends with whoever started it: also when that was killed, because then the pipe
to its stdin closes.
"""

import json
import sys


def main() -> None:
    """Serve until nobody holds the other end of stdin."""
    import xllamacpp

    wanted = json.loads(sys.stdin.readline())
    params = xllamacpp.CommonParams()
    params.model.path = wanted["model"]
    params.mmproj.path = wanted["mmproj"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = wanted["context"] * wanted["parallel"]
    params.n_parallel = wanted["parallel"]
    params.n_gpu_layers = wanted["gpu_layers"]
    if wanted["threads"]:
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = wanted["threads"]
    params.n_threads_http = 32  # idle connections hold a thread each for five seconds
    params.verbosity = 1  # silent while all is well, the reason on stderr where not
    server = xllamacpp.Server(params)
    print(json.dumps({"url": f"{server.listening_address}/v1"}), flush=True)  # noqa: T201  the parent reads it
    sys.stdin.read()
    sys.stdout.close()


if __name__ == "__main__":
    main()
