/** A GGUF file that somebody picked opens by itself, under whatever name a program keeps it; what is not clear is asked back. */
import { describe, expect, it } from 'vitest';
import { pickedModel, type PickedFile } from '../../src/files/picked.ts';
import { keptGguf, pickedGguf } from '../../src/files/picked-gguf.ts';
import { loadModel } from '../../src/model/load.ts';
import { foundIn, meantOf } from '../../src/picked-folders.ts';
import { ggufOf, writeGguf } from '../support/gguf.ts';
import { randomModel } from '../support/random-model.ts';

const PARTS = ggufOf(randomModel('llama'));
const GGUF = writeGguf(PARTS);
const file = (name: string, bytes: Uint8Array<ArrayBuffer> = GGUF): PickedFile => new File([bytes], name.split('/').at(-1) ?? name);
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

describe('a picked GGUF file', () => {
  it.each([
    ['by its ending', [file('My-Model.Q4_K_M.gguf')], 'My-Model.Q4_K_M'],
    ['in capitals', [file('MODEL.GGUF')], 'MODEL'],
    ['by its first bytes, as Ollama keeps it', [file('sha256-2af3b81862c6')], 'Tiny'],
    [
      'with no name of its own',
      [file('sha256-2af3', writeGguf({ ...PARTS, fields: { ...PARTS.fields, 'general.name': '' } }))],
      'sha256-2af3',
    ],
    [
      'beside its eyes and notes',
      [file('mmproj-My-Model.gguf', bytes('x')), file('m.imatrix.gguf'), file('a.gguf'), file('README.md', bytes('# A'))],
      'a',
    ],
    ['beside a config.json', [file('config.json', bytes('{}')), file('a.gguf')], 'a'],
  ])('is found %s', async (_, files, name) => {
    const picked = await pickedGguf(files);
    expect(picked?.name).toBe(name);
    if (picked !== null) expect((await loadModel(picked.read)).weights.size).toBeGreaterThan(10);
  });

  const placed = (path: string, content: Uint8Array<ArrayBuffer> = GGUF): PickedFile => ({
    name: path.split('/').at(-1) ?? path,
    webkitRelativePath: path,
    arrayBuffer: () => Promise.resolve(content.buffer),
  });
  const adapter = (folder: string): readonly PickedFile[] =>
    ['adapter_config.json', 'adapter_model.safetensors'].map((name) => placed(`${folder}/${name}`, bytes('{}')));
  const checkpoint = (folder: string): readonly PickedFile[] =>
    ['config.json', 'tokenizer.json', 'model.safetensors'].map((name) => placed(`${folder}/${name}`, bytes('{}')));
  const foundAmong = (files: readonly PickedFile[]) => foundIn(files.map(({ name, webkitRelativePath }) => webkitRelativePath ?? name));

  it.each([
    ['beside the folder of its adapter', [placed('mine/base.gguf'), ...adapter('mine/out')], 'mine'],
    ['in a folder beside that of its adapter', [...adapter('mine/out'), placed('mine/base/base.gguf')], 'mine/base'],
    ['in the folder of the adapter itself', [...adapter('mine'), placed('mine/base.gguf')], 'mine'],
    ['without a folder, beside that of its adapter', [placed('base.gguf'), ...adapter('out')], ''],
    [
      'in the folder of an adapter of MLX',
      ['base.gguf', 'adapter_config.json', 'adapters.safetensors', '0000100_adapters.safetensors'].map((name) =>
        placed(`mine/${name}`, name === 'base.gguf' ? GGUF : bytes('{}')),
      ),
      'mine',
    ],
  ])('%s is offered with it, and is what is meant', async (_, files, folder) => {
    const found = foundAmong(files);
    expect(found.map(({ kind }) => kind)).toEqual(['model', 'adapter']);
    expect(meantOf(found)).toEqual({ kind: 'model', folder, gguf: true });
    for (const chosen of [undefined, folder]) expect((await pickedGguf(files, chosen))?.name).toBe('base');
  });

  it('beside a model in a folder of its own is offered after that, and opens when it is chosen', async () => {
    const files = [placed('all/base.gguf'), ...checkpoint('all/whole'), ...adapter('all/out')];
    const found = foundAmong(files);
    expect(found).toEqual([
      { kind: 'model', folder: 'all/whole' },
      { kind: 'adapter', folder: 'all/out' },
      { kind: 'model', folder: 'all', gguf: true },
    ]);
    expect(meantOf(found)).toEqual(found[0]);
    expect(await pickedGguf(files)).toBeNull();
    expect(await pickedGguf(files, 'all/whole')).toBeNull();
    expect((await pickedGguf(files, 'all'))?.name).toBe('base');
    await expect(pickedModel(files, 'all/whole')).resolves.toBeTypeOf('function');
  });

  it('beside several models in folders of their own is not taken in their place', async () => {
    const files = [placed('all/base.gguf'), ...checkpoint('all/a'), ...checkpoint('all/b')];
    expect(meantOf(foundAmong(files))).toBeNull();
    expect(await pickedGguf(files)).toBeNull();
    expect(await pickedGguf(files, 'all/nowhere')).toBeNull();
    expect((await pickedGguf(files, 'all'))?.name).toBe('base');
  });

  it('in one folder of several is chosen by it', async () => {
    const files = [placed('all/a/a.gguf'), placed('all/b/b.gguf')];
    expect(meantOf(foundAmong(files))).toBeNull();
    for (const name of ['a', 'b']) expect((await pickedGguf(files, `all/${name}`))?.name).toBe(name);
    await expect(pickedGguf(files)).rejects.toMatchObject({
      code: 'MODEL_SEVERAL',
      detail: 'a.gguf, b.gguf: choose one of these files alone',
    });
  });

  it('is read from where it lies', async () => {
    const blob = new File([GGUF], 'a.gguf');
    const picked = await pickedGguf([{ name: 'a.gguf', blob, arrayBuffer: () => Promise.reject(new Error('not asked')) }]);
    expect(picked === null ? null : (await loadModel(picked.read)).config.model_type).toBe('llama');
  });

  it('opens alone from a kept folder, and a folder with a config.json stays what it is', async () => {
    const kept = (files: Readonly<Record<string, Uint8Array>>) => keptGguf((name) => Promise.resolve(files[name] ?? null));
    expect((await loadModel(await kept({ 'model.gguf': GGUF }))).config.model_type).toBe('llama');
    const folder = await kept({ 'config.json': bytes('{}'), 'model.gguf': GGUF });
    expect(await folder('config.json')).toEqual(bytes('{}'));
    expect(await (await kept({}))('config.json')).toBeNull();
  });

  it.each([
    ['beside the weights of a folder', [file('a.gguf'), file('model.safetensors')]],
    ['nowhere', [file('README.md', bytes('# GGUF'))]],
    ['among no files', []],
    ['under a foreign name among others', [file('sha256-1'), file('sha256-2')]],
    ['where the first bytes cannot be asked', [{ name: 'sha256-1', arrayBuffer: () => Promise.resolve(GGUF.buffer) }]],
  ])('is not looked for %s', async (_, files) => {
    expect(await pickedGguf(files)).toBeNull();
  });

  it.each([
    ['MODEL_SEVERAL', 'a.gguf, b.gguf: choose one', [file('a.gguf'), file('b.gguf')]],
    [
      'MODEL_UNSUPPORTED',
      'one of 2 parts',
      [1, 2].map((i) => file(`m-0000${i}-of-00002.gguf`, writeGguf({ ...PARTS, fields: { ...PARTS.fields, 'split.count': 2 } }))),
    ],
    ['FILE_PAGE', 'a.gguf is a web page', [file('a.gguf', bytes('<!doctype html><title>Log in</title>'))]],
    ['FILE_POINTER', 'a.gguf is a Git LFS pointer', [file('a.gguf', bytes('version https://git-lfs.github.com/spec/v1\n'))]],
    ['MODEL_FORMAT', 'A.gguf: it does not begin with GGUF', [file('A.gguf', bytes('something else'))]],
    ['MODEL_MISSING', 'a.gguf cannot be read', [{ name: 'a.gguf', arrayBuffer: () => Promise.reject(new Error('gone')) }]],
  ])('is refused with %s: %s', async (code, detail, files) => {
    const opened = pickedGguf(files).then((picked) => (picked === null ? null : loadModel(picked.read)));
    await expect(opened).rejects.toMatchObject({ code, detail: expect.stringContaining(detail) });
  });
});
