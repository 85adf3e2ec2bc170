/** A model on its way into the lab: it says how far it is, and whoever cancels at any step finds the model before it, and nothing else in memory. */
import 'fake-indexeddb/auto';
import * as tf from '@tensorflow/tfjs';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openBackend } from '../../src/engine/backend.ts';
import { pickedKit } from '../../src/lab/kits.ts';
import { createLab } from '../../src/lab/lab.ts';
import { close, openEngine } from '../../src/lab/opened.ts';
import { openSource, type OpenedSource } from '../../src/lab/sources.ts';
import type { OpenEvent, PickedSource } from '../../src/protocol/lm.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import { BROAD, randomModel } from '../support/random-model.ts';

const KIT = join(import.meta.dirname, '../../public/kits/english');
const kit = new Map(readdirSync(KIT).map((name) => [`kit/${name}`, Uint8Array.from(readFileSync(join(KIT, name)))]));

function folderOf(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>, called: string): PickedSource {
  const entries = [...files, ...kit].map(([name, bytes]) => {
    const path = `${called}/${name}`;
    return { path, file: new File([bytes], path.slice(path.lastIndexOf('/') + 1)) };
  });
  return { kind: 'files', files: entries };
}

const small = folderOf(randomModel('qwen2'), 'small');
const broad = folderOf(randomModel('llama', { shape: BROAD }), 'broad');

type Lab = ReturnType<typeof createLab>;
let lab: Lab;

/** The events until it is open, or until somebody has had enough of them. */
async function begin(model: PickedSource, enough = Infinity): Promise<readonly OpenEvent[]> {
  const reader = (await lab.open({ backend: 'wasm', model })).getReader();
  const events: OpenEvent[] = [];
  for (let i = 0; i < enough; i++) {
    const { done, value } = await reader.read();
    if (done) return events;
    events.push(value);
  }
  await reader.cancel();
  return events;
}

const end = (events: readonly OpenEvent[]): string => {
  const last = events.at(-1);
  return last?.type === 'made'
    ? last.made.model.name
    : last?.type === 'failed'
      ? `${last.failure.code} ${last.failure.detail}`
      : 'progress';
};

const QUESTION = { run: '', round: 0, system: '', earlier: [], question: 'Why is the sky blue?', seed: 7 };

/** What the open model says. */
async function answer(): Promise<string> {
  for await (const event of await lab.chat(QUESTION)) {
    if (event.type === 'answered') return event.text;
    if (event.type === 'failed') return event.failure.code;
  }
  return 'nothing';
}

// older Nodes have none
beforeAll(() => void vi.stubGlobal('navigator', { hardwareConcurrency: 1 }));
afterAll(() => void vi.unstubAllGlobals());
const HOST = {
  commit: 'test',
  startHelper: (): Worker => {
    throw new Error('a model of the user’s has no helpers');
  },
};
const newLab = (): Lab => createLab(HOST);
beforeEach(() => void (lab = newLab()));

/** What comes of work that tells its shares. */
async function whole<T>(work: AsyncGenerator<unknown, T>): Promise<T> {
  for (;;) {
    const step = await work.next();
    if (step.done === true) return step.value;
  }
}

/** What a kit's first question is to a model on an engine that is opened at this time. */
async function askedAt(time: Date, source: OpenedSource): Promise<string | undefined> {
  vi.setSystemTime(time);
  const own = await pickedKit(small.files);
  const opened = await openEngine(
    { want: 'wasm', from: small },
    await openBackend('wasm'),
    { source, kit: own },
    { ...HOST, warn: () => {} },
  );
  close(opened);
  return opened.tasks.stock(DEFAULTS).prompts[0]?.prompt;
}

test('a lost device that is opened again after midnight asks with the date of before', async () => {
  const template =
    "Today is {{ strftime_now('%d %b %Y') }}. {% for m in messages %}{{ m.role + ': ' + m.content + '\\n' }}{% endfor %}assistant:";
  try {
    vi.setSystemTime(new Date(2026, 10, 29, 23, 59, 58));
    const source = await whole(openSource(folderOf(randomModel('qwen2', { template }), 'dated')));
    const before = await askedAt(new Date(2026, 10, 29, 23, 59, 59), source);
    expect(before).toMatch(/^Today is 29 Nov 2026\. /);
    expect(await askedAt(new Date(2026, 10, 30, 0, 0, 1), source)).toBe(before);
  } finally {
    vi.useRealTimers();
  }
}, 60_000);

