/** A random model that has learned to say given things in a conversation, so that a page shows what somebody has written. */
import { startWasm } from '../../src/engine/wasm.ts';
import { adapterFolder } from '../../src/files/out/adapter.ts';
import { piecesOf } from '../../src/files/out/file.ts';
import { loraOf } from '../../src/files/lora.ts';
import { readSafetensors } from '../../src/files/safetensors.ts';
import { speechOf } from '../../src/lab/chat.ts';
import { formatOf } from '../../src/lab/sources.ts';
import { endOf } from '../../src/lab/tasks.ts';
import { loadModel } from '../../src/model/load.ts';
import { afterThought } from '../../src/thoughts.ts';
import { TfLanguageModel, type Tuning } from '../../src/training/language-model.ts';
import { randomModel } from './random-model.ts';
import { repeated, TRAINING } from './training.ts';

type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
export type Turn = { readonly question: string; readonly answer: string };

/** What the model says after so many steps over all turns; with `tuning` as what is trained. */
async function taught(all: Files, turns: readonly Turn[], tuning: Tuning, steps: number): Promise<Uint8Array<ArrayBuffer>> {
  await startWasm();
  const files = await loadModel(async (name) => all.get(name) ?? null);
  const format = formatOf(files);
  const end = endOf(format, files.tokenizer, files.config.eos_token_ids);
  const speech = speechOf(files, format);
  const rows = turns.map(({ question, answer }, i) => {
    const earlier = turns.slice(0, i).map((turn) => ({ ...turn, answer: afterThought(turn.answer).trim() }));
    const prompt = speech.prompt({ run: '', round: 0, system: '', earlier, question, seed: 0 });
    return { prompt, completion: answer + end.text };
  });
  using model = new TfLanguageModel(files, tuning, { seed: 1, end });
  for await (const _ of model.finetune(repeated(rows, steps), {
    ...TRAINING,
    batchSize: rows.length,
    ...(tuning.mode === 'lora' ? { learningRate: 0.01, schedule: 'cosine' } : {}),
  }))
    void _;
  return (await model.snapshot()).bytes;
}

/** A model that answers the questions of a conversation so, one after the other, as the files of a checkpoint. */
export async function taughtModel(turns: readonly Turn[]): Promise<Files> {
  const files = randomModel('llama');
  return new Map([...files, ['model.safetensors', await taught(files, turns, { mode: 'full' }, 150)]]);
}

/** An adapter of such a model that answers otherwise, as PEFT's files. */
export async function taughtAdapter(files: Files, turns: readonly Turn[]): Promise<Files> {
  const lora = loraOf({ loraRank: 16, loraTargets: 'all' });
  const { tensors } = readSafetensors(await taught(files, turns, { mode: 'lora', ...lora }, 150));
  const folder = adapterFolder({ ...lora, tensors }, { base: 'taught', about: '' });
  return new Map(folder.map((file) => [file.name, new Uint8Array(Buffer.concat([...piecesOf(file)]))]));
}
