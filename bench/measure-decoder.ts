/** Measures a decoder: training, an adapter, scoring, generation, and what they use on the device. Knows no subject in particular. */
import { reasonOf, type Bench } from './bench.ts';
import { best } from '../src/lab/measure/clock.ts';
import { batchOf, describe, promptsOf, sizesOf } from '../src/lab/measure/shapes.ts';
import type { Batch, LlamaShape, Prompts, Trainer, Weights } from '../src/lab/measure/parts.ts';
import { measureKit } from './measure-kit.ts';
import type { Subject } from './subject.ts';
import { weightsOf } from '../src/lab/measure/weights.ts';

/** Steps on one batch after which the loss must have fallen, before a subject's training is timed. */
const CHECKED = 3;
/** A decoder of a user's own, which is aligned to a kit, and what it reads at least. */
const [LARGE_VOCABULARY, KIT_CONTEXT] = [10_000, 1024];

/**
 * Seconds of the fastest step after the first, which compiles; throws unless the loss falls. What warms up is timed too: a step of a
 * software adapter takes seconds, and only the fastest counts.
 */
async function secondsOfStep({ step }: Trainer, { clock, seconds }: Bench, label: string): Promise<number> {
  const losses = [await step()];
  let fastest = Infinity;
  const timed = async (): Promise<void> => void losses.push(await step());
  for (let i = 0; i < CHECKED; i++) fastest = Math.min(fastest, await best(clock, 0, timed, 0));
  console.log(`${label}: losses ${losses.map((loss) => loss.toFixed(4)).join(' ')}`);
  if (!((losses.at(-1) ?? NaN) < (losses[0] ?? NaN))) throw new Error(`the loss does not fall: ${losses.join(' ')}`);
  return fastest > seconds ? fastest : Math.min(fastest, await best(clock, seconds, timed, 0));
}

export async function measureDecoder(subject: Subject, shape: LlamaShape, bench: Bench): Promise<void> {
  const { clock, seconds, kind, wants } = bench;
  const label = describe(shape);
  const sizes = sizesOf(shape, kind);
  const [B, T] = sizes.training;
  const batch = batchOf(shape, sizes.training);
  let drawn: Weights | null = null;
  const weights = (): Weights => (drawn ??= weightsOf(shape)); // only where they are wanted: large ones take a second
  /** Measures `unit` a call; a failure becomes a row. */
  const row = async (name: string, unit: string, measure: () => Promise<number>): Promise<void> => {
    if (!wants(name, label)) return;
    try {
      bench.emit({ name, shape: label, unit, value: await measure() });
    } catch (error) {
      bench.emit({ name, shape: label, unit, value: null, note: `${subject.name}: ${reasonOf(error)}` });
    }
  };
  const rate = async (trainer: Trainer): Promise<number> => {
    try {
      return (B * T) / (await secondsOfStep(trainer, bench, `${subject.name}, ${bench.backend}, ${label}`));
    } finally {
      await trainer.dispose();
    }
  };
  const at = `${B} x ${T}`;
  const { trainer, scorer, languageModel, generator } = subject;
  if (trainer !== undefined) {
    await row(`training step, ${at}`, 'tok/s', async () => rate(await trainer(shape, weights(), batch, 'all')));
    if (subject.adapts === true) await row(`LoRA step, ${at}`, 'tok/s', async () => rate(await trainer(shape, weights(), batch, 'lora')));
  }
  if (scorer !== undefined) {
    await row(`scoring, ${at}`, 'tok/s', async () => {
      const { step, dispose } = await scorer(shape, weights(), batch);
      const time = await best(clock, seconds, step);
      await dispose();
      return (B * T) / time;
    });
  }
  if (languageModel !== undefined && kind !== 'software' && shape.V > LARGE_VOCABULARY) {
    await row('a kit measured, 20 test questions', 'tok/s', async () => {
      using model = languageModel({ ...shape, context: KIT_CONTEXT }, weights());
      const { tokens, seconds } = await measureKit(model, clock);
      return tokens / seconds;
    });
  }
  if (generator !== undefined) await measureGeneration(subject, shape, weights, promptsOf(shape, sizes), bench, row);
  if (subject.usage !== undefined && bench.backend === 'webgpu') await measureUsage(subject, shape, weights, batch, label, bench);
}

type MakeRow = (name: string, unit: string, measure: () => Promise<number>) => Promise<void>;

/** Tokens a second, all prompts in one batch and one after the other. */
async function measureGeneration(
  { generator, crowd }: Subject,
  shape: LlamaShape,
  weights: () => Weights,
  wanted: Prompts,
  { clock, seconds, backend }: Bench,
  row: MakeRow,
): Promise<void> {
  if (generator === undefined) return;
  const { prompts, tokens } = wanted;
  const name = `generating ${tokens} tokens after ${prompts[0]?.length}`;
  const timed = async (some: Prompts): Promise<number> => {
    const { generate, dispose } = await generator(shape, weights());
    try {
      return (some.prompts.length * tokens) / (await best(clock, seconds, () => generate(some), 1));
    } finally {
      dispose();
    }
  };
  await row(`${name}, ${prompts.length} at once`, 'tok/s', () => timed(wanted));
  const all = backend === 'wasm' && crowd !== undefined ? await crowd(shape) : null;
  if (all !== null) {
    await row(`${name}, ${prompts.length} at once, ${all.workers} workers`, 'tok/s', async () => {
      return (prompts.length * tokens) / (await best(clock, seconds, () => all.generate(wanted), 1));
    });
    all.dispose();
  }
  await row(`${name}, one by one`, 'tok/s', () => timed({ ...wanted, prompts: prompts.slice(0, 1) }));
}

/** Dispatches, and bytes above what stays, of a training step, an adapter's step and one more token for a batch. */
async function measureUsage(
  { usage, trainer, generator, name: subject }: Subject,
  shape: LlamaShape,
  weights: () => Weights,
  batch: Batch,
  label: string,
  { emit, wants, kind }: Bench,
): Promise<void> {
  if (usage === undefined) return;
  const report = async (name: string, measure: () => Promise<{ readonly dispatches: number; readonly bytes: number }>): Promise<void> => {
    if (!wants(`${name}: dispatches`, label) && !wants(`${name}: extra bytes`, label)) return;
    try {
      const { dispatches, bytes } = await measure();
      emit({ name: `${name}: dispatches`, shape: label, value: dispatches, unit: 'dispatches' });
      emit({ name: `${name}: extra bytes`, shape: label, value: bytes / 1e6, unit: 'MB' });
    } catch (error) {
      emit({ name: `${name}: dispatches`, shape: label, value: null, unit: 'dispatches', note: `${subject}: ${reasonOf(error)}` });
    }
  };
  for (const mode of ['all', 'lora'] as const) {
    if (trainer === undefined) break;
    await report(`${mode === 'all' ? 'training' : 'LoRA'} step, ${batch.B} x ${batch.T}`, async () => {
      const { step, dispose } = await trainer(shape, weights(), batch, mode);
      await step();
      const used = await usage(step);
      await dispose();
      return used;
    });
  }
  if (generator === undefined) return;
  const wanted = promptsOf(shape, sizesOf(shape, kind));
  await report(`decode step, ${wanted.prompts.length} rows`, async () => {
    const { generate, dispose } = await generator(shape, weights());
    const run = (tokens: number) => () => generate({ ...wanted, tokens });
    await run(2)();
    // A call that makes one token more takes one decode step more.
    const [one, two] = [await usage(run(1)), await usage(run(2))];
    dispose();
    return { dispatches: two.dispatches - one.dispatches, bytes: two.bytes };
  });
}