describe('a model that is opened', () => {
  test('is read and then sent, in ever larger shares to the whole; a small one need not be sent', async () => {
    const events = await begin(broad);
    expect(end(events)).toBe('broad');
    const progress = events.flatMap((event) => (event.type === 'progress' ? [event] : []));
    expect([...new Set(progress.map(({ part }) => part))]).toEqual(['reading', 'sending']);
    for (const part of ['reading', 'sending']) {
      const mine = progress.filter((event) => event.part === part);
      expect(mine.map(({ done }) => done)).toEqual(mine.map(({ done }) => done).toSorted((a, b) => a - b));
      expect(mine.at(-1)?.done).toBe(mine[0]?.total);
      expect(mine.length).toBeGreaterThan(5);
    }
    expect((await begin(small)).some((event) => event.type === 'progress' && event.part === 'sending')).toBe(false);
  }, 60_000);

  test('with a checksum, as this page writes a model, is told of from the first piece that is read for it', async () => {
    const files = new Map(randomModel('llama', { shape: BROAD }));
    const shares = async (weights: Uint8Array<ArrayBuffer>) => {
      const events = await begin(folderOf(files.set('model.safetensors', weights), 'summed'));
      return {
        events,
        told: events.flatMap((event) => (event.type === 'progress' && event.part === 'reading' ? [event.done / event.total] : [])),
      };
    };
    const whole = files.get('model.safetensors') ?? new Uint8Array();
    const { told } = await shares(whole);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
    // damaged at its end it is refused by its checksum, whose share is the first half
    const { events, told: before } = await shares(whole.with(whole.length - 3, 0x5a));
    expect(end(events)).toContain('MODEL_FORMAT model.safetensors: the checksum does not fit');
    expect(before.length).toBeGreaterThan(3);
    expect(before).toEqual(told.slice(0, before.length));
    expect(before.at(-1)).toBe(0.5);
  }, 60_000);

  test('and sent ahead is not sent again: its first token takes no weights but the adapter’s', async () => {
    await begin(broad);
    const sent = tf.memory().numBytes;
    const reader = (await lab.chat(QUESTION)).getReader();
    while ((await reader.read()).value?.type !== 'token');
    expect(tf.memory().numBytes - sent).toBeLessThan(sent / 2);
    await reader.cancel();
  }, 60_000);
});

describe('one that is not wanted any more', () => {
  let steps: readonly OpenEvent[];
  let first: string;
  let held: number;
  beforeAll(async () => {
    lab = newLab();
    steps = await begin(broad);
  }, 60_000);
  beforeEach(async () => {
    expect(end(await begin(small))).toBe('small');
    first = await answer();
    held = tf.memory().numTensors;
    expect(first.length).toBeGreaterThan(0);
  });

  const reading = (): number => steps.filter((event) => event.type === 'progress' && event.part === 'reading').length;
  test.each([
    ['before anything is read', () => 0],
    ['at its first number', () => 1],
    ['in the middle of its file', () => Math.floor(reading() / 2)],
    ['when all is read', () => reading()],
    ['when the first is sent', () => reading() + 1],
    ['in the middle of sending', () => Math.floor((reading() + steps.length) / 2)],
    ['when all is sent', () => steps.length - 1],
  ])(
    '%s leaves the model before it as it was, and nothing in memory',
    async (_, enough) => {
      expect((await begin(broad, enough())).every(({ type }) => type === 'progress')).toBe(true);
      expect(await answer()).toBe(first);
      expect(tf.memory().numTensors).toBe(held);
    },
    60_000,
  );

  test('or that cannot be opened leaves it too', async () => {
    const { files } = broad;
    const broken = files.map(({ path, file }) =>
      file.name === 'model.safetensors' ? { path, file: new File([file.slice(0, file.size - 1)], file.name) } : { path, file },
    );
    expect(end(await begin({ kind: 'files', files: broken }))).toContain('MODEL_TRUNCATED');
    expect(await answer()).toBe(first);
    expect(tf.memory().numTensors).toBe(held);
  }, 60_000);
});
