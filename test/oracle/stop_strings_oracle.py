"""Where an answer ends by the stop strings of generation_config.json, as transformers ends it.

    python test/oracle/stop_strings_oracle.py        writes test/fixtures/stop-strings.json

A byte-level tokenizer with some longer tokens and a special one; prompts and answers as ids, and how many tokens of an answer transformers makes.
"""
import json
import pathlib
import random
import tempfile

import torch
import transformers
from special_tokens_oracle import ALPHABET, CLASS, tokenizer, token
from transformers import AutoTokenizer, StopStringCriteria

OUT = pathlib.Path(__file__).resolve().parents[1] / "fixtures/stop-strings.json"
WORDS = ["sto", "pp", "top", "st", "op", "per", "ĊĊ", "aĊ", "Ã©", "<|"]
SPECIALS = {"added": [{"id": len(ALPHABET) + len(WORDS)} | token("<|end|>")], "words": WORDS}
STOPS = ["stop", "\n\n", "é", "s", "<|end", "|>", "p<|", "ppp", "你", "a\n", "top\n", "tops"]


def main():
    draw = random.Random("stop strings")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "tokenizer.json").write_text(json.dumps(tokenizer(**SPECIALS)), encoding="utf-8")
        (pathlib.Path(folder) / "tokenizer_config.json").write_text(json.dumps(CLASS), encoding="utf-8")
        made = AutoTokenizer.from_pretrained(folder)
        end = SPECIALS["added"][0]["id"]
        letters = [ALPHABET.index(letter) for letter in "stopa<|Ċ你é".encode().decode("latin-1") if letter in ALPHABET]
        some = [*letters, *range(len(ALPHABET), end + 1)]
        while len(rows) < 240:
            stops = draw.sample(STOPS, draw.choice([1, 1, 2, 3]))
            prompt, answer = ([draw.choice(some) for _ in range(most)] for most in (4, 24))
            criteria = StopStringCriteria(made, stops)
            ends = (n for n in range(1, len(answer) + 1) if criteria(torch.tensor([prompt + answer[:n]]), None)[0])
            rows.append({"stops": stops, "prompt": prompt, "answer": answer, "made": next(ends, None)})
    found = {"transformers": transformers.__version__, **SPECIALS, "rows": rows}
    OUT.write_text(json.dumps(found, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
