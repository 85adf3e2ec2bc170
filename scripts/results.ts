/**
 * `npm run results`: redraws the figures of results/ and the tables of README.md from the committed result sets.
 *
 *     npm run results -- --from runs/ladder --name ladder   first makes results/ladder.json from an experiment's folder
 *     npm run results -- --check                              writes nothing; fails when a figure or a table is not what its set gives
 *
 * Speeds are of results/speed.json, which `npm run bench -- --json results/speed.json` writes; `<!-- speed:figures:NAME -->` is of
 * results/speed-NAME.json, of another machine.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { FEWEST_SEEDS } from '../src/comparison/statistics.ts';
import { drawFigures } from './figures.ts';
import { claimsTable } from './claims.ts';
import { armsOf, comparisonOf, formatSet, gatherSet, readSets, type ResultSet } from './result-set.ts';
import { probeTable } from './probe-table.ts';
import { SPEED_BLOCKS, type Speed, speedFile } from './speed.ts';
import { answered, claimPlace, readCommand, WrongCall } from './command-line.ts';
import { ROOT } from './commit.ts';
import { markdown } from './table.ts';
import { tableOf } from '../src/comparison/columns.ts';

type Arguments = { readonly from: string; readonly name: string; readonly check: boolean };

const USAGE = 'npm run results -- [--from DIR --name NAME] [--check]';

export function readArguments(args: readonly string[]): Arguments {
  const given = readCommand(args, { name: 'npm run results', options: { from: 'text', name: 'text', check: 'flag' } });
  const own = { from: given.text('from') ?? '', name: given.text('name') ?? '', check: given.has('check') };
  if ((own.from === '') !== (own.name === '')) throw new WrongCall('--from and --name go together; give both or none.');
  if (own.check && own.name !== '') throw new WrongCall('--check writes nothing, so it does not go with --from and --name.');
  if (!/^[a-z0-9-]*$/.test(own.name)) throw new WrongCall('A name is made of small letters, digits and hyphens.');
  return own;
}

/** Seeds as a person lists them: `11 to 20`, or one by one where they have gaps. */
function seedsOf({ experiment: { seeds } }: ResultSet): string {
  const rising = seeds.toSorted((a, b) => a - b);
  const first = rising[0] ?? 0;
  const last = rising.at(-1) ?? first;
  const closed = seeds.length > 2 && last - first === seeds.length - 1;
  return `${seeds.length === 1 ? 'seed' : 'seeds'} ${closed ? `${first} to ${last}` : rising.join(', ')}`;
}

/** A set that was made in several sessions may have several, parted by commas. */
function commitsOf({ commit }: ResultSet): string {
  const commits = commit.split(', ').map((one) => `\`${one}\``);
  return `${commits.length === 1 ? 'commit' : 'commits'} ${commits.join(', ')}`;
}

/** The block of a set between its marks in README.md: the table, and where it comes from. */
export function tableBlock(set: ResultSet): string {
  const comparison = comparisonOf(set);
  const text = [
    'Last round made: the model after all data and all steps (of a run that stopped early, the round that fell, which is compared with nothing).',
    'Returned round: the model that the validation questions choose among the rounds, or a single round’s checkpoints; no training has its base.',
    'Few-shot is another measure than zero-shot, and a difference is only between two scores of the same one.',
    'In brackets: 95 % Student-t intervals over seeds, cut at 0 and 100 %; none where all seeds agree.',
    `Verdicts: paired t tests over seeds with Holm’s correction, ${comparison.tests.last} comparisons of last rounds and ${comparison.tests.scores}`,
    `of returned ones; none below ${FEWEST_SEEDS} common seeds.`,
    `${set.runs.length} runs, ${seedsOf(set)}, ${commitsOf(set)}, ${set.machine}.`,
  ];
  return `${markdown(tableOf(comparison))}\n\n${text.join(' ')}`;
}

