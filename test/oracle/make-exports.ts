/**
 * Writes one of each export into a folder, for exports_oracle.py to open with the real libraries:
 *
 *     node scripts/run.mjs test/oracle/make-exports.ts /tmp/exports && python test/oracle/exports_oracle.py /tmp/exports
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import type { Adapter } from '../../src/files/lora.ts';
import { adapterFolder } from '../../src/files/out/adapter.ts';
import { conversations, dataFiles } from '../../src/files/out/conversations.ts';
import { piecesOf, type ExportFile } from '../../src/files/out/file.ts';
import { mergeAdapter, modelFolder } from '../../src/files/out/merged.ts';
import { LINEARS, linearPath, linearShapes, parseConfig } from '../../src/files/config.ts';
import { readSafetensors, type StoredTensor } from '../../src/files/safetensors.ts';
import { Random } from '../../src/random.ts';
import { sampleOf } from '../support/ledger-data.ts';

export async function main(args: readonly string[] = process.argv.slice(3)): Promise<number> {
  const out = args.at(-1) ?? '/tmp/exports';
  const base = join(import.meta.dirname, '../../public/models/ladder');
  const read = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(base, name)));
  const config = parseConfig(JSON.parse(new TextDecoder().decode(read('config.json'))));
  const { tensors: weights } = readSafetensors(read('model.safetensors'));
  const random = Random.of('exported adapter');
  const tensors = new Map<string, StoredTensor>();
  const matrix = (rows: number, columns: number): StoredTensor => ({
    shape: [rows, columns],
    data: Float32Array.from({ length: rows * columns }, () => 0.2 * (random.next() - 0.5)),
  });
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    for (const name of LINEARS) {
      const [outputs, inputs] = linearShapes(config)[name];
      tensors.set(`base_model.model.${linearPath(layer, name)}.lora_A.weight`, matrix(4, inputs));
      tensors.set(`base_model.model.${linearPath(layer, name)}.lora_B.weight`, matrix(outputs, 4));
    }
  }
  const adapter: Adapter = { rank: 4, alpha: 8, targets: LINEARS, tensors };
  const merged = mergeAdapter(config, weights, adapter);
  const tokenizer: ExportFile = { name: 'tokenizer.json', bytes: read('tokenizer.json') };
  const odd = { question: 'zażółć 中文 👩‍👩‍👧 \u2028 "q" \\ \ud800', completion: ' line\nline\t\u0000 \n' };
  const samples = [
    sampleOf('r', 1, 0, { difficulty: null, order: 1 }),
    sampleOf('r', 1, 1, { ...odd, difficulty: 1.5, order: 0 }),
    sampleOf('r', 1, 2, { verdict: 'copied' }),
    sampleOf('r', 2, 0),
  ];
  const folders: Readonly<Record<string, readonly ExportFile[]>> = {
    adapter: adapterFolder(adapter, { base: 'ladder', about: 'Made up.' }),
    f32: modelFolder(config, merged, { copied: [tokenizer] }),
    bf16: modelFolder(config, merged, { dtype: 'BF16', copied: [tokenizer] }),
    data: dataFiles('soft_all', conversations(samples, { adapterHash: (round) => `hash${round}`, system: 'Be kind.' })),
  };
  for (const [folder, files] of Object.entries(folders)) {
    for (const file of files) {
      const path = join(out, folder, file.name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, Buffer.concat([...piecesOf(file)]));
    }
  }
  return 0;
}
