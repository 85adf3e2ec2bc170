/** A measured machine: what its link carries, that nobody takes it for their own, and that nothing unreadable is shown. */
import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { browserOf } from '../../src/lab/measure/browser.ts';
import type { Machine as Measured, MachineEvent, MachineRow } from '../../src/protocol/machine.ts';
import { CEILINGS, RATES } from '../../src/protocol/machine.ts';
import { choose } from '../../src/ui/language/language.ts';
import { equalText, machineText, partText, valueText } from '../../src/ui/machine/machine-text.ts';
import { Machine } from '../../src/ui/machine/machine.tsx';
import { readLink } from '../../src/ui/session/link.ts';
import { isAnchor } from '../../src/ui/session/place.ts';
import { createMachine } from '../../src/ui/session/machine.ts';
import { machineHash, machineJson, readMachineHash } from '../../src/ui/session/machine-link.ts';
import { advice } from '../../src/errors.ts';
import type { Session } from '../../src/ui/session/session.ts';
import { signal } from '@preact/signals';

const ROW: MachineRow = { measure: 'training', backend: 'wasm', threads: 1, parameters: 217_664, value: 20_059, share: 0.625 };
const MACHINE: Measured = {
  name: 'büro – 2',
  backend: 'wasm',
  device: 'WebAssembly SIMD',
  software: true,
  browser: 'Chrome 156 on Linux',
  cores: 2,
  isolated: true,
  commit: '0123456789ab',
  at: '2026-11-28T14:05:00.000Z',
  rows: [ROW],
  equal: null,
};

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const backend = fc.constantFrom('wasm' as const, 'webgpu' as const);
const positive = fc.integer({ min: 1, max: 9999 }).map((n) => n / 8);
const rows = fc.record({
  measure: fc.constantFrom(...CEILINGS, ...RATES),
  backend,
  threads: fc.integer({ min: 1, max: 16 }),
  parameters: fc.option(fc.integer({ min: 1, max: 1e9 }).map((n) => Number(n.toPrecision(4)))),
  value: positive.map((n) => Number(n.toPrecision(4))),
  share: fc.option(positive.map((n) => Number((n / 1000).toPrecision(4)))),
});
const machines = fc.record({
  name: text,
  backend,
  device: text,
  software: fc.boolean(),
  browser: text,
  cores: fc.integer({ min: 1, max: 64 }),
  isolated: fc.boolean(),
  commit: text,
  at: fc.constant(MACHINE.at),
  rows: fc.array(rows, { maxLength: 12 }),
  equal: fc.option(fc.integer({ min: 1, max: 384 }).map((of) => ({ equal: of - 1, of }))),
});

describe('the link to a measured machine', () => {
  it('carries everything that was measured, and is no setting', () => {
    fc.assert(
      fc.property(machines, (machine) => {
        const hash = machineHash(machine);
        expect(readMachineHash(hash)).toEqual({ machine });
        expect(isAnchor(hash)).toBe(true);
        expect(readLink(hash)).toMatchObject({ named: [], troubles: [], worldless: false, autorun: false });
      }),
    );
  });

  it('that was cut or changed is refused with a sentence', () => {
    const hash = machineHash(MACHINE);
    expect(readMachineHash(hash.slice(0, -30))).toEqual({ trouble: '' });
    fc.assert(
      fc.property(fc.string(), (rest) => {
        expect(readMachineHash(`#machine:${rest}`)).toEqual({ trouble: expect.any(String) });
      }),
    );
    const changed = (more: object) => readMachineHash(machineHash({ ...MACHINE, ...more }));
    const bad = [{ backend: 'tpu' }, { at: 'yesterday' }, { cores: -1 }, { rows: [{ ...ROW, value: -1 }] }, { equal: { equal: 3, of: 2 } }];
    for (const more of bad) expect(changed(more)).toEqual({ trouble: expect.stringMatching(/must|is/) });
  });

  it('is another thing than a link to settings', () => {
    for (const hash of ['', '#v=1&rounds=2', '#machine', '#run']) expect(readMachineHash(hash)).toBe(null);
  });
});

describe('the JSON of a measured machine', () => {
  it('says what it is, where it was made and every number with its unit', () => {
    const json: unknown = JSON.parse(machineJson(MACHINE));
    expect(json).toMatchObject({
      format: 'step-on-feet machine 1',
      name: 'büro – 2',
      browser: 'Chrome 156 on Linux',
      commit: '0123456789ab',
    });
    expect(json).toMatchObject({ rows: [{ measure: 'training', value: 20_059, unit: 'tok/s' }] });
  });
});

describe('a measured machine in words', () => {
  it('is told in the language of the page: where it was measured, and what is measured now', async () => {
    const together = { text: '{answers} answers at once, {weights} weights', answers: 64, weights: 217_664 } as const;
    expect(partText(together)).toBe('64 answers at once, 218 k weights');
    await choose('de');
    expect(partText(together)).toBe('64 Antworten auf einmal, 218 Tsd. Gewichte');
    expect(partText({ text: 'the memory of the CPU' })).toBe('den Speicher der CPU');
    expect(machineText(MACHINE)).toContain('Chrome 156 auf Linux');
    expect(machineText({ ...MACHINE, browser: browserOf('curl/8') })).toContain('ein unbekannter Browser');
    await choose('en');
    expect(machineText(MACHINE)).toContain('Chrome 156 on Linux');
  });

  it('does not hold the CPU against itself', () => {
    expect(equalText(MACHINE)).toContain('the CPU’s own');
    expect(equalText({ backend: 'webgpu', equal: { equal: 384, of: 384 } })).toBe('100% of 384 greedy tokens are those of the CPU.');
    expect(equalText({ backend: 'webgpu', equal: { equal: 383, of: 384 } })).toContain('99.7% of 384');
  });

  it('never calls a software adapter a graphics card', () => {
    expect(machineText({ ...MACHINE, backend: 'webgpu', software: true })).toContain('no graphics card');
    expect(machineText({ ...MACHINE, backend: 'webgpu', software: false })).toMatch(/^Graphics card/);
    expect(valueText(ROW)).toBe('20,059 tok/s');
  });
});

