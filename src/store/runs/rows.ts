/**
 * Rows of runs as they are read: a row may be damaged, or of a version that nobody here knows, and one such row must not take the list of
 * all the others with it. What is damaged is left out, and a sentence says that the run cannot go on. Knows no transaction.
 */
import { ADVICE, AppError, type ErrorCode, type Failure, isFinal, toFailure } from '../../errors.ts';
import type { HeldOutAnswer, HeldOutAnswers, Measured, RoundResult } from '../../contracts/records.ts';
import type { RunKit, RunModel, RunResult, RunSession, RunSummary } from '../../run/records.ts';
import { DEFAULTS } from '../../run/config.ts';
import { hasWorld, WORLD_GONE } from '../../run/worlds.ts';
import { readConfig } from './config.ts';
import type { HeadRow, RoundRow } from './schema.ts';
import type { RunRecord, Spent } from '../../run/run-store.ts';

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isNumberOrNull = (value: unknown): boolean => value === null || isNumber(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);

function areScores(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { zeroShot, oneShot, fewShot, sampled = null } = value;
  return isNumber(zeroShot) && [oneShot, fewShot, sampled].every(isNumberOrNull);
}

function isMeasured(value: unknown): value is Measured {
  if (!isObject(value) || !areScores(value['scores'])) return false;
  return isMeasuredBeside(value);
}

/** All of a measurement but its scores. */
function isMeasuredBeside({ validation, byKind, outOfDistribution, extras, leftOut = [], marks = {} }: Fields): boolean {
  if (!isNumber(validation) || !isObject(byKind) || !Object.values(byKind).every(isNumber) || !isNumberOrNull(outOfDistribution))
    return false;
  return (
    Array.isArray(leftOut) && isObject(marks) && (extras === null || (isObject(extras) && Object.values(extras).every(isNumberOrNull)))
  );
}

function isRound(value: unknown): value is RoundResult {
  if (!isObject(value) || !areScores(value) || !isMeasuredBeside(value)) return false;
  const { round, prompts, kept, labelQuality, retained = null, trainLoss } = value;
  return [round, prompts, kept].every(isNumber) && [labelQuality, retained].every(isNumberOrNull) && Array.isArray(trainLoss);
}

function isChoice(value: unknown): boolean {
  return isObject(value) && isNumber(value['logLikelihood']) && isNumber(value['tokens']);
}

function isHeldOutAnswer(value: unknown): value is HeldOutAnswer {
  if (!isObject(value)) return false;
  const { id, kind, question, text, mark, choices = [] } = value;
  return [id, kind, question, text].every(isText) && isNumber(mark) && Array.isArray(choices) && choices.every(isChoice);
}

/** Null for no row, and for a damaged one: it says nothing that could be relied on. Never throws. */
export function readHeldOut(row: unknown): HeldOutAnswers | null {
  if (!isObject(row)) return null;
  const { validation, test } = row;
  const are = (set: unknown): set is readonly HeldOutAnswer[] => Array.isArray(set) && set.every(isHeldOutAnswer);
  return are(validation) && are(test) ? { validation, test } : null;
}

function isSession(value: unknown): value is RunSession {
  if (!isObject(value)) return false;
  const { backend, device, commit, workers, seconds } = value;
  const known = backend === null || backend === 'webgpu' || backend === 'wasm';
  return known && isTextOrNull(device) && isTextOrNull(commit) && isNumberOrNull(workers) && isNumber(seconds);
}

const areSessions = (value: unknown): value is readonly RunSession[] => Array.isArray(value) && value.every(isSession);

function isResult(value: unknown): value is RunResult {
  if (!isObject(value) || !isMeasured(value['baseMeasured']) || !areScores(value['base']) || !areSessions(value['sessions'])) return false;
  const { seed, seconds, firstSampleSeconds, bestRound, rounds, backend, device, commit, method, adapterHash } = value;
  const numbers = [seed, seconds, firstSampleSeconds, bestRound].every(isNumber);
  return numbers && [backend, device, commit, method, adapterHash].every(isText) && Array.isArray(rounds) && rounds.every(isRound);
}

const areMarks = (value: unknown): boolean => isText(value) || (Array.isArray(value) && value.every(isNumber));

const isProbeScore = (value: unknown): boolean =>
  isObject(value) &&
  isNumber(value['share']) &&
  areMarks(value['marks']) &&
  [value['mc1'], value['mc2']].every((one) => one === undefined || isNumber(one));

function isSaid(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { id, kind, question, text, tokens, ended, declines } = value;
  const flags = typeof ended === 'boolean' && (declines === null || typeof declines === 'boolean');
  return [id, kind, question, text].every(isText) && isNumber(tokens) && flags;
}

