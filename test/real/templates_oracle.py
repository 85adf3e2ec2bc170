"""Every public chat template of llama.cpp's sources as jinja2 renders it, set up as transformers does.

    python test/real/templates_oracle.py FOLDER        writes test/real/templates.json

FOLDER holds the templates (`npm run test:real` fetches it). Nothing of a template's text is written: its name, its hash, and for each conversation
the hash of what jinja2 makes of it.
"""
import hashlib
import json
import pathlib
import sys

import jinja2
import transformers
from transformers.utils.chat_template_utils import _compile_jinja_template

OUT = pathlib.Path(__file__).resolve().parent / "templates.json"
U, A, S = (lambda text, role=role: {"role": role, "content": text} for role in ("user", "assistant", "system"))
CONVERSATIONS = [
    [U("Why?")],
    [S("Be kind."), U("Why?")],
    [U("How?"), A("Like this."), U("Why?")],
    [S("  Be kind.\n"), U("How?\n\n- a\n- b"), A("Like this:\n\n1. x\n2. y"), U(" Why? "), A("Because.")],
    [U("日本 😀 it's \"q\" <b>&amp;</b> {{ x }}"), A("«ñ» \u2028 \\n")],
    [U("hi"), A("<think>\nwell\n</think>\n\nfine"), U("and?"), A("<think>a</think>b")],
]
DATES = {"%d %b %Y": "29 Nov 2026", "%Y-%m-%d": "2026-11-29", "%B %d, %Y": "November 29, 2026", "%d %B %Y": "29 November 2026"}
VARIABLES = {"bos_token": "<s>", "eos_token": "</s>", "tools": None, "documents": None}


def sha(text):
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def strftime_now(code):
    return DATES[code]


def render(template, messages, **more):
    try:
        return _compile_jinja_template(template).render(messages=messages, strftime_now=strftime_now, **VARIABLES, **more)
    except KeyError as error:
        raise SystemExit(f"a date of another form: {error}") from error
    except Exception:
        return None


def main(folder):
    rows = []
    for file in sorted(pathlib.Path(folder).glob("*.jinja")):
        # newlines as they are: transformers reads the file as text, where they are all \n
        template = file.read_text(encoding="utf-8")
        made = []
        for messages in CONVERSATIONS:
            ways = [render(template, messages, add_generation_prompt=prompt, **thinking) for prompt in (True, False) for thinking in ({}, {"enable_thinking": False}, {"enable_thinking": True})]
            made.append([None if text is None else sha(text) for text in ways])
        rows.append({"name": file.name, "template": sha(template), "made": made})
    OUT.write_text(json.dumps({"jinja2": jinja2.__version__, "transformers": transformers.__version__, "dates": DATES, "variables": VARIABLES, "conversations": CONVERSATIONS, "rows": rows}, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(f"{len(rows)} templates, {sum(text is not None for row in rows for ways in row['made'] for text in ways)} texts")


if __name__ == "__main__":
    main(sys.argv[1])