/** The block of what is claimed of a set: `<!-- claims:NAME -->`. */
function claimsBlock(set: ResultSet): string {
  const arms = new Map(armsOf(set).map(({ name, results }) => [name, results]));
  const table = claimsTable(set.name, (arm) => arms.get(arm) ?? []);
  if (table === null) throw new Error(`README.md has a place for claims of “${set.name}”, but scripts/claims.ts has none.`);
  return markdown(table);
}

const BLOCKS = { results: tableBlock, claims: claimsBlock, probes: (set: ResultSet) => markdown(probeTable(armsOf(set))) } as const;

/** README.md with every table drawn anew; throws when there is a place for a set that does not exist. */
function withTables(readme: string, sets: readonly ResultSet[], speed: (machine?: string) => Speed): string {
  const spoken = readme.replaceAll(
    /(<!-- speed:([a-z]+)(?::([a-z0-9]+))? -->\n)[^]*?(<!-- \/speed -->)/g,
    (_, open: string, name: string, machine: string | undefined, close: string) => {
      const block = SPEED_BLOCKS[name];
      if (block === undefined) throw new Error(`README.md has a place for the speeds “${name}”, but scripts/speed.ts has none.`);
      return `${open}\n${block(speed(machine), markdown)}\n\n${close}`;
    },
  );
  return spoken.replaceAll(
    /(<!-- (results|claims|probes):([a-z0-9-]+) -->\n)[^]*?(<!-- \/\2 -->)/g,
    (_, open: string, block: keyof typeof BLOCKS, name: string, close: string) => {
      const set = sets.find((set) => set.name === name);
      if (set === undefined) throw new Error(`README.md has a place for the results “${name}”, but there is no results/${name}.json.`);
      return `${open}\n${BLOCKS[block](set)}\n\n${close}`;
    },
  );
}

function readSpeed(root: string, machine?: string): Speed {
  const path = join(root, 'results', speedFile(machine));
  if (!existsSync(path)) throw new Error(`README.md has a place for speeds, but there is no results/${speedFile(machine)}.`);
  return JSON.parse(readFileSync(path, 'utf8')) as Speed;
}

/** What the sets under `root` give: the text of every file by its path. */
function render(root: string): ReadonlyMap<string, string> {
  const sets = readSets(join(root, 'results'));
  const files = new Map<string, string>();
  for (const set of sets) {
    for (const [figure, text] of drawFigures(comparisonOf(set))) files.set(join(root, 'results', `${set.name}-${figure}.svg`), text);
  }
  const readme = join(root, 'README.md');
  if (existsSync(readme))
    files.set(
      readme,
      withTables(readFileSync(readme, 'utf8'), sets, (machine) => readSpeed(root, machine)),
    );
  return files;
}

/** Files under `root` that are not what the sets give, pictures without a set among them. */
export function stale(root: string): readonly string[] {
  const files = render(root);
  const folder = join(root, 'results');
  const pictures = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.svg')) : [];
  const orphans = pictures.map((name) => join(folder, name)).filter((path) => !files.has(path));
  const differing = [...files].filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text).map(([path]) => path);
  return [...differing, ...orphans].map((path) => relative(root, path));
}

/** Works on `root`, this repository if not said otherwise. */
export function main(args: readonly string[], root: string = ROOT): Promise<number> {
  return answered(args, USAGE, () => {
    const wanted = readArguments(args);
    try {
      if (wanted.check) {
        const list = stale(root);
        for (const path of list) console.error(`${path} is not what the result sets give; run npm run results.`);
        return list.length === 0 ? 0 : 1;
      }
      if (wanted.name !== '') {
        claimPlace('The repository', join(root, 'results'));
        const set = formatSet(gatherSet(wanted.name, resolve(root, wanted.from)));
        mkdirSync(join(root, 'results'), { recursive: true });
        writeFileSync(join(root, 'results', `${wanted.name}.json`), set);
      }
      for (const [path, text] of render(root)) {
        if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
        writeFileSync(path, text);
        console.log(`written: ${relative(root, path)}`);
      }
      return 0;
    } catch (error) {
      throw error instanceof WrongCall ? error : new WrongCall((error as Error).message, { cause: error });
    }
  });
}
