"""Trains small tokenizers of each public family and writes what Python's `tokenizers` makes of 10,000 fuzzed strings.

    python test/oracle/tokenizers_oracle.py               writes test/fixtures/tokenizers/*.json and ids.json.gz
    python test/oracle/tokenizers_oracle.py NAME ...      makes these families only and leaves the others as they are

Each file has the normalizer, pre-tokenizer, model type and decoder of a real family; only the vocabulary is trained here, on the fuzz text.
ids.json.gz holds fingerprints of each string: 16 bits of the ids, 8 of the decoded text, for plain text, and for 1,000 strings with special tokens.
Where the library refuses a text, its ids are the one number -1.
"""
import base64
import gzip
import json
import pathlib
import sys
import tempfile

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from fuzz_text import fold, strings

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "test/fixtures/tokenizers"
CORPUS = strings(7, 4000)
PROSE = [(ROOT / "README.md").read_text(encoding="utf-8")]
BYTES = [f"<0x{b:02X}>" for b in range(256)]

# As the tokenizer.json of the models write them.
TAIL = r"\s*[\r\n]+|\s+(?!\S)|\s+"
PATTERNS = [
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",  # GPT-2
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + TAIL,  # Llama 3
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + TAIL,  # Qwen 2, 2.5, 3
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|" + TAIL,  # Qwen 3.5
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + TAIL,  # o200k
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + TAIL,  # Tekken
    r"\p{N}{1,3}",
    "[一-龥\u3040-ゟ゠-ヿ]+",
    r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|""" + TAIL,  # DeepSeek V3
    r" ?[^(\s|[.,!?…。，、।۔،])]+",  # Bloom
    r"\d",
    r"\d+",
    r"\p{N}",
    r"\p{N}+",
    r"[0-9]",
    r"[\r\n]",
    r"\s+",
]
GPT2, LLAMA3, QWEN2 = PATTERNS[:3]
BYTE_LEVEL = dict(add_prefix_space=False, use_regex=False)


def special(*names):
    return [AddedToken(name, special=True, normalized=False) for name in names]


def byte_level(pre, size, *, normalizer=None, ignore_merges=False, specials=(), plain=()):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(CORPUS + PROSE, trainers.BpeTrainer(vocab_size=size, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.add_special_tokens(special(*specials))
    tokenizer.add_tokens([AddedToken(name, special=False, normalized=False) for name in plain])
    return tokenizer


def sentencepiece_bpe(size, *, normalizer, pre, decoder, specials, fuse=True):
    """A BPE with byte fallback: trained on words with metaspaces, then put behind the family's own pre-tokenizer."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trained.train_from_iterator(CORPUS[:1500] + PROSE, trainers.BpeTrainer(vocab_size=size - 256 - len(specials), show_progress=False, limit_alphabet=150))
    model = json.loads(trained.to_str())["model"]
    names = [*specials, *BYTES, *model["vocab"]]
    tokenizer = Tokenizer(models.BPE(vocab={name: i for i, name in enumerate(names)}, merges=[tuple(m) for m in model["merges"]], unk_token=specials[0], fuse_unk=fuse, byte_fallback=True))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre is not None:
        tokenizer.pre_tokenizer = pre
    tokenizer.decoder = decoder
    tokenizer.add_special_tokens(special(*specials))
    return tokenizer


def llama_decoder():
    return decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])


def charsmap():
    """A small normalization table in SentencePiece's format: a few ligatures, full width letters and combined characters."""
    import sentencepiece

    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder) / "rules.tsv"
        pairs = {chr(0xFF01 + i): chr(0x21 + i) for i in range(94)} | {"ﬁ": "fi", "½": "1⁄2", "²": "2", "é": "e", "e\u0301": "é", "\t": " ", "\u3000": " ", "\u00a0": " ", "…": "...", "❤️": "heart", "①": "1", "👍🏽": "+", "한": "han", "ß": "ss"}
        hexes = lambda text: " ".join(f"{ord(c):X}" for c in text)
        rules.write_text("".join(f"{hexes(k)}\t{hexes(v)}\n" for k, v in sorted(pairs.items())), encoding="utf-8")
        text = pathlib.Path(folder) / "text.txt"
        text.write_text("\n".join(["a b c d e f"] * 50), encoding="utf-8")
        sentencepiece.SentencePieceTrainer.train(input=str(text), model_prefix=f"{folder}/m", vocab_size=10, hard_vocab_limit=False, normalization_rule_tsv=str(rules), minloglevel=2)
        from sentencepiece import sentencepiece_model_pb2 as pb

        proto = pb.ModelProto()
        proto.ParseFromString(pathlib.Path(f"{folder}/m.model").read_bytes())
        return proto.normalizer_spec.precompiled_charsmap


