/** What an error sentence sends somebody to is there: every control, setting, command and file that one names. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONTROLS, type ControlName } from '../src/controls.ts';
import { ADVICE, advice, AppError, type Sentence } from '../src/errors.ts';
import { OPTIONS } from '../src/run/config.ts';
import { literal } from '../src/text/tokenizer/patterns.ts';
import { TELLING } from '../src/ui/page/alerts.tsx';

const ROOT = join(import.meta.dirname, '..');
const sourcesOf = (...folders: string[]) =>
  folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => ({ name: join(folder, name), text: readFileSync(join(ROOT, folder, name), 'utf8') })),
  );
const components = sourcesOf('src/ui').filter(({ name }) => name.endsWith('.tsx'));
const everything = sourcesOf('src', 'workers');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly scripts: Readonly<Record<string, string>> };
const sentences = Object.entries(ADVICE) as [keyof typeof ADVICE, Sentence][];

/** Does a component put this name on the page? */
const shown = (name: ControlName): boolean =>
  components.some(({ text }) => new RegExp(`(?:[>{ ]|= |\\? |: |say\\()CONTROLS\\.${name}\\b`).test(text));

describe.each(sentences)('%s', (code, { text, words, names }) => {
  it('names only what is there', () => {
    for (const named of names) {
      switch (named.kind) {
        case 'control':
          expect(shown(named.name), `a component that shows “${CONTROLS[named.name]}”`).toBe(true);
          break;
        case 'setting':
          expect(OPTIONS[named.name].label).not.toBe('');
          break;
        case 'command':
          expect(Object.keys(scripts)).toContain(named.name);
          break;
        case 'file':
          expect(
            everything.some(({ name, text }) => name !== 'src/errors.ts' && text.includes(`'${named.name}'`)),
            named.name,
          ).toBe(true);
          break;
        default:
          named satisfies never;
      }
    }
  });

  it('names nothing besides: no control, setting or command stands in its other words', () => {
    for (const part of words) {
      expect(part).not.toContain('`');
      expect(part).not.toContain('npm run');
      expect(part).not.toMatch(/\b(?:press|click|under|choose the|set)\s+(?:the\s+)?[“"]?[A-Z]/);
      const labels = [...Object.values(CONTROLS), ...Object.values(OPTIONS).map(({ label }) => label)].filter((label) =>
        /^[A-Z]/.test(label),
      );
      for (const label of labels)
        expect(part.replace(/^[A-Z]\w*|(?<=\. )[A-Z]\w*/g, '')).not.toMatch(new RegExp(`\\b${literal(label)}\\b`));
    }
  });

  it('is a sentence, and shows the details that it speaks of', () => {
    expect(text).toMatch(/^[A-Z].*\.$/);
    expect(advice(code)).toBe(text);
    expect(new AppError(code, '').message).toBe(text);
    if (/\bthe details\b/.test(text)) expect(TELLING).toContain(code);
    // Resume opens files of the user's by itself: which of them is missing or wrong is said at once
    if (/\b(?:file of the model|model file|tokenizer file|model needs something)\b/.test(text)) expect(TELLING).toContain(code);
  });
});

describe('the other sentences of the program', () => {
  const literals = [...everything, ...sourcesOf('scripts')].flatMap(({ name, text }) =>
    // what stands in quotes, without comments
    [...text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '').matchAll(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|>[^<>{}]+</g)].map(([literal]) => ({
      name,
      literal,
    })),
  );

  it('name commands that package.json has', () => {
    const named = literals
      .filter(({ name }) => name !== join('src', 'errors.ts'))
      .flatMap(({ name, literal }) =>
        [...literal.matchAll(/npm (?!run \$)(?:run )?([a-z]+)/g)].map((found) => ({ name, script: found[1] ?? '' })),
      );
    for (const { name, script } of named) expect(['install', 'test', 'start', ...Object.keys(scripts)], name).toContain(script);
  });

  it('send nobody to a button by a name that it does not have', () => {
    const labels: readonly string[] = Object.values(CONTROLS);
    for (const { name, literal } of literals) {
      for (const [, label = ''] of literal.matchAll(/\b[Pp]ress (?:the )?[“"]?([A-Z]\w*(?: [a-z]+)?)/g)) {
        expect(
          labels.some((known) => label === known || label.startsWith(`${known} `)),
          `${name}: ${literal}`,
        ).toBe(true);
      }
    }
  });
});

describe('a name of the page', () => {
  it.each(Object.keys(CONTROLS) as ControlName[])('%s stands on it once it is in the table', (name) => {
    expect(shown(name)).toBe(true);
  });

  it('is written nowhere else', () => {
    const labels = [
      CONTROLS.newRun,
      CONTROLS.resume,
      CONTROLS.cpu,
      CONTROLS.moreSettings,
      CONTROLS.plan,
      CONTROLS.fromFiles,
      CONTROLS.chooseFiles,
      CONTROLS.takeHome,
    ];
    for (const { name, text } of components) {
      for (const label of labels)
        expect(text, `${name}: ${label}`).not.toMatch(new RegExp(`>\\s*${literal(label)}\\s*<|'${literal(label)}'`));
    }
  });
});
