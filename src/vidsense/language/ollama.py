"""In: a prompt. Out: words, from a model that Ollama serves (https://docs.ollama.com/api)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import ollama

from vidsense.errors import ModelError
from vidsense.language.addresses import check_local, ollama_address
from vidsense.language.model import (
    ConnectionLostError,
    ContextError,
    Decoding,
    Limits,
    Picture,
    Piece,
    Prompt,
    Schema,
    rough_tokens,
)
from vidsense.language.options import DEFAULT_CONTEXT, ModelOptions
from vidsense.language.server import MeasuredPictures, jpeg

SEVERAL_PICTURES = 64
PICTURE_SIZE = 640
COUNTED_TOKENS = 768
"""What Ollama itself counts for a picture when it decides which messages still fit: fewer must not be assumed."""
UNKNOWN_TOKENS = 1024
ONE_PICTURE = ("mllama",)
"""Families of which Ollama takes one picture in a prompt."""
BOUNDS = {"title", "description", "default", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"}
"""What makes its grammar skip required fields, or refuse the schema."""
BYTES_PER_TOKEN = 8
"""No tokenizer makes fewer tokens of English than one for so many characters."""


class OllamaModel(MeasuredPictures):
    """One of the models that an Ollama has."""

    def __init__(self, model: str, options: ModelOptions | None = None) -> None:
        super().__init__()
        self.model, self.options = model, options or ModelOptions()
        self.client = client_at(self.options)
        try:
            with explained(self.options, model):
                shown = self.client.show(model)
                listed = {entry.model: entry.digest for entry in self.client.list().models}
        except BaseException:
            self.close()
            raise
        self.capabilities = tuple(shown.capabilities or ())
        self._families = tuple((shown.details.families if shown.details else None) or ())
        self._digest = listed.get(model) or listed.get(f"{model}:latest") or ""
        self._most = declared_context(dict(shown.modelinfo or {})) or DEFAULT_CONTEXT
        self._context = min(self.options.context or DEFAULT_CONTEXT, self._most)
        self._held = False

    @property
    def name(self) -> str:
        """As `--model` takes it."""
        return f"ollama/{self.model}"

    @property
    def identity(self) -> str:
        """The digest of the weights."""
        return f"{self.name}@{self._digest}"

    @property
    def limits(self) -> Limits:
        """What it reads: only a model with the capability "vision" reads pictures."""
        pictures = SEVERAL_PICTURES if "vision" in self.capabilities else 0
        return Limits(
            context=self._context,
            pictures=1 if pictures and set(self._families) & set(ONE_PICTURE) else pictures,
            picture_size=self.options.picture_size or PICTURE_SIZE,
            schema=True,
            parallel=self.options.parallel,
        )

    def text_tokens(self, text: str) -> int:
        """More than it will be: Ollama does not tokenize for others."""
        return rough_tokens(text)

    def assumed_tokens(self, height: int, width: int) -> int:
        """Where it does not tell."""
        return UNKNOWN_TOKENS

    def picture_tokens(self, height: int, width: int) -> int:
        """Measured, and no less than what Ollama counts."""
        return max(COUNTED_TOKENS, super().picture_tokens(height, width))

    def measured_tokens(self, prompt: Prompt) -> int | None:
        """What it says that a prompt costs."""
        *_, last = self.generate(prompt, max_tokens=1)
        return last.prompt_tokens

    def generate(
        self, prompt: Prompt, *, max_tokens: int, schema: Schema | None = None, decoding: Decoding | None = None
    ) -> Iterator[Piece]:
        """The answer as it is written."""
        picked = decoding or Decoding()
        chosen = {
            "num_ctx": self._context,
            "num_predict": max_tokens,
            "temperature": picked.temperature,
            "repeat_penalty": picked.repeat_penalty,
            "seed": picked.seed,
        }
        with explained(self.options, self.model):
            parts = self.client.chat(
                model=self.model,
                messages=messages_of(prompt),
                stream=True,
                think=False if "thinking" in self.capabilities else None,
                format=plain_schema(schema) if schema else None,
                options=chosen,
                keep_alive=self.options.keep_alive,
            )
            done = False
            for part in parts:
                if not part.done:
                    yield Piece(part.message.content or "")
                    continue
                done = True
                self._check_whole(prompt, part.prompt_eval_count)
                whole = part.done_reason != "length"
                yield Piece(part.message.content or "", "stop" if whole else "length", part.prompt_eval_count)
        if not done:
            raise ConnectionLostError(f"Ollama stopped in the middle of an answer of {self.model}")

    def _check_whole(self, prompt: Prompt, counted: int | None) -> None:
        """See that the model was loaded with the context that was asked for, and that nothing was cut off."""
        if not self._held:
            self._held = True
            loaded = {entry.model: entry.context_length for entry in self.client.ps().models}
            held = loaded.get(self.model) or loaded.get(f"{self.model}:latest")
            self._context = min(self._context, held or self._context)
        sizes = [picture.pixels.shape[:2] for picture in prompt.pictures]
        least = len(prompt.text) // BYTES_PER_TOKEN + sum(self._measured.get(size, 0) for size in sizes) * 9 // 10
        if counted is not None and 1 < counted < least:
            raise ContextError(
                f"Ollama cut a prompt for {self.model}: it read {counted} tokens of at least {least}. "
                "Choose fewer frames, or a larger --context."
            )

    def close(self) -> None:
        """Let go of the connection; the model stays loaded for `keep_alive`."""
        self.client.close()  # type: ignore[no-untyped-call]  # the client's own annotation is missing


def messages_of(prompt: Prompt) -> list[dict[str, object]]:
    """The prompt as messages of which each *begins* with its picture: so Ollama keeps texts and pictures in order.

    Pictures of one message are put before all of its text, by its templates and by its renderers alike; the text
    before a picture must therefore stand in the message before.
    """
    messages: list[dict[str, object]] = [{"role": "system", "content": prompt.system}]
    texts: list[str] = []
    pictures: list[bytes] = []
    for part in prompt.parts:
        if isinstance(part, Picture):
            if texts or pictures:
                messages.append(message(texts, pictures))
            texts, pictures = [], [jpeg(part.pixels)]
        else:
            texts.append(part)
    return [*messages, message(texts, pictures)]


def message(texts: list[str], pictures: list[bytes]) -> dict[str, object]:
    """One message of the user."""
    return {"role": "user", "content": "\n".join(texts), **({"images": pictures} if pictures else {})}


def plain_schema(schema: Schema) -> Schema:
    """The schema without what its grammar trips over."""
    if isinstance(schema, dict):
        return {
            key: {name: plain_schema(entry) for name, entry in value.items()}
            if key == "properties"
            else plain_schema(value)
            for key, value in schema.items()
            if key not in BOUNDS
        }
    return [plain_schema(entry) for entry in schema] if isinstance(schema, list) else schema


def declared_context(info: dict[str, object]) -> int | None:
    """The context that the model was made for: the key begins with its architecture."""
    found = next((value for key, value in info.items() if key.endswith(".context_length")), None)
    return found if isinstance(found, int) else None


def client_at(options: ModelOptions) -> ollama.Client:
    """The official client, which goes nowhere but to the server: no proxy, no redirect."""
    url = ollama_address(options.ollama_host)
    check_local(url, allow_remote=options.allow_remote)
    wait = httpx.Timeout(options.timeout_seconds, connect=10.0)
    return ollama.Client(host=url, timeout=wait, trust_env=False, follow_redirects=False)


@contextmanager
def closing_client(options: ModelOptions) -> Iterator[ollama.Client]:
    """A client for a few questions."""
    client = client_at(options)
    try:
        yield client
    finally:
        client.close()  # type: ignore[no-untyped-call]  # the client's own annotation is missing


def vision_models(options: ModelOptions) -> list[tuple[str, int | None]]:
    """The models with vision that an Ollama has, with their sizes in bytes: loaded ones first, then the newest."""
    with explained(options, "its models"), closing_client(options) as client:
        sizes = {entry.model or "": entry.size for entry in client.list().models}
        loaded = [entry.model for entry in client.ps().models]
        seeing = [name for name in sizes if "vision" in (client.show(name).capabilities or ())]
    return [(name, sizes[name]) for name in sorted(seeing, key=lambda name: name not in loaded)]


def pull_model(model: str, options: ModelOptions, on_progress: Callable[[str, float], None]) -> None:
    """Have Ollama download a model. It goes on by itself where it stopped."""
    with explained(options, model), closing_client(options) as client:
        for step in client.pull(model, stream=True):
            share = (step.completed or 0) / step.total if step.total else 0.0
            on_progress(step.status or "downloading", share)


@contextmanager
def explained(options: ModelOptions, model: str) -> Iterator[None]:
    """Ollama's errors as ours, each with what would work."""
    where = ollama_address(options.ollama_host)
    try:
        yield
    except (ConnectionError, httpx.ConnectError) as error:
        raise ConnectionLostError(f"no Ollama answers at {where}. Start it (`ollama serve`), or name it with "
                                  "ollama_host.") from error  # fmt: skip
    except httpx.TimeoutException as error:
        raise ConnectionLostError(
            f"Ollama at {where} sent nothing for {options.timeout_seconds:g} s while {model} was to answer"
        ) from error
    except httpx.TransportError as error:
        raise ConnectionLostError(f"the connection to Ollama at {where} broke: {error}") from error
    except ollama.ResponseError as error:
        raise told(error, model) from error


def told(error: ollama.ResponseError, model: str) -> ModelError:
    """What an error of the server means."""
    said = str(error.error)
    if error.status_code == 404:
        return ModelError(f"Ollama has no model {model}. Get it with `vidsense models pull ollama/{model}`.")
    if "memory" in said:
        return ModelError(f"{model} does not fit into memory: {said}. Take a smaller model or a smaller --context.")
    if "context" in said and error.status_code == 400:
        return ContextError(f"Ollama refused a prompt for {model}: {said}")
    if error.status_code >= 500 or error.status_code == -1:
        return ConnectionLostError(f"Ollama could not go on with {model}: {said}")
    return ModelError(f"Ollama refused to ask {model}: {said}")
