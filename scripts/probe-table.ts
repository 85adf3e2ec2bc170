/**
 * What else changed in an experiment on a real model: the probes of the base and of the rounds that the arms returned, over seeds. The block
 * `<!-- probes:NAME -->` of README.md. Knows no picture.
 */
import type { Table } from '../src/comparison/columns.ts';
import { probeLines, stillKnown } from '../src/comparison/probes.ts';
import { intervalOf } from '../src/comparison/statistics.ts';
import type { RunResult } from '../src/run/records.ts';
import { percent1, rangeText } from '../src/shares.ts';

type Arm = { readonly name: string; readonly results: readonly RunResult[] };

/** Any number that is no share. */
const ANY = { least: 0, most: Infinity };

/** A row for each line of the probes, a column for the base and for each arm; throws where no run took any. */
export function probeTable(arms: readonly Arm[]): Table {
  const taken = arms
    .map(({ name, results }) => ({ name, probes: results.flatMap(({ probes }) => probes ?? []) }))
    .filter(({ probes }) => probes.length > 0);
  const [first] = taken;
  if (first?.probes[0] === undefined) throw new Error('README.md has a place for probes, but no run of the set took any.');
  const base = first.probes[0];
  const shown = probeLines(base);
  const rows = shown.flatMap(({ what, unit, n, base: was }) => {
    const say = (value: number): string => (unit === 'share' ? percent1(value) : value.toFixed(0));
    const cells = taken.map(({ probes }) => {
      const values = probes.flatMap((run) => probeLines(run).find((line) => line.what === what)?.returned ?? []);
      return rangeText(intervalOf(values, unit === 'share' ? undefined : ANY), say);
    });
    const row = [`${what}${unit === 'share' ? ` (${n})` : ', tokens'}`, say(was), ...cells];
    if (base.base.sets[what] === undefined) return [row];
    const still = taken.map(({ probes }) =>
      probes
        .map((run) => {
          const [before, after] = [run.base.sets[what], run.returned.sets[what]];
          if (before === undefined || after === undefined) return '–';
          const kept = stillKnown(before, after);
          return `${kept.still} of ${kept.known}`;
        })
        .join('; '),
    );
    return [row, [`${what}: still right, seed by seed`, '', ...still]];
  });
  return { head: ['what', 'base', ...taken.map(({ name, probes }) => `${name}, n ${probes.length}`)], rows };
}
