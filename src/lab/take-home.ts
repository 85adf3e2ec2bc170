/**
 * A round of a run as files for other tools: PEFT adapter, merged model, data sets, answers to held-out questions, recipes. Joins the store with src/files/out. Knows no
 * engine: weights are host memory.
 */
import { answerLines, flipLines } from '../comparison/flips.ts';
import type { HeldOutAnswers } from '../contracts/records.ts';
import { AppError } from '../errors.ts';
import { rankOf } from '../files/adapters.ts';
import type { Adapter } from '../files/lora.ts';
import { adapterFolder } from '../files/out/adapter.ts';
import { conversations, dataFiles } from '../files/out/conversations.ts';
import type { ExportFile } from '../files/out/file.ts';
import { mergeAdapter, modelFolder } from '../files/out/merged.ts';
import { recipes } from '../files/out/recipes.ts';
import type { ExportKind } from '../protocol/models.ts';
import type { ModelFiles } from '../model/load.ts';
import {
  ADDED_TOKENS,
  CHAT_TEMPLATE,
  GENERATION,
  SPECIAL_TOKENS,
  TOKENIZER,
  TOKENIZER_CONFIG,
  type ReadFile,
} from '../files/checkpoint.ts';
import { whole } from '../file-bytes.ts';
import { readSafetensors } from '../files/safetensors.ts';
import type { OpenedModel } from '../protocol/lm.ts';
import type { RunConfig } from '../run/config.ts';
import type { Sample } from '../contracts/records.ts';
import type { RunStore } from '../run/run-store.ts';
import { isTaught, ordersOf } from '../run/recipe.ts';
import { tuningOf } from './tensor-run.ts';

type Home = {
  readonly store: RunStore;
  readonly files: ModelFiles;
  readonly read: ReadFile;
  readonly model: Omit<OpenedModel, 'prompts' | 'standard'>;
  readonly run: string;
  readonly round: number;
  /** The answer in a completion, without what ends it. */
  readonly said: (completion: string) => string;
};

/** The name of the data in its files and in the recipes. */
const DATA = 'soft';
/** Files that go with a merged model. */
const BESIDE = [TOKENIZER, TOKENIZER_CONFIG, CHAT_TEMPLATE, GENERATION, SPECIAL_TOKENS, ADDED_TOKENS] as const;

/** The files, each kind in a folder of its own. Errors: RUN_UNKNOWN, MODEL_MISMATCH. */
export async function takeHome(home: Home, what: readonly ExportKind[]): Promise<readonly ExportFile[]> {
  const { config } = await home.store.run(home.run);
  const files: ExportFile[] = [];
  for (const kind of new Set(what)) {
    for (const file of await make(home, config, kind)) files.push({ ...file, name: `${kind}/${file.name}` });
  }
  return files;
}

async function make(home: Home, config: RunConfig, kind: ExportKind): Promise<readonly ExportFile[]> {
  switch (kind) {
    case 'adapter':
      return adapterFolder(await adapterOf(home, config), { base: home.model.name, about: aboutOf(home, config) });
    case 'merged':
      return merged(home, config);
    case 'samples':
      return dataFiles(DATA, conversations(await samplesOf(home), { said: home.said }));
    case 'answers':
      return answers(home);
    case 'recipes':
      return recipes(config, {
        model: home.model.name,
        data: DATA,
        ordered: ordersOf(config).within === 'easy-to-hard',
        distilled: isTaught(config),
      });
    default:
      return kind satisfies never;
  }
}

function aboutOf({ model, run, round }: Home, { method, seed, startFrom, tuning }: RunConfig): string {
  const about = `Round ${round} of ${run} (${method}, seed ${seed}) on ${model.name}: the model was fine-tuned on answers that it gave itself.`;
  if (startFrom !== 'merged' || tuning === 'full' || round < 2) return about;
  return `${about} Each round began a fresh adapter; those of rounds 1 to ${round} are added up here, so the rank is ${round} times a round's.`;
}

async function adapterOf({ store, run, round }: Home, config: RunConfig): Promise<Adapter> {
  const tuning = tuningOf(config);
  if (round === 0) throw new AppError('RUN_UNKNOWN', 'the base model has no adapter');
  if (tuning.mode === 'full') throw new AppError('RUN_UNKNOWN', 'this run trained all weights, so it has no adapter; take the whole model');
  const { tensors } = readSafetensors((await store.adapter(run, round)).bytes);
  // after restarts it is the adapters of all rounds as one
  const rank = rankOf(tensors);
  return { rank, alpha: (tuning.alpha / tuning.rank) * rank, targets: tuning.targets, tensors };
}

async function merged(home: Home, run: RunConfig): Promise<readonly ExportFile[]> {
  const { files, store, read, model, round } = home;
  const weights =
    round === 0
      ? files.weights
      : run.tuning === 'full'
        ? readSafetensors((await store.adapter(home.run, round)).bytes).tensors
        : mergeAdapter(files.config, files.weights, await adapterOf(home, run));
  const copied: ExportFile[] = [];
  for (const name of BESIDE) {
    const bytes = await read(name);
    if (bytes !== null) copied.push({ name, bytes: Uint8Array.from(whole(bytes)) });
  }
  // what came as bfloat16 goes as bfloat16: a small model does not become twice as large
  const dtype = model.parameters > 1e7 ? 'BF16' : 'F32';
  return modelFolder(files.config, weights, { dtype, copied, about: aboutOf(home, run) });
}

/** The answers of the base and of every round, and what flipped from the base to this one; empty files where an earlier version kept none. */
async function answers({ store, run, round }: Home): Promise<readonly ExportFile[]> {
  const rounds = (await store.runs()).find((summary) => summary.run === run)?.rounds.map((result) => result.round) ?? [];
  const models: { readonly round: number; readonly heldOut: HeldOutAnswers }[] = [];
  for (const at of [0, ...rounds]) {
    const heldOut = await store.heldOut(run, at);
    if (heldOut !== null) models.push({ round: at, heldOut });
  }
  return [
    { name: 'answers.jsonl', text: answerLines(models).join('') },
    { name: 'flips.jsonl', text: flipLines(models, round).join('') },
  ];
}

async function samplesOf({ store, run, round }: Home): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const rounds = (await store.runs()).find((summary) => summary.run === run)?.rounds.length ?? 0;
  for (let at = 1; at <= Math.max(round, rounds); at++) samples.push(...(await store.samples(run, at)));
  return samples;
}
