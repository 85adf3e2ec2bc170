/**
 * A kit out of files that were picked without a kit.json: what each is for, shared out by a seed without overlap, no question twice; what the
 * files do not give comes from the kit of the page. Says what was read, what was left out and what is missing. Knows no format.
 */
import { KIT_USES, type KitFile, type KitReport, type KitUse, type LeftEntry } from '../../contracts/kit.ts';
import { words } from '../../similarity.ts';
import type { Kit, ProbeSet } from './kit.ts';
import { KIT_ROWS, type NamedRow } from './kit-rows.ts';
import type { Recognised } from './recognised.ts';
import type { Row } from './rows.ts';
import { LEAST, roomOf, shareOut } from './split.ts';

/** A file and what it is for, where somebody has said so. */
export type PickedRows = {
  readonly path: string;
  readonly uses: readonly KitUse[] | null;
  readonly made: Recognised | { readonly problem: string };
};

/** Left rows that are listed. */
const LISTED = 50;

/** A file that was recognised. */
type Read = PickedRows & { readonly made: Recognised };
/** One with what it is for, and whether somebody has said so. */
type Wanted = Omit<Read, 'uses'> & { readonly stem: string; readonly uses: readonly KitUse[]; readonly isSaid: boolean };
type Placed = Row & { readonly place: string };
type Named = NamedRow & Placed;

/** Puts a kit together; `kit` is null where the report says why. */
export function gather(picked: readonly PickedRows[], seed: number, base: Kit): { readonly kit: Kit | null; readonly report: KitReport } {
  const files: KitFile[] = [];
  const read: Read[] = [];
  for (const { path, uses, made } of picked.toSorted(byPath)) {
    if (!('problem' in made)) read.push({ path, uses, made });
    else
      files.push(
        fileOf(
          { path, form: null, rows: 0, offers: [], uses: [], given: {}, unread: [] },
          [{ place: 'the file', reason: made.problem }],
          0,
        ),
      );
  }
  const shared = filled(
    stemsOf(read).map((file) => ({
      ...file,
      isSaid: file.uses !== null,
      uses: (file.uses ?? usual(file, read)).filter((use) => file.made.offers.includes(use)),
    })),
    seed,
  );
  const { given, seen, principles } = shared;
  files.push(...shared.files);

  const other = <T extends { readonly prompt: string }>(rows: readonly T[]): readonly T[] =>
    rows.filter(({ prompt }) => !seen.has(keyOf(prompt)));
  const of = <T extends { readonly prompt: string }>(use: KitUse, make: (row: NamedRow) => T, rest: readonly T[]): readonly T[] =>
    given[use].length > 0 ? given[use].map(make) : other(rest);
  // sets of the files' own stand beside those of the page
  const own = probeSets(given.probes);
  const rest = (base.probes ?? []).filter(({ name: set }) => !own.some(({ name: mine }) => mine === set));
  const probes = [...own, ...rest.map((set) => ({ ...set, questions: other(set.questions) }))].filter(
    ({ questions }) => questions.length > 0,
  );
  const name = nameOf(shared.wanted, seed);
  const kit: Kit = {
    name,
    version: 1,
    language: base.language,
    license: 'unknown',
    description: 'Put together from picked files.',
    principles: principles ?? base.principles,
    demonstrations: of('demonstrations', KIT_ROWS.demonstrations, base.demonstrations),
    prompts: of('prompts', KIT_ROWS.prompts, base.prompts),
    validation: of('validation', KIT_ROWS.validation, base.validation),
    test: of('test', KIT_ROWS.test, base.test),
    ...(probes.length === 0 ? {} : { probes }),
  };
  const rowsOf = (use: KitUse): number => {
    if (use === 'principles') return 1;
    if (use !== 'probes') return kit[use].length;
    // those of the page stand beside those of the files
    return given.probes.length > 0 ? given.probes.length : probes.reduce((sum, { questions }) => sum + questions.length, 0);
  };
  const parts = KIT_USES.map((use) => ({
    use,
    rows: rowsOf(use),
    own: use === 'principles' ? principles !== null : given[use].length > 0,
  }));
  const listed = files.toSorted(byPath);
  const problem = problemOf(parts, listed);
  return { kit: problem === null ? kit : null, report: { name, files: listed, parts, problem } };
}

