"""Opens what make-exports.ts wrote with the libraries that it is meant for, and makes adapters for our reader. Recipes are for recipes_oracle.py.

    python test/oracle/exports_oracle.py /tmp/exports

Prints one line a check and fails at the first that does not hold. Writes test/fixtures/peft/: adapters that PEFT saved on the ladder's
model, with the sums of what they do to each weight (merged.json).
"""
import json
import pathlib
import sys

import datasets
import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]
BASE = ROOT / "public/models/ladder"
FIXTURES = ROOT / "test/fixtures/peft"
OUT = pathlib.Path(sys.argv[1])
IDS = torch.tensor([[0, *range(40, 90)], [0, *range(300, 350)]])


def base():
    return AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32).eval()


def logits(model):
    with torch.no_grad():
        return model(IDS).logits.float()


def check_weights():
    plain = logits(base())
    with_adapter = logits(PeftModel.from_pretrained(base(), OUT / "adapter").eval())
    merged = AutoModelForCausalLM.from_pretrained(OUT / "f32", dtype="auto").eval()
    half = AutoModelForCausalLM.from_pretrained(OUT / "bf16", dtype="auto").eval()
    assert merged.dtype == torch.float32 and half.dtype == torch.bfloat16
    changed = (with_adapter - plain).abs().max().item()
    error = (with_adapter - logits(merged)).abs().max().item()
    rough = (with_adapter - logits(half.float())).abs().max().item()
    print(f"peft {peft.__version__}, transformers {transformers.__version__}: adapter changes logits by {changed:.3g}; merged F32 differs by {error:.3g}, BF16 by {rough:.3g}")
    assert changed > 0.1 and error < 1e-4 and rough < changed
    tokenizer = AutoTokenizer.from_pretrained(OUT / "f32")
    ids = tokenizer("The bell is in the tower.", add_special_tokens=False)["input_ids"]
    assert tokenizer.decode(ids) == "The bell is in the tower.", ids
    generated = merged.generate(torch.tensor([[0, *ids]]), max_new_tokens=4, do_sample=False)
    print(f"transformers: the folder generates {generated[0].tolist()[-4:]}, eos {merged.generation_config.eos_token_id}")


def check_data():
    for layout, column in ("", "messages"), ("_completion", "completion"), ("_sharegpt", "conversations"), ("_alpaca", "instruction"):
        rows = datasets.load_dataset("json", data_files=str(OUT / f"data/soft_all{layout}.jsonl"), split="train", cache_dir=str(OUT / "cache"))
        assert len(rows) == 3 and column in rows.column_names and "soft" in rows.column_names, rows
        assert [row["soft"]["position"] for row in rows] == [0, 1, 0]
        assert rows[0]["soft"]["seed"] == "7/round 1/p1" and rows[1]["soft"]["difficulty"] is None
    assert rows[0]["output"] == "line\nline\t\x00" and rows[0]["system"] == "Be kind."
    info = json.loads((OUT / "data/dataset_info.json").read_text())
    assert all((OUT / "data" / entry["file_name"]).exists() for entry in info.values())
    print(f"datasets {datasets.__version__}: four layouts of 3 rows load, dataset_info.json names them")


def make_adapters():
    """Adapters as PEFT saves them: plain, rsLoRA, with patterns of rank and alpha, and with targets in every form. Keys of patterns are sorted when they are saved."""
    kinds = {
        "plain": LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"),
        "rslora": LoraConfig(r=4, lora_alpha=8, use_rslora=True, target_modules=["q_proj"], task_type="CAUSAL_LM"),
        "patterns": LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "down_proj"], rank_pattern={"down_proj": 2, "layers.1.self_attn.q_proj": 6}, alpha_pattern={"layers.2.self_attn.q_proj": 3, "down_proj": 5}, task_type="CAUSAL_LM"),
        "anchored": LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], alpha_pattern={"^q_proj": 100, "^model.layers.1.self_attn.v_proj": 2, "v_proj$": 24}, task_type="CAUSAL_LM"),
        "regexes": LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], rank_pattern={r"layers\.[12]\..*": 2, "(?:layers.0.self_attn.q|k)_proj": 3}, alpha_pattern={r"self_attn\.(?:v|k)_proj": 3, r".*\d+.*q_proj": 5}, task_type="CAUSAL_LM"),
        "expression": LoraConfig(r=2, lora_alpha=8, target_modules=r"model\.layers\.(0|2)\..*(q_proj|down_proj)", task_type="CAUSAL_LM"),
        "all-linear": LoraConfig(r=1, lora_alpha=3, target_modules="all-linear", exclude_modules=["down_proj", "layers.1.self_attn.k_proj"], task_type="CAUSAL_LM"),
        "layers": LoraConfig(r=2, lora_alpha=8, target_modules=["q_proj", "gate_proj"], layers_to_transform=[1, 2], layers_pattern="layers", task_type="CAUSAL_LM"),
        "one-layer": LoraConfig(r=2, lora_alpha=8, use_rslora=True, target_modules=["self_attn.o_proj"], layers_to_transform=0, exclude_modules=r".*\.q_proj", fan_in_fan_out=True, task_type="CAUSAL_LM"),
    }
    sums = {}
    for name, config in kinds.items():
        torch.manual_seed(1)
        model = get_peft_model(base(), config)
        for key, parameter in model.named_parameters():
            if "lora_B" in key:
                torch.nn.init.normal_(parameter, std=0.1)
        model.save_pretrained(FIXTURES / name, safe_serialization=True)
        (FIXTURES / name / "README.md").unlink(missing_ok=True)
        before = base().state_dict()
        after = model.merge_and_unload().state_dict()
        # The change of each weight, as seen through two fixed vectors: enough to tell any scale or order apart.
        seen = {}
        for key, value in after.items():
            change = (value - before[key]).double()
            if change.abs().max() > 1e-7:
                rows = torch.cos(torch.arange(change.shape[0]).double())
                columns = torch.sin(torch.arange(change.shape[1]).double())
                seen[key] = (rows @ change @ columns).item()
        sums[name] = seen
    (FIXTURES / "merged.json").write_text(json.dumps(sums, indent=1, sort_keys=True) + "\n")
    print(f"peft: adapters {', '.join(kinds)} saved for our reader")


if __name__ == "__main__":
    check_weights()
    check_data()
    make_adapters()
