/** What the service worker adds to an answer, and to which. */
import { describe, expect, it } from 'vitest';
import { isolating, ISOLATING, needsIsolating } from '../src/isolation.ts';

const HERE = 'https://host.test';

describe('the service worker', () => {
  it.each([
    ['document', `${HERE}/sub/index.html`, true],
    ['worker', `${HERE}/sub/assets/lm.worker.js`, true],
    ['script', `${HERE}/sub/assets/index.js`, false],
    ['', `${HERE}/sub/models/ladder/model.safetensors`, false],
    ['', 'https://hub.test/model.safetensors', false],
    ['document', 'https://hub.test/', false],
  ] as const)('looks at a %s of %s: %s', (destination, url, wanted) => {
    expect(needsIsolating({ destination, url }, HERE)).toBe(wanted);
  });

  it('adds two headers and changes nothing else', async () => {
    const answer = new Response('<p>', { status: 203, statusText: 'As told', headers: { 'content-type': 'text/html', etag: '"1"' } });
    const made = isolating(answer);
    expect([made.status, made.statusText, await made.text()]).toEqual([203, 'As told', '<p>']);
    const added = Object.entries(ISOLATING).map(([name, value]) => [name.toLowerCase(), value]);
    expect(Object.fromEntries(made.headers)).toEqual({ 'content-type': 'text/html', etag: '"1"', ...Object.fromEntries(added) });
  });

  it('says what the server says of a file that has not changed, and of one that is not there', () => {
    expect(isolating(new Response(null, { status: 304 })).status).toBe(304);
    expect(isolating(new Response('no', { status: 404 })).status).toBe(404);
  });

  it('leaves an answer alone that sends the browser elsewhere', () => {
    const elsewhere = Response.error();
    expect(isolating(elsewhere)).toBe(elsewhere);
  });
});
