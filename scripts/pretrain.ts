/**
 * `npm run pretrain`: makes a world's base model from nothing: a tokenizer and a decoder trained on its pages by the project's own
 * optimiser, then measured and written to public/models/ under the world's name, with a model card. Saves a checkpoint on the
 * way; an interrupted run goes on from there to the same weights.
 *
 *     npm run pretrain -- --world ladder --steps 3000 --width 64 --out public/models/ladder --backend auto|wasm|webgpu --fresh
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { openBackend } from '../src/engine/backend.ts';
import { measure, type Measurement, type SettingName } from '../src/evals/generation.ts';
import { type DecoderConfig, parameterCount, parseConfig, renderConfig } from '../src/files/config.ts';
import type { ModelFiles } from '../src/model/load.ts';
import { readSafetensors, writeSafetensors } from '../src/files/safetensors.ts';
import { SPECIALS, Tokenizer } from '../src/text/tokenizer/tokenizer.ts';
import { DEFAULTS } from '../src/run/config.ts';
import type { BackendName, EngineInfo } from '../src/contracts/engine.ts';
import { Random } from '../src/random.ts';
import { TfLanguageModel } from '../src/training/language-model.ts';
import { type DrawPage, type PretrainOptions, Pretraining } from '../src/training/pretrain.ts';
import { CATALOGUE } from '../src/world/catalogue.ts';
import { WORLDS, worldOf } from '../src/world/list.ts';
import type { World } from '../src/world/world.ts';
import { trainTokenizer } from './bpe.ts';
import { modelCard } from './model-card.ts';
import { Progress } from './progress.ts';
import { answered, claimPlace, printable, readCommand, wholeNumber, WrongCall } from './command-line.ts';
import { currentCommit, ROOT } from './commit.ts';

/** What the shipped models were made with, unless their world says otherwise; LOG.md says what else was tried. */
export const RECIPE: PretrainOptions = {
  seed: 1,
  steps: 3000,
  rows: 24,
  rowTokens: 192,
  learningRate: 3e-3,
  warmup: 100,
  floor: 0.05,
  weightDecay: 0.05,
  clip: 1,
};

/** The recipe of a world's model, and the step after which it stops. */
export function recipeOf({ recipe }: Pick<World, 'recipe'>): { readonly options: PretrainOptions; readonly stop: number } {
  if (recipe === undefined) return { options: RECIPE, stop: RECIPE.steps };
  const { stop, ...changed } = recipe;
  return { options: { ...RECIPE, ...changed }, stop };
}

const VOCABULARY = 512;
/** Pages from which the tokenizer is learnt. */
const TOKENIZER_PAGES = 4000;
const CHECKPOINT_EVERY = 100;
const QUESTIONS = { validation: 100, test: 200 };

type Wanted = {
  readonly world: World;
  readonly backend: BackendName | 'auto';
  readonly fresh: boolean;
  readonly out: string;
  readonly width: number;
  readonly steps: number;
};

/** The decoder's shape from its width: heads of 16, half as many for keys and values, an inner layer of 2.75 widths. */
export function shape(width: number, tokenizer: Tokenizer): DecoderConfig {
  const [bos, eos, pad] = SPECIALS;
  return parseConfig({
    vocab_size: tokenizer.size,
    hidden_size: width,
    intermediate_size: Math.round(2.75 * width),
    num_hidden_layers: 4,
    num_attention_heads: width / 16,
    num_key_value_heads: width / 32,
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    max_position_embeddings: 512,
    tie_word_embeddings: true,
    bos_token_id: tokenizer.special(bos),
    eos_token_id: tokenizer.special(eos),
    pad_token_id: tokenizer.special(pad),
  });
}

/** A parsed tokenizer.json that knows the world's words. */
export function learnTokenizer(world: World, seed: number): ReturnType<typeof trainTokenizer> {
  const pages = Array.from({ length: TOKENIZER_PAGES }, (_, i) => world.document(Random.of(seed, 'tokenizer', i)));
  return trainTokenizer(pages, VOCABULARY);
}

