"""The page in a real browser: quiet, steered by keys, told by hovering, light, dark and narrow."""

import base64
import json

import numpy as np
import pytest

pytest.importorskip("selenium")

from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from vidsense.report.steps import STEPS as REPORT_STEPS

pytestmark = pytest.mark.full
STEPS = len(REPORT_STEPS)


def press(chrome, *keys):
    ActionChains(chrome).send_keys(*keys).perform()


def current_step(chrome):
    links = chrome.find_elements(By.CSS_SELECTOR, ".top nav a")
    return next((i + 1 for i, link in enumerate(links) if link.get_attribute("aria-current") == "step"), None)


def text(chrome, selector):
    return chrome.find_element(By.CSS_SELECTOR, selector).text


def hover(chrome, selector, x=0.5, y=0.5):
    """Points at a share of an element's width and height."""
    target = chrome.find_element(By.CSS_SELECTOR, selector)
    chrome.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", target)
    box = target.rect
    offset = round((x - 0.5) * box["width"]), round((y - 0.5) * box["height"])
    return ActionChains(chrome).move_to_element_with_offset(target, *offset)


def cell(frame, count):
    return (frame + 0.5) / count


@pytest.mark.parametrize("name", ["page", "bare_page"])
def test_the_page_is_quiet(opened, request, name):
    chrome = opened(request.getfixturevalue(name))
    press(chrome, "p", Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ESCAPE, "t")
    assert chrome.get_log("browser") == []
    logged = [json.loads(entry["message"])["message"] for entry in chrome.get_log("performance")]
    sent = {m["params"]["request"]["url"] for m in logged if m["method"] == "Network.requestWillBeSent"}
    assert sent
    assert all(url.startswith(("file:", "data:", "about:")) for url in sent)


def test_nothing_in_a_name_or_a_question_becomes_part_of_the_page(opened, page):
    chrome = opened(page)
    assert not chrome.find_elements(By.XPATH, "//b[text()='now']")
    assert text(chrome, "h1") == "<b>now</b>"
    assert "</script><b>now</b>" in text(chrome, "#tokens")


def test_keys_go_from_step_to_step(opened, page):
    chrome = opened(page)
    chrome.execute_script("document.documentElement.style.scrollBehavior = 'auto'")
    press(chrome, "4")
    assert current_step(chrome) == 4
    press(chrome, Keys.ARROW_LEFT)
    assert current_step(chrome) == 3
    press(chrome, *[Keys.ARROW_RIGHT] * (STEPS - 3))
    assert current_step(chrome) == STEPS


def test_presenting_shows_one_part_at_a_time(opened, page):
    chrome = opened(page)
    visible = "return [...document.querySelectorAll('.opening, .part')].filter((e) => e.offsetParent).length"
    parts = chrome.execute_script("return document.querySelectorAll('.opening, .part').length")
    press(chrome, "p")
    assert chrome.execute_script(visible) == 1
    for _ in range(parts):
        press(chrome, Keys.ARROW_RIGHT)
        assert chrome.execute_script(visible) == 1
    assert text(chrome, "#place") == f"{parts} / {parts}"
    press(chrome, "2")
    assert current_step(chrome) == 2
    press(chrome, Keys.ESCAPE)
    assert chrome.execute_script(visible) == parts


def test_hovering_a_patch_tells_its_number_and_pixels(opened, page, material):
    chrome = opened(page)
    rows, columns = material.seen.info.grid
    high, wide = material.seen.info.patch_size
    hover(chrome, ".patches .picture", cell(1, columns), cell(2, rows)).perform()
    told = text(chrome, ".patches dl")
    assert f"{2 * columns + 1} of {rows * columns} (row 2, column 1)" in told
    assert f"x {wide}–{2 * wide - 1}, y {2 * high}–{3 * high - 1}" in told
    token = material.seen.patch_tokens[2 * columns + 1]
    assert f"{token[0]:.1f}"[:-1] in told
    chrome.execute_script("document.querySelector('.patches .picture').focus()")
    press(chrome, Keys.ARROW_RIGHT)
    assert f"{2 * columns + 2} of {rows * columns}" in text(chrome, ".patches dl")


def test_hovering_the_map_shows_the_frame(opened, page, material):
    chrome = opened(page)
    hover(chrome, ".map .dot").perform()
    assert "Frame 1 · 0:00 · shot 1" in text(chrome, "#tip")
    assert chrome.find_element(By.CSS_SELECTOR, "#tip img").is_displayed()
    assert len(chrome.find_elements(By.CSS_SELECTOR, ".map .dot")) == len(material.frames)


