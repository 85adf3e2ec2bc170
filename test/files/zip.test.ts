/** Files on their way to the user's disk: one zip, or one by one. */
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { ExportFile } from '../../src/files/out/file.ts';
import { blobsOf, zipOf } from '../../src/files/out/zip.ts';
import { ended } from '../support/all.ts';

describe('one zip', () => {
  it('holds every file as it was, whatever its length, and is the same every time', async () => {
    const long = new Uint8Array(2 ** 24 + 5).map((_, i) => i * 7);
    const files: readonly ExportFile[] = [
      { name: 'adapter/README.md', text: 'grüße\n' },
      { name: 'adapter/adapter_model.safetensors', bytes: long },
      { name: 'empty', bytes: new Uint8Array() },
      { name: 'merged/model.safetensors', pieces: () => [long.subarray(0, 9), long.subarray(9)], size: long.length },
    ];
    const [first, second] = [await (await zipOf(files)).arrayBuffer(), await (await zipOf(files)).arrayBuffer()];
    const found = unzipSync(new Uint8Array(first));
    expect(Object.keys(found)).toEqual(files.map(({ name }) => name));
    expect(new TextDecoder().decode(found['adapter/README.md'])).toBe('grüße\n');
    for (const name of ['adapter/adapter_model.safetensors', 'merged/model.safetensors'])
      expect(Buffer.compare(found[name] ?? new Uint8Array(), long)).toBe(0);
    const [only] = await ended(blobsOf(files.slice(3)));
    expect(Buffer.compare(new Uint8Array(await (only as Blob).arrayBuffer()), long)).toBe(0);
    expect(Buffer.compare(new Uint8Array(first), new Uint8Array(second))).toBe(0);
  });

  it('of a file has the type by which a browser shows or saves it', async () => {
    const made = await ended(
      blobsOf([
        { name: 'a.yaml', text: 'a' },
        { name: 'a.bin', bytes: new Uint8Array(1) },
      ]),
    );
    expect(made.map(({ type }) => type)).toEqual(['text/plain', 'application/octet-stream']);
  });

  it('is refused whole when a name is longer than a zip can hold', async () => {
    await expect(zipOf([{ name: 'a'.repeat(70_000), text: '' }])).rejects.toMatchObject({
      message: expect.stringContaining('filename') as string,
    });
  });
});
