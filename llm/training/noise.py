"""How people really type: no capitals, no marks, slips of the finger, small words around the request.

Values stay as they are, except that a whole sentence may be lower-cased together with its values.
"""

import random

from . import lexicon
from .templates import Part, Sentence

_NEIGHBOURS = {
    "a": "s", "s": "ad", "d": "sf", "f": "dg", "g": "fh", "h": "gj", "j": "hk", "k": "jl", "l": "k", "q": "w", "w": "qe", "e": "wr", "r": "et", "t": "ry", "y": "tu", "u": "yi", "i": "uo", "o": "ip", "p": "o", "z": "x", "x": "zc", "c": "xv", "v": "cb", "b": "vn", "n": "bm", "m": "n",
}  # fmt: skip


_SAMPLE = {"city": "Lisbon", "person": "Nina", "word": "garden"}


def disturb(sentence: Sentence, rng: random.Random, amount: float = 1.0) -> Sentence:
    """``sentence`` as somebody in a hurry would type it; ``amount`` scales every chance."""
    parts = list(sentence.parts)
    first_word = parts[0].text.split(" ")[0].lower() if parts and not parts[0].copied else ""
    if first_word in lexicon.IMPERATIVES and rng.random() < 0.2 * amount:
        parts.insert(0, Part(rng.choice(lexicon.POLITE_BEFORE) + " "))
    if rng.random() < 0.05 * amount:
        parts.insert(0, Part(rng.choice(lexicon.CONTEXTS).format(**_SAMPLE) + " "))
    if rng.random() < 0.2 * amount:
        parts.insert(0, Part(rng.choice(lexicon.FILLERS_BEFORE) + " "))
    if rng.random() < 0.15 * amount:
        tail = rng.choice(lexicon.FILLERS_AFTER)
        parts.append(Part(tail if tail.startswith(",") else f" {tail}"))
    for index, part in enumerate(parts):
        if part.copied or not part.text:
            continue
        text = part.text
        if rng.random() < 0.15 * amount:
            text = text[0] + text[1:].replace("'", "")  # the first may end a value: Emma's
        if rng.random() < 0.06 * amount and len(text) > 6:
            text = _slip(text, rng)
        parts[index] = Part(text)
    first = parts[0]
    if not first.copied and first.text and rng.random() < 0.3:
        parts[0] = Part(first.text[0].upper() + first.text[1:])
    last = parts[-1]
    if rng.random() < 0.15 * amount:
        parts.append(Part(rng.choice((".", ".", "!", "?", "..", " ?", " !"))))
    elif not last.copied and rng.random() < 0.3 * amount:
        parts[-1] = Part(last.text.rstrip("?!."))
    return Sentence(tuple(parts), sentence.args)


def _slip(text: str, rng: random.Random) -> str:
    """One typing error in ``text``."""
    spots = [i for i in range(1, len(text) - 1) if text[i].isalpha() and text[i + 1].isalpha()]
    if not spots:
        return text
    at = rng.choice(spots)
    kind = rng.random()
    if kind < 0.35:
        return text[:at] + text[at + 1 :]
    if kind < 0.65:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind < 0.85:
        return text[:at] + rng.choice(_NEIGHBOURS.get(text[at].lower(), text[at])) + text[at + 1 :]
    return text[:at] + text[at] + text[at:]
