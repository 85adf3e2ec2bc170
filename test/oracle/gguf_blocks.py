"""Blocks of every GGUF type that is read, with the numbers that the Python package `gguf` makes of them.

    python test/oracle/gguf_blocks.py      writes test/fixtures/gguf-blocks.json

Bytes are random; float16 scales among them are finite, of both signs, and small, zero, subnormal and large. Needs gguf and numpy.
"""
import base64
import json
import pathlib

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, quants

# the bytes of a block at which its float16 scales begin
SCALES = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
    "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
}
BLOCKS = 12


def main():
    random = np.random.default_rng(13)
    rows = {}
    for name, places in SCALES.items():
        kind = GGMLQuantizationType[name]
        numbers, size = GGML_QUANT_SIZES[kind]
        blocks = random.integers(0, 256, (BLOCKS, size), dtype=np.uint8)
        for place in places:
            scales = (random.standard_normal(BLOCKS) * 10.0 ** random.integers(-7, 3, BLOCKS)).astype(np.float16)
            scales[:4] = [0.0, -0.0, 6e-8, -65504.0]
            blocks[:, place:place + 2] = scales.view(np.uint8).reshape(BLOCKS, 2)
        made = quants.dequantize(blocks, kind)
        assert made.dtype == np.float32 and made.size == BLOCKS * numbers and np.isfinite(made).all(), name
        rows[name] = {"bytes": base64.b64encode(blocks.tobytes()).decode(), "floats": base64.b64encode(made.tobytes()).decode()}
    out = pathlib.Path(__file__).parent.parent / "fixtures/gguf-blocks.json"
    out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
