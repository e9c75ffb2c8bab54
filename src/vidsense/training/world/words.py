"""In: things and events. Out: how they are said, in the plain form and in the other forms that are right too."""

from itertools import permutations

from vidsense.training.world.actions import Event
from vidsense.training.world.thing import Look, Thing

PLACES = {"yard": "in a yard", "street": "on a street", "room": "in a room", "table": "at a kitchen table"}
NUMBERS = ("no", "one", "two", "three", "four")
VERBS: dict[str, tuple[str, str, str]] = {
    "enters": ("enter", "enters", "entering"), "leaves": ("leave", "leaves", "leaving"),
    "goes left": ("go to the left", "goes to the left", "going to the left"),
    "goes right": ("go to the right", "goes to the right", "going to the right"),
    "passes": ("pass", "passes", "passing"), "stops": ("stop", "stops", "stopping"),
    "sets off": ("set off", "sets off", "setting off"), "waves": ("wave", "waves", "waving"),
    "sits down": ("sit down", "sits down", "sitting down"), "stands up": ("stand up", "stands up", "standing up"),
    "falls": ("fall", "falls", "falling"), "picks up": ("pick up", "picks up", "picking up"),
    "puts down": ("put down", "puts down", "putting down"), "opens": ("open", "opens", "opening"),
    "closes": ("close", "closes", "closing"), "pours": ("pour", "pours", "pouring"),
    "approaches": ("come closer", "comes closer", "coming closer"),
    "recedes": ("move away", "moves away", "moving away"),
    "lights": ("go on", "goes on", "going on"), "darkens": ("go off", "goes off", "going off"),
    "draws back": ("draw", "draws", "drawing"), "jumps": ("jump", "jumps", "jumping"),
}  # fmt: skip
"""The verb as in "does it …", "it …" and "it is …"."""
ALIKE: dict[str, tuple[str, ...]] = {
    "enters": ("comes in", "appears"), "leaves": ("goes out", "goes away"), "passes": ("passes by", "crosses"),
    "sets off": ("starts to move", "starts moving"), "stops": ("comes to a stop", "halts"),
    "falls": ("falls down",), "stands up": ("gets up",), "approaches": ("approaches", "comes nearer"),
    "recedes": ("recedes", "goes away", "gets smaller"), "lights": ("is switched on", "lights up", "turns on"),
    "darkens": ("is switched off", "turns off"), "goes left": ("moves to the left", "goes left", "moves left"),
    "goes right": ("moves to the right", "goes right", "moves right"), "jumps": ("hops", "jumps up and down"),
}  # fmt: skip
"""Other ways to say what something does."""
RESTS = {
    "enters": " from the {side}", "leaves": " to the {side}", "passes": " to the {side}", "opens": " the door",
    "closes": " the door", "pours": " water from a bottle into a glass",
    "draws back": " water from a glass into a bottle",
}  # fmt: skip
"""What follows the verb, where it is not a thing."""
MOVES = {"person": "walks", "dog": "walks", "cat": "walks", "bird": "flies", "car": "drives", "ball": "rolls",
         "airplane": "flies"}  # fmt: skip
OBJECTS_NAMED_IN_ANY_ORDER = 4


def a(kind: str) -> str:
    """With its article.

    >>> a("airplane"), a("cup")
    ('an airplane', 'a cup')
    """
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def actor_of(kind: str) -> str:
    """Who does it; there is one lamp and one door in a picture."""
    return "the lamp" if kind == "lamp" else a(kind)


def coloured(kind: str, look: Look) -> str:
    """The thing with its colour; a person's is that of the shirt."""
    if not look.colour:
        return a(kind)
    return f"{a(kind)} in {look.colour}" if kind == "person" else a(f"{look.colour} {kind}")


def rest_of(event: Event, target: str, *, side: bool = True) -> str:
    """What follows the verb."""
    if event.action in ("picks up", "puts down"):
        return f" {a(target)}"
    rest = RESTS.get(event.action, "")
    return rest.format(side=event.side) if side or "{side}" not in rest else ""


def sentence(event: Event, kinds: dict[str, str], looks: dict[str, Look] | None = None) -> str:
    """What happens, in one short sentence; with looks, whoever acts has a colour."""
    kind = kinds[event.actor]
    who = coloured(kind, looks[event.actor]) if looks and kind != "lamp" else actor_of(kind)
    return f"{who} {VERBS[event.action][1]}{rest_of(event, kinds.get(event.target, ''))}"


def wordings(event: Event, kinds: dict[str, str]) -> list[str]:
    """Other right ways to say the same: without the article or the side, as "is …ing", with another verb."""
    kind, target = kinds[event.actor], kinds.get(event.target, "")
    _, verb, doing = VERBS[event.action]
    whos = {actor_of(kind), kind, f"the {kind}", a(kind)} | ({"someone", "somebody"} if kind == "person" else set())
    verbs = [verb, f"is {doing}", doing, *ALIKE.get(event.action, ())]
    if event.action in ("goes left", "goes right") and kind in MOVES:
        verbs += [f"{MOVES[kind]} to the {event.side}", f"{MOVES[kind]} {event.side}"]
    rests = {rest_of(event, target, side=side) for side in (True, False)}
    if event.action in ("picks up", "puts down"):
        rests |= {f" the {target}", f" {target}"}
    if event.action == "pours":
        rests |= {" water into a glass", " water", " from a bottle into a glass", " a glass of water"}
    if event.action == "sits down":
        rests |= {" on a chair", " on the chair"}
    said = [f"{who} {v}{rest}" for who in sorted(whos) for v in verbs for rest in sorted(rests)]
    said += [f"{v}{rest}" for v in verbs for rest in sorted(rests)]
    return without_repeats(said, sentence(event, kinds))


def without_repeats(said: list[str], answer: str) -> list[str]:
    """Each once, and not the answer itself."""
    return [words for words in dict.fromkeys(said) if words != answer]


def listed(words: list[str]) -> str:
    """As one says a list.

    >>> listed(["a dog", "a cat", "a ball"])
    'a dog, a cat and a ball'
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def counted(kind: str, number: int) -> str:
    """One thing or several.

    >>> counted("glass", 2), counted("cup", 1)
    ('two glasses', 'a cup')
    """
    return a(kind) if number == 1 else f"{NUMBERS[number]} {plural(kind)}"


def plural(kind: str) -> str:
    """Several of them."""
    if kind == "person":
        return "people"
    return f"{kind}es" if kind.endswith("s") else f"{kind}s"


def objects(things: list[Thing], order: tuple[str, ...]) -> tuple[str, list[str]]:
    """All that is visible, in the order of the world's list, and the same in any other order."""
    numbers = {kind: sum(thing.kind == kind for thing in things) for kind in order}
    words = [counted(kind, number) for kind, number in numbers.items() if number]
    answer = listed(words)
    if len(words) > OBJECTS_NAMED_IN_ANY_ORDER:
        return answer, []
    bare = [word.split(" ", 1)[1] for word in words] if all(word.startswith("a") for word in words) else words
    said = [form(list(mixed)) for mixed in permutations(words) for form in (listed, ", ".join)]
    said += [", ".join(mixed) for mixed in permutations(bare)]
    return answer, without_repeats(said, answer)


def sequence(sentences: list[str]) -> str:
    """First, then, finally.

    >>> sequence(["a dog enters from the left", "the lamp goes on"])
    'first a dog enters from the left, then the lamp goes on'
    """
    if len(sentences) == 1:
        return sentences[0]
    return f"first {', then '.join(sentences)}"