def test_a_cell_of_the_similarity_matrix_compares_two_frames(opened, page, material):
    chrome = opened(page)
    embeddings, count = material.seen.embeddings, len(material.frames)
    hover(chrome, ".similarity canvas.cells", cell(3, count), cell(9, count)).click().perform()
    expected = float(embeddings[9] @ embeddings[3])
    assert f"Frames 10 and 4: cosine {expected:.3f}" in text(chrome, ".similarity .told")
    lines = text(chrome, ".pair .sum")
    assert f"= {expected:.4f}, θ" in lines
    assert f"= {float(np.linalg.norm(embeddings[9] - embeddings[3])):.4f}" in lines


def test_a_cell_of_the_attention_tells_its_share_and_its_row_is_worked_through(opened, page, material):
    chrome = opened(page)
    weights, count = material.seen.clip.attention[0, 0], len(material.frames)
    hover(chrome, ".attention canvas.cells", cell(2, count), cell(7, count)).click().perform()
    assert f"Frame 8 gives {100 * weights[7, 2]:.1f} % of its attention to frame 3" in text(chrome, ".attention .told")
    most = float(weights[7].max())
    assert f"{100 * most:.1f} %" in text(chrome, ".row table")


def test_the_map_can_be_drawn_by_pca_and_with_words(opened, page):
    chrome = opened(page)
    for name in ("PCA", "frames and words"):
        button = chrome.find_element(By.XPATH, f"//button[text()='{name}']")
        chrome.execute_script("arguments[0].click()", button)
        assert button.get_attribute("aria-pressed") == "true"
    assert "airplane" in text(chrome, ".map svg")
    assert text(chrome, ".map .scale").startswith("PCA;")


def test_a_block_of_weights_is_worked_through_in_as_many_bits_as_picked(opened, rounded_page):
    chrome = opened(rounded_page)
    chrome.execute_script("document.documentElement.style.scrollBehavior = 'auto'")
    hover(chrome, "[data-figure=block] .controls").perform()  # away from under the page's head
    rows, blocks = chrome.find_elements("css selector", "[data-figure=block] select")
    outlier = next(option for option in rows.find_elements("tag name", "option") if "largest" in option.text)
    outlier.click()
    two = next(b for b in chrome.find_elements("css selector", "[data-figure=block] button") if b.text == "2")
    two.click()
    assert len(blocks.find_elements("tag name", "option")) == 256 // 16
    blocks.find_elements("tag name", "option")[6].click()  # weights 97 to 112, the outlier is the 101st
    place = chrome.find_element("css selector", "[data-figure=block] .sum").text
    assert "to 0.4000: scale = " in place
    assert "kept as d · 15 = " in place
    assert "0.4000 3 0.4" in place
    hover(chrome, "[data-figure=weights] svg").perform()
    assert "weights from −0." in chrome.find_element("id", "tip").text
    assert not chrome.get_log("browser")


def test_a_time_in_the_account_shows_its_frame(opened, page):
    chrome = opened(page)
    link = chrome.find_element(By.CSS_SELECTOR, ".account button.frame")
    chrome.execute_script("arguments[0].click()", link)
    assert chrome.find_element(By.ID, "viewer").get_property("open")
    press(chrome, Keys.ESCAPE)
    assert not chrome.find_element(By.ID, "viewer").get_property("open")


def test_the_page_follows_the_system_into_the_dark_and_back_by_hand(opened, page):
    paper = "return getComputedStyle(document.body).backgroundColor"
    light = opened(page).execute_script(paper)
    chrome = opened(page, dark=True)
    assert chrome.execute_script(paper) != light
    press(chrome, "t")
    assert chrome.execute_script(paper) == light


@pytest.mark.parametrize("name", ["page", "bare_page"])
def test_a_phone_needs_no_scrolling_aside(opened, request, name):
    chrome = opened(request.getfixturevalue(name), width=390, height=844)
    assert chrome.execute_script("return document.documentElement.scrollWidth") == 390


def test_the_page_can_be_printed(opened, page):
    printed = opened(page).execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    assert base64.b64decode(printed["data"]).startswith(b"%PDF")


def test_every_picture_and_figure_says_what_it_shows(opened, page):
    chrome = opened(page)
    unnamed = "return [...document.querySelectorAll('.drawing')].filter((e) => !e.ariaLabel).length"
    assert chrome.execute_script(unnamed) == 0
    bare = "return [...document.querySelectorAll('img')].filter((e) => !e.hasAttribute('alt')).length"
    assert chrome.execute_script(bare) == 0


def test_without_an_encoder_the_page_shows_the_rest_and_says_how_to_get_it(opened, bare_page):
    chrome = opened(bare_page)
    assert "vidsense models pull clip-vit-b16" in text(chrome, ".opening")
    kinds = chrome.execute_script("return [...document.querySelectorAll('[data-figure]')].map((e) => e.dataset.figure)")
    assert kinds[:5] == ["film", "timeline", "patches", "sequence", "ways"]
    assert set(kinds[5:]) <= {"weights", "block", "taught"}
