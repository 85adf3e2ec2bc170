import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readKit } from '../../src/files/in/kit.ts';
import type { PickedEntry } from '../../src/protocol/lm.ts';
import { pickedKit } from '../../src/lab/kits.ts';

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

  it('is not missed where there is none', async () => {
    expect(await pickedKit(entries(() => null))).toBeNull();
  });

  it('is refused with the file and the line when a line is broken, or with the file when it is not there', async () => {
    const broken = entries((name, same) => (name === 'prompts.jsonl' ? new TextEncoder().encode('{"id": 1\n') : same));
    await expect(pickedKit(broken)).rejects.toMatchObject({ code: 'IMPORT_FORMAT', detail: expect.stringContaining('prompts.jsonl') });
    const missing = entries((name, same) => (name === 'test.jsonl' ? null : same));
    await expect(pickedKit(missing)).rejects.toMatchObject({ code: 'IMPORT_FORMAT', detail: expect.stringContaining('test.jsonl') });
  });
});
