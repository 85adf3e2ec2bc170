/**
 * The committed measurements of speed: what `npm run bench -- --json` writes, what was asked for beforehand held against it, and both as the
 * tables of README.md. Pure; measures nothing and knows no program that was measured.
 */
import type { Table } from '../src/comparison/columns.ts';
import type { BackendName } from '../src/contracts/engine.ts';

/** One measured number; `ratio` is ours divided by the peer's (its inverse where less is better), above 1 where ours is ahead. */
export type Row = {
  readonly name: string;
  readonly shape: string;
  readonly runtime: string;
  readonly backend: BackendName;
  readonly device: string;
  readonly software: boolean;
  readonly subject: string;
  /** How many threads, or workers with a copy each, share the work. */
  readonly threads: number;
  /** Null where the subject failed; `note` tells why. */
  readonly value: number | null;
  readonly unit: string;
  /** Null for ours, or where there is nothing to compare. */
  readonly ratio: number | null;
  readonly note: string | null;
};

/** What one run of the benchmark found. */
export type Speed = {
  readonly machine: string;
  readonly cores: number;
  /** Programs that waited for a core on average when it began. */
  readonly load: string;
  readonly date: string;
  readonly commit: string;
  readonly runtime: string;
  readonly command: string;
  readonly peers: readonly string[];
  readonly rows: readonly Row[];
  readonly figures: readonly Figure[];
};

/** What was asked for beforehand, with what was found; `holds` is null where it was not measured, and `found` says why. */
export type Figure = { readonly what: string; readonly wanted: string; readonly found: string; readonly holds: boolean | null };

/** The committed file among the results: of the machine whose rates README.md shows, or of another one by its name. */
export const speedFile = (machine = ''): string => (machine === '' ? 'speed.json' : `speed-${machine}.json`);

/** Is this one of them? */
export const isSpeedFile = (name: string): boolean => /^speed(-[a-z0-9]+)?\.json$/.test(name);

/** Our own rows, and the same of the commit that ours are held against. */
export const [OURS, BEFORE] = ['ours', 'ours, before'] as const;
export const [PYTORCH, BITS] = ['PyTorch', 'same bits'] as const;
/** Numbers of threads that must give the same bits. */
export const BITS_THREADS = [1, 2, 3, 8] as const;

/** Which row is meant: of our own, at this commit, on the CPU, with one thread, where nothing else is said. */
type Wanted = { readonly name: RegExp; readonly shape: string; readonly subject?: string; readonly threads?: number | 'all' };

type Found = { readonly row: Row } | { readonly why: string };

/** The row that is meant, or why there is none. */
function find(rows: readonly Row[], { name, shape, subject = OURS, threads = 1 }: Wanted, otherwise: string): Found {
  const meant = rows.filter((row) => {
    const many = threads === 'all' ? row.threads > 1 : row.threads === threads;
    return row.backend === 'wasm' && row.subject === subject && many && name.test(row.name) && row.shape.startsWith(`${shape}:`);
  });
  const row = meant.find(({ value }) => value !== null) ?? meant[0];
  if (row === undefined) return { why: `not measured: ${otherwise}` };
  return row.value === null ? { why: row.note ?? 'it failed' } : { row };
}

const times = (ratio: number): string => `${ratio.toFixed(2)}x`;

type Ratio = {
  readonly what: string;
  readonly least: number;
  readonly aim?: number;
  readonly ours: Wanted;
  readonly other: Wanted;
  /** What would have to be done for the other row. */
  readonly otherwise: string;
};

function ratioOf(rows: readonly Row[], { what, least, aim, ours, other, otherwise }: Ratio): Figure {
  const wanted = `${times(least)}${aim === undefined ? '' : `, aim ${times(aim)}`}`;
  const below = find(rows, other, otherwise);
  // what was measured elsewhere, or at another time, is another measurement
  const same = 'why' in below ? rows : rows.filter(({ runtime }) => runtime === below.row.runtime);
  const above = find(same, ours, ours.threads === 'all' ? THREADS : FULL);
  if ('why' in above) return { what, wanted, found: above.why, holds: null };
  if ('why' in below) return { what, wanted, found: below.why, holds: null };
  const ratio = (above.row.value ?? NaN) / (below.row.value ?? NaN);
  const found = `${times(ratio)} (${number(above.row.value)} and ${number(below.row.value)} ${above.row.unit})`;
  return { what, wanted, found, holds: ratio >= least };
}

const number = (value: number | null): string =>
  value === null ? '–' : value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);

/** What has to be asked of the benchmark for a row that is missing. */
const FULL = 'leave --quick and --only out';
const THREADS = 'this machine has one core, or the page is not isolated';
const NATIVE = '--pytorch measures it too';
const PEERS = 'leave --alone out';
const AGAINST = '--against COMMIT measures that commit too';

const LARGE = '135 M';
const KIT = /^a kit measured/;
const [LORA, READING, TRAINING, AT_ONCE, ONE] = [/^LoRA step/, /^scoring/, /^training step/, /at once$/, /one by one$/];

