/**
 * Reads the zip of a whole run, which may be anybody's: sizes and counts before contents, hashes before meaning, then every field. What is not
 * whole is refused, never half taken. Knows no store's connection.
 */
import { sha256 } from '../../digest.ts';
import { AppError } from '../../errors.ts';
import { unzipped } from '../../files/in/zip.ts';
import { JsonBudget, JsonLimit, parsedJson } from '../../files/json.ts';
import { readSafetensors } from '../../files/safetensors.ts';
import type { HeldOutAnswers } from '../../contracts/records.ts';
import type { RunSummary } from '../../run/records.ts';
import { readHeldOut, readRun, summaryOf } from '../../store/runs/rows.ts';
import { areDifficulties, areTexts, type Fields, isLoss, isObject, isSample, isWhole } from './checks.ts';
import { adapterName, type FiledRun, FORMAT, isRunFile, NAMES, type RunHead, VERSION } from './format.ts';

const refuse = (why: string): never => {
  throw new AppError('IMPORT_FORMAT', why);
};

type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** The texts of the files; what is no UTF-8 is refused. */
class Texts {
  readonly #files: Files;
  readonly #budget = new JsonBudget();

  constructor(files: Files) {
    this.#files = files;
  }

  #text(name: string): string {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(this.#files.get(name) ?? refuse(`${name} is missing`));
    } catch (error) {
      throw error instanceof AppError ? error : new AppError('IMPORT_FORMAT', `${name} is no text`, { cause: error });
    }
  }

  #parsed(name: string, text: string): unknown {
    try {
      return parsedJson(text, this.#budget);
    } catch (error) {
      if (error instanceof JsonLimit) throw new AppError('RUN_LARGE', `${name} ${error.message}`, { cause: error });
      throw new AppError('IMPORT_FORMAT', `${name} is no JSON`, { cause: error });
    }
  }

  json(name: string): unknown {
    return this.#parsed(name, this.#text(name));
  }

  lines(name: string): readonly unknown[] {
    const rows = this.#text(name).split('\n');
    if (rows.pop() !== '') refuse(`${name} is cut off`);
    return rows.map((row, i) => this.#parsed(`line ${i + 1} of ${name}`, row));
  }
}

async function checkHashes(files: Files, hashes: unknown): Promise<void> {
  const told: Fields = isObject(hashes) ? hashes : refuse(`${NAMES.hashes} is no list of hashes`);
  const names = [...files.keys()].filter((name) => name !== NAMES.hashes);
  if (names.toSorted().join() !== Object.keys(told).toSorted().join()) refuse(`${NAMES.hashes} names other files than there are`);
  for (const name of names) {
    if ((await sha256(files.get(name) ?? new Uint8Array())) !== told[name]) refuse(`${name} is damaged: it has another SHA-256`);
  }
}

/** What the list would show of it; a run that this version does not understand is refused. */
function summaryIn(head: Fields): RunSummary {
  const { config, model, spent, result, failure, base, rounds } = head;
  if (!Array.isArray(rounds) || !rounds.every(isObject)) return refuse(`${NAMES.run} has no list of rounds`);
  const row = {
    run: 'file',
    serial: 0,
    config,
    ...(model === null ? {} : { model }),
    spent,
    result,
    ...(failure === null ? {} : { failure }),
  };
  const read = readRun(row) ?? refuse(`${NAMES.run} is no run`);
  const rows = rounds.map((one, i) => ({ run: 'file', round: i + 1, result: one['result'] }));
  const summary = summaryOf(read, { run: 'file', round: rows.length, base } as never, rows as never);
  if (summary.unknown.length > 0)
    refuse(`it was made by another version, with settings that this one does not know: ${summary.unknown.join(', ').slice(0, 200)}`);
  if (summary.problem !== null && summary.failure === undefined) refuse(summary.problem);
  if (failure !== null && summary.failure === undefined) refuse('it ended in a way that this version does not know');
  const whole =
    [...summary.rounds, ...(summary.result?.rounds ?? [])].every(isWhole) &&
    [base, summary.result?.baseMeasured].every((one) => !isObject(one) || isWhole(one));
  if (!whole) refuse('a measurement is damaged');
  return summary;
}

