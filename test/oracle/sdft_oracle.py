"""The loss of SDFT as TRL computes it, and its gradient, on random logits.

    python test/oracle/sdft_oracle.py

Runs the loss of trl.experimental.sdft against a teacher's top-k log-probabilities, as its trainer has them from a teacher server, once a
token. Writes test/fixtures/sdft.json.
"""
import collections
import json
import pathlib
import types

import torch
from trl.experimental.sdft import SDFTTrainer

OUT = pathlib.Path(__file__).resolve().parents[1] / "fixtures/sdft.json"
ROWS, VOCABULARY = 4, 24


def trainer(student, teacher, k, alpha):
    """As much of a trainer as its loss asks for; one answer of one token."""
    log_probs, ids = torch.log_softmax(teacher, -1).topk(k)
    return types.SimpleNamespace(
        args=types.SimpleNamespace(
            distillation_mode="topk_logits", distillation_add_tail=False, distillation_alpha=alpha, distillation_is_clip=2.0
        ),
        state=types.SimpleNamespace(global_step=0),
        _last_loaded_step=0,
        num_loss_tokens_to_skip=0,
        accelerator=types.SimpleNamespace(gather=lambda x: x),
        _metrics={"train": collections.defaultdict(list)},
        _log_self_distillation_metric=lambda mode, value: None,
        _forward_logits=lambda **_: student.reshape(1, 1, -1),
        _get_teacher_token_logprobs_from_server=lambda inputs, keep: {
            "actual_logprobs": torch.zeros(1, 1, dtype=student.dtype),
            "topk_logprobs": log_probs.reshape(1, 1, -1),
            "topk_token_ids": ids.reshape(1, 1, -1),
        },
    )


def loss_of(student, teacher, k, alpha):
    one = torch.ones(1, 1, dtype=torch.long)
    inputs = {"completion_ids": one, "completion_mask": one, "prompt_ids": one, "prompt_mask": one}
    model = types.SimpleNamespace(training=True)
    return SDFTTrainer._compute_server_distillation_loss(trainer(student, teacher, k, alpha), model, inputs)


def case(k, alpha):
    logits, teacher = (3 * torch.randn(2, ROWS, VOCABULARY)).double()
    losses, gradients = [], []
    for row, taught in zip(logits, teacher):
        row = row.clone().requires_grad_()
        loss = loss_of(row, taught, k, alpha)
        loss.backward()
        losses.append(loss.item())
        gradients.append(row.grad.tolist())
    return {
        "k": k,
        "alpha": alpha,
        "logits": logits.tolist(),
        "teacher": teacher.tolist(),
        "losses": losses,
        "gradients": [[round(x, 9) for x in row] for row in gradients],
    }


torch.manual_seed(1)
cases = [case(k, alpha) for k, alpha in [(10, 0.5), (VOCABULARY, 0.5), (10, 0.0), (10, 1.0), (3, 0.2)]]
OUT.write_text(json.dumps({"vocabulary": VOCABULARY, "cases": cases}) + "\n")
print(f"{len(cases)} cases into {OUT.name}")
