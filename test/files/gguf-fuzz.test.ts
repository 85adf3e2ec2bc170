/** Damaged and random GGUF files: accepted, or refused with a code and the file's name; never anything else, and never more than the file has. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { CONFIG, GENERATION, TOKENIZER, TOKENIZER_CONFIG } from '../../src/files/checkpoint.ts';
import { ggufFolder, readGguf } from '../../src/files/in/gguf/gguf.ts';
import { readGgufHeader } from '../../src/files/in/gguf/header.ts';
import { writeGguf } from '../support/gguf.ts';

const f32 = (...numbers: number[]): Uint8Array => new Uint8Array(Float32Array.from(numbers).buffer);
const norm = { shape: [4], type: 0, bytes: f32(1, 1, 1, 1) };
const square = { shape: [4, 4], type: 0, bytes: new Uint8Array(64) };
const FILE = writeGguf({
  fields: {
    'general.architecture': 'llama',
    'llama.block_count': 1,
    'llama.context_length': 16,
    'llama.embedding_length': 4,
    'llama.feed_forward_length': 4,
    'llama.attention.head_count': 2,
    'llama.attention.layer_norm_rms_epsilon': 1e-5,
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': 'gpt-2',
    'tokenizer.ggml.tokens': ['a', 'b', 'ab', '<s>'],
    'tokenizer.ggml.token_type': [1, 1, 1, 3],
    'tokenizer.ggml.merges': ['a b'],
    'tokenizer.ggml.eos_token_id': 3,
  },
  tensors: {
    'token_embd.weight': square,
    'output_norm.weight': norm,
    ...Object.fromEntries(
      ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down'].map((name) => [`blk.0.${name}.weight`, square]),
    ),
    'blk.0.attn_norm.weight': norm,
    'blk.0.ffn_norm.weight': norm,
  },
});

/** Reads all that a file has. */
async function readAll(bytes: Uint8Array<ArrayBuffer>): Promise<'read' | 'refused'> {
  try {
    const read = ggufFolder(bytes, 'my.gguf');
    for (const name of [CONFIG, TOKENIZER, TOKENIZER_CONFIG, GENERATION]) await read(name);
    for (const { begin, end } of readGgufHeader(bytes).tensors.values()) expect(begin >= 0 && end <= bytes.length).toBe(true);
    for (const tensor of readGguf(bytes, 'my.gguf').values()) expect(tensor.data.length * 4).toBeLessThanOrEqual(bytes.length * 8);
    return 'read';
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.code).toMatch(/^MODEL_(?:TRUNCATED|FORMAT|MISMATCH|UNSUPPORTED)$|^TOKENIZER_FORMAT$/);
    expect(error.detail).toMatch(/^my\.gguf: /);
    expect(error.detail.length).toBeLessThan(600);
    return 'refused';
  }
}

describe('a GGUF file that is', () => {
  it('whole is read', async () => {
    expect(await readAll(FILE)).toBe('read');
  });

  it('cut off anywhere is refused', async () => {
    for (let length = 0; length < FILE.length - 32; length += 3) expect(await readAll(FILE.slice(0, length))).toBe('refused');
  });

  it('changed in some bytes is read or refused', async () => {
    const changes = fc.array(fc.tuple(fc.nat(FILE.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const changed = fc.asyncProperty(changes, async (edits) => {
      const bytes = FILE.slice();
      for (const [at, byte] of edits) bytes[at] = byte;
      await readAll(bytes);
    });
    await fc.assert(changed, { numRuns: 4000, seed: 13 });
  });

  it('random after its first bytes is refused', async () => {
    const random = fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(8, 16, 24), async (noise, kept) => {
      const bytes = new Uint8Array(kept + noise.length);
      bytes.set(FILE.subarray(0, kept));
      bytes.set(noise, kept);
      expect(await readAll(bytes)).toBe('refused');
    });
    await fc.assert(random, { numRuns: 4000, seed: 14 });
  });
});
