/** The table of what else changed in an experiment: the base beside each arm, over seeds, with what is still right seed by seed. */
import { expect, test } from 'vitest';
import { probeTable } from '../../scripts/probe-table.ts';
import type { Probed } from '../../src/contracts/records.ts';
import { RESULT } from '../support/ledger-data.ts';

const probed = (marks: string, tokens: number): Probed => ({
  sets: { facts: { share: marks.replaceAll('0', '').length / marks.length, marks } },
  said: [{ id: 'a', kind: 'b', question: '', text: '', tokens, ended: true, declines: null }],
});
const run = (returned: Probed) => ({ ...RESULT, probes: { base: probed('1110', 10), returned } });

test('has the base, each arm with its mean and interval, and how many facts are still right on each seed', () => {
  const { head, rows } = probeTable([
    { name: 'None', results: [RESULT] },
    { name: 'SOFT', results: [run(probed('1100', 20)), run(probed('1111', 40))] },
  ]);
  expect(head).toEqual(['what', 'base', 'SOFT, n 2']);
  expect(rows[0]).toEqual(['facts (4)', '75.0%', '75.0% (0.0% to 100.0%)']);
  expect(rows[1]).toEqual(['facts: still right, seed by seed', '', '2 of 3; 3 of 3']);
  expect(rows[2]?.slice(0, 2)).toEqual(['length of an answer, tokens', '10']);
  expect(rows[2]?.[2]).toMatch(/^30 \(/);
  expect(rows.map(([what]) => what)).not.toContain('answers that decline (1)');
});

test('is refused where no run took probes', () => {
  expect(() => probeTable([{ name: 'None', results: [RESULT] }])).toThrow('no run of the set took any');
});
