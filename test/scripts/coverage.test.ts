/** How branches are counted and compared with what is committed: every branch has a test or a reason, and the file is what was measured. */
import { describe, expect, it } from 'vitest';
import { counted, type Coverage, type Measured, problems } from '../../scripts/coverage.ts';

const SOURCE = ['const a = b ? 1 : 2;', 'if (c) d();', 'e();'].join('\n');
const at = (line?: number) => ({ start: { line } });
/** The two ends of line 1, and the `if` of line 2 with the `else` that is not written. */
const measured = (...hits: readonly [number, number, number, number]): Measured => ({
  path: 'src/a.ts',
  branchMap: { 0: { loc: at(1), locations: [at(1), at(1)] }, 1: { loc: at(2), locations: [at(2), at()] } },
  b: { 0: hits.slice(0, 2), 1: hits.slice(2) },
});
const REASON = 'only a browser does this';

describe('the branches of a file', () => {
  it('are counted, and those that no test takes are named by their line', () => {
    expect(counted(measured(1, 9, 3, 1), SOURCE, undefined)).toEqual({ covered: 4, total: 4 });
    expect(counted(measured(0, 1, 1, 0), SOURCE, undefined)).toEqual({
      covered: 2,
      total: 4,
      untested: [
        { line: 'const a = b ? 1 : 2;', branches: 1, reason: '' },
        { line: 'if (c) d();', branches: 1, reason: '' },
      ],
    });
  });

  it('keep the reason that somebody wrote, wherever the line has moved', () => {
    const before = { covered: 3, total: 4, untested: [{ line: 'if (c) d();', branches: 1, reason: REASON }] };
    const { branchMap, b } = measured(1, 1, 1, 0);
    const moved = { path: 'src/a.ts', branchMap: { 1: { loc: at(3), locations: [at(3), at()] } }, b: { 1: b[1] ?? [] } };
    expect(branchMap).toHaveProperty('1');
    expect(counted(moved, `\n${SOURCE}`, before).untested).toEqual(before.untested);
  });
});

describe('what is committed', () => {
  const good: Coverage = { 'src/a.ts': { covered: 3, total: 4, untested: [{ line: 'if (c) d();', branches: 1, reason: REASON }] } };

  it('is right when it is what was measured and every branch has a test or a reason', () => {
    expect(problems(good, good)).toEqual([]);
    expect(problems({}, {})).toEqual([]);
  });

  it('is wrong when a branch has neither', () => {
    const bare: Coverage = { 'src/a.ts': { covered: 2, total: 4, untested: [{ line: 'if (c) d();', branches: 2, reason: ' ' }] } };
    expect(problems(bare, bare)).toEqual(['src/a.ts: no test takes 2 branches of: if (c) d();']);
  });

  it.each<[string, Coverage]>([
    ['a file is new', {}],
    ['a file is gone', { ...good, 'src/b.ts': { covered: 1, total: 1 } }],
    ['a file has other branches', { 'src/a.ts': { covered: 4, total: 5, untested: good['src/a.ts']?.untested ?? [] } }],
    ['a branch with a reason has a test now', { 'src/a.ts': { covered: 4, total: 4 } }],
  ])('is stale when %s', (_, committed) => {
    expect(problems(good, committed)).toEqual([expect.stringContaining('test/coverage.json is not what the tests give')]);
  });
});
