"""In: what a model said to a question. Out: `Verdict`, whether that is right, and the rule that decided it.

No rule is content with the right words standing somewhere in the answer: whoever names everything names the right
thing too.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from vidsense.bench.item import LETTERS, Item
from vidsense.score import is_exact

Rule = Literal[
    "letter", "choice in words", "choice named", "no choice", "exact", "same words", "yes or no", "the one number",
    "same things", "other",
]  # fmt: skip
NUMBERS = dict(
    zip(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
        map(str, range(13)),
        strict=True,
    )
) | {"no": "0", "none": "0"}
ARTICLES = {"a", "an", "the"}
OPENINGS = re.compile(
    r"^(?:(?:the )?(?:correct |right |best |final )?(?:answer|option|choice) (?:is )?|it is |it s |its |there is |"
    r"there are |i see |i can see |the video shows )"
)
DENIED = re.compile(r"\b(?:not|no|neither|nor|never|without|cannot|isn t|doesn t|don t)\b")
SPECIAL = re.compile(r"<think>.*?</think>|<\|?[a-z_]+\|?>|[*_`#]+", re.DOTALL)
YES_OR_NO = re.compile(r"(yes|no)\b(?=$|[^\w\s]|\s+(?:it|he|she|they|there|this|that|the|an?|i)\b)")
MOST_WORDS_OF_A_THING = 3


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right."""

    right: bool
    rule: Rule
    """What decided it; "no choice" and "other": no rule found it right."""
    exact: bool
    """Right word for word, or by its letter."""


def judge(item: Item, said: str) -> Verdict:
    """Whether this is the answer."""
    said = SPECIAL.sub("", said).strip()
    if item.choices:
        index, rule = choice_of(said, item.choices)
        right = index is not None and item.choices[index] == item.answer
        return Verdict(right, rule, right)
    if is_exact(said, item.answer, item.accepted):
        return Verdict(True, "exact", True)
    rule = free_rule(said, item.answer, item.accepted)
    return Verdict(rule != "other", rule, False)


def choice_of(said: str, choices: tuple[str, ...]) -> tuple[int | None, Rule]:
    """Which choice an answer takes, from 0, and how it says so.

    >>> choice_of("(B) a cat", ("a dog", "a cat")), choice_of("The answer is A.", ("a dog", "a cat"))
    ((1, 'letter'), (0, 'letter'))
    >>> choice_of("A cat.", ("a dog", "a cat")), choice_of("I see a cat there", ("a dog", "a cat"))
    ((1, 'choice in words'), (1, 'choice named'))
    >>> choice_of("a dog or a cat", ("a dog", "a cat")), choice_of("not a dog", ("a dog", "a cat"))
    ((None, 'no choice'), (None, 'no choice'))
    """
    words = normal(said)
    plain = [normal(choice) for choice in choices]
    if words in plain:
        return plain.index(words), "choice in words"
    if (letter := letter_of(said, LETTERS[: len(choices)])) is not None:
        return letter, "letter"
    if (opened := opening_gone(words)) in plain:
        return plain.index(opened), "choice in words"
    if (first := begins_with(said)) and [plain_words(choice) for choice in choices].count(first) == 1:
        return [plain_words(choice) for choice in choices].index(first), "yes or no"
    named = named_choices(words, plain)
    if len(named) == 1 and not DENIED.search(plain_words(said)):
        return named[0], "choice named"
    return None, "no choice"


def letter_of(said: str, letters: str) -> int | None:
    """The letter that an answer begins with or says that it takes; none where it says several."""
    alone = rf"\(?([{letters}{letters.lower()}])\)?[.:)]?"
    begins = re.match(rf"^\(?([{letters}])[.):]+(?:\s|$)", said) or re.match(rf"^\(([{letters}])\)", said)
    match = re.fullmatch(alone, said) or begins
    if match:
        return letters.index(match[1].upper())
    told = re.findall(
        rf"\b(?i:answer|option|choice)(?i:\s+is)?\s*:?\s*(?:\(([{letters}])\)|([{letters}])\b(?!\s+(?!or\b|and\b|because\b|since\b|as\b)[a-z]))",
        said,
    )
    found = {one or other for one, other in told}
    return letters.index(found.pop()) if len(found) == 1 else None


def named_choices(words: str, plain: list[str]) -> list[int]:
    """The choices that stand in an answer word for word; not those that are only part of another that does.

    >>> named_choices("it is red wine", ["wine", "red wine", "beer"])
    [1]
    """
    left, found = f" {words} ", []
    for index in sorted(range(len(plain)), key=lambda i: -len(plain[i])):
        if plain[index] and f" {plain[index]} " in left:
            found.append(index)
            left = left.replace(f" {plain[index]} ", " | ")
    return found


def free_rule(said: str, answer: str, accepted: tuple[str, ...]) -> Rule:
    """The rule by which a free answer is right that is not so word for word."""
    words, wanted = normal(said), {normal(each) for each in (answer, *accepted)} - {""}
    if words in wanted or opening_gone(words) in wanted:
        return "same words"
    if plain_words(answer) in ("yes", "no") and begins_with(said) == plain_words(answer):
        return "yes or no"
    numbers = re.findall(r"\b\d+\b", words)
    if normal(answer).isdigit() and len(numbers) == 1 and numbers[0] == normal(answer):
        return "the one number"
    things = things_in(answer)
    if len(things) > 1 and things == things_in(said):
        return "same things"
    return "other"


def begins_with(said: str) -> str:
    """The yes or no that an answer begins with; nothing where it begins otherwise.

    >>> begins_with("Yes, it does."), begins_with("No idea.")
    ('yes', '')
    """
    match = YES_OR_NO.match(said.lower())
    return match[1] if match else ""


def things_in(said: str) -> Counter[str]:
    """The members of a list of things, whatever their order; none where one is longer than a thing's name.

    >>> things_in("A dog, two cats and the ball") == things_in("a ball, a dog, 2 cats")
    True
    """
    members = [normal(member) for member in re.split(r",|;|\n|\band\b", said.lower())]
    members = [opening_gone(member) for member in members if member]
    is_list = all(len(member.split()) <= MOST_WORDS_OF_A_THING for member in members)
    return Counter(members) if is_list and not {"first", "then"} & set(plain_words(said).split()) else Counter()


def opening_gone(words: str) -> str:
    """Without "it is", "the answer is" and the like.

    >>> opening_gone("it is dog")
    'dog'
    """
    return OPENINGS.sub("", words)


def plain_words(said: str) -> str:
    """In small letters, without marks."""
    return " ".join(re.sub(r"[^\w\s]|_", " ", unicodedata.normalize("NFKC", said).lower()).split())


def normal(said: str) -> str:
    """In small letters, without marks and articles, numbers as digits.

    >>> normal("The *two* dogs, and a Cat!")
    '2 dogs and cat'
    """
    words = [word for word in plain_words(said).split() if word not in ARTICLES] or plain_words(said).split()
    return " ".join(NUMBERS.get(word, word) if len(words) == 1 or word != "no" else word for word in words)
