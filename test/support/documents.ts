/**
 * The repository's documents taken apart: their blocks of code, the commands in them, and every path and link that they name. Knows nothing
 * of what a block or a command does.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

/** `file` is relative to the root. */
export type Document = { readonly file: string; readonly text: string };
/** A fenced block; `line` is that of its first line, from 1. */
export type Block = { readonly file: string; readonly line: number; readonly language: string; readonly text: string };
/** Something that a document names, and where. */
export type Named = { readonly file: string; readonly line: number; readonly name: string };

/** What people read first, and docs/. */
export function documents(): readonly Document[] {
  const names = ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];
  return names.filter((name) => name.endsWith('.md')).map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
}

const FENCE = /^ *```(.*)$/;

/** The fenced blocks, and the text with every line of them emptied. */
function taken({ file, text }: Document): { readonly blocks: readonly Block[]; readonly prose: string } {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: { language: string; line: number; lines: string[] } | null = null;
  for (const [i, line] of text.split('\n').entries()) {
    const fence = FENCE.exec(line);
    if (fence === null) (open === null ? prose : open.lines).push(line);
    if (open !== null || fence !== null) while (prose.length <= i) prose.push('');
    if (fence === null) continue;
    if (open === null) open = { language: (fence[1] ?? '').trim(), line: i + 2, lines: [] };
    else {
      blocks.push({ file, line: open.line, language: open.language, text: open.lines.join('\n') });
      open = null;
    }
  }
  if (open !== null) throw new Error(`${file}:${open.line}: a block does not end`);
  return { blocks, prose: prose.join('\n') };
}

export function blocksOf(document: Document): readonly Block[] {
  return taken(document).blocks;
}

function found({ file }: Document, prose: string, pattern: RegExp): readonly Named[] {
  return prose.split('\n').flatMap((text, i) => Array.from(text.matchAll(pattern), ([, name = '']) => ({ file, line: i + 1, name })));
}

/** Code within a line. */
export function spansOf(document: Document): readonly Named[] {
  return found(document, taken(document).prose, /`([^`]+)`/g);
}

/** The targets of links and pictures. */
export function linksOf(document: Document): readonly Named[] {
  const prose = taken(document).prose.replace(/`[^`\n]*`/g, (span) => ' '.repeat(span.length));
  return found(document, prose, /\]\(([^)\s]+)\)/g);
}

/** The places of a document that a link can go to, as GitHub names them. */
export function anchorsOf(document: Document): readonly string[] {
  const titles = found(document, taken(document).prose, /^#+ +(.+)$/g);
  return titles.map(({ name }) =>
    name
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The commands of a block for a shell, one a line, without what is said of them. */
export function commandsOf({ file, line, text }: Block): readonly Named[] {
  return text.split('\n').flatMap((raw, i) => {
    const name = raw.replace(/(?:^|\s)#\s.*$/, '').trim();
    return name === '' ? [] : [{ file, line: line + i, name }];
  });
}

/** The paths of a tree: a name a line, two spaces deeper than its folder, a slash behind every folder. */
export function pathsOf({ file, line, text }: Block): readonly Named[] {
  const above: string[] = [];
  return text.split('\n').flatMap((raw, i) => {
    const [, spaces = '', name] = /^( *)(\S+)(?: |$)/.exec(raw) ?? [];
    if (name === undefined || spaces.length % 2 === 1 || spaces.length / 2 > above.length) return []; // the rest of a comment
    above.length = spaces.length / 2;
    const path = above.join('') + name;
    if (name.endsWith('/')) above.push(name);
    return [{ file, line: line + i, name: path }];
  });
}

/** Folders that commands make and git ignores. */
const MADE = readFileSync(join(ROOT, '.gitignore'), 'utf8')
  .split('\n')
  .flatMap((line) => /^\/?(.+\/)$/.exec(line)?.[1] ?? []);
/** Files that may be named by their end alone. */
const SOURCE = /\.(?:ts|tsx|mjs|md|css|py|svg)$/;

/** Every file of the repository, relative to the root. */
export function allFiles(folder = ROOT): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return [relative(ROOT, path)];
    const made = entry.name === '.git' || entry.name === 'node_modules' || MADE.includes(`${relative(ROOT, path)}/`);
    return made ? [] : allFiles(path);
  });
}

/**
 * Is what `name` names there? A path is meant from the root, from src/, or from the folder of `from`; the end of a path is enough for a file
 * whose name is the only one of its kind. A part in capitals, `src/align/filters/NAME.ts`, is for the reader to fill in.
 */
export function isThere(name: string, from: string, files: readonly string[]): boolean {
  if (MADE.some((folder) => `${name}/`.startsWith(folder))) return true;
  const parts = name.split('/');
  const open = parts.findIndex(
    (part) => /^[A-Z]{2,}(?:\.|$)/.test(part) && part !== 'README.md' && part !== 'LOG.md' && part !== 'LICENSE',
  );
  const path = open > 0 ? parts.slice(0, open).join('/') : name;
  if (['.', 'src', dirname(from)].some((folder) => existsSync(join(ROOT, folder, path)))) return true;
  return SOURCE.test(path) && files.filter((file) => `/${file}`.endsWith(`/${path}`)).length === 1;
}

/** Does code within a line name a path of the repository? `tops` are the folders that a path may begin with. */
export function isPath(name: string, tops: ReadonlySet<string>): boolean {
  if (!/^\.{0,2}[\w@.-]*(?:\/[\w@.-]*)*$/.test(name) || name.startsWith('/')) return false;
  const [first = '', ...rest] = name.split('/');
  if (rest.length === 0) return SOURCE.test(name);
  return first === '.' || first === '..' || tops.has(first) || SOURCE.test(name);
}
