/**
 * A round of a run as files for other tools: PEFT adapter, merged model, data sets, answers to held-out questions, recipes. Joins the store with src/files/out. Knows no
 * engine: weights are host memory.
 */
import { answerLines, flipLines } from '../comparison/flips.ts';
import type { HeldOutAnswers } from '../contracts/records.ts';
import { AppError } from '../errors.ts';
import { rankOf } from '../files/adapters.ts';
import { writtenEnds } from '../files/config.ts';
import type { Adapter } from '../files/lora.ts';
import { adapterFolder } from '../files/out/adapter.ts';
import { conversations, dataFiles } from '../files/out/conversations.ts';
import { jsonFile, type ExportFile } from '../files/out/file.ts';
import { mergeAdapter, modelFolder } from '../files/out/merged.ts';
import { recipes } from '../files/out/recipes.ts';
import type { ExportKind } from '../protocol/models.ts';
import type { ModelFiles } from '../model/load.ts';
import {
  ADDED_TOKENS,
  CHAT_TEMPLATE,
  CONFIG,
  GENERATION,
  readJson,
  SPECIAL_TOKENS,
  TOKENIZER,
  TOKENIZER_CONFIG,
  type ReadFile,
} from '../files/checkpoint.ts';
import { whole } from '../file-bytes.ts';
import { readSafetensors, type FloatType, type Share, type StoredTensor } from '../files/safetensors.ts';
import { largestDifference, rounded } from '../model/difference.ts';
import type { OpenedModel } from '../protocol/lm.ts';
import type { RunConfig } from '../run/config.ts';
import type { Sample } from '../contracts/records.ts';
import type { RunStore } from '../run/run-store.ts';
import { isTaught, ordersOf, partsOf, writerOf } from '../run/recipe.ts';
import { ADAMW } from '../training/finetune.ts';
import { tuningOf } from './tensor-run.ts';

type Home = {
  readonly store: RunStore;
  readonly files: ModelFiles;
  readonly read: ReadFile;
  readonly model: Omit<OpenedModel, 'prompts' | 'principles' | 'standard'>;
  readonly run: string;
  readonly round: number;
  /** The answer in a completion, without what ends it. */
  readonly said: (completion: string) => string;
  /** The tokens that ended an answer of the run; those of config.json where nothing is said. */
  readonly ends?: readonly number[];
  /** The type of a whole model's numbers. */
  readonly dtype?: FloatType;
  /** Texts as ids, to measure a whole model on; absent where nothing is measured. */
  readonly texts?: readonly (readonly number[])[];
  /** The files are saved one by one, into one folder. */
  readonly beside?: boolean;
};

/** Files, and a sentence of what was measured of them where there is one. */
export type Taken = { readonly files: readonly ExportFile[]; readonly note: string | null };

/** The name of the data in its files and in the recipes. */
const DATA = 'soft';
/** Files that go with a merged model. */
const BESIDE = [TOKENIZER, TOKENIZER_CONFIG, CHAT_TEMPLATE, GENERATION, SPECIAL_TOKENS, ADDED_TOKENS] as const;

/** The files, each kind in a folder of its own. Errors: RUN_UNKNOWN, MODEL_MISMATCH, EXPORT_RANGE. */
export async function takeHome(home: Home, what: readonly ExportKind[]): Promise<readonly ExportFile[]> {
  const work = takeMeasured(home, what);
  for (;;) {
    const { done, value } = await work.next();
    if (done === true) return value.files;
  }
}

/** The same, with what a whole model was found to differ by; `gate` is asked between parts of that, and ends it where it rejects. */
export async function* takeMeasured(home: Home, what: readonly ExportKind[], gate?: () => Promise<void>): AsyncGenerator<Share, Taken> {
  const { config } = await home.store.run(home.run);
  const whole = what.includes('merged') ? await mergedOf(home, config) : null;
  const note = whole === null ? null : yield* differenceText(home, config, whole, gate);
  const files: ExportFile[] = [];
  for (const kind of new Set(what)) {
    const made = kind === 'merged' && whole !== null ? await merged(home, config, whole, note) : await make(home, config, kind);
    for (const file of made) files.push({ ...file, name: `${kind}/${file.name}` });
  }
  return { files, note };
}

/** Files for one folder: two of one name are told apart by their kinds. */
export function besideEachOther(files: readonly ExportFile[]): readonly ExportFile[] {
  const bare = (name: string): string => name.slice(name.indexOf('/') + 1);
  const twice = (name: string): boolean => files.filter((other) => bare(other.name) === bare(name)).length > 1;
  return files.map((file) => ({ ...file, name: twice(file.name) ? file.name.replaceAll('/', '-') : bare(file.name) }));
}

async function make(home: Home, config: RunConfig, kind: ExportKind): Promise<readonly ExportFile[]> {
  switch (kind) {
    case 'adapter':
      return adapterFolder(await adapterOf(home, config), { base: home.model.name, about: aboutOf(home, config) });
    case 'merged':
      return []; // made once, for its files and for what is said of them
    case 'samples': {
      const written = await writersOf(home, config);
      return dataFiles(DATA, conversations(await samplesOf(home), { said: home.said, adapterHash: (round) => written.get(round) ?? '' }));
    }
    case 'answers':
      return answers(home);
    case 'recipes':
      return recipes(config, {
        model: home.model.name,
        data: DATA,
        folders: home.beside === true ? null : { data: 'samples', recipes: kind },
        beta2: ADAMW.beta2,
        ordered: ordersOf(config).within === 'easy-to-hard',
        distilled: isTaught(config),
      });
    default:
      return kind satisfies never;
  }
}

