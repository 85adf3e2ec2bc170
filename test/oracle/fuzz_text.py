"""The strings that both sides make from a seed: the same generator as fuzz-text.ts, over the same alphabets."""
import json
import pathlib

SPEC = json.loads((pathlib.Path(__file__).parent / "fuzz-text.json").read_text(encoding="utf-8"))


def numbers(seed):
    """mulberry32: whole numbers below 2^32."""
    state = seed & 0xFFFFFFFF
    while True:
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = ((state ^ (state >> 15)) * (1 | state)) & 0xFFFFFFFF
        t = ((t + (((t ^ (t >> 7)) * (61 | t)) & 0xFFFFFFFF)) & 0xFFFFFFFF) ^ t
        yield (t ^ (t >> 14)) & 0xFFFFFFFF


def strings(seed, count, extra=()):
    draw = numbers(seed)
    below = lambda n: next(draw) % n
    snippets = SPEC["snippets"] + list(extra)
    result = []
    for _ in range(count):
        text = ""
        for _ in range(1 + below(20)):
            kind = below(8)
            if kind < 5:
                text += snippets[below(len(snippets))]
            else:
                low, high = SPEC["ranges"][below(len(SPEC["ranges"]))]
                for _ in range(1 + below(5)):
                    text += chr(low + below(high - low + 1))
        result.append(text)
    return result


def fold(values):
    """A 16-bit fingerprint of whole numbers (FNV-1a, folded)."""
    h = 0x811C9DC5
    for value in values:
        h = ((h ^ value) * 0x01000193) & 0xFFFFFFFF
    return (h >> 16) ^ (h & 0xFFFF)