describe('the view', () => {
  let listeners: (() => void)[];
  beforeEach(() => {
    listeners = [];
    vi.stubGlobal('document', parseHTML('<html><body></body></html>').document);
    vi.stubGlobal('window', { addEventListener: (_: string, listener: () => void) => listeners.push(listener) });
    const replaceState = (_: unknown, __: string, to: string): void => {
      location.hash = to.includes('#') ? to : '';
    };
    vi.stubGlobal('history', { state: null, replaceState });
    vi.stubGlobal('location', { hash: '', pathname: '/', search: '', href: 'https://here.example/' });
  });
  afterEach(() => vi.unstubAllGlobals());

  const worker = (events: readonly MachineEvent[]) => ({
    measureMachine: () => {
      const start = (to: ReadableStreamDefaultController<MachineEvent>): void => {
        for (const event of events) to.enqueue(event);
        to.close();
      };
      return Promise.resolve(new ReadableStream<MachineEvent>({ start }));
    },
  });
  const machineOf = (events: readonly MachineEvent[], busy = false) =>
    createMachine({ lm: worker(events), model: 'models/ladder/', busy: () => busy });
  const show = async (machine: ReturnType<typeof createMachine>): Promise<HTMLElement> => {
    const place = document.createElement('div');
    document.body.append(place);
    Object.assign(Object.getPrototypeOf(place) as object, { scrollIntoView: () => {} });
    const session = { machine, engine: signal({ backend: 'wasm' }), busy: signal(false) } as unknown as Session;
    await act(() => render(h(Machine, { session }), place));
    return place;
  };
  const MEASURED: readonly MachineEvent[] = [
    { type: 'next', what: { text: 'training, {weights} weights', weights: 217_664 }, done: 0, total: 2 },
    { type: 'row', row: ROW },
    { type: 'measured', machine: MACHINE },
  ];

  it('shows what was measured here, with a bar that is its share of the plain product', async () => {
    const machine = machineOf(MEASURED);
    await machine.measure(false);
    const place = await show(machine);
    expect(place.querySelector('[data-testid=machine-own]')?.textContent).toContain('20,059 tok/s');
    expect(place.querySelector('.machine-bar span')?.getAttribute('style')).toContain('62.5%');
    expect(place.querySelector('[data-testid=machine-linked]')).toBe(null);
    expect(readMachineHash(new URL(machine.address()).hash)).toMatchObject({ machine: { name: '', rows: [{ measure: 'training' }] } });
  });

  it.each([
    [1.36, true],
    [1, false],
  ])('explains a share of %s of what should be the most: %s', async (share, explained) => {
    const machine = machineOf([{ type: 'measured', machine: { ...MACHINE, rows: [{ ...ROW, share }] } }]);
    await machine.measure(false);
    const place = await show(machine);
    expect(place.textContent?.includes('More than 100% means')).toBe(explained);
  });

  it('says of a result from a link whose it is, and keeps it apart from one’s own', async () => {
    location.hash = machineHash(MACHINE);
    const machine = machineOf(MEASURED);
    const place = await show(machine);
    const theirs = place.querySelector('[data-testid=machine-linked]')?.textContent ?? '';
    expect(theirs).toContain('Another machine: “büro – 2”');
    expect(theirs).toContain('Not measured here');
    expect(theirs).toContain('28 November 2026');
    expect(place.querySelector('[data-testid=machine-own]')).toBe(null);
    expect(place.querySelector('[data-testid=machine-link]')).toBe(null);
    await machine.measure(false);
    expect(machine.own.value?.name).toBe('');
    machine.dismiss();
    expect([machine.linked.value, location.hash]).toEqual([null, '']);
  });

  it('takes a link that is opened while the page is there', () => {
    const machine = machineOf([]);
    expect(machine.linked.value).toBe(null);
    location.hash = machineHash(MACHINE);
    for (const listener of listeners) listener();
    expect(machine.linked.value).toEqual({ machine: MACHINE });
  });

  it('says why it failed, and nothing where it was cancelled', async () => {
    const failed = machineOf([{ type: 'failed', failure: { code: 'GPU_LOST', message: 'The card is gone.', detail: '' } }]);
    await failed.measure(false);
    expect(failed.problem.value?.message).toBe('The card is gone.');
    const english = advice('GPU_LOST');
    expect((await show(failed)).textContent).toContain(english);
    await choose('de');
    expect((await show(failed)).textContent).not.toContain(english);
    await choose('en');
    const stopped = machineOf([{ type: 'failed', failure: { code: 'STOPPED', message: 'Stopped.', detail: '' } }]);
    await stopped.measure(false);
    expect([stopped.problem.value, stopped.own.value, stopped.progress.value]).toEqual([null, null, null]);
  });

  it('does not measure while a run is on its way', async () => {
    const machine = machineOf(MEASURED, true);
    await machine.measure(false);
    expect(machine.own.value).toBe(null);
  });
});
