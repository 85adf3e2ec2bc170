/**
 * What becomes of the files that a user picks for a kit: what each was recognised as, what it is for, what was read and what was left out.
 * Plain data that crosses a worker; knows no format.
 */

/** What a file can be for. A file that is for several things is split between them. */
export const KIT_USES = ['principles', 'demonstrations', 'prompts', 'validation', 'test', 'probes'] as const;
export type KitUse = (typeof KIT_USES)[number];

/** A line or an entry that was not read, and why. */
export type LeftEntry = { readonly place: string; readonly reason: string };

export type KitFile = {
  /** With its folders, where it came with some. */
  readonly path: string;
  /** What it was recognised as, in words; null where it was not, and then `left` says why. */
  readonly form: string | null;
  /** Rows that were read; what was left out is none. */
  readonly rows: number;
  /** What it can be for. */
  readonly offers: readonly KitUse[];
  /** What it is for. */
  readonly uses: readonly KitUse[];
  /** Rows by what they are for, after the split. */
  readonly given: Readonly<Partial<Record<KitUse, number>>>;
  /** The first that were left out. */
  readonly left: readonly LeftEntry[];
  /** How many were left out in all. */
  readonly leftOut: number;
  /** The first columns that are not read. */
  readonly unread: readonly string[];
};

/** What the files make together. */
export type KitReport = {
  readonly name: string;
  readonly files: readonly KitFile[];
  /** Rows of each part, and whether they come from the picked files or from the kit of the page. */
  readonly parts: readonly { readonly use: KitUse; readonly rows: number; readonly own: boolean }[];
  /** Why no run can be made on it, with the cure; null where it can. */
  readonly problem: string | null;
};