const RATIOS: readonly Ratio[] = [
  {
    what: '135 M, LoRA step, all cores, to one thread',
    least: 1.65,
    ...against({ name: LORA, shape: LARGE, threads: 'all' }, { threads: 1 }, FULL),
  },
  {
    what: '135 M, LoRA step, all cores, to PyTorch on all cores',
    least: 0.3,
    aim: 0.4,
    ...against({ name: LORA, shape: LARGE, threads: 'all' }, { subject: PYTORCH }, NATIVE),
  },
  {
    what: '135 M, reading, all cores, to one thread',
    least: 1.6,
    ...against({ name: READING, shape: LARGE, threads: 'all' }, { threads: 1 }, FULL),
  },
  {
    what: '135 M, reading, all cores, to PyTorch on all cores',
    least: 0.28,
    aim: 0.33,
    ...against({ name: READING, shape: LARGE, threads: 'all' }, { subject: PYTORCH }, NATIVE),
  },
  {
    what: '135 M, a round of a kit measured, to the commit before',
    least: 3,
    ...against({ name: KIT, shape: LARGE }, { subject: BEFORE }, 'the commit before has no such row; LOG.md has both in turn'),
  },
  {
    what: '218 k, answers one by one, to the commit before',
    least: 2,
    ...against({ name: ONE, shape: 'a' }, { subject: BEFORE }, AGAINST),
  },
  { what: '218 k, training step, to jax-js on wasm', least: 2.5, ...against({ name: TRAINING, shape: 'a' }, { subject: 'jax-js' }, PEERS) },
  { what: '804 k, training step, to jax-js on wasm', least: 2, ...against({ name: TRAINING, shape: 'b' }, { subject: 'jax-js' }, PEERS) },
  {
    what: '218 k, training step, to PyTorch, one thread each',
    least: 0.8,
    ...against({ name: TRAINING, shape: 'a' }, { subject: PYTORCH }, NATIVE),
  },
  {
    what: '218 k, 64 prompts at once, to PyTorch, one thread each',
    least: 1.5,
    ...against({ name: AT_ONCE, shape: 'a' }, { subject: PYTORCH }, NATIVE),
  },
];

/** Ours, and what it is held against: the same but for what is said. */
function against(ours: Wanted, other: Partial<Wanted>, otherwise: string): Pick<Ratio, 'ours' | 'other' | 'otherwise'> {
  return { ours, other: { ...ours, ...other }, otherwise };
}

/** Does a figure ask for this row? */
export function isAskedFor(name: string, shape: string): boolean {
  return name === BITS || RATIOS.some(({ ours }) => ours.name.test(name) && shape.startsWith(`${ours.shape}:`));
}

/** Do all numbers of threads give the same bits? */
function bitsOf(rows: readonly Row[]): Figure {
  const [what, wanted] = [`the same bits with ${BITS_THREADS.join(', ')} threads`, 'all'];
  const made = rows.filter(({ name, subject }) => name === BITS && subject === OURS);
  const [first] = made;
  if (first === undefined) return { what, wanted, found: `not measured: ${FULL}`, holds: null };
  const failed = made.find(({ value }) => value === null);
  if (failed !== undefined) return { what, wanted, found: failed.note ?? 'it failed', holds: null };
  const missing = BITS_THREADS.filter((threads) => !made.some((row) => row.threads === threads));
  if (missing.length > 0) return { what, wanted, found: `not measured with ${missing.join(', ')}: ${THREADS}`, holds: null };
  const same = made.filter(({ value }) => value === first.value).map(({ threads }) => threads);
  return { what, wanted, found: `${same.length} of ${made.length}`, holds: same.length === made.length };
}

/** What was asked for, held against the rows. */
export function figuresOf(rows: readonly Row[]): readonly Figure[] {
  return [...RATIOS.map((ratio) => ratioOf(rows, ratio)), bitsOf(rows)];
}

/** Figures as a table. */
export function figuresTable(figures: readonly Figure[]): Table {
  return {
    head: ['what', 'at least', 'found', 'holds'],
    rows: figures.map(({ what, wanted, found, holds }) => [what, wanted, found, holds === null ? '–' : holds ? 'yes' : '**no**']),
  };
}

/** Who measured, when and on what, in a sentence. */
function origin({ machine, cores, load, date, commit, runtime, command, peers }: Speed): string {
  return `${machine}, ${cores} cores, ${runtime}, load ${load} at the start, commit \`${commit}\`, ${date}, \`${command}\`; ${peers.join(', ')}.`;
}

/** The name of a subject with its threads, as the head of a column. */
function columnOf({ subject, threads }: Row): string {
  return threads === 1 ? subject : `${subject}, ${threads} threads`;
}

/** The rates of our own and of the others side by side, in brackets how many times faster ours is. */
export function speedTable(rows: readonly Row[]): Table {
  const rates = rows.filter(({ unit, subject }) => unit === 'tok/s' && subject !== BEFORE);
  const columns = [...new Set(rates.map(columnOf))];
  const keyOf = ({ backend, name, shape }: Row): string => `${backend}|${name}|${shape}`;
  const keys = [...new Set(rates.map(keyOf))];
  const lines = keys.map((key) => {
    const same = rates.filter((row) => keyOf(row) === key);
    const [{ backend, software, name, shape } = rates[0] as Row] = same;
    const where = backend === 'wasm' ? 'CPU' : software ? 'WebGPU on a **software adapter**' : 'WebGPU';
    const cells = columns.map((column) => {
      const row = same.find((row) => columnOf(row) === column && row.value !== null);
      if (row === undefined) return '';
      const text = number(row.value);
      return row.subject === OURS ? `**${text}**` : row.ratio === null ? text : `${text} (${row.ratio.toFixed(row.ratio < 1 ? 2 : 1)}x)`;
    });
    return [`${where}: ${name}, ${shape}`, ...cells];
  });
  return { head: ['tokens a second', ...columns], rows: lines };
}

/** The tables of README.md, the rates and what was asked for, each with its origin. */
export const SPEED_BLOCKS: Readonly<Record<string, (speed: Speed, markdown: (table: Table) => string) => string>> = {
  rates: (speed, markdown) => `${markdown(speedTable(speed.rows))}\n\n${origin(speed)}`,
  figures: (speed, markdown) => `${markdown(figuresTable(figuresOf(speed.rows)))}\n\n${origin(speed)}`,
};
