/** What is measured before a run, as the page follows it: how far it is, the time left, and a page that is as it was after a Cancel. */
import { signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { OpenedModel } from '../../src/protocol/lm.ts';
import type { SampledEvent, SpeedEvent } from '../../src/protocol/models.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { underWayText } from '../../src/ui/page/under-way.tsx';
import { createMeasuring, type Measuring } from '../../src/ui/session/measuring.ts';

type Event = SpeedEvent | SampledEvent;
const model = (name: string): OpenedModel => ({ name, fingerprint: name, standard: {} }) as unknown as OpenedModel;
const opened = signal<OpenedModel | null>(null);
let measuring: Measuring;
let send: (event: Event) => void;
let cancelled: number;
let told: unknown[];

beforeEach(() => {
  vi.useFakeTimers();
  [cancelled, told, opened.value] = [0, [], model('mine')];
  const begin = async (): Promise<ReadableStream<never>> =>
    new ReadableStream({
      start: (controller) => void (send = (event) => controller.enqueue(event as never)),
      cancel: () => void cancelled++,
    });
  measuring = createMeasuring({
    lm: { measure: begin, measureAnswers: begin },
    config: signal(DEFAULTS),
    opened,
    busy: () => false,
    failed: (failure) => void told.push(failure.code),
    sampled: ({ name }, { longest }) => void told.push([name, longest]),
  });
});
afterEach(() => void vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const said = (): string => (measuring.far.value === null ? '' : underWayText(measuring.far.value));
const far = (done: number): Event => ({ type: 'progress', part: 'sampling', done, total: 12 });

describe('answers that are sampled', () => {
  test('say how far they are: the time so far, and the time left as soon as one is there; it goes on between two', async () => {
    const sampling = measuring.sample();
    await pass(0);
    expect(said()).toBe(''); // nobody needs a bar for what is there at once
    send(far(0));
    await pass(20_000);
    expect([said(), measuring.what.value]).toEqual(['0%, 20 s so far', 'answers']);
    send(far(3));
    await pass(0);
    expect(said()).toBe('25%, about 1 min left');
    await pass(20_000);
    expect(said()).toBe('25%, about 40 s left');
    send({ type: 'made', made: { sampled: 12, cut: 1, longest: 48 } });
    await sampling;
    expect([said(), measuring.what.value, measuring.answers.value?.longest]).toEqual(['', null, 48]);
    expect(told).toEqual([['mine', 48]]);
  });

  test('and cancelled leave everything as it was, whatever comes still', async () => {
    const sampling = measuring.sample();
    await pass(0);
    send(far(3));
    await pass(1000);
    measuring.cancel();
    await sampling;
    expect(cancelled).toBe(1);
    expect([said(), measuring.what.value, measuring.answers.value]).toEqual(['', null, null]);
    expect(told).toEqual([]);
    const again = measuring.sample();
    await pass(0);
    send({ type: 'made', made: { sampled: 12, cut: 1, longest: 32 } });
    await again;
    expect(told).toEqual([['mine', 32]]);
  });

  test('are of no use where another model is opened meanwhile, and what was measured of the one before is forgotten', async () => {
    const sampling = measuring.sample();
    await pass(0);
    opened.value = null;
    measuring.forget();
    await sampling;
    opened.value = model('other');
    expect([measuring.answers.value, told]).toEqual([null, []]);
  });
});

test('the time is measured one at a time, and a failure is told', async () => {
  const time = measuring.time();
  await pass(0);
  await measuring.sample(); // rests meanwhile
  send({ type: 'failed', failure: { code: 'GPU_LOST', message: '', detail: '' } });
  await time;
  expect([told, measuring.timed.value]).toEqual([['GPU_LOST'], false]);
  const again = measuring.time();
  await pass(0);
  send({ type: 'made', made: { reading: 1, writing: 1, training: 1 } });
  await again;
  expect([measuring.timed.value, cancelled]).toEqual([true, 0]);
});
