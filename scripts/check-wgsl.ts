/**
 * `npm run check:wgsl`: has every pinned kernel (test/engine/wgsl) read by naga, the WGSL compiler of Firefox, as a second opinion beside
 * Chromium's. naga does not know the line `enable subgroups;` yet, so it is left out. Modules that it refuses are listed in refused.json
 * beside the pins, and the list may only shrink.
 * Ends with 0, with 1 where the list is wrong, and with 3 where naga is missing.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answered, readCommand } from './command-line.ts';
import { ROOT } from './commit.ts';
import { scratchFolder } from './scratch.ts';

const PINS = join(ROOT, 'test/engine/wgsl');
const REFUSED = join(PINS, 'refused.json');
const MISSING = 3;

/** What is to be said of the modules that are refused now and of those that are listed: one sentence each, none where both are the same. */
export function complaints(refused: ReadonlySet<string>, listed: ReadonlySet<string>, pinned: ReadonlySet<string>): readonly string[] {
  const fresh = [...refused]
    .filter((name) => !listed.has(name))
    .map((name) => `${name} is refused by naga and stands not in refused.json.`);
  const cured = [...listed]
    .filter((name) => !refused.has(name))
    .map((name) => `${name} is ${pinned.has(name) ? 'accepted by naga' : 'pinned no more'}: take it out of refused.json.`);
  return [...fresh, ...cured];
}

/** A module as naga can read it. */
export function withoutSubgroups(code: string): string {
  return code.replace(/^enable subgroups;$/m, '');
}

/** What naga says against a module; null where it accepts it. */
function refusal(path: string): string | null {
  const { status, stderr, stdout } = spawnSync('naga', [path], { encoding: 'utf8' });
  return status === 0 ? null : stderr + stdout;
}

export function main(args: readonly string[]): Promise<number> {
  return answered(args, 'npm run check:wgsl   takes no options; 0 is well, 1 is not, 3 is without naga', () => {
    readCommand(args, { name: 'npm run check:wgsl', options: {} });
    return check();
  });
}

function check(): number {
  const { error, stdout } = spawnSync('naga', ['--version'], { encoding: 'utf8' });
  if (error !== undefined) {
    console.error('check:wgsl needs naga, the WGSL compiler of Firefox. Install it with: cargo install naga-cli');
    return MISSING;
  }
  const listed = new Set(JSON.parse(readFileSync(REFUSED, 'utf8')) as string[]);
  const names = readdirSync(PINS).filter((name) => name.endsWith('.wgsl'));
  const refused = new Set<string>();
  const folder = scratchFolder('wgsl');
  try {
    for (const name of names) {
      const path = join(folder.path, name);
      writeFileSync(path, withoutSubgroups(readFileSync(join(PINS, name), 'utf8')));
      const said = refusal(path);
      if (said === null) continue;
      refused.add(name);
      if (!listed.has(name)) console.error(`\n${name}\n${said}`);
    }
  } finally {
    folder.remove();
  }
  const wrong = complaints(refused, listed, new Set(names));
  for (const sentence of wrong) console.error(sentence);
  console.log(
    `naga ${stdout.trim()} accepts ${names.length - refused.size} of ${names.length} modules; ${listed.size} are listed as refused.`,
  );
  return wrong.length === 0 ? 0 : 1;
}
