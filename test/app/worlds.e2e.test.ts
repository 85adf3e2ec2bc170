/** Worlds on the page: the choice opens another model with its settings, and a run goes on in its own world. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseOptions } from '../../src/run/options.ts';
import { defaultsIn } from '../../src/run/config.ts';
import type { About } from '../../src/world/about.ts';
import { CATALOGUE } from '../../src/world/catalogue.ts';
import { openSite, SHOTS } from '../support/site.ts';

/** Those that come with the page; there may be one alone. */
const worlds: readonly About[] = CATALOGUE;
const [FIRST = CATALOGUE[0], SECOND = FIRST] = worlds;
const SMALL = 'method=soft&rounds=8&prompts=320&questions=10&earlyStop=false&epochs=1';
const SLOW = { timeout: 30_000 };

const app = openSite({ height: 900 });
const { part, opened, choose } = {
  part: (id: string) => app.visitor.part(id),
  opened: (label: string) => expect.poll(() => app.visitor.part('model-name').innerText(), SLOW).toBe(label),
  choose: (world: string) => app.visitor.page.locator('#setting-world').selectOption(world),
};

test('a link without a world opens today’s and says so; one that names it, or nothing, says nothing', async () => {
  await app.visitor.visit('v=1&seed=3');
  expect(await part('worldless').innerText()).toContain(`It opens today’s, “${FIRST.label}”`);
  expect(await app.visitor.field('seed')).toBe('3');
  await app.visitor.page.screenshot({ path: join(SHOTS, 'link-without-world-1280.png') });
  await part('worldless').getByRole('button', { name: 'close' }).click();
  expect(await part('worldless').count()).toBe(0);
  for (const hash of ['', `v=1&world=${FIRST.name}&seed=3`]) {
    await app.visitor.page.goto('about:blank');
    await app.visitor.visit(hash);
    await opened(FIRST.label);
    expect(await part('worldless').count()).toBe(0);
  }
});

describe.skipIf(worlds.length === 1)('another world', () => {
  const usual = defaultsIn(SECOND.name);

  test('is chosen with the model: it opens its own, with its own settings, and the link says so', async () => {
    await app.visitor.visit('');
    await opened(FIRST.label);
    await app.visitor.go('models');
    await choose(SECOND.name);
    await opened(SECOND.label);
    await app.visitor.go('run');
    for (const name of ['rounds', 'prompts'] as const) expect(await app.visitor.field(name)).toBe(String(usual[name]));
    await expect.poll(() => app.visitor.hash(), SLOW).toBe(`#run?v=2&world=${SECOND.name}`);
    await app.visitor.page.screenshot({ path: join(SHOTS, 'world-chosen-1280.png') });
    await app.visitor.page.reload();
    await opened(SECOND.label);
    await app.visitor.go('models');
    await choose(FIRST.name);
    await opened(FIRST.label);
    await expect.poll(() => app.visitor.hash(), SLOW).toBe('#models');
  });

  test('a stopped run of it is resumed there, from a page that has another world open; what it learnt is asked there alone', async () => {
    const { visitor } = app;
    const { config } = parseOptions(new URLSearchParams(`world=${SECOND.name}&${SMALL}`));
    await visitor.visit(`autorun=1&world=${SECOND.name}&${SMALL}`);
    await visitor.untilEvent(({ type }) => type === 'round');
    const [started] = visitor.events;
    expect(started).toMatchObject({ type: 'started', config });
    await part('stop').click();
    await visitor.untilEvent(({ type }) => type === 'stopped');

    await visitor.page.goto('about:blank');
    visitor.events.length = 0;
    await visitor.visit('');
    await opened(FIRST.label);
    await expect.poll(() => part('chat-alone').innerText(), SLOW).toContain(`Open the bundled model of the world “${SECOND.label}” first.`);
    await visitor.go('compare');
    await part('runs').getByRole('button', { name: 'Resume' }).click();
    await visitor.untilEvent(({ type }) => type === 'finished');
    await opened(SECOND.label);
    expect(await visitor.field('prompts')).toBe('320');
    await part('chat-round').selectOption('1'); // whichever it returned
    await part('chat-input').fill('Where is the bell?');
    await part('chat-ask').click();
    await expect.poll(() => part('answer-round').count(), SLOW).toBe(1);
    await visitor.go('compare');
    expect(await part('runs').innerText()).toContain(`in ${SECOND.label}`);
  });
});
