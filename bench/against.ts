/**
 * Another commit of this project beside this one: its files in a folder of their own, the same jobs in Node, one after the other in turn, so that
 * what else the machine does hits both. Knows no subject but ours.
 */
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { ROOT } from '../scripts/commit.ts';
import { scratchFolder, whenTold } from '../scripts/scratch.ts';
import { BEFORE, OURS, type Row } from '../scripts/speed.ts';
import type { Job } from './job.ts';
import type { RowOfJob } from './row.ts';
import { startJob } from './node.ts';
import type { BenchOptions } from './options.ts';

/** Turns of both commits; the best of each counts. */
const TURNS = 3;
/** Decoders of which the commit before is measured. */
const PARTS = ['a'];

/** A runtime of its own, because these rows belong together. */
const RUNTIME = `Node ${process.version}, in turn`;
/** Milliseconds after which a job is ended. */
const LIMIT = 600_000;

/** Rows of ours at this commit and at the other; each says how many turns it is the best of. */
export async function measureAgainst(
  commit: string,
  { only, figures, quick, cpu }: BenchOptions,
  say: (text: string) => void,
): Promise<Omit<Row, 'ratio'>[]> {
  const folder = scratchFolder('step-on-feet-before');
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  const tree = join(folder.path, 'tree');
  git('worktree', 'add', '--detach', '--quiet', tree, commit);
  const unhook = (): void => void git('worktree', 'remove', '--force', tree);
  const forget = whenTold(unhook);
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
    const name = git('rev-parse', '--short', commit);
    // an older commit knows no figures
    const asked = figures && only === '' ? 'one by one' : only;
    const found = new Map<string, Omit<Row, 'ratio'>>();
    for (let turn = 0; turn < TURNS; turn++) {
      for (const [subject, root] of [
        [OURS, ROOT],
        [BEFORE, tree],
      ] as const) {
        for (const part of PARTS) {
          const job: Job = { subject: OURS, backend: 'wasm', threads: 1, part, only: asked, figures, quick, kind: 'cpu' };
          const take = (row: RowOfJob): void => {
            const key = `${subject}|${row.name}|${row.shape}`;
            const note = `the best of ${TURNS} turns${subject === BEFORE ? `, commit ${name}` : ''}`;
            const next = {
              ...row,
              threads: 1,
              subject,
              note: row.note ?? note,
              runtime: RUNTIME,
              device: 'WebAssembly SIMD',
              software: true,
            };
            const before = found.get(key)?.value ?? null;
            if (before === null || (row.value !== null && row.value > before)) found.set(key, next);
          };
          const reason = await startJob(job, { root, processor: cpu, milliseconds: LIMIT }, take);
          if (reason !== '') say(`  ${subject}, ${part}: ${reason}`);
        }
      }
    }
    for (const { name, shape, subject, value, unit } of found.values())
      say(`  ${name}, ${shape}, ${subject}: ${value?.toPrecision(4) ?? 'failed'} ${unit}`);
    return [...found.values()];
  } finally {
    unhook();
    forget();
    folder.remove();
  }
}