function headOf(value: unknown): { readonly head: RunHead; readonly summary: RunSummary } {
  const head: Fields = isObject(value) && value['format'] === FORMAT ? value : refuse('it is no run of this page');
  if (head['version'] !== VERSION) refuse('a newer version of this page has written it');
  const { prompts, difficulty } = head;
  if (!(prompts === null || areTexts(prompts)) || !(difficulty === null || areDifficulties(difficulty))) refuse('its prompts are damaged');
  const summary = summaryIn(head);
  const { config, model = null, base, result, sessions } = summary;
  const { firstSampleSeconds } = head['spent'] as RunHead['spent'];
  const hashes = (head['rounds'] as readonly Fields[]).map(({ adapter }) => (typeof adapter === 'string' ? adapter : ''));
  const rounds = summary.rounds.map((one, i) => ({ result: one, adapter: hashes[i] ?? '' }));
  const failure = summary.failure === undefined ? null : { code: summary.failure.code, detail: summary.failure.detail };
  const spent = { sessions, firstSampleSeconds };
  const read = {
    format: FORMAT,
    version: VERSION,
    config,
    model,
    spent,
    result,
    failure,
    base,
    rounds,
    prompts: prompts as RunHead['prompts'],
  } as const;
  return { head: { ...read, difficulty: difficulty as RunHead['difficulty'] }, summary };
}

async function adaptersOf(files: Files, { rounds, result }: RunHead): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  const adapters = rounds.map((_, i) => files.get(adapterName(i + 1)) ?? refuse(`${adapterName(i + 1)} is missing`));
  if ([...files.keys()].filter((name) => name.startsWith('adapters/')).length !== rounds.length)
    refuse('it has adapters of rounds that it does not have');
  for (const [i, bytes] of adapters.entries()) {
    const hash = await sha256(bytes);
    if (hash !== rounds[i]?.adapter) refuse(`the adapter of round ${i + 1} is another`);
    if (result?.bestRound === i + 1 && result.adapterHash !== hash) refuse('the result is of another adapter');
    readSafetensors(bytes, adapterName(i + 1));
  }
  return adapters;
}

/** The files of a run by their names. */
function filesOf(bytes: Uint8Array<ArrayBuffer>): Files {
  try {
    return unzipped(bytes, isRunFile);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'IMPORT_LIMIT') throw error;
    throw new AppError('RUN_LARGE', error.detail, { cause: error });
  }
}

/** A checked run. Errors: IMPORT_FORMAT, RUN_LARGE, and what the reader of adapters says. */
export async function readRunFile(bytes: Uint8Array<ArrayBuffer>): Promise<FiledRun> {
  const files = filesOf(bytes);
  const texts = new Texts(files);
  await checkHashes(files, texts.json(NAMES.hashes));
  const { head } = headOf(texts.json(NAMES.run));
  const adapters = await adaptersOf(files, head);
  const rounds = head.rounds.length;
  const samples = texts
    .lines(NAMES.samples)
    .map((row, i) => (isSample(row, rounds + 1) ? row : refuse(`line ${i + 1} of ${NAMES.samples} is no sample`)));
  if (new Set(samples.map(({ round, index }) => `${round}/${index}`)).size !== samples.length) refuse('a sample is in it twice');
  const heldOut = new Map<number, HeldOutAnswers>();
  for (const [i, row] of texts.lines(NAMES.heldOut).entries()) {
    const round = isObject(row) ? row['round'] : null;
    const answers = readHeldOut(row) ?? refuse(`line ${i + 1} of ${NAMES.heldOut} is damaged`);
    if (!Number.isInteger(round) || (round as number) < 0 || (round as number) > rounds || heldOut.has(round as number))
      refuse(`line ${i + 1} of ${NAMES.heldOut} is of no round`);
    heldOut.set(round as number, answers);
  }
  const losses = texts.json(NAMES.losses);
  if (!Array.isArray(losses) || !losses.every((row) => isLoss(row, rounds + 1))) return refuse(`${NAMES.losses} is damaged`);
  return { head, samples, heldOut, losses, adapters };
}
