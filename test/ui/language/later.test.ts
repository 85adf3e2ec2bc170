/** What the page remembers and says later is said in the language of then: no sentence is kept that was said once. */
import { signal } from '@preact/signals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ShelfWorker } from '../../../src/protocol/models.ts';
import { DEFAULTS } from '../../../src/run/config.ts';
import { choose } from '../../../src/ui/language/language.ts';
import { createFields } from '../../../src/ui/session/fields.ts';
import { createModels } from '../../../src/ui/session/models.ts';

const UI = join(import.meta.dirname, '../../../src/ui');
const SESSION = join(UI, 'session');

beforeAll(() => {
  vi.stubGlobal('window', { addEventListener: () => {} });
  vi.stubGlobal('history', { state: null, replaceState: () => {} });
  vi.stubGlobal('location', { hash: '#desk?rounds=99&nothing=1', pathname: '/', search: '' });
});
afterEach(() => choose('en'));
afterAll(() => void vi.unstubAllGlobals());

describe('what the page remembers follows its reader', () => {
  test('what a link says wrongly, and why a run is refused', async () => {
    const fields = createFields({ busy: () => false, autorun: () => {} });
    fields.refuse();
    const said = () => [...fields.troubles.value, fields.refused.value];
    const english = said();
    expect(english).toEqual([
      expect.stringContaining('no view called “desk”'),
      expect.stringMatching(/^rounds=99: Rounds must be/),
      expect.stringContaining('no such setting'),
      expect.stringMatching(/^Rounds must be/),
    ]);
    await choose('de');
    const german = said();
    for (const [i, sentence] of german.entries()) expect(sentence).not.toBe(english[i]);
    expect(german[1]).toMatch(/^rounds=99: /);
    // what was said of a setting is over in every language
    fields.edit('rounds', '3');
    expect(fields.troubles.value).toEqual([german[0], german[2]]);
    await choose('en');
    expect(fields.troubles.value).toEqual([english[0], english[2]]);
  });

  test('the name of what is being opened', async () => {
    const models = createModels({
      lm: { open: () => new Promise(() => {}) } as unknown as Parameters<typeof createModels>[0]['lm'],
      library: {} as ShelfWorker,
      bundled: (world) => ({ kind: 'bundled', url: '', world }),
      world: signal('ladder'),
      backend: 'wasm',
      kit: '',
      config: signal(DEFAULTS),
      busy: () => false,
      stand: signal(false),
      suit: () => {},
      opened: () => {},
    });
    void models.openBundled();
    await Promise.resolve();
    expect(models.opening.value).toBe('the world “Ladder”');
    await choose('de');
    expect(models.opening.value).toMatch(/Welt/);
  });

  test('no memory of the page is a sentence that was said once', () => {
    const kept = readdirSync(SESSION).flatMap((name) => {
      const text = readFileSync(join(SESSION, name), 'utf8');
      // a signal that is given what `say` says, and not a function that will
      const found = text.matchAll(/(?:\.value\s*=(?!=)|\bsignal(?:<[^;=]*>)?\()((?:(?!=>)[^;])*?)\bsay\(/g);
      return [...found].map(([match]) => `${name}: ${match}`);
    });
    expect(kept).toEqual([]);
  });

  test('nothing that is drawn is kept in the language in which it was drawn first', () => {
    const files = readdirSync(UI, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tsx'));
    const kept = files.flatMap((name) => {
      const text = readFileSync(join(UI, name), 'utf8');
      // up to the inputs in brackets that end the call; `useSaid` of say.tsx has the language among them
      const found = text.matchAll(/\b(?:useMemo|useState)(?:<[^;=]*?>)?\((?:(?!\],?\s*\)|;\n)[\s\S])*?\bsay\(/g);
      return [...found].map(([match]) => `${name}: ${match.slice(0, 80)}`);
    });
    expect(files.length).toBeGreaterThan(50);
    expect(kept).toEqual([]);
  });
});
