"""In: a prompt. Out: words, from a server that speaks OpenAI's protocol: llama.cpp's, vLLM, LM Studio."""

import http.client
import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai

from vidsense.errors import ModelError
from vidsense.language.addresses import check_local
from vidsense.language.model import (
    ConnectionLostError,
    ContextError,
    Decoding,
    Limits,
    Piece,
    Prompt,
    Schema,
    rough_tokens,
)
from vidsense.language.options import DEFAULT_CONTEXT, ModelOptions
from vidsense.language.server import MeasuredPictures, data_url

SEVERAL_PICTURES = 64
PICTURE_SIZE = 640
UNKNOWN_TOKENS = 1024
NO_KEY = "none"
REFUSED_SCHEMA = re.compile(r"response_format|json_schema|structured|guided", re.IGNORECASE)
ASKED_SECONDS = 30.0
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Goes to the server and nowhere else."""


class OpenAIModel(MeasuredPictures):
    """A model behind a server. What it does not tell is assumed on the safe side."""

    def __init__(self, url: str, model: str | None = None, options: ModelOptions | None = None) -> None:
        super().__init__()
        self.url, self.options = url.rstrip("/"), options or ModelOptions()
        check_local(self.url, allow_remote=self.options.allow_remote)
        wait = openai.Timeout(self.options.timeout_seconds, connect=10.0)
        direct = openai.DefaultHttpxClient(timeout=wait, trust_env=False, follow_redirects=False)
        self.client = openai.OpenAI(
            base_url=self.url, api_key=self.options.api_key or NO_KEY, max_retries=0, http_client=direct
        )
        try:
            self._entry = self._chosen(model)
        except BaseException:
            self.client.close()
            raise
        self.model = str(self._entry["id"])
        props = self._asked("props")
        self._props = props if "default_generation_settings" in props else {}
        """What llama.cpp's server tells of itself; other servers have nothing there, or answer everything with 200."""
        self._takes_schema = True
        self._tokenizes = isinstance(self._asked("tokenize", {"content": "a"}).get("tokens"), list)

    def _chosen(self, wanted: str | None) -> dict[str, Any]:
        """What the server says of the model that is asked."""
        with explained(self.url, self.options):
            offered = {entry.id: entry.model_dump() for entry in self.client.models.list().data}
        name = chosen_model(self.url, wanted, list(offered))
        return offered.get(name, {"id": name})

    @property
    def name(self) -> str:
        """As `--model` takes it."""
        return f"openai/{self.url}#{self.model}"

    @property
    def identity(self) -> str:
        """Servers tell no digest: where it is, and what they say of the model."""
        return f"{self.name}@{self._props.get('model_path', '')}{self._entry.get('created', '')}"

    @property
    def limits(self) -> Limits:
        """What it reads; the context is the server's own where it tells."""
        declared = declared_context(self._props, self._entry)
        context = min(declared, self.options.context or declared) if declared else self.options.context
        sees = (self._props.get("modalities") or {}).get("vision", True)
        return Limits(
            context=context or DEFAULT_CONTEXT,
            pictures=SEVERAL_PICTURES if sees else 0,
            picture_size=self.options.picture_size or PICTURE_SIZE,
            schema=self._takes_schema,
            parallel=min(self.options.parallel, self._props.get("total_slots") or self.options.parallel),
        )

    def text_tokens(self, text: str) -> int:
        """By the server's own tokenizer where it offers it."""
        if self._tokenizes:
            tokens = self._asked("tokenize", {"content": text}).get("tokens")
            if isinstance(tokens, list):
                return len(tokens)
        return rough_tokens(text)

    def assumed_tokens(self, height: int, width: int) -> int:
        """Where it does not tell."""
        return UNKNOWN_TOKENS

    def measured_tokens(self, prompt: Prompt) -> int | None:
        """What it says that a prompt costs; llama.cpp counts without answering."""
        body = {"model": self.model, "messages": messages_of(prompt)}
        counted = self._asked("v1/chat/completions/input_tokens", body) if self._props else {}
        if "input_tokens" in counted:
            return int(counted["input_tokens"])
        *_, last = self.generate(prompt, max_tokens=1)
        return last.prompt_tokens

    def generate(
        self, prompt: Prompt, *, max_tokens: int, schema: Schema | None = None, decoding: Decoding | None = None
    ) -> Iterator[Piece]:
        """The answer as it is written."""
        picked = decoding or Decoding()
        extra: dict[str, Any] = {"repeat_penalty": picked.repeat_penalty} if self._props else {}
        with explained(self.url, self.options), self._noting_refusal(schema):
            create: Any = self.client.chat.completions.create  # plain dictionaries of the documented form
            stream = create(
                model=self.model,
                messages=messages_of(prompt),
                max_tokens=max_tokens,
                temperature=picked.temperature,
                seed=picked.seed,
                stream=True,
                stream_options={"include_usage": True},
                response_format=response_format(schema) if schema and self._takes_schema else openai.omit,
                extra_body={**extra, **({"chat_template_kwargs": {"enable_thinking": False}} if self._props else {})},
            )
            ended: str | None = None
            counted: int | None = None
            for chunk in stream:
                counted = chunk.usage.prompt_tokens if chunk.usage else counted
                for choice in chunk.choices[:1]:
                    ended = choice.finish_reason or ended
                    if choice.delta.content:
                        yield Piece(choice.delta.content)
        if ended is None:
            raise ConnectionLostError(f"the server at {self.url} stopped in the middle of an answer")
        yield Piece("", "length" if ended == "length" else "stop", counted)

    @contextmanager
    def _noting_refusal(self, schema: Schema | None) -> Iterator[None]:
        """Notes that the server knows no schemas: asked again, it answers freely."""
        try:
            yield
        except openai.BadRequestError as error:
            if schema and REFUSED_SCHEMA.search(str(error.message)):
                self._takes_schema = False
                raise ConnectionLostError(f"the server at {self.url} knows no schemas; it is asked without") from error
            raise

    def _asked(self, place: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """What llama.cpp's own addresses beside `/v1` answer; nothing from servers that have none."""
        url = f"{self.url.removesuffix('/v1')}/{place}"
        data = None if body is None else json.dumps(body).encode()
        key = {"Authorization": f"Bearer {self.options.api_key}"} if self.options.api_key else {}
        request = urllib.request.Request(url, data, {"Content-Type": "application/json", **key})
        try:
            with DIRECT.open(request, timeout=ASKED_SECONDS) as answer:
                said = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    def close(self) -> None:
        """Let go of the connection."""
        self.client.close()


def chosen_model(url: str, wanted: str | None, offered: list[str]) -> str:
    """The model that is asked: the one that was named, or the only one that there is."""
    if wanted is None and len(offered) == 1:
        return offered[0]
    if wanted is None or (offered and wanted not in offered):
        there = ", ".join(offered) or "none"
        raise ModelError(f"name a model of the server, as in openai/{url}#NAME; it offers: {there}.")
    return wanted


def declared_context(props: dict[str, Any], entry: dict[str, Any]) -> int | None:
    """The context of one request: llama.cpp tells it in /props, vLLM with the model, LM Studio not at all."""
    told = (props.get("default_generation_settings") or {}).get("n_ctx") or entry.get("max_model_len")
    return int(told) if told else None


def messages_of(prompt: Prompt) -> list[dict[str, Any]]:
    """The prompt as one message of the user, texts and pictures in their order."""
    content = [
        {"type": "text", "text": part}
        if isinstance(part, str)
        else {"type": "image_url", "image_url": {"url": data_url(part.pixels)}}
        for part in prompt.parts
    ]
    return [{"role": "system", "content": prompt.system}, {"role": "user", "content": content}]


def response_format(schema: Schema) -> dict[str, Any]:
    """The schema as the protocol wants it."""
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}


