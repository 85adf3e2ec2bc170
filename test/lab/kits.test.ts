import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readKit } from '../../src/files/in/kit.ts';
import type { PickedEntry } from '../../src/protocol/lm.ts';
import { chosenKit, identityOf, kitReport, pickedKit } from '../../src/lab/kits.ts';
import { kit as small } from '../support/kit-data.ts';

const FOLDER = join(import.meta.dirname, '../../public/kits/english');
const bytes = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(FOLDER, name)));

/** The English kit as a user would pick it, in a folder beside a model. */
function entries(
  change: (name: string, content: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> | null = (_, same) => same,
): PickedEntry[] {
  const picked = readdirSync(FOLDER).flatMap((name) => {
    const content = change(name, bytes(name));
    return content === null ? [] : [{ path: `model/kit/${name}`, file: new File([content], name) }];
  });
  return [{ path: 'model/config.json', file: new File(['{}'], 'config.json') }, ...picked];
}

describe("a kit of the user's own", () => {
  it('is found in a folder beside the model', async () => {
    const kit = await pickedKit(entries());
    expect(kit).toEqual(readKit(new Map(readdirSync(FOLDER).map((name) => [name, bytes(name)]))));
    expect(kit?.prompts.length).toBeGreaterThanOrEqual(300);
  });

  it('is refused where it has more rows than a model can be opened with', async () => {
    const many = Array.from({ length: 20_001 }, (_, i) => JSON.stringify({ id: `p${i}`, topic: 't', prompt: `Why ${i}?` })).join('\n');
    const huge = entries((name, same) => (name === 'prompts.jsonl' ? new TextEncoder().encode(many) : same));
    await expect(pickedKit(huge)).rejects.toMatchObject({
      code: 'IMPORT_LIMIT',
      detail: expect.stringContaining('at most 20000 are read'),
    });
  });

  it('is not missed where there is none', async () => {
    expect(await pickedKit(entries(() => null))).toBeNull();
  });

  it('is refused with the file and the line when a line is broken, or with the file when it is not there', async () => {
    const broken = entries((name, same) => (name === 'prompts.jsonl' ? new TextEncoder().encode('{"id": 1\n') : same));
    await expect(pickedKit(broken)).rejects.toMatchObject({ code: 'IMPORT_FORMAT', detail: expect.stringContaining('prompts.jsonl') });
    const missing = entries((name, same) => (name === 'test.jsonl' ? null : same));
    await expect(pickedKit(missing)).rejects.toMatchObject({ code: 'IMPORT_FORMAT', detail: expect.stringContaining('test.jsonl') });
  });

  it.each(['data/my prompts.jsonl', './Fragen für alle.jsonl'.normalize('NFC'), 'data\\x.jsonl', '../x.jsonl'])(
    'may name a file in a folder: %s',
    async (name) => {
      const moved = entries((file, same) => {
        if (file !== 'kit.json') return same;
        const kit = JSON.parse(new TextDecoder().decode(same)) as { files: Record<string, string> };
        return new TextEncoder().encode(JSON.stringify({ ...kit, files: { ...kit.files, prompts: name } }));
      });
      // macOS hands out the names of files with their accents apart
      const path =
        { 'data\\x.jsonl': 'model/kit/data/x.jsonl', '../x.jsonl': 'model/x.jsonl' }[name] ??
        `model/kit/${name.replace('./', '')}`.normalize('NFD');
      const picked = moved.map((entry) =>
        entry.path.endsWith('prompts.jsonl') ? { path, file: new File([bytes('prompts.jsonl')], path) } : entry,
      );
      expect((await pickedKit(picked))?.prompts).toHaveLength((await pickedKit(entries()))?.prompts.length ?? 0);
      // picked one by one, files have no folders
      const flat = picked.map(({ path: at, file }) => ({ path: at.replace(/^.*\//, ''), file: new File([file], at.replace(/^.*\//, '')) }));
      expect((await pickedKit(flat))?.prompts.length).toBeGreaterThanOrEqual(300);
    },
  );
});

describe('a kit that is chosen', () => {
  const base = async () => small;
  const file = (path: string, text: string): PickedEntry => ({ path, file: new File([text], path) });
  const asked = file('asked.json', JSON.stringify(Array.from({ length: 9 }, (_, i) => `What is item ${i}?`)));

  it('may be a whole one in a folder of its own', async () => {
    const own = { files: entries().slice(1), uses: {}, seed: 1 };
    expect(await chosenKit(own, base)).toEqual(await pickedKit(entries()));
    expect(await kitReport(own, base)).toMatchObject({
      name: 'English starter kit',
      problem: null,
      files: [{ path: 'model/kit/kit.json', offers: [] }],
    });
  });

  it('is put together from data files, and is the same kit only with the same rows, uses and seed', async () => {
    const of = async (uses: object, seed: number) =>
      (
        await identityOf(
          await chosenKit({ files: [asked, file('rest.csv', 'prompt,output\na,b\n')], uses: { 'rest.csv': [], ...uses }, seed }, base),
        )
      ).hash;
    expect(await of({}, 1)).toBe(await of({}, 1));
    expect(await of({}, 1)).not.toBe(await identityOf(small).then(({ hash }) => hash));
  });

  it('is refused with what is missing, and lists the files that are none', async () => {
    const own = { files: [file('few.json', '["a"]'), file('.DS_Store', 'x'), file('x.bin', 'GGUF')], uses: {}, seed: 1 };
    await expect(chosenKit(own, base)).rejects.toMatchObject({
      code: 'IMPORT_FORMAT',
      detail: expect.stringContaining('few.json: 1 of its rows is for prompts') as string,
    });
    const { files } = await kitReport(own, base);
    expect(files.map(({ path, left }) => [path, left[0]?.reason])).toEqual([
      ['few.json', undefined],
      ['x.bin', 'is a model'],
    ]);
    const many = Array.from({ length: 41 }, (_, i) => file(`p${i}.json`, '["a"]'));
    expect((await kitReport({ ...own, files: many }, base)).files.at(-1)?.left[0]?.reason).toContain('more than 40 files');
    const large = { path: 'l.csv', file: { name: 'l.csv', size: 1e9 } as File };
    expect((await kitReport({ ...own, files: [large] }, base)).files[0]?.left[0]?.reason).toContain('split it');
    const gone = {
      path: 'g.csv',
      file: { name: 'g.csv', size: 1, arrayBuffer: () => Promise.reject(new Error('NotFound')) } as unknown as File,
    };
    expect((await kitReport({ ...own, files: [gone] }, base)).files[0]?.left[0]?.reason).toContain('choose it again');
  });
});
