/**
 * The chat in the built app for everybody: what axe finds in each of its states, light and dark, wide and narrow; all of it by keyboard. The models
 * have learned what they say, so that lists, line ends and thoughts stand as they were written.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { violations } from '../support/axe.ts';
import { BROAD, randomModel } from '../support/random-model.ts';
import { openSite, SHOTS } from '../support/site.ts';
import { taughtAdapter, taughtModel, type Turn } from '../support/taught.ts';

const QUESTIONS = ['How do I remove a stain?', 'And from wool?', 'Thank you!'] as const;
const said = (...answers: readonly string[]): readonly Turn[] => answers.map((answer, i) => ({ question: QUESTIONS[i] ?? '', answer }));
const BASE = said(
  'Try these:\n\n1. Cold water.\n2. Soap:\n   - a little,\n   - not hot.\n\nThen wait.',
  '<think>Wool is soft.\nHot water is bad.</think>Only cold water.',
  'You are welcome.',
);
/** In words of the others: the rows of a random embedding that no training touched are not all likeliest anywhere, so an adapter cannot say every word. */
const ALIGNED = said('Try these:\n\n1. Soap.\n2. Cold water:\n   - not hot.\n\nThen wait.', 'Only water.', 'You are welcome.');

const app = openSite({ height: 900 });
let folder = '';
let page: Page;
const part = (id: string) => app.visitor.part(id);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chat-'));
  const write = (name: string, files: ReadonlyMap<string, Uint8Array>): void => {
    mkdirSync(join(folder, name));
    for (const [file, bytes] of files) writeFileSync(join(folder, name, file), bytes);
  };
  const model = await taughtModel(BASE);
  write('taught', model);
  write('adapter', await taughtAdapter(model, ALIGNED));
  write('slow', randomModel('llama', { shape: BROAD }));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  ({ page } = app.visitor);
  page.setDefaultTimeout(20_000);
});

async function open(name: string): Promise<void> {
  await app.visitor.visit('');
  await part('model-name').waitFor();
  await app.visitor.go('models');
  await page.locator('.model input[value="files"]').evaluate((input: HTMLInputElement) => input.click());
  await part('model-folder').setInputFiles(join(folder, name));
  await expect.poll(() => part('model-name').innerText(), { timeout: 60_000 }).toBe(name);
  await app.visitor.go('run');
}
async function ask(text: string): Promise<void> {
  await part('chat-input').fill(text);
  await part('chat-input').press('Enter');
  await part('chat-ask').waitFor();
}
const show = (view: string): Promise<void> =>
  page.locator(`.chat input[value="${view}"]`).evaluate((input: HTMLInputElement) => input.click());

