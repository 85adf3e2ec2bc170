"""
The peer PyTorch: the same decoder from transformers, the same batches and steps, in float32 on the CPU. What is wanted comes as JSON by the standard input:
how many threads, for how long, and what to measure. Writes a line of JSON for each number. Knows nothing of our engine.
"""

import json
import platform
import sys
import time

NEEDS = "PyTorch is not measured: `pip install torch transformers` gives this python3 what the script needs; PYTHON names another interpreter"

try:
    import torch
    import transformers
    from transformers import LlamaConfig, LlamaForCausalLM
except ImportError as error:
    print(f"{NEEDS} ({error}).", file=sys.stderr)
    sys.exit(3)

transformers.logging.set_verbosity_error()


class Adapted(torch.nn.Module):
    """W x + (alpha / rank) B A x, with W frozen."""

    def __init__(self, linear, rank, alpha):
        super().__init__()
        self.linear = linear
        self.scale = alpha / rank
        self.A = torch.nn.Parameter(torch.randn(rank, linear.in_features) / rank)
        self.B = torch.nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, x):
        return self.linear(x) + self.scale * ((x @ self.A.T) @ self.B.T)


def model_of(fields):
    torch.manual_seed(1)
    # no padding token: its row would be zeros, which grow by 1/sqrt(eps) a layer on their way back
    return LlamaForCausalLM(LlamaConfig(**fields, bos_token_id=None, eos_token_id=None, pad_token_id=None)).float()


def adapt(model, rank, alpha):
    """Freezes everything and puts an adapter on every linear layer but the head."""
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    for layer in model.model.layers:
        for block in (layer.self_attn, layer.mlp):
            for name, linear in list(block.named_children()):
                if isinstance(linear, torch.nn.Linear):
                    setattr(block, name, Adapted(linear, rank, alpha))


def fastest(call, seconds):
    """Seconds of the fastest of the calls that fit, at least three."""
    least, start, calls = float("inf"), time.perf_counter(), 0
    while calls < 3 or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        call()
        least, calls = min(least, time.perf_counter() - before), calls + 1
    return least


def loss_of(model, ids, targets):
    logits = model(input_ids=ids, use_cache=False).logits
    return torch.nn.functional.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))


def learning(model, ids, targets, seconds):
    """Tokens a second of a whole step: loss, gradients, their norm, AdamW."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.0)
    losses = []

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(model, ids, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1e9)
        optimizer.step()
        losses.append(loss.item())

    step()
    time_of_step = fastest(step, seconds)
    if not losses[-1] < losses[0]:
        raise RuntimeError(f"the loss does not fall: {losses}")
    return ids.numel() / time_of_step


def reading(model, ids, targets, seconds):
    with torch.inference_mode():
        loss_of(model, ids, targets)
        return ids.numel() / fastest(lambda: loss_of(model, ids, targets), seconds)


def answering(model, prompts, tokens, seconds):
    ids = torch.tensor(prompts)
    options = dict(do_sample=True, temperature=0.8, top_k=0, min_new_tokens=tokens, max_new_tokens=tokens)

    def call():
        with torch.inference_mode():
            made = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), **options)
        if made.shape[1] != ids.shape[1] + tokens:
            raise RuntimeError(f"{made.shape} came back")

    call()
    return len(prompts) * tokens / fastest(call, seconds)


def measure(wanted, seconds):
    model = model_of(wanted["config"])
    kind = wanted["kind"]
    if kind == "answering":
        return answering(model.eval(), wanted["prompts"], wanted["tokens"], seconds)
    ids, targets = (torch.tensor(wanted[name]).view(wanted["rows"], -1) for name in ("ids", "targets"))
    if kind == "reading":
        return reading(model.eval(), ids, targets, seconds)
    if kind == "lora":
        adapt(model, wanted["rank"], wanted["alpha"])
    return learning(model.train(), ids, targets, seconds)


def main():
    job = json.loads(sys.stdin.read())
    torch.set_num_threads(job["threads"])
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}, Python {platform.python_version()}"
    for wanted in job["measurements"]:
        line = {"name": wanted["name"], "note": f"native, {versions}, float32"}
        try:
            line["value"] = measure(wanted, job["seconds"])
        except Exception as error:  # one that fails leaves a row that says why
            line["value"], line["note"] = None, f"PyTorch: {type(error).__name__}: {error}"[:400]
        print(json.dumps(line), flush=True)


main()
