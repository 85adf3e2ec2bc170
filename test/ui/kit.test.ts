/** Files of a kit as the page remembers them: one that was picked by mistake is taken out again, and the others are as if it had never been there. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { KitReport } from '../../src/contracts/kit.ts';
import type { KitChoice, LmWorker } from '../../src/protocol/lm.ts';
import { partsText, wholeText } from '../../src/ui/models/kit.tsx';
import { createKitChoosing, type KitChoosing } from '../../src/ui/session/kit.ts';

let choosing: KitChoosing;
let read: KitChoice[];
beforeEach(() => {
  read = [];
  const readKit = async ({ own }: { readonly own: KitChoice }) => {
    read.push(own);
    const files = own.files.map(({ path }) => ({ path, form: 'prompts', rows: 1, uses: own.uses[path] ?? ['prompts'] }));
    return { ok: true, value: { files, parts: [], problem: null } as unknown as KitReport };
  };
  choosing = createKitChoosing({ lm: { readKit } as unknown as LmWorker, kit: '/kit/', reopen: async () => null });
});

const pick = (...names: readonly string[]) => choosing.take(names.map((path) => ({ path, file: new File([path], path) })));
const shown = (): readonly string[] => choosing.report.value?.files.map(({ path }) => path) ?? [];

describe('a picked file', () => {
  test('is taken out by its name, and that is said until something else is done', async () => {
    await pick('a.jsonl', 'b.jsonl', 'c.jsonl');
    await choosing.takeOut('b.jsonl');
    expect(shown()).toEqual(['a.jsonl', 'c.jsonl']);
    expect(choosing.takenOut.value).toBe('b.jsonl');
    await pick('d.jsonl');
    expect(shown()).toEqual(['a.jsonl', 'c.jsonl', 'd.jsonl']);
    expect(choosing.takenOut.value).toBe(null);
  });

  test('takes what it was said to be for with it: picked again it is read as if for the first time', async () => {
    await pick('a.jsonl', 'b.jsonl');
    await choosing.use('b.jsonl', 'validation', true);
    await choosing.takeOut('b.jsonl');
    expect(read.at(-1)?.uses).toEqual({ 'a.jsonl': ['prompts'] });
    await pick('b.jsonl');
    expect(choosing.report.value?.files.at(-1)?.uses).toEqual(['prompts']);
  });

  test('that is the last one leaves nothing chosen; one that is not there changes nothing', async () => {
    await pick('a.jsonl');
    await choosing.takeOut('other.jsonl');
    expect([shown(), choosing.takenOut.value, read.length]).toEqual([['a.jsonl'], null, 1]);
    await choosing.takeOut('a.jsonl');
    expect([choosing.choice.value, choosing.report.value, choosing.takenOut.value]).toEqual([null, null, 'a.jsonl']);
  });
});

describe('what the page says of the files', () => {
  test('is one demonstration and two, as a language counts them', () => {
    const uses = ['principles', 'demonstrations', 'prompts', 'validation', 'probes'] as const;
    const parts = (rows: number) => uses.map((use) => ({ use, rows, own: true }));
    expect(partsText({ parts: parts(1) })).toBe('From your files: principles, 1 demonstration, 1 prompt, 1 validation and 1 probe.');
    expect(partsText({ parts: parts(2) })).toBe('From your files: principles, 2 demonstrations, 2 prompts, 2 validation and 2 probes.');
  });

  test('is that a whole kit is for everything, and a file of which no row is read for nothing', () => {
    expect([wholeText({ rows: 9 }), wholeText({ rows: 0 })]).toEqual(['everything', 'nothing']);
  });
});
