/**
 * The bytes of an adapter as chunks of 4 MiB named by their SHA-256: one file on one of Chrome's two storage engines, one row on the
 * other. Chunks are written before the round that points at them, so a crash leaves too much, never too little. Knows no round.
 */
import { AppError } from '../../errors.ts';
import type { AdapterState } from '../../contracts/language-model.ts';
import { sha256 } from '../../digest.ts';
import type { Connection } from './connection.ts';
import { type AdapterRef, type ChunkRow, keysBelow } from './schema.ts';

export const CHUNK = 4 * 1024 * 1024;

/** Writes the bytes and says where they are. Throws `STORAGE_CORRUPT` when they are not what their hash says. */
export async function putChunks(connection: Connection, run: string, state: AdapterState): Promise<AdapterRef> {
  if ((await sha256(state.bytes)) !== state.hash) {
    throw new AppError('STORAGE_CORRUPT', `the adapter's bytes do not have the hash ${state.hash}`);
  }
  const rows: ChunkRow[] = [];
  for (let start = 0; start < state.bytes.length; start += CHUNK) {
    const bytes = state.bytes.slice(start, start + CHUNK);
    rows.push({ run, sha256: await sha256(bytes), bytes });
  }
  for (const row of rows) {
    await connection.write(['chunks'], 'relaxed', (tx) => tx.objectStore('chunks').put(row));
  }
  const chunks = rows.map((row) => ({ sha256: row.sha256, length: row.bytes.length }));
  return { hash: state.hash, length: state.bytes.length, chunks };
}

/** Reads and checks the bytes. Throws `STORAGE_CORRUPT`. */
export async function getChunks(connection: Connection, run: string, adapter: AdapterRef): Promise<AdapterState> {
  const bytes = new Uint8Array(adapter.length);
  let offset = 0;
  for (const [index, chunk] of adapter.chunks.entries()) {
    const row = await connection.read(['chunks'], (tx) => tx.objectStore('chunks').get([run, chunk.sha256]));
    const good = row?.bytes instanceof Uint8Array && row.bytes.length === chunk.length && (await sha256(row.bytes)) === chunk.sha256;
    if (!good || offset + chunk.length > bytes.length) {
      throw new AppError('STORAGE_CORRUPT', `chunk ${index} of an adapter of run ${run} is missing or damaged`);
    }
    bytes.set(row.bytes, offset);
    offset += chunk.length;
  }
  if ((await sha256(bytes)) !== adapter.hash) throw new AppError('STORAGE_CORRUPT', `an adapter of run ${run} is damaged`);
  return { bytes, hash: adapter.hash };
}

/** Removes the chunks that no committed round points at. Only under the writer's lock: a commit under way has such chunks. */
export async function sweepChunks(connection: Connection, run: string): Promise<void> {
  await connection.write(['rounds', 'chunks'], 'relaxed', async (tx) => {
    const rounds = await tx.objectStore('rounds').getAll(keysBelow(run));
    const used = new Set(rounds.flatMap((round) => round.adapter.chunks.map((chunk) => chunk.sha256)));
    const chunks = tx.objectStore('chunks');
    for (const key of await chunks.getAllKeys(keysBelow(run))) if (!used.has(key[1])) await chunks.delete(key);
  });
}
