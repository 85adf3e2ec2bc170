"""The questions of a file in its order, as Python reads them: the column of TruthfulQA, the first turn of MT-Bench and Vicuna.

    python test/real/questions.py FILE OUT.json
"""
import csv
import json
import pathlib
import sys


def questions(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix == ".csv":
            return [row["Question"] for row in csv.DictReader(file)]
        rows = [json.loads(line) for line in file if line.strip()]
    return [row["turns"][0] if "turns" in row else row["text"] for row in rows]


pathlib.Path(sys.argv[2]).write_text(json.dumps(questions(pathlib.Path(sys.argv[1]))), encoding="utf-8")
