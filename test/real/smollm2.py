"""Turns a Llama GGUF file with a byte-level BPE tokenizer, as SmolLM2 is shipped in, into a Hugging Face model folder.

    python test/real/smollm2.py MODEL.gguf OUT_DIR                       weights in bfloat16, as the original has them
    python test/real/smollm2.py MODEL.gguf OUT_DIR --dtype float32       to the bit what the file holds

The weights are dequantised by transformers. Made here, because its conversion gets them wrong or leaves them out: the tokenizer (digits one by
one, then GPT-2's pattern), the chat template, the special tokens and generation_config.json.
"""
import argparse
import json
import pathlib

import torch
from gguf import GGUFReader
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, GenerationConfig

CONTROL = 3  # GGUF's type of a special token


def tokenizer_of(field):
    pieces = field("tokens")
    merges = [tuple(pair.split(" ")) for pair in field("merges")]
    tokenizer = Tokenizer(models.BPE({piece: i for i, piece in enumerate(pieces)}, merges, fuse_unk=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(False)])
    tokenizer.decoder = decoders.ByteLevel(add_prefix_space=True, trim_offsets=True)
    special = [piece for piece, kind in zip(pieces, field("token_type")) if kind == CONTROL]
    tokenizer.add_special_tokens([AddedToken(piece, normalized=False, special=True) for piece in special])
    return tokenizer


def main(source, out, dtype):
    fields = GGUFReader(source).fields

    def field(name):
        return fields[f"tokenizer.ggml.{name}"].contents()

    bos, eos, pad = (field(f"{name}_token_id") for name in ("bos", "eos", "padding"))
    model = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.float32).to(dtype)
    model.config.bos_token_id, model.config.eos_token_id, model.config.pad_token_id = bos, eos, pad
    model.generation_config = GenerationConfig(bos_token_id=bos, eos_token_id=eos, pad_token_id=pad)
    model.hf_quantizer = None  # or save_pretrained takes it for a quantised model still
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(out)

    tokenizer_of(field).save(str(out / "tokenizer.json"))
    pieces = field("tokens")
    settings = {
        "tokenizer_class": "GPT2Tokenizer",
        "model_max_length": model.config.max_position_embeddings,
        "bos_token": pieces[bos],
        "eos_token": pieces[eos],
        "pad_token": pieces[pad],
        "unk_token": pieces[field("unknown_token_id")],
        "add_prefix_space": False,
        "clean_up_tokenization_spaces": False,
        "chat_template": fields["tokenizer.chat_template"].contents(),
    }
    (out / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("source", type=pathlib.Path)
    options.add_argument("out", type=pathlib.Path)
    options.add_argument("--dtype", choices=["bfloat16", "float16", "float32"], default="bfloat16")
    told = options.parse_args()
    main(told.source, told.out, getattr(torch, told.dtype))
