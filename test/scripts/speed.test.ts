/** What is said of speed is what the stored measurement says, and a number that is missing says why. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { readOptions, STDOUT } from '../../bench/options.ts';
import { measurePyTorch } from '../../bench/pytorch.ts';
import { type RowOfJob, withRatios } from '../../bench/row.ts';
import { ROOT } from '../../scripts/commit.ts';
import { BEFORE, BITS, BITS_THREADS, figuresOf, PYTORCH, type Row, speedTable } from '../../scripts/speed.ts';
import { SHAPES } from '../../src/lab/measure/shapes.ts';

const row = (more: Partial<Row>): Row => ({
  name: 'training step, 16 x 128',
  shape: 'a: d=64, 4 layers, 218 k',
  runtime: 'Chromium 1',
  backend: 'wasm',
  device: 'WebAssembly SIMD',
  software: true,
  subject: 'ours',
  threads: 1,
  value: 1000,
  unit: 'tok/s',
  ratio: null,
  note: null,
  ...more,
});
const figure = (rows: readonly Row[], what: RegExp) => figuresOf(rows).find((one) => what.test(one.what));

describe('a figure that was asked for', () => {
  it('holds where the rows say so, and not where they do not', () => {
    const rows = (theirs: number) => [row({}), row({ subject: 'jax-js', value: theirs })];
    expect(figure(rows(400), /^218 k.* jax-js/)).toMatchObject({ found: '2.50x (1,000 and 400 tok/s)', holds: true });
    expect(figure(rows(401), /^218 k.* jax-js/)).toMatchObject({ holds: false });
  });

  it('compares one thread with one thread, and all cores with all cores', () => {
    const large = { name: 'LoRA step, 2 x 64', shape: '135 M: d=576, 30 layers, 135 M' };
    const rows = [
      row({ ...large, value: 50 }),
      row({ ...large, value: 90, threads: 2 }),
      row({ ...large, subject: PYTORCH, value: 180 }),
      row({ ...large, subject: PYTORCH, value: 300, threads: 2 }),
    ];
    expect(figure(rows, /LoRA.*one thread/)?.found).toBe('1.80x (90.0 and 50.0 tok/s)');
    expect(figure(rows, /LoRA.*PyTorch/)).toMatchObject({ found: '0.30x (90.0 and 300 tok/s)', holds: true });
    expect(withRatios(rows).map(({ ratio }) => ratio?.toFixed(2))).toEqual([undefined, undefined, '0.28', '0.30']);
  });

  it('is measured in one runtime beside the commit before', () => {
    const one = { name: 'generating 24 tokens after 96, one by one' };
    expect(figure([row({ ...one })], /one by one, to the commit before/)?.found).toBe(
      'not measured: --against COMMIT measures that commit too',
    );
    const turn = { ...one, runtime: 'Node 20, in turn' };
    const rows = [row({ ...one, value: 150 }), row({ ...turn, value: 250 }), row({ ...turn, subject: BEFORE, value: 100 })];
    expect(figure(rows, /one by one, to the commit before/)).toMatchObject({ holds: true, found: '2.50x (250 and 100 tok/s)' });
    expect(figure([rows[0] as Row, rows[2] as Row], /one by one, to the commit before/)?.holds).toBe(null);
  });

  it('that is missing says how it is measured, or why it failed', () => {
    expect(figuresOf([]).every(({ holds, found }) => holds === null && found.startsWith('not measured: '))).toBe(true);
    const failed = row({ subject: PYTORCH, value: null, note: 'PyTorch is not measured: there is no python3' });
    expect(figure([row({}), failed], /^218 k.*PyTorch, one thread/)).toMatchObject({ found: failed.note, holds: null });
  });

  it('has the same bits only where every number of threads gave them', () => {
    const bits = (values: readonly number[]) => BITS_THREADS.map((threads, i) => row({ name: BITS, threads, value: values[i] ?? 0 }));
    expect(figure(bits([7, 7, 7, 7]), /same bits/)).toMatchObject({ found: '4 of 4', holds: true });
    expect(figure(bits([7, 7, 7, 8]), /same bits/)).toMatchObject({ found: '3 of 4', holds: false });
    expect(figure(bits([7, 7, 7, 7]).slice(0, 2), /same bits/)?.holds).toBe(null);
  });
});

describe('the table of speeds', () => {
  it('has a line a measurement and a column a program, with how many times faster ours is', () => {
    const rows = withRatios([row({}), row({ subject: 'jax-js', value: 400 }), row({ subject: PYTORCH, value: 2000 })]);
    const { head, rows: lines } = speedTable(rows);
    expect(head).toEqual(['tokens a second', 'ours', 'jax-js', PYTORCH]);
    expect(lines).toEqual([['CPU: training step, 16 x 128, a: d=64, 4 layers, 218 k', '**1,000**', '400 (2.5x)', '2,000 (0.50x)']]);
  });

  it('never calls a software adapter a graphics card', () => {
    const { rows } = speedTable([row({ backend: 'webgpu', software: true })]);
    expect(rows[0]?.[0]).toContain('software adapter');
  });
});

describe('npm run bench', () => {
  it('writes its JSON to a file, or to the standard output where none is named', () => {
    expect(readOptions(['--json', 'here.json'])).toMatchObject({ json: 'here.json' });
    expect(readOptions(['--json'])).toMatchObject({ json: STDOUT });
    expect(readOptions(['--json', '--quick'])).toMatchObject({ json: STDOUT, quick: true });
    expect(readOptions(['--quick'])).toMatchObject({ json: null });
  });

  it('says in every row of PyTorch what it needs, where there is none', async () => {
    vi.stubEnv('PYTHON', join(ROOT, 'no-such-python'));
    const rows: RowOfJob[] = [];
    const [shape] = SHAPES;
    if (shape === undefined) throw new Error('no shape');
    await measurePyTorch({ shape, threads: 1, seconds: 0, only: '', figures: false }, 60_000, (one) => rows.push(one));
    vi.unstubAllEnvs();
    expect(rows.map(({ name }) => name)).toContain('training step, 16 x 128');
    for (const { value, note } of rows) expect([value, note]).toEqual([null, expect.stringContaining('PYTHON names another')]);
  });

  it('has a script for PyTorch that says in a sentence what is missing', () => {
    const script = readFileSync(join(ROOT, 'bench/peers/pytorch.py'), 'utf8');
    expect(script).toContain('pip install torch transformers');
  });
});
