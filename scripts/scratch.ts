/**
 * What a command keeps for as long as it runs and takes away however it ends: folders, and whatever else must be undone. Where it is told to end
 * (Ctrl+C, a terminal that closes, `kill`) that happens at once. Knows no command.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const undone = new Set<() => void>();

function leave(signal: (typeof SIGNALS)[number]): void {
  // after what others do when the process exits: Playwright ends its browsers then
  process.on('exit', () => {
    for (const undo of [...undone].toReversed()) undo();
  });
  process.exit(128 + constants.signals[signal]);
}

/** Has `undo` called when the command is told to end; what is returned forgets it. `undo` must not wait for anything. */
export function whenTold(undo: () => void): () => void {
  if (undone.size === 0) for (const signal of SIGNALS) process.on(signal, leave);
  undone.add(undo);
  return () => {
    undone.delete(undo);
    if (undone.size === 0) for (const signal of SIGNALS) process.off(signal, leave);
  };
}

type Scratch = { readonly path: string; remove(): void };

/** A temporary folder that is gone when the command is. */
export function scratchFolder(name: string): Scratch {
  const path = mkdtempSync(join(tmpdir(), `${name}-`));
  // a browser that is being killed may still write
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  const forget = whenTold(remove);
  return {
    path,
    remove: () => {
      remove();
      forget();
    },
  };
}

/** The environment of a program whose own temporary files are to lie in that folder, and go with it. */
export function keptIn({ path }: Scratch): Record<string, string> {
  const env = Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return { ...Object.fromEntries(env), TMPDIR: path };
}