/** Nothing is wrong in this state, light on a screen and dark on a phone; both are kept as pictures. */
async function isRight(state: string): Promise<void> {
  for (const [width, colorScheme] of [
    [1280, 'light'],
    [390, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    expect(await violations(page, '[data-testid=chat]'), `${state}, ${width}`).toEqual([]);
    await part('chat').screenshot({ path: join(SHOTS, `chat-${state}-${width}.png`) });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${state}, ${width}`).toBeLessThanOrEqual(width);
  }
}

describe('the chat', () => {
  test('has nothing wrong in it that can be found, whatever it shows', async () => {
    await open('taught');
    await isRight('empty');
    await part('chat-system').locator('summary').click();
    await isRight('system');
    await part('chat-system').locator('summary').click();
    await app.visitor.go('models');
    await part('adapter-files').setInputFiles(
      ['adapter_config.json', 'adapter_model.safetensors'].map((name) => join(folder, 'adapter', name)),
    );
    await part('adapter-loaded').waitFor();
    await app.visitor.go('run');
    for (const question of QUESTIONS) await ask(question);
    const texts = (id: string): Promise<string[]> => part(id).evaluateAll((all) => all.map((one) => one.textContent ?? ''));
    expect((await texts('answer-base')).map((text) => text.trim())).toEqual([
      'Try these:\n\n1. Cold water.\n2. Soap:\n   - a little,\n   - not hot.\n\nThen wait.',
      'Only cold water.',
      'You are welcome.',
    ]);
    expect(await part('answer-loaded').first().innerText()).toContain('Try these:\n\n1. Soap.\n2. Cold water:');
    await isRight('tint');
    expect(await page.locator('.thought p').isVisible()).toBe(false);
    await page.locator('.thought summary').click();
    expect(await page.locator('.thought p').innerText()).toBe('Wool is soft.\nHot water is bad.');
    await isRight('thought');
    await show('differences');
    expect(await page.locator('.differences del').allInnerTexts()).toContain('Cold water');
    expect(await page.locator('.differences ins').allInnerTexts()).not.toEqual([]);
    await isRight('differences');
    await show('plain');
    await isRight('plain');
    await show('tokens');
    await part('answer-base').last().press('ArrowRight');
    await page.locator('.nearest tbody tr').first().waitFor();
    await isRight('tokens');
    await part('chat-again').click();
    await part('chat-ask').waitFor();
    await ask('why '.repeat(5000));
    await page.locator('.reply.refused').first().waitFor();
    expect(await part('chat-input').inputValue()).toContain('why why');
    await isRight('refused');
  });

  test('with the bundled model too', async () => {
    await app.visitor.visit('');
    await part('model-name').waitFor();
    await isRight('bundled-empty');
    await page.locator('.chat .chips button').first().click();
    await part('answer-base').waitFor();
    await isRight('bundled');
  });
});

describe('by keyboard', () => {
  test('everything in it is reached, in the order in which it is read', async () => {
    await open('taught');
    for (const question of QUESTIONS) await ask(question);
    await part('chat-system').locator('summary').focus();
    const reached: string[] = [];
    const name = (): Promise<string> =>
      page.evaluate(() => {
        const at = document.activeElement;
        if (at instanceof HTMLInputElement) return at.value;
        const spoken = at?.cloneNode(true) as Element | undefined;
        for (const silent of spoken?.querySelectorAll('[aria-hidden="true"]') ?? []) silent.remove();
        return at?.getAttribute('data-testid') ?? spoken?.textContent ?? '';
      });
    for (let i = 0; i < 20 && reached.at(-1) !== 'chat-clear'; i++) {
      reached.push(await name());
      await page.keyboard.press('Tab');
    }
    const answer = ['answer-base', 'Copy the answer of the base model'];
    const thought = 'Thought for 22 tokens before it answered';
    const exchanges = [...answer, thought, ...answer, ...answer];
    expect(reached).toEqual([
      'System message off',
      'tint',
      'chat-talk',
      ...exchanges,
      'chat-input',
      'chat-ask',
      'chat-again',
      'chat-clear',
    ]);
  });

  test('Escape stops an answer from wherever the focus is, and the focus stays', async () => {
    await open('slow');
    await part('chat-input').fill('Why?');
    await part('chat-input').press('Enter');
    await part('chat-stop').waitFor();
    await page.keyboard.press('Escape');
    await part('chat-ask').waitFor();
    const talk = await part('chat-talk').innerText();
    // one of the two is said, by whether there was a text already
    expect(talk.includes('Stopped.'), talk).toBe(!talk.includes('Stopped before it wrote any text.'));
    expect(await app.visitor.focused()).toBe('chat-input');
    for (const control of ['chat-again', 'chat-talk'] as const) {
      await part(control).focus();
      await (control === 'chat-again'
        ? page.keyboard.press('Enter')
        : part('chat-again').evaluate((button: HTMLElement) => button.click()));
      await part('chat-stop').waitFor();
      expect(await app.visitor.focused()).toBe(control);
      await page.keyboard.press('Escape');
      await part('chat-ask').waitFor();
      expect(await app.visitor.focused()).toBe(control);
    }
  });

  test('the focus is never lost: by a chip, a new conversation, or an answer under way', async () => {
    await open('taught');
    await page.locator('.chat .chips button').first().focus();
    await page.keyboard.press('Enter');
    await part('answer-base').waitFor();
    expect(await app.visitor.focused()).toBe('chat-input');
    await part('chat-clear').focus();
    await page.keyboard.press('Enter');
    expect(await app.visitor.focused()).toBe('chat-input');
  });
});
