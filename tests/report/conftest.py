"""A page of a drawn video, as the tiny random encoder sees it, and a real browser to open it in."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vidsense.account.observe import Observation
from vidsense.report.material import Known, Material, Wishes, gathered
from vidsense.report.page import page_of
from vidsense.report.steps import smaller
from vidsense.vision.encoder import VisionEncoder

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

BROWSERS, DRIVERS = ("chromium", "chromium-browser", "google-chrome"), ("chromedriver",)
QUESTION = "what action is taking place?"
HOSTILE = "what happens </script><b>now</b>?"
MISSING = "the encoder clip-vit-b16 is not on this machine; `vidsense models pull clip-vit-b16` gets it."


@pytest.fixture(scope="session")
def material(walk: Path, walk_seen: Observation, clip_encoder: VisionEncoder) -> Material:
    wishes = Wishes(question=QUESTION, words=("cat", "dog", "airplane"))
    return gathered(walk, clip_encoder, wishes, cache=Known(walk_seen, None))


@pytest.fixture(scope="session")
def bare(walk: Path, walk_seen: Observation) -> Material:
    """The same without an encoder."""
    return gathered(walk, None, missing=MISSING, cache=Known(walk_seen, None))


@pytest.fixture(scope="session")
def page(material: Material, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("pages") / "walk.html"
    hostile = material.description.model_copy(update={"video": "<b>now</b>"})
    path.write_text(page_of(replace(material, question=HOSTILE, description=hostile)), "utf-8")
    return path.as_uri()


@pytest.fixture(scope="session")
def rounded_page(material: Material, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page of step 6 alone, of made-up weights with an outlier."""
    rng = np.random.default_rng(0)
    weights = {"layer.weight": rng.normal(0, 0.03, (24, 256)).astype(np.float32)}
    weights["layer.weight"][7, 100] = 0.4
    path = tmp_path_factory.mktemp("pages") / "rounded.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smaller, "language_weights", lambda _folder: weights)
        path.write_text(page_of(material), "utf-8")
    return path.as_uri()


@pytest.fixture(scope="session")
def bare_page(bare: Material, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("pages") / "bare.html"
    path.write_text(page_of(bare), "utf-8")
    return path.as_uri()


def found(names: tuple[str, ...]) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chrome() -> Iterator["Chrome"]:
    webdriver = pytest.importorskip("selenium.webdriver")
    browser, driver = found(BROWSERS), found(DRIVERS)
    if browser is None or driver is None:
        pytest.skip("no browser: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield chrome
    chrome.quit()


@pytest.fixture
def opened(chrome: "Chrome") -> Callable[..., "Chrome"]:
    """Opens a page in a browser that looks like this one."""

    def look(address: str, *, dark: bool = False, width: int = 1280, height: int = 900) -> "Chrome":
        for kind in ("browser", "performance"):
            chrome.get_log(kind)  # what was before is forgotten
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        chrome.get("about:blank")
        chrome.get(address)
        assert chrome.execute_script("return document.documentElement.dataset.ready") == "true"
        return chrome

    return look
