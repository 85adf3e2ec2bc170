/** From which addresses a script may be started. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOwnScript } from '../src/trusted.ts';

const from = 'https://host.test/sub/index.html';

describe('a script may be started', () => {
  it.each(['assets/lm.worker-1.js', './service.worker.js', 'https://host.test/sub/assets/library.worker-1.js?x#y'])(
    'from %s',
    (address) => {
      expect(isOwnScript(address, { from, made: false })).toBe(true);
    },
  );

  it.each([
    'https://other.test/sub/a.js',
    'http://host.test/sub/a.js',
    'https://host.test:8443/sub/a.js',
    'https://host.test@other.test/sub/a.js',
    '//other.test/sub/a.js',
    '/a.js',
    '../a.js',
    '..%2fa.js/../../a.js',
    'a.txt',
    'data:text/javascript,1',
    'javascript:1',
    'blob:https://host.test/1-2',
    'https://',
  ])('but not from %s', (address) => {
    expect(isOwnScript(address, { from, made: false })).toBe(false);
  });

  it('made in memory, where that is allowed, by this origin alone', () => {
    expect(isOwnScript('blob:https://host.test/1-2', { from, made: true })).toBe(true);
    expect(isOwnScript('blob:https://other.test/1-2', { from, made: true })).toBe(false);
    expect(isOwnScript('blob:null/1-2', { from, made: true })).toBe(false);
  });

  it('whatever stands in the address, from the own origin alone', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string(), fc.webPath()), (address) => {
        if (!isOwnScript(address, { from, made: true })) return;
        expect(new URL(address, from).origin).toBe('https://host.test');
      }),
    );
  });
});
