/** Which model a picked folder is: its weights are told apart wherever they differ, and its prompts however they are written. */
import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors, type StoredTensor } from '../../src/files/safetensors.ts';
import { openSource } from '../../src/lab/sources.ts';
import { randomModel } from '../support/random-model.ts';

type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
const base: Files = randomModel('llama');

async function opened(files: Files) {
  const entries = [...files].map(([name, bytes]) => ({ path: `mine/${name}`, file: new File([bytes], name) }));
  const opening = openSource({ kind: 'files', files: entries });
  for (;;) {
    const step = await opening.next();
    if (step.done === true) return step.value.model;
  }
}

/** The same files with other numbers in one weight. */
function trained(name: string, change: (data: Float32Array) => void): Files {
  const weights = new Map<string, StoredTensor>(readSafetensors(base.get('model.safetensors') as Uint8Array<ArrayBuffer>).tensors);
  const { shape, data } = weights.get(name) as StoredTensor;
  const changed = data.slice();
  change(changed);
  return new Map([...base, ['model.safetensors', writeSafetensors(weights.set(name, { shape, data: changed }))]]);
}

/** As an adapter that is added changes a matrix: each number a little. */
const little = (data: Float32Array): void => data.forEach((number, i) => void (data[i] = number + 1e-3 * Math.sin(i + 1)));

describe('a picked model', () => {
  it('is the same each time that it is opened', async () => {
    const [first, again] = [await opened(base), await opened(new Map([...base].toReversed()))];
    expect(again).toEqual(first);
    expect(first.weights).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each(['self_attn.q_proj', 'self_attn.v_proj', 'mlp.down_proj'])(
    'is another where %s of a layer in between was trained alone, with the fingerprint of its base',
    async (name) => {
      const [mine, other] = [await opened(base), await opened(trained(`model.layers.0.${name}.weight`, little))];
      expect(other.fingerprint).toBe(mine.fingerprint);
      expect(other.weights).not.toBe(mine.weights);
      expect(other.rendering).toBe(mine.rendering);
    },
  );

  it('is another where its embeddings or its head were trained', async () => {
    const mine = await opened(base);
    for (const name of ['model.embed_tokens.weight', 'lm_head.weight'])
      expect((await opened(trained(name, little))).weights).not.toBe(mine.weights);
  });

  it('writes its prompts otherwise with another template, and has the same weights', async () => {
    const template = new TextEncoder().encode("{% for m in messages %}{{ m.role + ': ' + m.content + '\\n' }}{% endfor %}assistant:");
    const [mine, other] = [await opened(base), await opened(new Map([...base, ['chat_template.jinja', template]]))];
    expect(other).toMatchObject({ fingerprint: mine.fingerprint, weights: mine.weights });
    expect(other.rendering).not.toBe(mine.rendering);
  });
});
