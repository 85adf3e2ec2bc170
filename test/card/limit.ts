/** A program of parts that may not take longer than so many seconds: what does not fit is named as missing. Knows no part. */

/** One part; it begins only before `until`, a share of the whole time, and should end by it. */
export type Part = {
  readonly name: string;
  readonly until: number;
  /** `left` says how many seconds are left of the part's time; a name that is given to `missing` is what it leaves out. */
  readonly run: (left: () => number, missing: (name: string) => void) => Promise<void>;
};

export type Done = {
  readonly seconds: number;
  /** What was left out, or was not done when the time had come. */
  readonly missing: readonly string[];
  /** Why a part ended early, by its name. */
  readonly failures: Readonly<Record<string, string>>;
};

/** Milliseconds since some moment, and a promise for a later one; for tests. */
export type Time = { readonly now: () => number; readonly at: (milliseconds: number) => Promise<void> };

const REAL: Time = {
  now: () => performance.now(),
  at: (milliseconds) => new Promise((resolve) => void setTimeout(resolve, milliseconds - performance.now())),
};

/** The parts one after the other. Resolves at the latest after `limit` seconds, with what was done until then; it never rejects. */
export async function doParts(parts: readonly Part[], limit: number, { now, at }: Time = REAL): Promise<Done> {
  const start = now();
  const missing: string[] = [];
  const failures: Record<string, string> = {};
  const end = at(start + 1000 * limit).then(() => 'over' as const);
  let over = false;
  for (const { name, until, run } of parts) {
    const left = (): number => until * limit - (now() - start) / 1000;
    if (over || left() <= 0) {
      missing.push(name);
      continue;
    }
    const work = run(left, (what) => missing.push(what)).then(
      () => 'done' as const,
      (error: unknown) => void (failures[name] = textOf(error)),
    );
    over = (await Promise.race([work, end])) === 'over';
    if (over) missing.push(name);
  }
  return { seconds: (now() - start) / 1000, missing: [...missing], failures: { ...failures } };
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
