"""What PEFT's adapters in test/fixtures/peft/ do to the logits of the ladder's model, loaded from the disk as anybody loads them.

    python test/oracle/adapter_logits_oracle.py        writes test/fixtures/peft/logits.json

A few logits of two rows of tokens each: the model without an adapter, and with each of them, loaded and merged.
"""
import json
import pathlib

import peft
import torch
import transformers
from peft import PeftModel
from transformers import AutoModelForCausalLM

ROOT = pathlib.Path(__file__).resolve().parents[2]
BASE = ROOT / "public/models/ladder"
FIXTURES = ROOT / "test/fixtures/peft"
IDS = [[0, *range(40, 60)], [0, *range(300, 320)]]
PLACES = [0, 7, 20]
STEP = 16


def logits(model):
    with torch.no_grad():
        found = model(torch.tensor(IDS)).logits.float()
    return [round(value, 5) for value in found[:, PLACES, ::STEP].flatten().tolist()]


def base():
    return AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32).eval()


made = {}
for folder in sorted(FIXTURES.iterdir()):
    if not folder.is_dir():
        continue
    try:
        made[folder.name] = logits(PeftModel.from_pretrained(base(), folder).eval())
    except Exception as error:  # one that PEFT itself cannot load
        print(f"{folder.name}: {type(error).__name__}: {str(error)[:160]}")
text = json.dumps({"ids": IDS, "places": PLACES, "step": STEP, "base": logits(base()), "adapters": made})
(FIXTURES / "logits.json").write_text(text + "\n")
print(f"peft {peft.__version__}, transformers {transformers.__version__}: {len(made)} adapters, {len(text)} bytes")