@contextmanager
def explained(url: str, options: ModelOptions) -> Iterator[None]:
    """The client's errors as ours, each with what would work."""
    try:
        yield
    except openai.APITimeoutError as error:
        raise ConnectionLostError(f"the server at {url} sent nothing for {options.timeout_seconds:g} s") from error
    except openai.APIStatusError as error:
        raise told(error, url) from error
    except openai.APIConnectionError as error:
        raise ConnectionLostError(f"no server answers at {url}. Start it, or correct the address.") from error
    except openai.APIError as error:
        raise ConnectionLostError(f"the server at {url} broke off: {error}") from error


def told(error: openai.APIStatusError, url: str) -> ModelError:
    """What a refusal means."""
    said = str(error.message)
    fields = error.body if isinstance(error.body, dict) else {}
    if fields.get("type") == "exceed_context_size_error" or "context" in said.lower():
        return ContextError(f"the server at {url} refused a prompt that is too long: {said}")
    if error.status_code == 401:
        return ModelError(f"the server at {url} wants a key: set VIDSENSE_API_KEY.")
    if error.status_code == 404:
        return ModelError(f"the server at {url} has no such model or address: {said}. It should end in /v1.")
    if error.status_code >= 500 or error.status_code == 429:
        return ConnectionLostError(f"the server at {url} could not go on: {said}")
    return ModelError(f"the server at {url} refused: {said}")
