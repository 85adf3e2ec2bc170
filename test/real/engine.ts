/**
 * Our decoder on the CPU backend in Node, on a folder of real files: greedy answers by their ids, and log-likelihoods. The page gives neither.
 * Knows no oracle and no page.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { Score, TrainingRow } from '../../src/contracts/language-model.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import { readKit, type Kit } from '../../src/files/in/kit.ts';
import type { Message } from '../../src/kit/dialogue.ts';
import { generate, type Generated } from '../../src/model/generate.ts';
import { loadModel, toTensors, type ModelFiles } from '../../src/model/load.ts';
import { TfLanguageModel } from '../../src/training/language-model.ts';
import { formatOf } from '../../src/lab/sources.ts';
import { endOf, tasksOfKit, templateOf, type ChatModel, type Tasks } from '../../src/lab/tasks.ts';
import { tuningOf } from '../../src/lab/tensor-run.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { ROOT } from '../../scripts/commit.ts';

const KIT = join(ROOT, 'public/kits/english');

export type Real = {
  readonly files: Required<ModelFiles>;
  readonly tasks: Tasks;
  /** The ids of a conversation, up to where an answer begins or to its end. */
  readonly idsOf: (messages: readonly Message[], answered: boolean) => readonly number[];
};

/** The model of a folder with the English kit as its task. */
export async function openReal(folder: string): Promise<Real> {
  return realOf(await loadModel((name) => Promise.resolve(readOptional(join(folder, name)))));
}

/** A loaded model with the English kit, or another, as its task. */
export function realOf(files: Required<ModelFiles>, kit: Kit = englishKit()): Real {
  const model: ChatModel = { tokenizer: files.tokenizer, format: formatOf(files), eos: files.config.eos_token_ids };
  const template = templateOf(model);
  const idsOf = (messages: readonly Message[], answered: boolean): readonly number[] =>
    files.tokenizer.encodeTemplate(template.render(messages, { addGenerationPrompt: !answered }));
  return { files, tasks: tasksOfKit(model, kit), idsOf };
}

/** The greedy continuation of each conversation. */
export async function greedy(
  { files, idsOf }: Real,
  chats: readonly (readonly Message[])[],
  maxTokens: number,
): Promise<readonly Generated[]> {
  await startWasm();
  const { ids } = endOf(formatOf(files), files.tokenizer, files.config.eos_token_ids);
  const decoder = { config: files.config, weights: toTensors(files.config, files.weights), lora: null };
  try {
    const prompts = chats.map((messages, i) => ({ ids: idsOf(messages, false), seed: `${i}` }));
    const isEnd = (made: readonly number[]): boolean => ids.includes(made.at(-1) ?? -1);
    const answers: Generated[] = [];
    for await (const made of generate(decoder, prompts, { maxTokens, temperature: 0, topK: 0, topP: 1, isEnd })) answers[made.index] = made;
    return answers;
  } finally {
    tf.dispose([...decoder.weights.values()]);
  }
}

/** The log-likelihoods that the kit's scores are made of; `read` tokens a second are measured beside. */
export async function score({ files, tasks }: Real, rows: readonly TrainingRow[]): Promise<readonly Score[]> {
  await startWasm();
  using model = new TfLanguageModel(files, tuningOf(DEFAULTS), { seed: 1, end: tasks.end, rows: 4 });
  return await model.score(rows);
}

function readOptional(path: string): Uint8Array<ArrayBuffer> | null {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The kit that comes with the page. */
export function englishKit(): Kit {
  const { files } = JSON.parse(readFileSync(join(KIT, 'kit.json'), 'utf8')) as {
    readonly files: Readonly<Record<string, string | readonly string[]>>;
  };
  return readKit(
    new Map(['kit.json', ...Object.values(files).flat()].map((name) => [name, new Uint8Array(readFileSync(join(KIT, name)))])),
  );
}
