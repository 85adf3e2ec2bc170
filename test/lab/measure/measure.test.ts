/** What is measured of a machine, and how its tokens are held against the CPU's. */
import { describe, expect, it } from 'vitest';
import type { Completion } from '../../../src/contracts/language-model.ts';
import { browserOf } from '../../../src/lab/measure/browser.ts';
import { equalTokens, greedyRequests } from '../../../src/lab/measure/equal.ts';
import { partsOf } from '../../../src/lab/measure/machine.ts';
import { say } from '../../../src/ui/language/language.ts';

const said = (index: number, text: string): Completion => ({ index, text, pieces: text.split(''), logProbs: [], finish: 'length' });

describe('tokens that are the CPU’s', () => {
  it('are counted up to the first of an answer that is another', () => {
    expect(equalTokens([said(0, 'abcd'), said(1, 'abcd')], [said(0, 'abcd'), said(1, 'abcd')])).toEqual({ equal: 8, of: 8 });
    expect(equalTokens([said(1, 'abXd'), said(0, 'abcd')], [said(0, 'abcd'), said(1, 'abcd')])).toEqual({ equal: 6, of: 8 });
    expect(equalTokens([said(0, 'ab')], [said(0, 'abcd')])).toEqual({ equal: 2, of: 4 });
    expect(equalTokens([], [said(0, 'abcd')])).toEqual({ equal: 0, of: 4 });
  });

  it('are of several different questions', () => {
    expect(new Set(greedyRequests().map(({ prompt }) => prompt)).size).toBe(6);
  });
});

describe('the measurement of a machine', () => {
  const names = (plan: Parameters<typeof partsOf>[0]) => partsOf(plan).map(({ what: { text, ...parts } }) => say(text, parts));
  const seconds = (plan: Parameters<typeof partsOf>[0]) => partsOf(plan).reduce((sum, part) => sum + part.seconds, 0);
  const cpu = { backend: 'wasm', kind: 'cpu', threads: 1, thorough: false } as const;

  it('takes ceilings first, then the engine, and twenty seconds at most', () => {
    expect(names(cpu).slice(0, 2)).toEqual(['the memory of the CPU', 'a plain product']);
    expect(names(cpu)).toHaveLength(6);
    expect(seconds({ ...cpu, threads: 8 })).toBeLessThan(20);
    expect(seconds({ backend: 'webgpu', kind: 'card', threads: 1, thorough: false })).toBeLessThan(20);
  });

  it('measures threads only where memory may be shared, and a card’s memory only on a card', () => {
    expect(names({ ...cpu, threads: 2 })).toContain('a plain product, 2 threads');
    expect(names(cpu).join()).not.toContain('threads');
    expect(names({ ...cpu, backend: 'webgpu', kind: 'card' })).toContain('the memory of the card');
  });

  it('takes three shapes where it is thorough', () => {
    expect(names({ ...cpu, thorough: true })).toHaveLength(14);
  });
});

describe('the name of a browser', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36', 'Chrome 156 on Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
      'Edge 140 on Windows',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
      'Safari 18 on macOS',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0', 'Firefox 130 on Linux'],
    ['curl/8', 'an unknown browser'],
  ])('of %s', (agent, name) => {
    expect(browserOf(agent)).toBe(name);
  });
});
