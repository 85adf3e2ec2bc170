/** Scoring reads once what rows begin with in common, also over several calls, and forgets it when the weights change. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TrainingRow } from '../../src/contracts/language-model.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import { groupsOf, treeOf } from '../../src/model/tree.ts';
import { TfLanguageModel } from '../../src/training/language-model.ts';
import { describeScoring, forests } from '../support/scoring-suite.ts';
import { TRAINING } from '../support/training.ts';
import { tinyModel } from '../support/tiny.ts';

describeScoring('the CPU', { open: startWasm, tolerance: null, runs: 100 });

const LORA = { mode: 'lora', rank: 2, alpha: 4, targets: ['q_proj', 'v_proj'] } as const;
const modelOf = (restarts = false): TfLanguageModel => new TfLanguageModel(tinyModel(), { ...LORA, restarts }, { seed: 1 });
const rules = 'Be kind to all. ';
const row = (question: string, completion: string): TrainingRow => ({ prompt: `${rules}${question}`, completion });
const ROWS = [row('Who?', ' Ann'), row('Who?', ' Bob'), row('Why?', ' so')];

describe('what rows begin with in common', () => {
  beforeAll(startWasm);

  it('is read once: a question for all its answers, principles for all questions, nothing of what is known', () => {
    const textOf = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
    const branches = ['rules: Who? Ann', 'rules: Who? Bob', 'rules: Why? so'].map((text) => ({ ids: textOf(text), from: 12 }));
    const tree = treeOf(branches);
    expect(tree.ids.length).toBe('rules: Who? Ann'.length + 'Bob'.length + 'y? so'.length);
    expect(tree.shared.length).toBe('rules: Wh'.length);
    expect(treeOf(branches, textOf('rules: What'))).toMatchObject({ known: 'rules: Wh'.length });
    expect(treeOf(branches, textOf('rules: What')).ids.length).toBe(tree.ids.length - 'rules: Wh'.length);
    expect(treeOf(branches, textOf('other')).known).toBe(0);
  });

  it('is never read more often than rows have tokens, in groups that are not too large', () => {
    fc.assert(
      fc.property(forests, fc.integer({ min: 1, max: 200 }), (rows, limit) => {
        const branches = rows.map(({ ids, promptLength }) => ({ ids, from: promptLength - 1 }));
        const groups = groupsOf(branches, limit);
        expect(groups.flat().toSorted((a, b) => a - b)).toEqual([...branches.keys()]);
        for (const group of groups) {
          const some = group.map((i) => branches[i] as (typeof branches)[number]);
          const { ids, positions, wanted } = treeOf(some);
          expect(ids.length <= limit || group.length === 1).toBe(true);
          for (const [i, branch] of some.entries()) {
            const places = [...(wanted[i] as Int32Array)];
            expect(places.map((place) => ids[place])).toEqual(branch.ids.slice(branch.from));
            expect(places.map((place) => positions[place])).toEqual(places.map((_, t) => branch.from + t));
          }
        }
      }),
    );
  });

  it('changes no score: not in which order rows come, not in how many calls, not with an adapter', async () => {
    using model = modelOf();
    for await (const _ of model.finetune(ROWS, TRAINING)) void _;
    const together = await model.score(ROWS);
    expect(await model.score(ROWS.toReversed())).toEqual(together.toReversed());
    for (const [i, one] of ROWS.entries()) expect(await model.score([one])).toEqual([together[i]]);
  });

  it('is forgotten when the weights change', async () => {
    const trained = async (model: TfLanguageModel): Promise<void> => {
      for await (const _ of model.finetune(ROWS, TRAINING)) void _;
    };
    const changes: readonly ((model: TfLanguageModel) => Promise<void>)[] = [
      trained,
      (model) => model.restore(null),
      trained,
      (model) => model.restart(),
      trained,
    ];
    using often = modelOf(true);
    using atEnd = modelOf(true);
    for (const change of changes) {
      for (const model of [often, atEnd]) await change(model);
      await often.score(ROWS);
    }
    expect(await often.score(ROWS)).toEqual(await atEnd.score(ROWS));
  });

  it('makes room for answers', async () => {
    using model = modelOf();
    const answer = async (): Promise<void> => {
      const options = { maxTokens: 1, temperature: 0, topK: 0, topP: 1, stop: [] };
      for await (const _ of model.generate([{ prompt: 'Who?', seed: '1' }], options)) void _;
    };
    await answer();
    const before = tf.memory().numTensors;
    await model.score(ROWS);
    expect(tf.memory().numTensors).toBeGreaterThan(before);
    await answer();
    expect(tf.memory().numTensors).toBe(before);
  });
});
