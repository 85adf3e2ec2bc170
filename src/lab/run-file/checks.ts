/** What the rows of a run file must look like, field by field: the file may be anybody's. Knows no file. */
import type { RoundResult } from '../../contracts/records.ts';
import type { FiledSample } from './format.ts';

/** A text of a run is no longer. */
const MAX_TEXT = 1_000_000;
/** Prompts of a round. */
const MAX_INDEX = 100_000;

export type Fields = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
export const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_TEXT;
export const areTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
const areNumbers = (value: unknown): boolean => Array.isArray(value) && value.every(isNumber);
const isCount = (value: unknown, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;

const SAMPLE = [
  'round',
  'index',
  'promptId',
  'kind',
  'question',
  'demonstrationIds',
  'context',
  'completion',
  'pieces',
  'logProbs',
  'perplexity',
  'difficulty',
  'agreement',
  'verdict',
  'aligned',
  'order',
  'seed',
];

/** Is it a sample of one of so many rounds, and nothing more? */
export function isSample(row: unknown, rounds: number): row is FiledSample {
  if (!isObject(row) || Object.keys(row).some((name) => !SAMPLE.includes(name))) return false;
  const { round, index, pieces, logProbs, difficulty, agreement = 0, aligned, order } = row;
  const texts = ['promptId', 'kind', 'question', 'context', 'completion', 'verdict', 'seed'].every((name) => isText(row[name]));
  const lists =
    areTexts(row['demonstrationIds']) && areTexts(pieces) && areNumbers(logProbs) && pieces.length === (logProbs as unknown[]).length;
  const place = isCount(round, rounds) && round > 0 && isCount(index, MAX_INDEX) && (order === null || isCount(order, MAX_INDEX));
  const values = isNumber(row['perplexity']) && (difficulty === null || isNumber(difficulty)) && isNumber(agreement);
  return texts && lists && place && values && (aligned === null || typeof aligned === 'boolean');
}

/** Is it the loss of a step of one of so many rounds, and nothing more? */
export function isLoss(row: unknown, rounds: number): row is { readonly round: number; readonly step: number; readonly loss: number } {
  if (!isObject(row) || Object.keys(row).length !== 3) return false;
  const { round, step, loss } = row;
  return isCount(round, rounds) && isCount(step, 10_000_000) && isNumber(loss);
}

/** Difficulties by prompt. */
export const areDifficulties = (value: unknown): value is Readonly<Record<string, number>> =>
  isObject(value) && Object.values(value).every(isNumber);

const areMarks = (value: unknown): boolean => value === null || value === undefined || isText(value) || areNumbers(value);

/** What the store's own check of a measurement leaves to whoever wrote it. */
export function isWhole({ trainLoss = [], leftOut = [], marks }: Partial<RoundResult>): boolean {
  const left = (one: unknown): boolean =>
    isObject(one) && ['oneShot', 'fewShot'].some((name) => name === one['what']) && isNumber(one['needs']) && isNumber(one['has']);
  return areNumbers(trainLoss) && leftOut.every(left) && Object.values(marks ?? {}).every(areMarks);
}
