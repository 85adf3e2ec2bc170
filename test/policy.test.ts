/** The policies of the page and its workers, as far as no browser is needed: which file has which, and how they join what a host sends. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guarded, POLICY, policyOf, policyOfHead } from '../src/policy.ts';

/** The directives of a policy by their names. */
const parsed = (text: string): ReadonlyMap<string, readonly string[]> =>
  new Map(text.split('; ').map((part) => [part.split(' ')[0] ?? '', part.split(' ').slice(1)]));
const of = (path: string): ReadonlyMap<string, readonly string[]> => parsed(policyOf(path) ?? '');

describe('every file that runs', () => {
  it.each([
    '/',
    '/sub/',
    '/sub/index.html',
    '/sub/assets/index-Ab1_.js',
    '/sub/assets/lm.worker-Ab1-.js',
    'assets/library.worker-x.js',
    'service.worker.js',
  ])('has a policy that lets nothing be made of text: %s', (path) => {
    const policy = of(path);
    expect(policy.get('default-src')).toEqual(["'none'"]);
    expect(policy.get('require-trusted-types-for')).toEqual(["'script'"]);
    expect(policy.get('trusted-types')).toEqual(['default']);
    expect([...policy.values()].flat()).not.toContain("'unsafe-inline'");
    expect([...policy.values()].flat()).not.toContain("'unsafe-eval'");
  });

  it('reaches its own host alone, but for the one that fetches models', () => {
    expect(of('/').get('connect-src')).toEqual(["'self'"]);
    expect(of('/assets/index-1.js').get('connect-src')).toEqual(["'self'"]);
    expect(of('/assets/lm.worker-1.js').get('connect-src')).toEqual(["'self'", 'blob:']);
    expect(of('/assets/library.worker-1.js').get('connect-src')).toContain('https:');
  });

  it('is no picture, style or model', () => {
    for (const path of ['icon.svg', 'assets/index-1.css', 'models/ladder/model.safetensors', 'kits/english/kit.json'])
      expect(policyOf(path)).toBeNull();
  });
});

describe('the policy in the head of the page', () => {
  it('is that of its address, without what browsers do not take from there', () => {
    const [head, sent] = [parsed(policyOfHead()), of('/')];
    expect(new Map([...head, ['frame-ancestors', ["'none'"]]])).toEqual(sent);
  });
});

describe('an answer of a host', () => {
  it('keeps its own policy, and browsers hold the file to both', () => {
    const made = guarded(new Response('<p>', { headers: { [POLICY]: "img-src 'none'" } }), '/');
    expect(made.headers.get(POLICY)).toBe(`img-src 'none', ${policyOf('/')}`);
    expect(guarded(made, '/')).toBe(made);
  });

  it('that shows nothing, or leads elsewhere, stays as it is', () => {
    const [picture, elsewhere] = [new Response('<svg/>'), Response.error()];
    expect(guarded(picture, '/icon.svg')).toBe(picture);
    expect(guarded(elsewhere, '/')).toBe(elsewhere);
  });

  it('of any path has a policy exactly where a browser could run it', () => {
    fc.assert(
      fc.property(fc.webPath(), fc.constantFrom('', 'x.js', 'x.html', 'lm.worker-a.js', 'x.css', 'x.wasm'), (folder, name) => {
        expect(policyOf(`${folder}/${name}`) !== null).toBe(name === '' || /\.(?:js|html)$/.test(name));
      }),
    );
  });
});
