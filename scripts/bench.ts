/**
 * `npm run bench`: how fast the CPU backend is on this machine, on one thread, beside stock tfjs in the same process: matrix
 * products, a training step of two decoders, scoring and generation.
 *
 *     npm run bench -- --json FILE    also writes the rows
 *     npm run bench -- --cpu          counts the processor's time instead of the clock's, for a busy machine
 *     npm run bench -- --profile      the time of each kernel in a training step
 */
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import process from 'node:process';
import { openBackend } from '../src/engine/backend.ts';
import { benchDecoder } from './bench/decoder.ts';
import { benchProducts } from './bench/product.ts';
import { profile } from './bench/profile.ts';
import { processorClock, tableOf, wallClock, withRatios } from './bench/row.ts';

/** Widths of the decoders: the bundled model's, and one of 0.8 million parameters. */
const WIDTHS = [64, 128];
/** Seconds for a measured number. */
const SECONDS = { product: 0.4, decoder: 3 };

export async function main(args: readonly string[]): Promise<number> {
  const at = args.indexOf('--json');
  const file = at === -1 ? null : args[at + 1];
  const odd = args.find((arg, i) => !['--json', '--cpu', '--profile'].includes(arg) && i !== at + 1);
  if (odd !== undefined || file === undefined) {
    console.error(
      odd === undefined ? '--json needs the name of a file.' : `“${odd}” is not an option; there are --json FILE, --cpu and --profile.`,
    );
    return 2;
  }
  const clock = args.includes('--cpu') ? processorClock : wallClock;
  const { backend, adapter, software } = await openBackend('wasm');
  const load = loadavg()[0]?.toFixed(1) ?? '?';
  const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores (one used), Node ${process.version}`;
  console.log(`${machine}, ${backend} (${adapter}), load ${load}\n`);
  if (args.includes('--profile')) {
    for (const width of WIDTHS) console.log(`${await profile(clock, width)}\n`);
    return 0;
  }
  const measured = [...(await benchProducts(clock, SECONDS.product))];
  for (const width of WIDTHS) measured.push(...(await benchDecoder(clock, width, SECONDS.decoder)));
  const rows = withRatios(measured.map((row) => ({ ...row, runtime: `Node ${process.version}`, backend, adapter, software })));
  console.log(tableOf(rows));
  if (file !== null) writeFileSync(file, `${JSON.stringify({ machine, load, rows }, null, 2)}\n`);
  return 0;
}
