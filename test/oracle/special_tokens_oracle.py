"""Special tokens that stand in several files, as transformers reads them.

    python test/oracle/special_tokens_oracle.py        writes test/fixtures/special-tokens.json

One small byte-level tokenizer, with the files beside it varied: ids of a text, ids of the named tokens, or that it is refused. And one of pieces,
as that of Llama 2, for what transformers knows by the class of a tokenizer alone.
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


def pieces():
    vocab = ["<unk>", "<s>", "</s>", *(f"<0x{n:02X}>" for n in range(256)), "▁", "H", "i", *"user"]
    model = {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
             "fuse_unk": True, "byte_fallback": True, "ignore_merges": False, "vocab": {piece: i for i, piece in enumerate(dict.fromkeys(vocab))}, "merges": []}
    steps = [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]
    return tokenizer() | {
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False},
        "decoder": {"type": "Sequence", "decoders": steps}, "model": model,
    }  # fmt: skip


def gemma():
    space = {"String": " "}
    return pieces() | {
        "normalizer": {"type": "Replace", "pattern": space, "content": "▁"},
        "pre_tokenizer": {"type": "Split", "pattern": space, "behavior": "MergedWithPrevious", "invert": False},
    }


BASES = {"pieces": pieces(), "gemma": gemma()}
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
END_OF_TEXT = {"id": 258} | token("<|endoftext|>")
ALL = [S, END, END_OF_TEXT]


def of(family, named=None, **more):
    """Files of a model of a family, whose tokenizer_config.json names a class, or is not there."""
    return {"model_type": family, "vocab_size": 270} | more, None if named is None else {"tokenizer_class": named}


# what transformers knows by the class: the tokens of tokenizer.json, and what decides on the class
BY_CLASS = {
    **{f"{named} of {family}": (ALL, *of(family, named))
       for family in ("llama", "qwen2", "qwen3", "smollm3")
       for named in (None, "PreTrainedTokenizerFast", "TokenizersBackend", "GPT2Tokenizer", "GPT2TokenizerFast", "GPTNeoXTokenizerFast", "LlamaTokenizer",
                     "LlamaTokenizerFast", "Qwen2Tokenizer", "Qwen2TokenizerFast", "SomeTokenizer")},
    **{f"pieces of {named} of {family}": ("pieces", *of(family, named))
       for family in ("llama", "qwen3", "smollm3")
       for named in ("PreTrainedTokenizerFast", "LlamaTokenizer", "LlamaTokenizerFast", "CodeLlamaTokenizer")},
    "pieces of a llama": ("pieces", *of("llama")),
    "pieces of GemmaTokenizer": ("gemma", *of("llama", "GemmaTokenizer")),
    "a class named in config.json": (ALL, *of("llama", tokenizer_class="GPT2TokenizerFast")),
    "pieces of a class named in config.json": ("pieces", *of("llama", tokenizer_class="LlamaTokenizer")),
    "two classes": (ALL, *of("llama", "PreTrainedTokenizerFast", tokenizer_class="GPT2Tokenizer")),
    "no token of a class": ([S], *of("llama", "GPT2Tokenizer")),
    "no token of a class of qwen2": ([S], *of("qwen2")),
    "a token of a class that is not special": ([S, END, {"id": 258} | token("<|endoftext|>", special=False)], *of("llama", "GPT2Tokenizer")),
    "a null beside a class": (ALL, of("llama")[0], {"tokenizer_class": "GPT2Tokenizer", "bos_token": None, "unk_token": None}),
    "another end beside a class": (ALL, of("qwen2")[0], {"tokenizer_class": "Qwen2Tokenizer", "eos_token": "</s>", "bos_token": None}),
    "added_tokens_decoder beside a class": (ALL, of("qwen3")[0], {"tokenizer_class": "Qwen2Tokenizer", "added_tokens_decoder": {"256": token("<s>"), "257": token("</s>"), "258": token("<|endoftext|>")}}),
}  # fmt: skip
TEXT = "<s><|start|>user Hi<|end|> </s> <|start|><|endoftext|>"


def read(files):
    with tempfile.TemporaryDirectory() as folder:
        for file, value in files.items():
            if value is not None:
                (pathlib.Path(folder) / file).write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        made = AutoTokenizer.from_pretrained(folder)
        return {"ids": made.encode(TEXT, add_special_tokens=False), "named": made.special_tokens_map, "eos": made.eos_token_id}


def main():
    rows = []
    for name, (parts, config, names, added) in CASES.items():
        said = {"tokenizerConfig": config, "specialTokensMap": names, "addedTokens": added}
        files = {"tokenizer.json": tokenizer(**parts), "tokenizer_config.json": config, "special_tokens_map.json": names, "added_tokens.json": added}
        rows.append({"name": name, "added": parts["added"], "words": parts.get("words", [])} | said | read(files))
    for name, (added, model, config) in BY_CLASS.items():
        whole = BASES[added] if isinstance(added, str) else tokenizer(added)
        row = {"name": name, "base": added, "added": [], "words": []} if isinstance(added, str) else {"name": name, "added": added, "words": []}
        row |= {"modelConfig": model, "tokenizerConfig": config}
        rows.append(row | read({"tokenizer.json": whole, "config.json": model, "tokenizer_config.json": config}))
    OUT.write_text(json.dumps({"transformers": transformers.__version__, "text": TEXT, "base": tokenizer(), "bases": BASES, "rows": rows}, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
