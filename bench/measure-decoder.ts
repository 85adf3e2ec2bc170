/** Measures a decoder: training, an adapter, scoring, generation, and what they use on the device. Knows no subject in particular. */
import { reasonOf, type Bench } from './bench.ts';
import type { Measured } from './row.ts';
import { answeringRate, readingRate, trainingRate } from '../src/lab/measure/rates.ts';
import { batchOf, describe, NAMES, promptsOf, sizesOf } from '../src/lab/measure/shapes.ts';
import type { Batch, LlamaShape, Prompts, Trainer, Weights } from '../src/lab/measure/parts.ts';
import { measureKit } from './measure-kit.ts';
import type { Subject } from './subject.ts';
import { weightsOf } from '../src/lab/measure/weights.ts';

/** A decoder of a user's own, which is aligned to a kit, and what it reads at least. */
const [LARGE_VOCABULARY, KIT_CONTEXT] = [10_000, 1024];

export async function measureDecoder(subject: Subject, shape: LlamaShape, bench: Bench): Promise<void> {
  const { clock, seconds, kind, wants } = bench;
  const label = describe(shape);
  const sizes = sizesOf(shape, kind);
  const batch = batchOf(shape, sizes.training);
  let drawn: Weights | null = null;
  const weights = (): Weights => (drawn ??= weightsOf(shape)); // only where they are wanted: large ones take a second
  /** Measures `unit` a call; a failure becomes a row. */
  const row: MakeRow = async (name, unit, measure, more = {}) => {
    if (!wants(name, label)) return;
    try {
      bench.emit({ name, shape: label, unit, value: await measure(), ...more });
    } catch (error) {
      bench.emit({ name, shape: label, unit, value: null, ...more, note: `${subject.name}: ${reasonOf(error)}` });
    }
  };
  const timing = { clock, seconds };
  const tell = (losses: readonly number[]): void =>
    console.log(`${subject.name}, ${bench.backend}, ${label}: losses ${losses.map((loss) => loss.toFixed(4)).join(' ')}`);
  const rate = (made: Trainer): Promise<number> => trainingRate(made, batch, timing, tell);
  const { trainer, scorer, languageModel, generator } = subject;
  if (trainer !== undefined) {
    if (sizes.trainsAll) await row(NAMES.training(sizes), 'tok/s', async () => rate(await trainer(shape, weights(), batch, 'all')));
    if (subject.adapts === true) await row(NAMES.lora(sizes), 'tok/s', async () => rate(await trainer(shape, weights(), batch, 'lora')));
  }
  if (scorer !== undefined) {
    await row(NAMES.reading(sizes), 'tok/s', async () => readingRate(await scorer(shape, weights(), batch), batch, timing));
  }
  if (languageModel !== undefined && kind !== 'software' && shape.V > LARGE_VOCABULARY) {
    await row('a kit measured, 20 test questions', 'tok/s', async () => {
      using model = languageModel({ ...shape, context: KIT_CONTEXT }, weights());
      const { tokens, seconds } = await measureKit(model, clock);
      return tokens / seconds;
    });
  }
  if (generator !== undefined) await measureGeneration(subject, shape, weights, bench, row);
  if (subject.usage !== undefined && bench.backend === 'webgpu') await measureUsage(subject, shape, weights, batch, label, bench);
}

/** Measures a row, where it is wanted; `more` is what it says beside its value. */
type MakeRow = (name: string, unit: string, measure: () => Promise<number>, more?: Pick<Measured, 'threads' | 'note'>) => Promise<void>;

/** Tokens a second, all prompts in one batch and one after the other. */
async function measureGeneration(
  { generator, crowd }: Subject,
  shape: LlamaShape,
  weights: () => Weights,
  { clock, seconds, kind, backend, threads }: Bench,
  row: MakeRow,
): Promise<void> {
  if (generator === undefined) return;
  const sizes = sizesOf(shape, kind);
  const wanted = promptsOf(shape, sizes);
  const { prompts } = wanted;
  const timing = { clock, seconds };
  const timed = async (some: Prompts): Promise<number> => answeringRate(await generator(shape, weights()), some, timing);
  await row(NAMES.atOnce(sizes), 'tok/s', () => timed(wanted));
  const all = backend === 'wasm' && threads === 1 && crowd !== undefined ? await crowd(shape) : null;
  if (all !== null) {
    const { workers } = all;
    const rate = (): Promise<number> => answeringRate({ generate: all.generate, dispose: () => {} }, wanted, timing);
    await row(NAMES.atOnce(sizes), 'tok/s', rate, { threads: workers, note: `${workers} workers, each with a copy of the model` });
    all.dispose();
  }
  await row(NAMES.oneByOne(sizes), 'tok/s', () => timed({ ...wanted, prompts: prompts.slice(0, 1) }));
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