def unigram(*, byte_fallback=False):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Precompiled(charsmap()), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    tokenizer.train_from_iterator(CORPUS[:60] + PROSE, trainers.UnigramTrainer(vocab_size=1000, show_progress=False, special_tokens=["<unk>", "<s>", "</s>"], unk_token="<unk>"))
    tokenizer.decoder = decoders.Metaspace()
    if byte_fallback:
        data = json.loads(tokenizer.to_str())
        data["model"]["vocab"] = [entry for entry in data["model"]["vocab"][:600] if entry[0] not in BYTES] + [[name, -20.0] for name in BYTES]
        data["model"]["byte_fallback"] = True
        data["pre_tokenizer"] = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False}
        data["normalizer"] = None
        data["decoder"] = json.loads(sentencepiece_bpe(500, normalizer=None, pre=None, decoder=llama_decoder(), specials=["<unk>"]).to_str())["decoder"]
        tokenizer = Tokenizer.from_str(json.dumps(data))
    tokenizer.add_special_tokens(special("<unk>", "<s>", "</s>"))
    return tokenizer


def odd():
    """What no family has, but a file may: other ways to cut, unknown characters, tokens that take white space with them."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Strip(), normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Replace("$1", "$&")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(",", "merged_with_previous"), pre_tokenizers.Split("(", "merged_with_next"), pre_tokenizers.Split(".", "contiguous"), pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=False), pre_tokenizers.Punctuation("merged_with_next")])
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="never")
    tokenizer.train_from_iterator(CORPUS[:1000] + PROSE, trainers.BpeTrainer(vocab_size=500, show_progress=False, special_tokens=["<unk>"], limit_alphabet=120))
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, rstrip=True, special=True, normalized=False), AddedToken("<one>", single_word=True, special=True, normalized=False)])
    tokenizer.add_tokens([AddedToken("Hello", special=False, normalized=True)])
    return tokenizer


def sequence(*steps):
    return pre_tokenizers.Sequence(list(steps))


def without(tokenizer, *, missing=(), **fields):
    """The tokenizer without some tokens and whatever holds them, ids closed up; `fields` are those of its model that change."""
    data = json.loads(tokenizer.to_str())
    model = data["model"]
    if model["type"] == "Unigram":
        model["vocab"] = [entry for entry in model["vocab"] if entry[0] not in missing]
        names = [name for name, _ in model["vocab"]]
    else:
        names = [name for name in sorted(model["vocab"], key=model["vocab"].get) if not any(c in missing for c in name) and name not in missing]
        model["vocab"] = {name: i for i, name in enumerate(names)}
        known = set(names)
        model["merges"] = [pair for pair in model["merges"] if {*pair, "".join(pair)} <= known]
    for i, token in enumerate(data["added_tokens"]):
        token["id"] = names.index(token["content"]) if token["content"] in names else len(names) + i
    model.update(fields)
    return Tokenizer.from_str(json.dumps(data))


def characters(*numbers):
    """The characters of bytes in GPT-2's alphabet."""
    printable = [b for b in range(256) if 32 < b < 127 or b > 160 and b != 173]
    others = [b for b in range(256) if b not in printable]
    return {chr(b if b in printable else 256 + others.index(b)) for b in numbers}


def unigram_without_unk():
    """Every letter of a token is one: the library refuses a text for others already while it looks for the best tokens."""
    whole = unigram(byte_fallback=True)
    names = [name for name in whole.get_vocab() if name not in BYTES]
    lonely = {name for name in names if not all(c in names for c in name)} - {"<unk>", "<s>", "</s>"}
    return without(whole, missing={*lonely, *BYTES}, unk_id=None)


# What SmolLM2's vocabulary lacks.
SMOLLM2_MISSING = characters(0x04, 0x06, 0x13, 0x14, 0x16, 0x1D, 0xC0, 0xC1, 0xF1, 0xF2, *range(0xF5, 0x100))
# A few bytes that many characters have.
FALLBACK_MISSING = {"<0xF0>", "<0xE4>", "<0x9F>", "<0xCC>", "<0x0A>", "<0x12>"}


def gpt_neox():
    tokenizer = byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False), 600, normalizer=normalizers.NFC(), specials=["<|endoftext|>", "<|padding|>"])
    tokenizer.add_tokens([AddedToken(" " * n, special=False, normalized=True) for n in range(8, 1, -1)])
    return without(tokenizer, missing=characters(*range(0x01, 0x09), 0xCC, 0xF0, 0xC0, 0xC1, *range(0xF5, 0x100)))


def plain_bpe(**fields):
    """SentencePiece's letters with few characters, so that many are unknown."""
    made = sentencepiece_bpe(500, normalizer=None, pre=pre_tokenizers.Metaspace(prepend_scheme="first", split=False), decoder=llama_decoder(), specials=["<unk>", "<s>", "</s>"])
    return without(made, **fields)


