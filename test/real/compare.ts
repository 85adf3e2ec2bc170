/**
 * What our engine, the page and its exports must have in common with transformers and PEFT, as promises that hold or fail. Knows neither how
 * a page is driven nor how Python is called.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainingRow } from '../../src/contracts/language-model.ts';
import type { Message } from '../../src/kit/dialogue.ts';
import type { Measured } from '../../src/contracts/records.ts';
import type { RunConfig } from '../../src/run/config.ts';
import type { RunEvent } from '../../src/run/events.ts';
import type { Checks } from './checks.ts';
import { greedy, score, type Real } from './engine.ts';
import { measuredFrom } from './kit-scores.ts';
import type { Said, Visit } from './page.ts';
import type { Answered, Oracle } from './python.ts';

/** Tokens of an answer whose ids are compared, and of one in the page's chat. */
const [TOKENS, CHAT_TOKENS] = [40, 512];
/** Log-likelihoods in float32 on both sides: sums of 49,152 numbers in another order. */
const CLOSE = 1e-4;
/** Bytes of the page's process. */
const MOST_MEMORY = 2e9;
/** Characters of a prompt without demonstrations; longer ones take minutes to read, and the page's scores have them all. */
export const SHORT = 2000;

const QUESTIONS = [
  'How do I remove a coffee stain from a shirt?',
  'Why do cats have six legs?',
  'Write two sentences about rain.',
  'What is 17 + 25?',
  'Wie heißt die Hauptstadt von Polen? 🙂',
] as const;
/** What the chat is asked. */
export const CHATS = QUESTIONS.slice(0, 2);

/** A run that was wanted: the model with its task, the settings, and every row that is scored to measure it. */
export type Wanted = { readonly real: Real; readonly config: RunConfig; readonly rows: readonly TrainingRow[] };
type Chat = Answered['chats'][number];
/** What transformers says of the base model. */
export type Base = { readonly short: readonly Chat[]; readonly long: readonly Chat[]; readonly rows: Answered['rows'] };

const user = (content: string): readonly Message[] => [{ role: 'user', content }];
const chatsOf = (questions: readonly string[], tokens: number) => questions.map((question) => ({ messages: user(question), tokens }));

export async function baseOf(oracle: Oracle, rows: readonly TrainingRow[]): Promise<Base> {
  const answered = await oracle.answer({ chats: [...chatsOf(QUESTIONS, TOKENS), ...chatsOf(CHATS, CHAT_TOKENS)], rows });
  return { short: answered.chats.slice(0, QUESTIONS.length), long: answered.chats.slice(QUESTIONS.length), rows: answered.rows };
}

export async function compareEngine(checks: Checks, { real, rows }: Wanted, base: Base): Promise<void> {
  for (const [i, question] of QUESTIONS.entries())
    checks.that(`“${question}” has the ids of transformers`, same(real.idsOf(user(question), false), base.short[i]?.prompt));
  const made = await greedy(real, QUESTIONS.map(user), TOKENS);
  for (const [i, { ids }] of made.entries()) checks.that(`and its greedy answer, ${ids.length} tokens`, same(ids, base.short[i]?.ids));
  const pairs = made.flatMap(({ logProbs }, i) => logProbs.map((value, j) => [value, base.short[i]?.logProbs[j]] as const));
  within(checks, `the log-probabilities of these ${pairs.length} tokens`, pairs);

  const short = [...rows.keys()].filter((i) => (rows[i] as TrainingRow).prompt.length < SHORT);
  const scores = await score(
    real,
    short.map((i) => rows[i] as TrainingRow),
  );
  const theirs = short.map((i) => base.rows[i] ?? []);
  const counts = [scores.map(({ tokens }) => tokens), theirs.map(({ length }) => length)] as const;
  checks.that(`${short.length} answers of the kit have as many tokens`, same(...counts));
  within(
    checks,
    'their log-likelihoods a token',
    scores.map(({ nll, tokens }, i) => [-nll / tokens, mean(theirs[i] ?? [])]),
  );
}

export async function comparePage(checks: Checks, { real, config, rows }: Wanted, seen: Visit, base: Base): Promise<void> {
  const of = <T extends RunEvent['type']>(type: T) =>
    seen.events.flatMap(({ event }) => (event.type === type ? [event as Extract<RunEvent, { type: T }>] : []));
  const [started, rounds] = [of('started'), of('finished')[0]?.result.rounds ?? []];
  checks.that(
    'the run was paused, went on after a reload and ended',
    same(
      [false, true],
      started.map(({ resumed }) => resumed),
    ),
  );
  checks.that(
    'its settings were those of the address',
    started.every((event) => same(event.config, config)),
  );
  const kept = rounds.map(({ kept, prompts }) => `${kept} of ${prompts} kept`).join(', ');
  checks.that(
    'it has two rounds',
    same(
      [1, 2],
      rounds.map(({ round }) => round),
    ),
    kept,
  );
  compareChats(
    checks,
    seen.said.filter(({ round }) => round === 0),
    base.long,
    'before the run',
  );
  const [measured] = of('base');
  const expected = await measuredFrom(real.tasks, config, rows, base.rows);
  checks.that(
    'the base model’s kit scores are those of transformers',
    measured !== undefined && sameScores(measured, expected),
    scoresText(expected),
  );
  const most = Math.max(...Object.values(seen.peak).map((bytes) => bytes ?? 0));
  checks.that('the page’s process never held more than 2 GB', most <= MOST_MEMORY, `${(most / 1e9).toFixed(2)} GB`);
}