/** What a run learns from, by who writes it. */
const WRITTEN = {
  previous: 'answers that it gave itself',
  base: 'answers of the base model',
  gold: 'the right answers, which its world gave',
} as const satisfies Readonly<Record<RunConfig['answersFrom'], string>>;

function aboutOf({ model, run, round }: Home, config: RunConfig): string {
  const { method, seed, startFrom, tuning } = config;
  const about = `Round ${round} of ${run} (${method}, seed ${seed}) on ${model.name}: the model was fine-tuned on ${WRITTEN[writerOf(config)]}.`;
  if (startFrom !== 'merged' || tuning === 'full' || round < 2 || partsOf(config) === 1) return about;
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

type Weights = ReadonlyMap<string, StoredTensor>;

/** The weights of a round as one model. */
async function mergedOf(home: Home, run: RunConfig): Promise<Weights> {
  const { files, store, round } = home;
  if (round === 0) return files.weights;
  if (run.tuning === 'full') return readSafetensors((await store.adapter(home.run, round)).bytes).tensors;
  return mergeAdapter(files.config, files.weights, await adapterOf(home, run));
}

/** The type of the numbers: a model of many is as small as it usually comes, in the type that rounds less. */
function typeOf({ dtype, model }: Home): FloatType {
  return dtype ?? (model.parameters > 1e7 ? 'F16' : 'F32');
}

const NAMES: Readonly<Record<FloatType, string>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/** How far the model's logits in its file are from those of the base with the adapter beside it, or that it could not be measured; null where it was not asked for. */
async function* differenceText(
  home: Home,
  run: RunConfig,
  weights: Weights,
  gate: (() => Promise<void>) | undefined,
): AsyncGenerator<Share, string | null> {
  const { files, round, texts } = home;
  if (texts === undefined) return null;
  const dtype = typeOf(home);
  if (texts.length === 0)
    return `As ${NAMES[dtype]}, its logits were compared with none: no question of its run is short enough to be read.`;
  const beside = round > 0 && run.tuning !== 'full';
  const exact = beside ? { weights: files.weights, adapter: await adapterOf(home, run) } : { weights, adapter: null };
  const apart = yield* largestDifference(files.config, exact, { weights: rounded(weights, dtype), adapter: null }, texts, gate);
  if (!Number.isFinite(apart)) throw new AppError('EXPORT_RANGE', `a weight is too large for ${NAMES[dtype]}`);
  const what = beside ? 'the adapter beside the base model' : 'the weights as they were trained';
  return `As ${NAMES[dtype]}, its logits differ from those of ${what} by at most ${apart === 0 ? '0' : apart.toPrecision(2)}, on ${texts.length} text${texts.length === 1 ? '' : 's'}.`;
}

async function merged(home: Home, run: RunConfig, weights: Weights, note: string | null): Promise<readonly ExportFile[]> {
  const { files, read, ends = files.config.eos_token_ids } = home;
  const copied: ExportFile[] = [];
  for (const name of BESIDE) {
    const bytes = await read(name);
    // an empty one says nothing: it is no JSON to other tools, and would stand where the ends of the run belong
    if (bytes === null || bytes.length === 0) continue;
    const named = name === GENERATION ? withEnds(files.generation, ends) : null;
    copied.push(named === null ? { name, bytes: Uint8Array.from(whole(bytes)) } : jsonFile(name, named));
  }
  const config = await read(CONFIG);
  const source = config === null ? null : (readJson(config, CONFIG, 'MODEL_MISMATCH') as Readonly<Record<string, unknown>>);
  const about = [aboutOf(home, run), note].filter((sentence) => sentence !== null).join(' ');
  return modelFolder(files.config, weights, { dtype: typeOf(home), copied, about, ends, source });
}

/** generation_config.json with the ends of the run behind its own, for it is all that transformers ends an answer by; null where it names all of them. */
function withEnds(generation: unknown, ends: readonly number[]): object | null {
  const own = generation as Readonly<Record<string, unknown>> | null | undefined;
  const named: readonly unknown[] = [own?.['eos_token_id'] ?? []].flat();
  if (own === null || own === undefined || ends.every((id) => named.includes(id))) return null;
  return { ...own, eos_token_id: writtenEnds([...new Set([...(named as readonly number[]), ...ends])]) };
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

/** What the chosen round has learnt from: the answers up to it. */
async function samplesOf({ store, run, round }: Home): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (let at = 1; at <= round; at++) samples.push(...(await store.samples(run, at)));
  return samples;
}

/** The hash of the adapter that wrote a round's answers, that of the round before; the base model, which wrote the first, has none, nor has a world. */
async function writersOf({ store, run, round }: Home, config: RunConfig): Promise<ReadonlyMap<number, string>> {
  const written = new Map<number, string>();
  if (writerOf(config) !== 'previous') return written;
  for (let at = 2; at <= round; at++) written.set(at, (await store.adapter(run, at - 1)).hash);
  return written;
}
