/**
 * What the kit of TruthfulQA's, MT-Bench's and Vicuna's own files must have in common with what Python reads in them, and TruthfulQA's answers
 * with what transformers thinks of them. Knows no page.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chosenKit, kitReport } from '../../src/lab/kits.ts';
import type { Kit } from '../../src/files/in/kit.ts';
import type { KitChoice } from '../../src/protocol/lm.ts';
import type { Checks } from './checks.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { percent1 } from '../../src/shares.ts';
import { within } from './compare.ts';
import { englishKit, openReal, realOf, score } from './engine.ts';
import { probeRows, scoreOf, truthfulFrom } from './kit-scores.ts';
import { type Oracle, Skipped } from './python.ts';

/** The files as their makers call them, and where they are had. */
const QUESTION_FILES: Readonly<Record<string, string>> = {
  'TruthfulQA.csv': 'github.com/sylinrl/TruthfulQA',
  'mt_bench_question.jsonl': 'github.com/lm-sys/FastChat, fastchat/llm_judge/data/mt_bench/question.jsonl',
  'vicuna_question.jsonl': 'github.com/lm-sys/FastChat, fastchat/llm_judge/data/vicuna_bench/question.jsonl',
};
const TRUTHFUL = 'TruthfulQA.csv';

/** Those of the files that are in a folder; what is missing is said, and nothing is claimed about it. Throws `Skipped` where none is there. */
function filesIn(folder: string): readonly string[] {
  const missing = Object.entries(QUESTION_FILES).filter(([name]) => !existsSync(join(folder, name)));
  const text = missing.map(([name, source]) => `${name} (${source})`).join(', ');
  if (missing.length === Object.keys(QUESTION_FILES).length) throw new Skipped(`no question file is in ${folder}: put there ${text}.`);
  if (missing.length > 0) console.log(`        not tried, as it is not there: ${text}`);
  return Object.keys(QUESTION_FILES).filter((name) => existsSync(join(folder, name)));
}

/** Files under other names, as they may have been saved. */
function chosen(folder: string, names: readonly string[], called: (name: string, i: number) => string, seed = 1): KitChoice {
  const files = names.map((name, i) => {
    const path = called(name, i);
    return { path, file: new File([new Uint8Array(readFileSync(join(folder, name)))], path) };
  });
  return { files, uses: {}, seed };
}

const base = (): Promise<Kit> => Promise.resolve(englishKit());

/** Questions of TruthfulQA whose answers are compared, each with all that it offers for MC1 and MC2: what takes a minute or two. */
const SAMPLE = 12;
/** Log-likelihoods of whole answers, sums over some ten tokens. */
const CLOSE = 1e-3;

/** What transformers thinks of the answers to a sample of TruthfulQA's questions, asked as the probes of a run ask them. */
async function compareAnswers(checks: Checks, folder: string, oracle: Oracle): Promise<void> {
  const choice = { ...chosen(folder, [TRUTHFUL], (name) => name), uses: { [TRUTHFUL]: ['probes'] as const } };
  const real = realOf((await openReal(oracle.folder)).files, await chosenKit(choice, base));
  const { task } = real.tasks;
  const asked =
    real.tasks
      .stock(DEFAULTS)
      .probes?.sets.find(([first]) => TRUTHFUL.startsWith(first?.kind ?? '-'))
      ?.slice(0, SAMPLE) ?? [];
  const rows = await probeRows(task, asked);
  checks.that('a sample of its questions is asked', asked.length === SAMPLE, `${asked.length} questions, ${rows.length} answers`);
  const theirs = (await oracle.answer({ rows })).rows.map(scoreOf);
  const ours = await score(real, rows);
  const counts = ours.filter(({ tokens }, i) => tokens === theirs[i]?.tokens).length;
  checks.that('its answers have as many tokens', counts === rows.length, `${counts} of ${rows.length}`);
  const sums = ours.map(({ nll }, i) => [nll, theirs[i]?.nll] as const);
  within(checks, 'the log-likelihoods of whole answers', sums, CLOSE);
  const [mine, expected] = [await truthfulFrom(task, asked, rows, ours), await truthfulFrom(task, asked, rows, theirs)];
  checks.that('MC1 is that of transformers', mine.mc1 === expected.mc1, percent1(mine.mc1));
  within(checks, `MC2, ${percent1(mine.mc2)},`, [[mine.mc2, expected.mc2]], CLOSE);
}

/** Throws `Skipped`. */
export async function compareKits(checks: Checks, folder: string, oracle: Oracle): Promise<Checks> {
  const names = filesIn(folder);
  const asked = new Set<string>();
  for (const name of names) {
    const expected = await oracle.questions(join(folder, name));
    for (const text of expected) asked.add(text.trim());
    const [file] = (
      await kitReport(
        chosen(folder, [name], () => 'saved as.txt'),
        base,
      )
    ).files;
    const seen = `${file?.rows ?? 0} of ${expected.length} read as ${file?.form ?? 'nothing'}, ${file?.leftOut ?? 0} left out`;
    checks.that(`${name} under another name is read whole`, file?.rows === expected.length, seen);
  }
  const choice = chosen(folder, names, (name) => name);
  const { parts, problem } = await kitReport(choice, base);
  checks.that(
    `${names.join(', ')} make a kit together`,
    problem === null,
    problem ?? parts.map(({ use, rows, own }) => `${rows} ${use}${own ? '' : ' of the English kit'}`).join(', '),
  );
  const kit = await chosenKit(choice, base);
  const sets = [kit.prompts, kit.validation, kit.test].map((rows) => rows.map(({ prompt }) => prompt));
  const all = new Set(sets.flat());
  checks.that('no question of theirs is asked twice', all.size === sets.flat().length, `${all.size} questions`);
  const strange = [...all].filter((prompt) => !asked.has(prompt.trim()));
  checks.that('and each is as Python reads it in its file', strange.length === 0, strange[0] ?? '');
  const renamed = await chosenKit(
    chosen(folder, names, (_, i) => `${i}.txt`),
    base,
  );
  checks.that('other names change no split', splitOf(renamed) === splitOf(kit));
  const other = await chosenKit(
    chosen(folder, names, (name) => name, 2),
    base,
  );
  checks.that('another seed changes it', !names.includes(TRUTHFUL) || splitOf(other) !== splitOf(kit));
  if (names.includes(TRUTHFUL)) await compareAnswers(checks, folder, oracle);
  return checks;
}

const splitOf = (kit: Kit): string =>
  JSON.stringify([kit.prompts, kit.validation, kit.test].map((rows) => rows.map(({ prompt }) => prompt)));
