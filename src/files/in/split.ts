/**
 * Rows of one file shared out between the things that it is for: by a seed, without overlap, the same every time. Knows no file and no kit.
 */
import type { KitUse } from '../../contracts/kit.ts';
import { Random } from '../../random.ts';
import type { Row } from './rows.ts';

/** Shares of a file that is for several things. */
const SHARES: Readonly<Record<KitUse, number>> = { principles: 0, demonstrations: 1, prompts: 4, validation: 1, test: 2, probes: 2 };
/** What needs most of a row is served first. */
const ORDER: readonly KitUse[] = ['validation', 'test', 'probes', 'demonstrations', 'prompts'];

/** Rows that a part needs at least, where files are to give it. */
export const LEAST = 8;

/** Can a row be that? */
export function canBe({ answer, offered }: Row, use: KitUse): boolean {
  if (use === 'validation' || use === 'test' || use === 'probes') return offered !== null;
  return use === 'prompts' || (use === 'demonstrations' && answer !== null);
}

export type Shared<T> = {
  readonly given: Readonly<Record<KitUse, readonly T[]>>;
  /** Rows that can be nothing of what was asked for. */
  readonly unfit: readonly T[];
  /** How many there are beyond what is used. */
  readonly beyond: number;
};

/** Room for a thing: rows, and characters in all. */
type Room = { rows: number; characters: number };

/** Room for a whole kit, as `shareOut` uses it up: all of its texts are counted in tokens before a run begins. */
export function roomOf(): Record<KitUse, Room> {
  return {
    principles: { rows: 1, characters: 20_000 },
    demonstrations: { rows: 200, characters: 400_000 },
    prompts: { rows: 2000, characters: 2_000_000 },
    validation: { rows: 1000, characters: 2_000_000 },
    test: { rows: 2000, characters: 4_000_000 },
    probes: { rows: 2000, characters: 4_000_000 },
  };
}

/** Shares out the rows; each set keeps the order of the file. What is given is taken from `room`. */
export function shareOut<T extends Row>(
  rows: readonly T[],
  uses: readonly KitUse[],
  seed: number,
  room: Readonly<Record<KitUse, Room>>,
): Shared<T> {
  const asked = ORDER.filter((use) => uses.includes(use));
  const fit = rows.filter((row) => asked.some((use) => canBe(row, use)));
  const able = new Set(fit);
  const whole = asked.reduce((sum, use) => sum + SHARES[use], 0);
  const quota = { ...SHARES };
  const least = fit.length >= LEAST * asked.length ? LEAST : 1;
  for (const use of asked) quota[use] = Math.max(least, Math.round((fit.length * SHARES[use]) / whole));
  const order = asked.length === 1 && fit.length <= room[asked[0] as KitUse].rows ? fit : Random.of(seed, 'split').shuffle(fit);
  const chosen = new Map<T, KitUse>();
  let beyond = 0;
  for (const row of order) {
    const takers = asked.filter((use) => canBe(row, use) && room[use].rows > 0 && room[use].characters >= charactersOf(row));
    const use = takers.find((one) => quota[one] > 0) ?? takers.at(-1);
    if (use === undefined) {
      beyond += 1;
      continue;
    }
    quota[use] -= 1;
    room[use].rows -= 1;
    room[use].characters -= charactersOf(row);
    chosen.set(row, use);
  }
  const given = (use: KitUse): readonly T[] => rows.filter((row) => chosen.get(row) === use);
  return {
    given: {
      principles: [],
      demonstrations: given('demonstrations'),
      prompts: given('prompts'),
      validation: given('validation'),
      test: given('test'),
      probes: given('probes'),
    },
    unfit: rows.filter((row) => !able.has(row)),
    beyond,
  };
}

function charactersOf({ prompt, answer, offered }: Row): number {
  return prompt.length + (answer?.length ?? 0) + (offered?.choices.reduce((sum, text) => sum + text.length, 0) ?? 0);
}
