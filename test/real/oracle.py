"""What transformers and PEFT make of a model folder, in float32 on the CPU.

    python test/real/oracle.py answer FOLDER ASKED.json OUT.json [ADAPTER]     with the PEFT adapter of a folder, if one is named
    python test/real/oracle.py compare FOLDER HOME OUT.json                    HOME/adapter and HOME/merged, as the page packs them

ASKED: {"chats": [{"messages": [...], "tokens": n}], "rows": [{"prompt": text, "completion": text}], "written": [[messages]]}
answer gives {"chats": [{"prompt": ids, "ids": [...], "logProbs": [...], "text": "..."}], "rows": [[log-probability of each completion token]],
"written": [ids of the whole conversation]}. Chats are greedy, and end with a stop token or after so many. Prompts of rows are text with special
tokens in it.
compare gives {"tensors": n, "same": share of equal numbers, "steps": most numbers of that type between two that differ} of the merged weights and
PEFT's own merge in float32, rounded once to the type of the merged weights.
"""
import copy
import json
import pathlib
import sys

import warnings

warnings.filterwarnings("ignore", category=FutureWarning)

import torch
import transformers
from peft import PeftModel
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast


def model_of(folder, adapter=None):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return (model if adapter is None else PeftModel.from_pretrained(model, adapter)).eval()


def ids_of(tokenizer, text):
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def chat(model, tokenizer, messages, tokens):
    prompt = ids_of(tokenizer, tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False))
    made = model.generate(
        input_ids=torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
        max_new_tokens=tokens, do_sample=False, return_dict_in_generate=True, output_logits=True,
    )
    ids = made.sequences[0, len(prompt):].tolist()
    logs = [torch.log_softmax(step[0].float(), -1)[i].item() for step, i in zip(made.logits, ids)]
    return {"prompt": prompt, "ids": ids, "logProbs": logs, "text": tokenizer.decode(ids, skip_special_tokens=True)}


def scored(model, tokenizer, rows):
    """Completions of one prompt share what reading it made."""
    result = [None] * len(rows)
    prompts = {}
    for i, row in enumerate(rows):
        prompts.setdefault(row["prompt"], []).append(i)
    for prompt, indices in prompts.items():
        read = model(torch.tensor([ids_of(tokenizer, prompt)]), use_cache=True)
        for i in indices:
            ids = ids_of(tokenizer, rows[i]["completion"])
            logits = read.logits[0, -1:]
            if len(ids) > 1:
                after = model(torch.tensor([ids[:-1]]), past_key_values=copy.deepcopy(read.past_key_values), use_cache=True)
                logits = torch.cat([logits, after.logits[0]])
            logs = torch.log_softmax(logits.float(), -1)
            result[i] = [logs[place, i].item() for place, i in enumerate(ids)]
    return result


def answer(folder, asked, adapter):
    # as tokenizer.json says: for some classes AutoTokenizer of transformers 5 builds its own steps and leaves the file's out
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    model = model_of(folder, adapter)
    return {
        "chats": [chat(model, tokenizer, **one) for one in asked.get("chats", [])],
        "rows": scored(model, tokenizer, asked.get("rows", [])),
        "written": [ids_of(tokenizer, tokenizer.apply_chat_template(m, tokenize=False)) for m in asked.get("written", [])],
    }


def order_of(weights):
    """Numbers of 16 bits by their place among all of their type, so that neighbours differ by one."""
    bits = weights.view(torch.int16).int()
    return torch.where(bits < 0, -32768 - bits, bits)


def compare(folder, home):
    peft = model_of(folder, home / "adapter").merge_and_unload().state_dict()
    merged = AutoModelForCausalLM.from_pretrained(home / "merged", dtype="auto").state_dict()
    assert peft.keys() == merged.keys(), peft.keys() ^ merged.keys()
    numbers = same = steps = 0
    for name, weights in peft.items():
        ours, theirs = merged[name], weights.to(merged[name].dtype)
        difference = (order_of(ours) - order_of(theirs)).abs()
        numbers += difference.numel()
        same += (difference == 0).sum().item()
        steps = max(steps, difference.max().item())
    dtypes = sorted({str(weights.dtype) for weights in merged.values()})
    return {"tensors": len(peft), "same": same / numbers, "steps": steps, "dtypes": dtypes}


@torch.no_grad()
def main(what, folder, *rest):
    if what == "answer":
        asked, out, *adapter = rest
        result = answer(folder, json.loads(pathlib.Path(asked).read_text(encoding="utf-8")), adapter[0] if adapter else None)
    else:
        home, out = rest
        result = compare(folder, pathlib.Path(home))
    pathlib.Path(out).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    main(*sys.argv[1:])