/** Draws a world's pages as ids. Lines come again and again, so each is encoded once; a line break is a token of its own. */
export function pageReader(world: World, tokenizer: Tokenizer): DrawPage {
  const bos = tokenizer.special(SPECIALS[0]);
  const known = new Map<string, readonly number[]>();
  const encode = (line: string): readonly number[] => {
    const ids = known.get(line) ?? tokenizer.encode(line);
    known.set(line, ids);
    return ids;
  };
  return (random) => [
    bos,
    ...world
      .document(random)
      .split(/(?<=\n)/)
      .flatMap(encode),
  ];
}

/** More steps than anybody waits for. */
const MOST_STEPS = 1_000_000;

const USAGE = `npm run pretrain -- [options]
  --world ${WORLDS.map(({ name }) => name).join('|')}   whose pages (default ${CATALOGUE[0].name})
  --steps N                    optimiser steps, above ${RECIPE.warmup} (default ${RECIPE.steps}, or what the world says)
  --width 32|64|96|128         of the decoder (default 64)
  --backend auto|wasm|webgpu   where the tensors live (default auto)
  --out DIR                    where the model goes (default public/models/WORLD)
  --fresh                      does not go on from a checkpoint`;

const COMMAND = {
  name: 'npm run pretrain',
  options: { world: 'text', backend: 'text', out: 'text', width: 'text', steps: 'text', fresh: 'flag' },
} as const;

export function readArguments(args: readonly string[]): Wanted {
  const given = readCommand(args, COMMAND);
  const backend = given.text('backend') ?? 'auto';
  if (backend !== 'auto' && backend !== 'wasm' && backend !== 'webgpu') throw new WrongCall('--backend must be auto, wasm or webgpu.');
  const world = worldOf(given.text('world') ?? CATALOGUE[0].name);
  if (world === undefined) throw new WrongCall(`--world must be one of ${WORLDS.map(({ name }) => name).join(', ')}.`);
  const width = Number(given.text('width') ?? 64);
  if (!Number.isInteger(width / 32) || width < 32 || width > 128) throw new WrongCall('--width must be 32, 64, 96 or 128.');
  const asked = given.text('steps');
  const steps = asked === null ? recipeOf(world).options.steps : wholeNumber('--steps', asked, [RECIPE.warmup + 1, MOST_STEPS]);
  const out = resolve(ROOT, given.text('out') ?? `public/models/${world.name}`);
  return { world, backend, fresh: given.has('fresh'), width, steps, out };
}

type Note = { readonly recipe: string; readonly step: number; readonly seconds: number };

/** One checkpoint on disk, replaced as a whole; a checkpoint of another recipe counts as none. */
class Checkpoint {
  readonly #path: string;
  readonly #recipe: string;

  constructor(path: string, recipe: string) {
    this.#path = path;
    this.#recipe = recipe;
  }

