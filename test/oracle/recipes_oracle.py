"""Follows the recipes that make-home.ts wrote, with the tools themselves and on the CPU, each in an environment of its own.

    python test/oracle/recipes_oracle.py /tmp/home data          every data file in `datasets`
    python test/oracle/recipes_oracle.py /tmp/home trl           TRL's command as its recipe says it, ids and loss mask of every row
    python test/oracle/recipes_oracle.py /tmp/home llamafactory
    python test/oracle/recipes_oracle.py /tmp/home axolotl

Prints one line a check and fails at the first that does not hold. What a tool puts behind the token that ends an answer, such as the line
break of ChatML, is learned too or not, as the tool likes; everything else must be as our engine reads it (ids.json).
"""
import importlib.metadata
import json
import os
import pathlib
import subprocess
import sys

HOME = pathlib.Path(sys.argv[1]).resolve()
os.environ.update(HF_HUB_OFFLINE="1", HF_HOME=str(HOME / ".hub"), CUDA_VISIBLE_DEVICES="", WANDB_DISABLED="true")
os.environ["PATH"] = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # as in an environment that is activated
os.chdir(HOME)


def follow(tool):
    """The command of the second line of a recipe, in the folder of its first."""
    place, command = pathlib.Path(f"recipes/{tool}.yaml").read_text(encoding="utf-8").splitlines()[:2]
    assert place == "# run in the folder that has recipes/ and samples/ in it:", place
    command = command.removeprefix("# ").split(" ")
    print(f"$ {' '.join(command)}", flush=True)
    program = pathlib.Path(sys.executable).parent / command[0]
    subprocess.run([str(program), *command[1:]], check=True)


def check_rows(tool, rows):
    """Rows of ids and labels in the order of the data: ids as ours, the labels -100 on the prompt and ids on the answer with its end."""
    wanted = json.loads(pathlib.Path("ids.json").read_text())
    assert len(rows) == len(wanted), (len(rows), len(wanted))
    more = set()
    for i, ((ids, labels), (prompt, answer)) in enumerate(zip(rows, wanted)):
        whole = prompt + answer
        assert ids[: len(whole)] == whole, (i, ids, whole)
        assert labels[: len(prompt)] == [-100] * len(prompt), (i, labels, len(prompt))
        assert labels[len(prompt) : len(whole)] == answer, (i, labels, answer)
        more.add((tuple(ids[len(whole) :]), tuple(labels[len(whole) :])))
    print(f"{tool} {importlib.metadata.version(tool)}: {len(rows)} rows with our ids, loss on the answers and their ends alone; behind them {sorted(more)}")


def check_data():
    import datasets

    names = sorted([*pathlib.Path("samples").glob("*.jsonl"), *pathlib.Path("answers").glob("*.jsonl")])
    assert len(names) >= 5, names
    for name in names:
        lines = name.read_text(encoding="utf-8").splitlines()
        rows = datasets.load_dataset("json", data_files=str(name), split="train", cache_dir=str(HOME / ".cache"))
        assert len(rows) == len(lines) > 0, (name, len(rows), len(lines))
        print(f"datasets {datasets.__version__}: {name}, {len(rows)} rows, {rows.column_names}")


def check_trl():
    follow("trl")
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTTrainer, get_dataset, get_peft_config
    from trl.scripts.sft import make_parser

    # the command leaves out what it does not know, and says nothing
    *parsed, unknown = make_parser().parse_args_and_config(["--config", "recipes/trl.yaml"], return_remaining_strings=True)
    assert unknown == [], unknown
    script, training, model, mixture = parsed
    trainer = SFTTrainer(model=model.model_name_or_path, args=training, train_dataset=get_dataset(mixture)["train"], peft_config=get_peft_config(model))
    rows = []
    for example in trainer.train_dataset:
        batch = trainer.data_collator([example])
        rows.append((batch["input_ids"][0].tolist(), batch["labels"][0].tolist()))
    check_rows("trl", rows)
    order = list(trainer._get_train_sampler(trainer.train_dataset))
    print(f"the first rows that are learned: {order[:8]}; betas {training.adam_beta1}, {training.adam_beta2}; warm-up of {training.get_warmup_steps(100)} steps in 100")
    assert order == list(range(len(order))), "the run went from easy to hard"
    PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(model.model_name_or_path), training.output_dir)
    AutoTokenizer.from_pretrained(training.output_dir)
    print("PEFT loads what came out")


def check_llamafactory():
    follow("llamafactory")
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args, read_args
    from llamafactory.model import load_tokenizer

    sys.argv = ["llamafactory", "recipes/llamafactory.yaml"]
    model, data, training, finetuning, _ = get_train_args(read_args())
    tokens = load_tokenizer(model)
    template = get_template_and_fix_tokenizer(tokens["tokenizer"], data)
    rows = get_dataset(template, model, data, training, stage="sft", **tokens)["train_dataset"]
    check_rows("llamafactory", [(row["input_ids"], row["labels"]) for row in rows])
    assert finetuning.disable_shuffling, "the run went from easy to hard"
    print(f"betas {training.adam_beta1}, {training.adam_beta2}; warm-up of {training.get_warmup_steps(100)} steps in 100")


def check_axolotl():
    from axolotl.cli.config import load_cfg
    from axolotl.common.datasets import load_datasets

    config = load_cfg("recipes/axolotl.yaml")
    print(f"axolotl {importlib.metadata.version('axolotl')}: takes the recipe")
    rows = load_datasets(cfg=config).train_dataset
    check_rows("axolotl", [(row["input_ids"], row["labels"]) for row in rows])
    follow("axolotl")


if __name__ == "__main__":
    {"data": check_data, "trl": check_trl, "llamafactory": check_llamafactory, "axolotl": check_axolotl}[sys.argv[2]]()
