"""Special tokens that stand in several files, as transformers reads them.

    python test/oracle/special_tokens_oracle.py        writes test/fixtures/special-tokens.json

One small byte-level tokenizer, with the files beside it varied: ids of a text, ids of the named tokens, or that it is refused.
"""
import json
import pathlib
import tempfile

import transformers
from transformers import AutoTokenizer

OUT = pathlib.Path(__file__).resolve().parents[1] / "fixtures/special-tokens.json"
LETTERS = [chr(n) for n in (*range(33, 127), *range(161, 173), *range(174, 256))]
ALPHABET = LETTERS + [chr(256 + n) for n in range(256 - len(LETTERS))]


def token(content, special=True, **more):
    return {"content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": not special, "special": special} | more


def tokenizer(added=(), words=()):
    vocab = {letter: i for i, letter in enumerate([*ALPHABET, *words])}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": list(added), "normalizer": None, "pre_tokenizer": level,
        "post_processor": None, "decoder": level,
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": False, "byte_fallback": False, "ignore_merges": False, "vocab": vocab, "merges": []},
    }  # fmt: skip


CLASS = {"tokenizer_class": "PreTrainedTokenizerFast"}
S = {"id": 256} | token("<s>")
END = {"id": 257} | token("</s>")
START = token("<|start|>")
DECODER = {"256": token("<s>"), "257": token("<|start|>"), "258": token("<|end|>")}
CASES = {
    "in tokenizer.json alone": ({"added": [S, END]}, CLASS | {"eos_token": "</s>"}, None, None),
    "an end token as an object": ({"added": [S, END]}, CLASS | {"eos_token": token("</s>") | {"__type": "AddedToken"}}, None, None),
    "in added_tokens_decoder alone": ({"added": [S]}, CLASS | {"eos_token": "<|end|>", "added_tokens_decoder": DECODER}, None, None),
    "added_tokens_decoder out of order": ({"added": [S]}, CLASS | {"eos_token": "<|end|>", "added_tokens_decoder": dict(reversed(DECODER.items()))}, None, None),
    "added_tokens_decoder with other ids": ({"added": [S]}, CLASS | {"eos_token": "<|end|>", "added_tokens_decoder": {"256": token("<s>"), "300": token("<|start|>"), "400": token("<|end|>")}}, None, None),
    "added_tokens_decoder with other flags": ({"added": [S, END]}, CLASS | {"eos_token": "</s>", "added_tokens_decoder": {"256": token("<s>"), "257": token("</s>", rstrip=True)}}, None, None),
    "a token that is not special but has a name": ({"added": [S]}, CLASS | {"eos_token": "<|end|>", "added_tokens_decoder": {"256": token("<s>"), "257": token("<|end|>", special=False)}}, None, None),
    "a token that is not special": ({"added": [S, END]}, CLASS | {"eos_token": "</s>", "added_tokens_decoder": {"256": token("<s>"), "257": token("</s>"), "258": token("<|start|>", special=False)}}, None, None),
    "an end token of the vocabulary": ({"added": [], "words": ["</s>"]}, CLASS | {"eos_token": "</s>"}, None, None),
    "names in special_tokens_map.json": ({"added": [S, END]}, CLASS, {"eos_token": "</s>", "bos_token": "<s>"}, None),
    "names in special_tokens_map.json as objects": ({"added": [S, END]}, CLASS, {"eos_token": {"content": "</s>", "lstrip": False, "rstrip": False, "normalized": False, "single_word": False}}, None),
    "special_tokens_map.json against tokenizer_config.json": ({"added": [S, END]}, CLASS | {"eos_token": "<s>"}, {"eos_token": "</s>"}, None),
    "special_tokens_map.json beside added_tokens_decoder": ({"added": [S, END]}, CLASS | {"eos_token": "<s>", "added_tokens_decoder": {"256": token("<s>"), "257": token("</s>")}}, {"eos_token": "</s>"}, None),
    "additional_special_tokens of the vocabulary": ({"added": [S | {"id": 259}, END | {"id": 260}], "words": ["xx", "yy", "<|start|>"]}, CLASS | {"eos_token": "</s>", "additional_special_tokens": ["<|start|>"]}, None, None),
    "extra_special_tokens as a list": ({"added": [S | {"id": 259}, END | {"id": 260}], "words": ["xx", "yy", "<|start|>"]}, CLASS | {"eos_token": "</s>", "extra_special_tokens": ["<|start|>"]}, None, None),
    "added_tokens.json": ({"added": [S, END]}, CLASS | {"eos_token": "</s>"}, None, {"<|start|>": 258}),
    "added_tokens.json, the end token too": ({"added": [S]}, CLASS | {"eos_token": "<|end|>"}, None, {"<|end|>": 258, "<|start|>": 257}),
    "added_tokens.json beside added_tokens_decoder": ({"added": [S, END]}, CLASS | {"eos_token": "</s>", "added_tokens_decoder": {"256": token("<s>"), "257": token("</s>")}}, None, {"<|start|>": 258}),
    "no names at all": ({"added": [S, END]}, CLASS, None, None),
    "a name of its own": ({"added": [S, END]}, CLASS | {"eos_token": "</s>", "eot_token": "<s>", "add_eot_token": True, "some_token": 3, "no_token": None}, None, None),
    "names of its own as an object": ({"added": [S | {"id": 257}, END | {"id": 258}], "words": ["<|start|>"]}, CLASS | {"eos_token": "</s>", "extra_special_tokens": {"image_token": "<|start|>", "boi": "<s>"}}, None, None),
    "names of its own in special_tokens_map.json": ({"added": [S | {"id": 257}, END | {"id": 258}], "words": ["<|start|>"]}, CLASS, {"eos_token": "</s>", "turn_token": "<|start|>"}, None),
    "another name of the end token": ({"added": [S, END]}, CLASS | {"eos_token": None, "pad_token": "</s>"}, None, None),
}  # fmt: skip
TEXT = "<s><|start|>user Hi<|end|> </s> <|start|>"


def main():
    rows = []
    for name, (parts, config, names, added) in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            files = {"tokenizer.json": tokenizer(**parts), "tokenizer_config.json": config, "special_tokens_map.json": names, "added_tokens.json": added}
            for file, value in files.items():
                if value is not None:
                    (pathlib.Path(folder) / file).write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
            made = AutoTokenizer.from_pretrained(folder)
            rows.append({
                "name": name, "added": parts["added"], "words": parts.get("words", []), "tokenizerConfig": config, "specialTokensMap": names, "addedTokens": added,
                "ids": made.encode(TEXT, add_special_tokens=False), "named": made.special_tokens_map, "eos": made.eos_token_id,
            })  # fmt: skip
    OUT.write_text(json.dumps({"transformers": transformers.__version__, "text": TEXT, "base": tokenizer(), "rows": rows}, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