const isProbed = (value: unknown): boolean =>
  isObject(value) &&
  isObject(value['sets']) &&
  Object.values(value['sets']).every(isProbeScore) &&
  Array.isArray(value['said']) &&
  value['said'].every(isSaid);

/** The result without probes that are not whole: everything else stands without them. */
function withProbes({ probes, ...result }: RunResult): RunResult {
  return isObject(probes) && isProbed(probes.base) && isProbed(probes.returned) ? { ...result, probes } : result;
}

const isKit = (value: unknown): value is RunKit => isObject(value) && isText(value['name']) && isText(value['hash']);
const isDate = (value: unknown): boolean => isText(value) && !Number.isNaN(Date.parse(value));
const isModel = (value: unknown): value is RunModel =>
  isObject(value) &&
  isText(value['name']) &&
  isText(value['fingerprint']) &&
  (value['kit'] === undefined || isKit(value['kit'])) &&
  (value['rendering'] === undefined || isText(value['rendering'])) &&
  (value['date'] === undefined || isDate(value['date'])) &&
  (value['weights'] === undefined || isText(value['weights']));

function modelOf({ name, fingerprint, kit, rendering, date, weights }: RunModel): RunModel {
  return {
    name,
    fingerprint,
    ...(kit === undefined ? {} : { kit: { name: kit.name, hash: kit.hash } }),
    ...(rendering === undefined ? {} : { rendering }),
    ...(date === undefined ? {} : { date }),
    ...(weights === undefined ? {} : { weights }),
  };
}

/** The failure that ended a run; null where there is none that this version knows. */
function failureOf(value: unknown): Failure | null {
  if (!isObject(value) || !isText(value['code']) || !Object.hasOwn(ADVICE, value['code'])) return null;
  const failure = toFailure(new AppError(value['code'] as ErrorCode, isText(value['detail']) ? value['detail'] : ''));
  return isFinal(failure) ? failure : null;
}

const DAMAGED = 'What is stored of it is damaged.';

/** What the owner of a run calls it and says of it, without what is empty. */
export function describedBy(name: unknown, note: unknown): Pick<RunSummary, 'name' | 'note'> {
  const text = (value: unknown): value is string => isText(value) && value !== '';
  return { ...(text(name) ? { name } : {}), ...(text(note) ? { note } : {}) };
}

type ReadRun = RunRecord & {
  readonly run: string;
  readonly serial: number;
  readonly result: RunResult | null;
  readonly failure: Failure | null;
  readonly unknown: readonly string[];
  readonly described: Pick<RunSummary, 'name' | 'note'>;
};

/** Null for a row without a name. Never throws. */
export function readRun(row: unknown): ReadRun | null {
  if (!isObject(row) || !isText(row['run'])) return null;
  const { run, serial, model, spent, result } = row;
  const failure = result === null ? failureOf(row['failure']) : null;
  // a model of the user's is in no world
  const { config, unknown, problem } = readConfig(
    isModel(model) && isObject(row['config']) ? { ...row['config'], world: DEFAULTS.world } : row['config'],
  );
  const gone = model === undefined && !hasWorld(config.world) ? WORLD_GONE : null;
  const good =
    (model === undefined || isModel(model)) &&
    (result === null || isResult(result)) &&
    isObject(spent) &&
    areSessions(spent['sessions']) &&
    isNumberOrNull(spent['firstSampleSeconds']);
  return {
    run,
    described: describedBy(row['name'], row['note']),
    serial: isNumber(serial) ? serial : 0,
    config,
    unknown,
    ...(isModel(model) ? { model: modelOf(model) } : {}),
    spent: good ? (spent as Spent) : { sessions: [], firstSampleSeconds: null },
    result: isResult(result) ? withProbes({ ...result, config }) : null,
    failure,
    problem: gone ?? problem ?? (good ? (failure?.message ?? null) : DAMAGED),
  };
}

/** A run as the list shows it; `head` and `rounds` are as they are stored. Never throws. */
export function summaryOf(read: ReadRun, head: HeadRow | undefined, rounds: readonly RoundRow[]): RunSummary {
  const { run, described, config, model, spent, result, failure, unknown } = read;
  const base = isObject(head) && isMeasured(head.base) ? head.base : null;
  const whole: RoundResult[] = [];
  for (const row of rounds) if (isRound(row.result) && row.result.round === whole.length + 1) whole.push(row.result);
  const baseLost = !isObject(head) || (head.base !== null && base === null);
  const lost = baseLost || whole.length !== rounds.length || head?.round !== whole.length;
  return {
    run,
    ...described,
    config,
    ...(model === undefined ? {} : { model }),
    status: result === null ? 'running' : 'finished',
    base,
    rounds: whole,
    result,
    sessions: spent.sessions,
    ...(failure === null ? {} : { failure }),
    problem: read.problem ?? (lost ? DAMAGED : null),
    unknown,
  };
}
