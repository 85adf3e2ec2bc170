"""Makes a tiny random model of each family and writes what transformers, peft and torch make of it.

    pip install -r test/oracle/requirements.txt
    python test/oracle/families.py            writes test/fixtures/{llama3,qwen2,qwen3,smollm3} and llama32-frequencies.json
    python test/oracle/families.py --check    reads the rendered-config.json that a test compares with renderConfig, as transformers does
(vitest writes rendered-config.json where it is missing: run test/model/families.test.ts in between)

llama3: llama3 rope scaling, own head, float32.   qwen2: biases, tied head, bfloat16, two stop tokens.
qwen3: norms of queries and keys, head_dim other than hidden_size / heads, tied head, bfloat16 in several shards.
smollm3: every second layer without positions, tied head, float32.
Files of a family: config.json, generation_config.json, the weights, adapter/ (PEFT), expected.json. All is computed in float32 on the CPU,
from the values that the files hold. Numbers are rounded to 7 digits. expected.json:

    ids        [B][T]      token ids of a batch, padded on the right with pad_token_id
    lengths    [B]         tokens of each row that are no padding
    logits     [B*T*V]     the plain model's logits of `ids`, row after row; causality makes them right before the padding (checked here)
    prompts    [P][*]      prompts of different lengths
    greedy     [P][64]     the plain model's greedy continuation of each; the best token leads by more than 1e-3 of the largest logit
    loraLogits [B*T*V]     logits of `ids` with the adapter
    rows       [R]         {ids, promptLength}: texts to train on, the loss is the mean over the tokens after promptLength
    batchLoss  number      loss of the adapted model on the first `recipe.batch` rows, in one padded batch
    gradients  {name: []}  of that loss, by the adapter's tensor names in adapter_model.safetensors, row-major as there
    recipe     {steps, batch, lr, decay, clip}   AdamW with betas 0.9 and 0.95, eps 1e-8, constant rate; rows in order, `batch` a step,
                           from the start again after the last; gradient norm clipped to `clip`
    loraTrace  [steps][2]  loss and gradient norm before clipping of every step, training the adapter
    trace      [6][2]      the same for the first 6 steps of training every weight of the plain model; decay on matrices only
"""
import argparse
import copy
import json
import math
import pathlib
import shutil

import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers import AutoConfig, AutoModelForCausalLM, LlamaConfig, Qwen2Config, Qwen3Config, SmolLM3Config

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"
V, BOS, EOS, PAD = 264, 0, 1, 2
SHARED = dict(
    vocab_size=V, hidden_size=16, intermediate_size=24, num_hidden_layers=2, max_position_embeddings=128, rms_norm_eps=1e-5,
    initializer_range=0.3, bos_token_id=BOS, eos_token_id=EOS, pad_token_id=PAD,
)
FAMILIES = {
    "llama3": dict(
        config=LlamaConfig(
            **SHARED, num_attention_heads=2, num_key_value_heads=1, head_dim=8, tie_word_embeddings=False,
            rope_parameters=dict(
                rope_type="llama3", rope_theta=100.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32
            ),
        ),
        dtype=torch.float32,
    ),
    "qwen2": dict(
        config=Qwen2Config(
            **{**SHARED, "eos_token_id": [EOS, 3]}, num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True, use_sliding_window=False,
            rope_parameters=dict(rope_type="default", rope_theta=1000000.0),
        ),
        dtype=torch.bfloat16,
    ),
    "qwen3": dict(
        config=Qwen3Config(
            **SHARED, num_attention_heads=4, num_key_value_heads=2, head_dim=6, tie_word_embeddings=True,
            rope_parameters=dict(rope_type="default", rope_theta=1000.0),
        ),
        dtype=torch.bfloat16,
        max_shard_size="6KB",
    ),
    "smollm3": dict(
        config=SmolLM3Config(
            **SHARED, num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True, no_rope_layer_interval=2,
            rope_parameters=dict(rope_type="default", rope_theta=1000.0),
        ),
        dtype=torch.float32,
    ),
}
RECIPE = dict(steps=20, batch=3, lr=0.01, decay=0.1, clip=0.5)


def ids(n):
    return torch.randint(4, V, (n,)).tolist()


def rounded(tensor):
    return [float(f"{x:.7g}") for x in tensor.detach().flatten().tolist()]


def padded(rows):
    length = max(map(len, rows))
    return torch.tensor([row + [PAD] * (length - len(row)) for row in rows])


def greedy(model, prompts, steps):
    out = []
    for prompt in prompts:
        row = torch.tensor([prompt])
        for _ in range(steps):
            with torch.no_grad():
                scores = model(row).logits[0, -1]
            best, second = scores.topk(2).values.tolist()
            if best - second < 1e-3 * scores.abs().max():
                return None
            row = torch.cat([row, scores.argmax().reshape(1, 1)], 1)
        out.append(row[0, len(prompt):].tolist())
    return out


def batch_loss(model, group):
    tokens = padded([row["ids"] for row in group])
    targets = torch.full_like(tokens, -100)
    for i, row in enumerate(group):
        for t in range(row["promptLength"], len(row["ids"])):
            targets[i, t] = row["ids"][t]
    scores = model(tokens[:, :-1]).logits
    return torch.nn.functional.cross_entropy(scores.reshape(-1, V), targets[:, 1:].reshape(-1), ignore_index=-100)