export async function compareHome(checks: Checks, { real, config, rows }: Wanted, seen: Visit, oracle: Oracle): Promise<void> {
  const data = dataRows(join(seen.home, 'samples/soft.jsonl'));
  const chats = chatsOf(CHATS, CHAT_TOKENS);
  const tuned = await oracle.answer({ chats, rows, written: data }, join(seen.home, 'adapter'));
  compareChats(
    checks,
    seen.said.filter(({ round }) => round === 2),
    tuned.chats,
    'after the run, with the adapter in PEFT,',
  );
  const [round] = seen.events.flatMap(({ event }) => (event.type === 'round' && event.result.round === 2 ? [event.result] : []));
  const expected = await measuredFrom(real.tasks, config, rows, tuned.rows);
  const held = round !== undefined && sameScores({ ...round, scores: round }, expected);
  checks.that('the kit scores of round 2 are those of the adapter in PEFT', held, scoresText(expected));
  const ids = data.map((messages) => real.idsOf(messages, true));
  checks.that(`${data.length} rows of data have the ids of transformers`, data.length > 0 && same(tuned.written, ids));

  const { tensors, same: share, steps, dtypes } = await oracle.compare(seen.home);
  // Sums of eight products in another order may fall on the other side of the middle between two numbers of sixteen bits.
  const apart = `${tensors} tensors of ${dtypes.join()}, ${(100 * share).toFixed(4)} % of the numbers equal, the others ${steps} step apart`;
  checks.that('the merged model is PEFT’s own merge, rounded once, but for last places', share > 0.999 && steps <= 1, apart);
  const merged = await oracle.answer({ chats, rows }, null, join(seen.home, 'merged'));
  const moved = Math.max(...merged.rows.map((logs, i) => Math.abs(mean(logs) - mean(tuned.rows[i] ?? []))));
  const prompts = [merged, tuned].map(({ chats }) => chats.map(({ prompt }) => prompt));
  checks.that(
    'transformers loads it with its tokenizer',
    same(...(prompts as [unknown, unknown])),
    `rounding moves a log-likelihood by up to ${moved.toFixed(4)} a token`,
  );
}

function compareChats(checks: Checks, said: readonly Said[], expected: readonly Chat[], when: string): void {
  for (const [i, { question, text }] of said.entries()) {
    const [ours, theirs] = [plain(text), plain(expected[i]?.text ?? '')];
    checks.that(
      `the chat ${when} says what transformers says to “${question}”`,
      ours === theirs && ours !== '',
      ours === theirs ? '' : `${ours}\n        instead of ${theirs}`,
    );
  }
}

/** The page may break lines elsewhere, and shows control characters as one sign. */
const plain = (text: string): string => text.replace(/[\s\p{C}\ufffd]+/gu, '');

export function within(checks: Checks, what: string, pairs: readonly (readonly [number, number | undefined])[], close = CLOSE): void {
  const apart = Math.max(...pairs.map(([ours, theirs = Number.NaN]) => Math.abs(ours - theirs)));
  checks.that(`${what} are those of transformers within ${close}`, apart <= close, `at most ${apart.toExponential(1)} apart`);
}

type Scored = Pick<Measured, 'scores' | 'validation' | 'byKind' | 'marks'>;

function sameScores(ours: Scored, theirs: Scored): boolean {
  const told = ({ scores: { zeroShot, oneShot, fewShot }, validation, byKind, marks }: Scored) => [
    zeroShot,
    oneShot,
    fewShot,
    validation,
    byKind,
    marks,
  ];
  return same(told(ours), told(theirs));
}

function scoresText({ scores: { zeroShot, oneShot, fewShot }, validation }: Scored): string {
  const text = (share: number | null): string => (share === null ? '–' : `${(100 * share).toFixed(0)} %`);
  return `zero-, one-, few-shot ${[zeroShot, oneShot, fewShot].map(text).join(', ')}, validation ${text(validation)}`;
}

/** The conversations of a data set. */
function dataRows(path: string): readonly (readonly Message[])[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { readonly messages: readonly Message[] }).messages);
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
