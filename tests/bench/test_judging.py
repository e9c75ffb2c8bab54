"""The rules by which an answer is right, case by case."""

import pytest

from vidsense.bench.item import Footage, Item
from vidsense.bench.judging import judge
from vidsense.score import Score, score_of

FOOTAGE = Footage("none", lambda: None, lambda: "none")
ANIMALS = ("a dog", "a cat", "a hot dog", "no animal")


def verdict(said, answer, *, accepted=(), choices=()):
    found = judge(Item(FOOTAGE, "What?", answer, tuple(accepted), tuple(choices)), said)
    return found.right, found.rule


@pytest.mark.parametrize(
    ("said", "chosen", "rule"),
    [
        ("B", "a cat", "letter"),
        ("b.", "a cat", "letter"),
        ("(B)", "a cat", "letter"),
        ("**B**", "a cat", "letter"),
        ("B. a cat sits there", "a cat", "letter"),
        ("(C) a hot dog", "a hot dog", "letter"),
        ("The answer is B.", "a cat", "letter"),
        ("I would choose option (A), because it barks", "a dog", "letter"),
        ("<think>A or B?</think>B", "a cat", "letter"),
        ("A cat.", "a cat", "choice in words"),
        ("The answer is a cat", "a cat", "choice in words"),
        ("Clearly a hot dog is to be seen", "a hot dog", "choice named"),
        ("No animal", "no animal", "choice in words"),
    ],
)
def test_a_choice_is_found(said, chosen, rule):
    assert verdict(said, chosen, choices=ANIMALS) == (True, rule)
    other = next(choice for choice in ANIMALS if choice != chosen)
    assert verdict(said, other, choices=ANIMALS) == (False, rule)


@pytest.mark.parametrize(
    "said", ["", "A dog or a cat", "It is not a dog", "Option A or option B", "E", "A bird", "dogs", "A frog jumps"]
)
def test_what_takes_no_choice_or_several_is_wrong(said):
    assert all(verdict(said, choice, choices=ANIMALS) == (False, "no choice") for choice in ANIMALS)


@pytest.mark.parametrize(
    ("said", "answer", "rule"),
    [
        ("A dog.", "a dog", "exact"),
        ("the dog", "a dog", "same words"),
        ("It is a dog!", "dog", "same words"),
        ("3", "three", "same words"),
        ("Yes, it does.", "yes", "yes or no"),
        ("no", "no", "exact"),
        ("There are 3 cats", "three", "the one number"),
        ("a ball, two cats and the dog", "a dog, a ball and two cats", "same things"),
        ("It barks", "a dog", "exact"),
    ],
)
def test_a_free_answer_is_right(said, answer, rule):
    assert verdict(said, answer, accepted=["it barks"]) == (True, rule)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("I see a dog and a cat", "a dog"),
        ("not a dog", "a dog"),
        ("a dog, a cat", "a dog, a ball"),
        ("a dog, a dog", "a dog, a ball"),
        ("a dog, a ball, a cat", "a dog, a ball"),
        ("No idea", "no"),
        ("yes", "no"),
        ("yes and no", "no"),
        ("3 or 4", "three"),
        ("then a dog comes, first a cat comes", "first a dog comes, then a cat comes"),
        ("a cat comes, a dog comes", "a dog comes, a cat comes in"),
        ("", "a dog"),
    ],
)
def test_naming_the_right_thing_somewhere_is_not_right(said, answer):
    assert verdict(said, answer) == (False, "other")


def test_the_interval_knows_that_answers_about_one_video_go_together():
    apart = score_of((str(i), i % 2 == 0) for i in range(100))
    together = score_of((str(i // 10), (i // 10) % 2 == 0) for i in range(100))
    assert apart == Score(50, 100, 100.0)
    assert together == Score(50, 100, pytest.approx(10.0))
    assert together.interval[0] < apart.interval[0] < 0.5
    assert score_of([("a", True)] * 50).interval == Score(1, 1).interval