  async save(training: Pretraining, seconds: number): Promise<void> {
    const note: Note = { recipe: this.#recipe, step: training.step, seconds };
    const bytes = writeSafetensors(await training.snapshot(), { metadata: { note: JSON.stringify(note) } });
    writeFileSync(`${this.#path}.new`, bytes);
    renameSync(`${this.#path}.new`, this.#path);
  }

  /** Puts the checkpoint into the training; returns the seconds that it took, or null where there is none. */
  load(training: Pretraining): number | null {
    try {
      const { tensors, metadata } = readSafetensors(readFileSync(this.#path));
      const note = JSON.parse(metadata.get('note') ?? '{}') as Partial<Note>;
      if (note.recipe !== this.#recipe || note.step === undefined || note.seconds === undefined) return null;
      training.restore(tensors, note.step);
      return note.seconds;
    } catch {
      return null;
    }
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}

/** Trains to the last step with a line of progress. Returns the loss, averaged over about fifty steps, and the seconds of all sessions. */
async function train(
  training: Pretraining,
  checkpoint: Checkpoint,
  { options, stop }: { readonly options: PretrainOptions; readonly stop: number },
  draw: DrawPage,
) {
  const before = checkpoint.load(training) ?? 0;
  if (training.step > 0) console.log(`going on after step ${training.step}`);
  const progress = new Progress(stop, training.step);
  const start = performance.now();
  const seconds = () => before + (performance.now() - start) / 1000;
  let smooth: number | null = null;
  if (training.step < stop)
    for await (const { step, loss } of training.run(options, draw)) {
      smooth = smooth === null ? loss : 0.98 * smooth + 0.02 * loss;
      progress.show(step, `loss ${smooth.toFixed(3)}`);
      if (step % CHECKPOINT_EVERY === 0) await checkpoint.save(training, seconds());
      if (step >= stop) break;
    }
  return { loss: smooth, seconds: seconds() };
}

/** Zero-, one- and few-shot shares of a base model on the validation and the test set. */
async function assess(
  { task, questions }: World,
  files: ModelFiles,
  seed: number,
): Promise<{ validation: Measurement; test: Measurement }> {
  using model = new TfLanguageModel(files, { mode: 'full' }, { seed });
  const settings: readonly SettingName[] = ['zeroShot', 'oneShot', 'fewShot'];
  const options = { settings, seed, maxTokens: DEFAULTS.maxTokens };
  const all = async (measuring: ReturnType<typeof measure>): Promise<Measurement> => {
    for (;;) {
      const step = await measuring.next();
      if (step.done) return step.value;
    }
  };
  return {
    validation: await all(measure(model, task, questions.validation(QUESTIONS.validation), options)),
    test: await all(measure(model, task, questions.test(QUESTIONS.test), options)),
  };
}

function machine({ backend, device }: EngineInfo): string {
  return `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}, ${backend} (${device})`;
}

export function main(args: readonly string[]): Promise<number> {
  return answered(args, USAGE, () => {
    const wanted = readArguments(args);
    claimPlace('--out', wanted.out);
    return pretrain(wanted);
  });
}

async function pretrain(wanted: Wanted): Promise<number> {
  const commit = currentCommit();
  const engine = await openBackend(wanted.backend);
  console.log(machine(engine));
  const { world } = wanted;
  const recipeHere = recipeOf(world);
  const options = { ...recipeHere.options, steps: wanted.steps };
  const stop = Math.min(recipeHere.stop, options.steps);
  const tokenizerJson = learnTokenizer(world, options.seed);
  const tokenizer = new Tokenizer(tokenizerJson);
  const config = shape(wanted.width, tokenizer);
  const cache = join(ROOT, '.cache/pretrain');
  mkdirSync(cache, { recursive: true });
  // The pages are part of the recipe: another world must not go on from this one's weights.
  const recipe = JSON.stringify([options, config, tokenizerJson.model.merges, engine.backend]);
  const checkpoint = new Checkpoint(join(cache, `${world.name}-${wanted.width}.safetensors`), recipe);
  if (wanted.fresh) checkpoint.remove();

  using training = new Pretraining(config, options);
  console.log(
    `${parameterCount(config).toLocaleString('en')} parameters, ${options.steps} steps of ${options.rows * options.rowTokens} tokens`,
  );
  const { loss, seconds } = await train(training, checkpoint, { options, stop }, pageReader(world, tokenizer));
  const weights = await training.weights();
  const scores = await assess(world, { config, tokenizer, weights }, options.seed);

  const card = modelCard({ world, options, stop, config, commit, machine: machine(engine), loss, seconds, scores, questions: QUESTIONS });
  mkdirSync(wanted.out, { recursive: true });
  writeFileSync(join(wanted.out, 'config.json'), renderConfig(config));
  writeFileSync(join(wanted.out, 'tokenizer.json'), `${JSON.stringify(tokenizerJson)}\n`);
  writeFileSync(join(wanted.out, 'model.safetensors'), writeSafetensors(weights, { metadata: { commit } }));
  writeFileSync(join(wanted.out, 'README.md'), card);
  console.log(card.slice(card.indexOf('## Scores')));
  console.log(printable(`written to ${wanted.out}`));
  return 0;
}