CHATML = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
FAMILIES = {
    "llama3": lambda: byte_level(sequence(pre_tokenizers.Split(Regex(LLAMA3), "isolated"), pre_tokenizers.ByteLevel(**BYTE_LEVEL)), 700, ignore_merges=True, specials=["<|begin_of_text|>", "<|eot_id|>"]),
    "qwen2": lambda: byte_level(sequence(pre_tokenizers.Split(Regex(QWEN2), "isolated"), pre_tokenizers.ByteLevel(**BYTE_LEVEL)), 700, normalizer=normalizers.NFC(), specials=CHATML, plain=["<think>", "</think>"]),
    "smollm": lambda: byte_level(sequence(pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)), 600, specials=CHATML),
    "gpt2-prefix": lambda: byte_level(pre_tokenizers.ByteLevel(add_prefix_space=True), 500, specials=["<|endoftext|>"]),
    "tinyllama": lambda: sentencepiece_bpe(900, normalizer=normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]), pre=None, decoder=llama_decoder(), specials=["<unk>", "<s>", "</s>"]),
    "mistral": lambda: sentencepiece_bpe(800, normalizer=None, pre=pre_tokenizers.Metaspace(prepend_scheme="first", split=False), decoder=llama_decoder(), specials=["<unk>", "<s>", "</s>", "[INST]", "[/INST]"]),
    "gemma": lambda: sentencepiece_bpe(800, normalizer=normalizers.Replace(" ", "▁"), pre=pre_tokenizers.Split(" ", "merged_with_previous"), decoder=decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]), specials=["<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>"], fuse=True),
    "unigram": unigram,
    "unigram-bytes": lambda: unigram(byte_fallback=True),
    "odd": odd,
    "smollm2": lambda: without(FAMILIES["smollm"](), missing=SMOLLM2_MISSING),
    "gpt-neox": gpt_neox,
    "bytes-missing-fused": lambda: plain_bpe(missing=FALLBACK_MISSING),
    "bytes-missing": lambda: plain_bpe(missing=FALLBACK_MISSING, fuse_unk=False),
    "bytes-missing-no-unk": lambda: plain_bpe(missing=FALLBACK_MISSING, unk_token=None),
    "unknown-dropped": lambda: plain_bpe(missing=set(BYTES), unk_token=None, byte_fallback=False),
    "unk-without-id": lambda: plain_bpe(missing=FALLBACK_MISSING, unk_token="<gone>"),
    "unigram-bytes-missing": lambda: without(unigram(byte_fallback=True), missing=FALLBACK_MISSING),
    "unigram-no-unk": unigram_without_unk,
}


def packed(values, size=2):
    return base64.b64encode(b"".join((v & (256**size - 1)).to_bytes(size, "little") for v in values)).decode()


def ids_of(tokenizer, text):
    try:
        return tokenizer.encode(text, add_special_tokens=False).ids
    except Exception as error:
        if "unk" not in str(error).lower():
            raise
        return [-1]


def answers(tokenizer, texts, plain):
    tokenizer.encode_special_tokens = plain
    encoded = [ids_of(tokenizer, text) for text in texts]
    decoded = [tokenizer.decode([i for i in ids if i >= 0], skip_special_tokens=True) for ids in encoded]
    return {"ids": packed(fold(ids) for ids in encoded), "text": packed((fold(map(ord, text)) for text in decoded), 1), "first": encoded[:20]}


def main(only):
    OUT.mkdir(parents=True, exist_ok=True)
    families = {}
    for name in only or FAMILIES:
        families[name] = FAMILIES[name]()
        data = json.loads(families[name].to_str(pretty=False))
        (OUT / f"{name}.json").write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    result = {"tokenizers": tokenizers.__version__, "patterns": {}, "families": {}}
    if only:
        result = json.loads(gzip.decompress((OUT / "ids.json.gz").read_bytes()))
    else:
        # as npm run pretrain makes them
        families["own"] = Tokenizer.from_file(str(OUT / "own.json"))
    texts = strings(1, 10_000)
    for name, tokenizer in families.items():
        names = sorted(token.content for token in tokenizer.get_added_tokens_decoder().values())
        result["families"][name] = {"plain": answers(tokenizer, texts, True), "names": names, "template": answers(tokenizer, strings(2, 1_000, names * 8), False)}
    for pattern in [] if only else PATTERNS:
        split = pre_tokenizers.Split(Regex(pattern), "isolated")
        result["patterns"][pattern] = packed(fold(end for _, (_, end) in split.pre_tokenize_str(text)) for text in texts[:3000])
    (OUT / "ids.json.gz").write_bytes(gzip.compress(json.dumps(result, ensure_ascii=False).encode(), 9, mtime=0))


if __name__ == "__main__":
    main(sys.argv[1:])
