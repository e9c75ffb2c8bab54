"""A small server that speaks Ollama's documented API (docs/api.md of github.com/ollama/ollama) before a real model.

The model behind it is llama.cpp's. What matters is done as the real one does it: streaming NDJSON, errors, schemas,
pictures at the front of their message, prompts cut to `num_ctx` in silence (server/prompt.go: whole messages from the
front, a picture counted as 768 tokens; the system message and the last one stay).
"""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import openai

COUNTED = 768
DIGEST = "a" * 64


class OllamaServer:
    """Serves one vision model and one without, until closed."""

    def __init__(self, upstream: str, *, models: dict[str, list[str]] | None = None) -> None:
        self.client = openai.OpenAI(base_url=upstream, api_key="none", max_retries=0)
        self.upstream_model = self.client.models.list().data[0].id
        self.models = models or {"tiny:latest": ["completion", "vision"], "words:latest": ["completion"]}
        self.context_length = 16384
        self.loaded_context: int | None = None
        self.requests: list[dict[str, Any]] = []
        """The bodies of /api/chat."""
        self.pulled: list[str] = []
        self.fail_next: list[tuple[int, str]] = []
        """(status, error) of the next answers."""
        self.break_after: int | None = None
        """After so many pieces the connection breaks, once."""
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.http.server_address[1]}"

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.client.close()

    def tags(self) -> Any:
        return {"models": [{"name": name, "model": name, "digest": DIGEST, "size": 1_000_000} for name in self.models]}

    def show(self, model: str) -> Any:
        capabilities = self.models[full(model)]
        info = {"general.architecture": "llama", "llama.context_length": self.context_length}
        return {"details": {"families": ["llama", "clip"]}, "model_info": info, "capabilities": capabilities}

    def loaded(self) -> Any:
        there = [{"name": "tiny:latest", "model": "tiny:latest", "context_length": self.loaded_context}]
        return {"models": there if self.loaded_context else []}

    def cut(self, messages: list[dict[str, Any]], context: int) -> list[dict[str, Any]]:
        """The messages that fit, the oldest left out first; system and last stay."""
        system = [m for m in messages if m["role"] == "system"]
        rest = [m for m in messages if m["role"] != "system"]
        while len(rest) > 1 and self.counted([*system, *rest]) > context:
            rest.pop(0)
        return [*system, *rest]

    def counted(self, messages: list[dict[str, Any]]) -> int:
        text = "\n".join(m.get("content") or "" for m in messages)
        return len(text) // 3 + COUNTED * sum(len(m.get("images") or []) for m in messages)

    def chat(self, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        options = body.get("options") or {}
        self.loaded_context = min(options.get("num_ctx", 4096), self.context_length)
        messages = [parts_of(m) for m in self.cut(body["messages"], self.loaded_context)]
        schema = body.get("format")
        extra = {"repeat_penalty": options.get("repeat_penalty", 1.0)}
        create: Any = self.client.chat.completions.create
        stream = create(
            model=self.upstream_model, messages=messages, stream=True, stream_options={"include_usage": True},
            max_tokens=options.get("num_predict", 128), temperature=options.get("temperature", 0.8),
            seed=options.get("seed", 0), extra_body=extra,
            response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
            if schema else openai.omit,
        )  # fmt: skip
        reason, counted = "stop", 0
        for chunk in stream:
            counted = chunk.usage.prompt_tokens if chunk.usage else counted
            for choice in chunk.choices:
                reason = choice.finish_reason or reason
                if choice.delta.content:
                    yield {"message": {"role": "assistant", "content": choice.delta.content}, "done": False}
        yield {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": reason,
               "prompt_eval_count": counted}  # fmt: skip


def full(model: str) -> str:
    return model if ":" in model else f"{model}:latest"


def parts_of(message: dict[str, Any]) -> dict[str, Any]:
    """A message for llama.cpp: its pictures before its text, as Ollama's templates and renderers have it."""
    images = [base64.b64decode(image, validate=True) for image in message.get("images") or []]
    urls = [f"data:image/jpeg;base64,{base64.b64encode(image).decode()}" for image in images]
    pictures = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return {"role": message["role"], "content": [*pictures, {"type": "text", "text": message.get("content") or ""}]}


def handler_of(server: OllamaServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            places = {
                "/api/version": lambda: {"version": "0.33.0"},
                "/api/tags": server.tags,
                "/api/ps": server.loaded,
            }
            self.answer(200, places[self.path]()) if self.path in places else self.answer(404, {"error": "not found"})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            model = full(body.get("model", ""))
            if server.fail_next and self.path == "/api/chat":
                status, error = server.fail_next.pop(0)
                self.answer(status, {"error": error})
            elif self.path == "/api/pull":
                self.stream(pulled(server, model))
            elif model not in server.models:
                self.answer(404, {"error": f'model "{model}" not found'})
            elif self.path == "/api/show":
                self.answer(200, server.show(model))
            elif self.path == "/api/chat":
                server.requests.append(body)
                rows = server.chat(body)
                self.stream(rows) if body.get("stream", True) else self.answer(200, whole(list(rows)))

        def answer(self, status: int, fields: Any) -> None:
            data = json.dumps(fields).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def stream(self, rows: Iterator[dict[str, Any]]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/x-ndjson")
            self.end_headers()
            for i, row in enumerate(rows):
                if server.break_after is not None and i >= server.break_after:
                    server.break_after = None
                    return
                self.wfile.write(json.dumps({"model": "tiny", **row}).encode() + b"\n")
                self.wfile.flush()

    return Handler


def whole(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """An answer that was not asked for piece by piece."""
    content = "".join(row["message"]["content"] for row in rows)
    return {"model": "tiny", **rows[-1], "message": {"role": "assistant", "content": content}}


def pulled(server: OllamaServer, model: str) -> Iterator[dict[str, Any]]:
    if model.startswith("missing"):
        yield {"error": "pull model manifest: file does not exist"}
        return
    for done in (0, 50, 100):
        yield {"status": "pulling a", "completed": done, "total": 100}
    server.pulled.append(model)
    server.models[model] = ["completion", "vision"]
    yield {"status": "success"}