type SharedFiles = {
  /** The files, with what each is for in the end. */
  readonly wanted: readonly Wanted[];
  readonly files: readonly KitFile[];
  readonly given: Readonly<Record<KitUse, readonly Named[]>>;
  /** Where each question was asked first. */
  readonly seen: ReadonlyMap<string, string>;
  readonly principles: string | null;
};

/** Shares out the rows of all files, each between what it is for. */
function shareAll(wanted: readonly Wanted[], seed: number): SharedFiles {
  const files: KitFile[] = [];
  const isHeld = ({ uses }: { readonly uses: readonly KitUse[] }): boolean =>
    uses.some((use) => use === 'validation' || use === 'test' || use === 'probes');

  // held-out files first: a question that two files ask is asked in the test and nowhere else
  const seen = new Map<string, string>();
  const room = roomOf();
  const given: Record<KitUse, Named[]> = { principles: [], demonstrations: [], prompts: [], validation: [], test: [], probes: [] };
  let principles: string | null = null;
  for (const { path, stem, uses, made } of wanted.toSorted((a, b) => Number(isHeld(b)) - Number(isHeld(a)))) {
    const left = [...made.unshown, ...made.left];
    const fresh = uses.length === 0 ? [] : freshIn(made.rows, path, seen, left);
    const { given: own, unfit, beyond } = shareOut(fresh, uses, seed, room);
    // one by one: a call has no room for as many as there may be
    for (const { place } of unfit) left.push({ place, reason: `has nothing to make ${uses.map((use) => ONE[use]).join(' or ')} of` });
    if (beyond > 0) left.push({ place: `${beyond} more`, reason: 'not drawn: there are more than a run can use' });
    const numbers = new Map(made.rows.map((row, i) => [row, i + 1]));
    for (const use of KIT_USES)
      given[use].push(...own[use].map((row) => ({ ...row, stem, id: `${stem}-${String(numbers.get(row)).padStart(4, '0')}` })));
    if (uses.includes('principles')) principles ??= made.principles;
    const counts = KIT_USES.flatMap((use) => (uses.includes(use) ? [[use, use === 'principles' ? 1 : own[use].length] as const] : []));
    files.push(
      fileOf(
        {
          path,
          form: made.fromOne ? `${made.label}, places counted from 1` : made.label,
          rows: uses.length === 0 ? made.rows.length : fresh.length - unfit.length - beyond,
          offers: made.offers,
          uses,
          given: Object.fromEntries(counts),
          unread: made.unread.slice(0, LISTED).map((name) => name.slice(0, 40)),
        },
        left,
        beyond,
      ),
    );
  }
  return { wanted, files, given, seen, principles };
}

/** The same, but that a use with too few rows, for which nobody has asked, is left to the kit of the page, and its rows are for the rest. */
function filled(files: readonly Wanted[], seed: number): SharedFiles {
  const shared = shareAll(files, seed);
  const { given } = shared;
  const canDrop = (file: Wanted, use: KitUse): boolean => !file.isSaid && file.uses.length > 1 && file.uses.includes(use);
  const [few] = KIT_USES.filter(
    (use) => use !== 'principles' && given[use].length < LEAST && files.some((file) => canDrop(file, use)),
  ).toSorted((a, b) => given[a].length - given[b].length);
  if (few === undefined) return shared;
  return filled(
    files.map((file) => (canDrop(file, few) ? { ...file, uses: file.uses.filter((use) => use !== few) } : file)),
    seed,
  );
}

const ONE: Readonly<Record<KitUse, string>> = {
  principles: 'principles',
  demonstrations: 'a demonstration',
  prompts: 'a prompt',
  validation: 'a validation question',
  test: 'a test question',
  probes: 'a probe question',
};

/** A set for each file that gives some. */
function probeSets(rows: readonly Named[]): readonly ProbeSet[] {
  const names = [...new Set(rows.map(({ stem }) => stem))];
  return names.map((name) => ({ name, questions: rows.filter(({ stem }) => stem === name).map(KIT_ROWS.probes) }));
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return Number(a.path > b.path) - Number(a.path < b.path);
}

