/** The sentences of the page as its sources say them: every one that is said, with its named parts, and text that is not. Reads src/ui by parsing. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vite';

const ROOT = join(import.meta.dirname, '../..');
const UI = join(ROOT, 'src/ui');

/** A sentence that is said somewhere; `parts` are the names that it is given there, null where they are not written there. */
export type Saying = { readonly id: string; readonly file: string; readonly parts: readonly string[] | null };
/** Text in a file that a reader would see, and that no language can change. */
export type HardCoded = { readonly file: string; readonly text: string };

type Node = { readonly type: string; readonly start: number; readonly [key: string]: unknown };

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

/** Attributes whose text is read out or shown. */
const READ = ['aria-label', 'aria-description', 'aria-valuetext', 'title', 'placeholder', 'alt', 'label', 'text', 'why', 'summary'];
/** What is called with text that no reader sees: selectors, faults for developers. */
const UNSEEN = [
  'Error',
  'AppError',
  'SyntaxError',
  'TypeError',
  'querySelector',
  'querySelectorAll',
  'matches',
  'closest',
  'matchMedia',
  'RegExp',
];

/** Keys of a keyboard, states, forms and names of files: they read like words, and nobody reads them, or they are the same in every language. */
const NO_WORDS = [
  'Escape',
  'Enter',
  'Files',
  'User',
  '-range ',
  '`npm run ',
  'by hand',
  'too few',
  'as asked',
  'best so far',
  'label quality',
  'step-on-feet machine 1',
  'Llama',
  'config.json',
  'tokenizer.json',
  'safetensors',
  '.gguf',
  'English starter kit',
  'kit.json',
  'adapter_config.json',
  'adapter_model.safetensors',
  'English',
  'Deutsch',
  'Single round',
  'Pseudo',
  'Step on Feet',
  'a[href], button, input, select, textarea, summary, [tabindex]',
  // for whoever reads the details of an error
  'must be a date',
  'must be ',
  ' at most',
  'must be webgpu or wasm',
  'is unknown here',
  'must be a number above 0',
  'no sign of life for ',
  ' s',
  'closed by the page',
  // asked of a model, in the language that it reads
  'How do I remove a coffee stain from a shirt?',
  'Who won the chess world cup on the moon?',
  'Why do cats have six legs?',
  'Write two sentences about rain.',
];

/** The name of what is called: `say`, `querySelector` of `root.querySelector`. */
function calleeOf(node: Node): string {
  const callee = node['callee'];
  if (!isNode(callee)) return '';
  if (callee.type === 'Identifier') return String(callee['name']);
  const property = callee['property'];
  return isNode(property) ? String(property['name']) : '';
}

/** The text of a literal without an expression in it. */
function literal(node: unknown): string | null {
  if (!isNode(node)) return null;
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  if (node.type !== 'TemplateLiteral') return null;
  const quasis = node['quasis'] as readonly { readonly value: { readonly cooked: string } }[];
  return quasis.length === 1 ? (quasis[0]?.value.cooked ?? null) : null;
}

function keysOf(node: unknown): readonly string[] | null {
  if (!isNode(node) || node.type !== 'ObjectExpression') return null;
  const properties = node['properties'] as readonly Node[];
  if (properties.some(({ type }) => type === 'SpreadElement')) return null;
  return properties.map(({ key }) => String((key as Node)['name'] ?? (key as Node)['value'])).toSorted();
}

/** Reads like words for a person: more than one word, or one with a capital. */
const speaks = (text: string): boolean =>
  /\p{L}{2,}[,;:.…]? \p{L}/u.test(text) || /^[A-Z][a-z]+[a-z.…]*$/.test(text.trim()) || /\p{L} $|^ \p{L}/u.test(text);

function read(file: string): { readonly sayings: readonly Saying[]; readonly hardCoded: readonly HardCoded[] } {
  const path = join(UI, file);
  const sayings: Saying[] = [];
  const hardCoded: HardCoded[] = [];
  const visit = (node: unknown, quiet: boolean): void => {
    if (Array.isArray(node)) {
      for (const one of node) visit(one, quiet);
      return;
    }
    if (!isNode(node) || node.type.startsWith('TS') || node.type === 'ImportDeclaration') {
      // `x as T`, `x satisfies T`: the value is an expression like any other
      if (isNode(node) && 'expression' in node) visit(node['expression'], quiet);
      return;
    }
    if (node.type === 'CallExpression' || node.type === 'NewExpression') {
      const name = calleeOf(node);
      const [first, second] = node['arguments'] as readonly unknown[];
      const id = literal(first);
      if ((name === 'say' || name === 'toSay') && id !== null)
        sayings.push({ id, file, parts: name === 'toSay' ? null : second === undefined ? [] : keysOf(second) });
      const [, ...others] = node['arguments'] as readonly unknown[];
      const said = name === 'say' || name === 'toSay';
      visit(node['callee'], quiet);
      if (!said || id === null) visit(first, quiet || UNSEEN.includes(name));
      visit(others, quiet || UNSEEN.includes(name));
      return;
    }
    if (node.type === 'JSXElement') {
      const opening = node['openingElement'] as Node;
      const attributes = opening['attributes'] as readonly Node[];
      if ((opening['name'] as Node)['name'] === 'Say') {
        const valueOf = (name: string): unknown =>
          attributes.find((one) => (one['name'] as Node | undefined)?.['name'] === name)?.['value'];
        const inside = (value: unknown): unknown =>
          isNode(value) && value.type === 'JSXExpressionContainer' ? value['expression'] : value;
        const id = literal(inside(valueOf('text')));
        const parts = inside(valueOf('parts'));
        if (id !== null) sayings.push({ id, file, parts: parts === undefined ? [] : keysOf(parts) });
        visit(parts, quiet);
        return;
      }
      // what a model wrote, and what is English on purpose
      const english = attributes.some((one) => (one['name'] as Node | undefined)?.['name'] === 'lang');
      visit(attributes, quiet);
      visit(node['children'], quiet || english);
      return;
    }
    if (node.type === 'JSXAttribute') {
      visit(node['value'], quiet || !READ.includes(String((node['name'] as Node)['name'])));
      return;
    }
    if (node.type === 'Property') {
      visit(node['value'], quiet);
      return;
    }
    if (!quiet) {
      if (node.type === 'JSXText' && /\p{L}{2,}/u.test(String(node['value']))) hardCoded.push({ file, text: String(node['value']).trim() });
      const text = node.type === 'Literal' && typeof node['value'] === 'string' ? node['value'] : '';
      if (speaks(text)) hardCoded.push({ file, text });
      if (node.type === 'TemplateElement') {
        const { cooked } = node['value'] as { readonly cooked: string };
        if (speaks(cooked)) hardCoded.push({ file, text: cooked });
      }
    }
    for (const [key, value] of Object.entries(node)) if (key !== 'type' && typeof value === 'object') visit(value, quiet);
  };
  visit(parseAst(readFileSync(path, 'utf8'), { lang: file.endsWith('x') ? 'tsx' : 'ts' }), false);
  return { sayings, hardCoded };
}

const files = readdirSync(UI, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.tsx?$/.test(file))
  .toSorted();

const readings = files.map(read);
export const SAYINGS: readonly Saying[] = readings.flatMap(({ sayings }) => sayings);
export const HARD_CODED: readonly HardCoded[] = readings
  .flatMap(({ hardCoded }) => hardCoded)
  .filter(({ text }) => !NO_WORDS.includes(text));
