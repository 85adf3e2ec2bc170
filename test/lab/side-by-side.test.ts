/** A model of the user’s after a run: the base and its round answer side by side, on one seed, and what differs is told word by word. */
import 'fake-indexeddb/auto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createLab } from '../../src/lab/lab.ts';
import { DEFAULTS, type RunConfig } from '../../src/run/config.ts';
import { wordDiff } from '../../src/ui/chat/word-diff.ts';
import { createChat, type Exchange, textOf } from '../../src/ui/session/chat.ts';
import { randomModel } from '../support/random-model.ts';

const KIT = join(import.meta.dirname, '../../public/kits/english');
/** A round of a few prompts that moves the weights far: random models seldom end an answer, so none is dropped for that. */
const SHORT: Partial<RunConfig> = {
  method: 'soft',
  rounds: 1,
  prompts: 8,
  maxTokens: 8,
  batchSize: 4,
  epochs: 2,
  learningRate: 0.01,
  dropUnfinished: false,
  dropRepeatsItself: false,
  earlyStop: false,
  probes: 0,
  probeAnswers: 0,
};

let chat: ReturnType<typeof createChat>;
let before: Exchange | undefined;

beforeAll(async () => {
  // older Nodes have none
  vi.stubGlobal('navigator', { hardwareConcurrency: 1 });
  const startHelper = (): never => {
    throw new Error('a model of the user’s has no helpers');
  };
  const lab = createLab({ commit: 'test', startHelper });
  const kit = readdirSync(KIT).map((name): [string, Uint8Array<ArrayBuffer>] => [
    `kit/${name}`,
    Uint8Array.from(readFileSync(join(KIT, name))),
  ]);
  const files = [...randomModel('llama', { context: 4096 }), ...kit].map(([name, bytes]) => {
    const path = `mine/${name}`;
    return { path, file: new File([bytes], path.slice(path.lastIndexOf('/') + 1)) };
  });
  let run = '';
  chat = createChat({ lm: lab, run: () => run });
  for await (const event of await lab.open({ backend: 'wasm', model: { kind: 'files', files } })) {
    if (event.type === 'failed') throw new Error(event.failure.detail);
    if (event.type === 'made') chat.suit(event.made.model);
  }
  await chat.ask('Why is the sky blue?', [0]);
  before = chat.exchanges.value[0];
  chat.clear();
  for await (const event of await lab.run({ ...DEFAULTS, ...SHORT })) {
    if (event.type === 'failed') throw new Error(event.failure.detail);
    if (event.type === 'started') ({ run } = event);
  }
  expect(run).not.toBe('');
}, 120_000);
afterAll(() => void vi.unstubAllGlobals());

const textsOf = (exchange: Exchange | undefined): readonly string[] => exchange?.sides.map(({ end }) => end?.text ?? '') ?? [];

test('the base answers as before the run, and the round something else', async () => {
  await chat.ask('Why is the sky blue?', [0, 1]);
  const [base, round] = textsOf(chat.exchanges.value[0]);
  expect(base).toBe(textsOf(before)[0]);
  expect(round).not.toBe(base);
  const pieces = wordDiff(base ?? '', round ?? '');
  expect(pieces.map((side) => side.map(({ text }) => text).join(''))).toEqual([base, round]);
  expect(pieces.some((side) => side.some(({ same }) => !same))).toBe(true);
}, 120_000);

test('both are drawn anew with one seed, and each goes on with what it has said itself', async () => {
  await chat.again();
  const [drawn] = chat.exchanges.value;
  expect(drawn?.sides.map(({ asked }) => asked.seed)).toEqual([1, 1]);
  expect(textsOf(drawn)[0]).not.toBe(textsOf(before)[0]);
  await chat.ask('And at night?', [0, 1]);
  const next = chat.exchanges.value[1];
  expect(next?.sides.map(({ asked }) => asked.earlier.map(({ answer }) => answer))).toEqual(textsOf(drawn).map((text) => [text]));
  expect(next?.sides.every(({ failure, tokens }) => failure === null && textOf(tokens).length > 0)).toBe(true);
}, 120_000);