function fileOf(file: Omit<KitFile, 'left' | 'leftOut'>, left: readonly LeftEntry[], beyond: number): KitFile {
  return { ...file, left: left.slice(0, LISTED), leftOut: left.length + Math.max(0, beyond - 1) };
}

/** What a question is, whatever its capitals and full stops. */
const keyOf = (prompt: string): string => words(prompt).join(' ') || prompt.trim();

/** Rows that ask what nobody has asked before; of two the one that can be more than a prompt, then the first. */
function freshIn(rows: readonly Placed[], path: string, seen: Map<string, string>, left: LeftEntry[]): readonly Placed[] {
  const isBare = ({ answer, offered }: Placed): boolean => answer === null && offered === null;
  const repeats = new Map<Placed, LeftEntry>();
  for (const row of rows.toSorted((a, b) => Number(isBare(a)) - Number(isBare(b)))) {
    const key = keyOf(row.prompt);
    const before = seen.get(key);
    if (before === undefined) seen.set(key, `${path}, ${row.place}`);
    else repeats.set(row, { place: row.place, reason: `asks what ${before} asks` });
  }
  for (const row of rows) {
    const repeat = repeats.get(row);
    if (repeat !== undefined) left.push(repeat);
  }
  return rows.filter((row) => !repeats.has(row));
}

/** What a file is for where nobody has said so: the most that it can be, and prompts from where there is nothing but prompts. */
function usual({ path, made }: Read, known: readonly Read[]): readonly KitUse[] {
  const { offers } = made;
  if (offers.includes('principles')) return ['principles'];
  if (offers.includes('test')) {
    const named = (part: RegExp): boolean => part.test(path.replace(/^.*\//, ''));
    const both = [/valid|dev/i, /test/i].every((part) => known.some((file) => part.test(file.path.replace(/^.*\//, ''))));
    if (both && named(/valid|dev/i) !== named(/test/i)) return named(/test/i) ? ['test'] : ['validation'];
    return offers.includes('demonstrations') ? ['prompts', 'validation', 'test'] : ['validation', 'test'];
  }
  if (!offers.includes('demonstrations')) return ['prompts'];
  const asks = known.some(({ made: other }) => other.offers.length === 1 && other.offers[0] === 'prompts');
  const thinks = made.rows.some(({ thought }) => thought !== '');
  return asks || thinks ? ['demonstrations'] : ['demonstrations', 'prompts'];
}

/** A short name for each file: its own without its end, with its folder where two are called the same. */
function stemsOf(files: readonly Read[]): readonly (Read & { readonly stem: string })[] {
  const paths = files.map(({ path }) => path);
  const own = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');
  const long = (path: string): string => [path.split('/').at(-2), own(path)].filter((part) => part !== undefined).join('-');
  const isOnly = (name: string, of: (path: string) => string): boolean => paths.filter((path) => of(path) === name).length === 1;
  return files.map((file, i) => {
    const [short, longer] = [own(file.path), long(file.path)];
    return { ...file, stem: isOnly(short, own) ? short : isOnly(longer, long) ? longer : `${longer}-${i + 1}` };
  });
}

/** The files and what they are for, as a run remembers them: enough to put the same kit together again. */
function nameOf(files: readonly { readonly path: string; readonly uses: readonly KitUse[] }[], seed: number): string {
  const used = files.filter(({ uses }) => uses.length > 0);
  const texts = used.map(({ path, uses }) => `${path.replace(/^.*\//, '')} (${uses.join(', ')})`);
  return `${texts.join('; ')}${used.some(({ uses }) => uses.length > 1) ? `; split by seed ${seed}` : ''}`;
}

function problemOf(parts: KitReport['parts'], files: readonly KitFile[]): string | null {
  if (!files.some(({ uses }) => uses.length > 0)) return 'No file is for anything yet: say what one is for, or choose others.';
  const few = parts.find(({ use, rows, own }) => use !== 'principles' && use !== 'probes' && rows < LEAST && (own || rows === 0));
  if (few === undefined) return null;
  const from = files.filter(({ uses }) => uses.includes(few.use)).map(({ path }) => path);
  return `${from.join(', ')}: ${few.rows} of its rows ${few.rows === 1 ? 'is' : 'are'} for ${few.use}, and ${LEAST} are needed: add a file with more, or let it be for something else.`;
}