def train(model, rows, steps, batch, lr, decay, clip):
    trained = [p for p in model.parameters() if p.requires_grad]
    groups = [
        dict(params=[p for p in trained if p.dim() > 1], weight_decay=decay),
        dict(params=[p for p in trained if p.dim() == 1], weight_decay=0.0),
    ]
    optimizer = torch.optim.AdamW([g for g in groups if g["params"]], lr=lr, betas=(0.9, 0.95), eps=1e-8)
    trace = []
    for step in range(steps):
        start = step * batch % len(rows)
        loss = batch_loss(model, rows[start:start + batch])
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(trained, clip)
        optimizer.step()
        trace.append([float(f"{loss.item():.7g}"), float(f"{norm.item():.7g}")])
    return trace


def make(name, config, dtype, max_shard_size="1GB"):
    folder = FIXTURES / name
    for seed in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(copy.deepcopy(config), dtype=torch.float32)
        for key, parameter in model.named_parameters():
            if "norm" in key:
                torch.nn.init.uniform_(parameter, 0.5, 1.5)
            elif key.endswith("bias"):
                torch.nn.init.normal_(parameter, std=0.5)
        model.to(dtype).save_pretrained(folder, max_shard_size=max_shard_size)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        prompts = [[BOS, *ids(n)] for n in (3, 12, 1, 30)]
        continued = greedy(model, prompts, 64)
        if continued is not None and len({t for row in continued for t in row}) > 40:
            break
    else:
        raise SystemExit(f"{name}: no seed gives clear and varied greedy texts")

    batch = [[BOS, *ids(n)] for n in (3, 1)]
    tokens, lengths = padded(batch), [len(row) for row in batch]
    with torch.no_grad():
        logits = model(tokens).logits
        masked = model(tokens, attention_mask=(torch.arange(tokens.shape[1]) < torch.tensor(lengths)[:, None]).long()).logits
    for row, length in enumerate(lengths):
        assert torch.allclose(logits[row, :length], masked[row, :length], atol=1e-5)

    rows = [{"ids": [BOS, *ids(n + m)], "promptLength": 1 + n} for n, m in ((3, 4), (7, 2), (1, 6), (5, 5), (9, 3), (2, 1))]
    lora = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "down_proj"], init_lora_weights=False, task_type="CAUSAL_LM")
    adapted = get_peft_model(copy.deepcopy(model), lora)
    adapted.save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink()
    with torch.no_grad():
        lora_logits = adapted(tokens).logits
    loss = batch_loss(adapted, rows[:RECIPE["batch"]])
    loss.backward()
    gradients = {key.replace(".default", ""): rounded(p.grad) for key, p in adapted.named_parameters() if p.requires_grad}
    assert gradients.keys() == load_file(folder / "adapter" / "adapter_model.safetensors").keys()
    adapted.zero_grad()
    expected = dict(
        ids=tokens.tolist(), lengths=lengths, logits=rounded(logits), prompts=prompts, greedy=continued, loraLogits=rounded(lora_logits),
        rows=rows, batchLoss=float(f"{loss.item():.7g}"), gradients=gradients, recipe=RECIPE,
        loraTrace=train(adapted, rows, **RECIPE), trace=train(model, rows, **{**RECIPE, "steps": 6}),
    )
    assert all(math.isfinite(x) for pair in expected["loraTrace"] + expected["trace"] for x in pair)
    (folder / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
    for file in folder.rglob("*.safetensors"):
        file.chmod(0o644)
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    print(f"{name}: seed {seed}, {size / 1024:.0f} KiB, shards {len(list(folder.glob('*.safetensors')))}, first and last loss", expected["loraTrace"][0][0], expected["loraTrace"][-1][0])


def frequencies():
    """The rotary frequencies of Llama 3.2 1B."""
    config = LlamaConfig(
        hidden_size=2048, num_attention_heads=32, head_dim=64, rope_parameters=dict(
            rope_type="llama3", rope_theta=500000.0, factor=32.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=8192
        ),
    )
    values, scale = ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")
    assert scale == 1
    (FIXTURES / "llama32-frequencies.json").write_text(json.dumps(rounded(values)) + "\n")


def check(name):
    folder = FIXTURES / name
    expected = json.loads((folder / "expected.json").read_text())
    config = AutoConfig.for_model(**json.loads((folder / "rendered-config.json").read_text()))
    model = AutoModelForCausalLM.from_pretrained(folder, config=config, dtype=torch.float32)
    with torch.no_grad():
        logits = model(torch.tensor(expected["ids"])).logits.flatten()
    distance = (logits - torch.tensor(expected["logits"])).abs().max().item()
    assert distance < 1e-5, f"{name}: logits differ by {distance}"
    written = AutoConfig.from_pretrained(folder)
    for field in ("bos_token_id", "eos_token_id", "pad_token_id", "max_position_embeddings", "tie_word_embeddings", "architectures"):
        assert getattr(config, field) == getattr(written, field), field
    print(f"{name}: the rendered config is the same model, logits within {distance:.1e}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    checking = parser.parse_args().check
    if not checking:
        frequencies()
    for name, options in FAMILIES.items():
        check(name) if checking else make(name, **options)
