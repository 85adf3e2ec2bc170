/**
 * Real models in the built app: a picked folder of each family aligned with the English kit, its adapter taken home and brought back, a
 * download from a hub that breaks off, and a plan that refuses. The models are random and tiny; what is tested is the way they go.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pickModel } from '../../scripts/page-run.ts';
import { FAMILIES, type Family } from '../../src/files/config.ts';
import { readSafetensors } from '../../src/files/safetensors.ts';
import { DEFAULTS } from '../../src/run/config.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { headersOf, type Hub, startHub } from '../support/hub-server.ts';
import { randomModel, UNNAMED } from '../support/random-model.ts';
import { openSite, SHOTS } from '../support/site.ts';

/** One round of a few prompts; random models seldom end an answer, so none is dropped for that. */
const SHORT =
  'rounds=1&prompts=8&maxTokens=8&batchSize=4&epochs=1&dropUnfinished=false&dropRepeatsItself=false&earlyStop=false&method=soft';

const app = openSite({ height: 900 });
let hub: Hub;
let page: Page;
let events: RunEvent[];
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'models-'));
  for (const family of FAMILIES) {
    mkdirSync(join(folder, `tiny-${family}`));
    for (const [name, bytes] of randomModel(family)) writeFileSync(join(folder, `tiny-${family}`, name), bytes);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  hub = await startHub(randomModel('llama'));
  ({ page, events } = app.visitor);
  page.setDefaultTimeout(20_000);
});
afterEach(() => hub.close());

const part = (id: string) => app.visitor.part(id);
const visit = (hash = SHORT) => app.visitor.visit(hash);
const shot = (name: string) => page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
const opened = (name: string) => expect.poll(() => part('model-name').innerText(), { timeout: 30_000 }).toBe(name);

async function untilState(state: string): Promise<void> {
  await page.waitForFunction((wanted) => [wanted, 'failed'].includes(document.documentElement.dataset['runState'] ?? ''), state, {
    timeout: 240_000,
  });
  const failed = events.find((event) => event.type === 'failed');
  if (failed?.type === 'failed') throw new Error(`${failed.failure.code}: ${failed.failure.detail}`);
}

async function panel(place: string): Promise<void> {
  if ((await page.locator('main').getAttribute('data-view')) !== 'models') await app.visitor.go('models');
  // the radio itself lies under its label
  await page.locator(`.model input[value="${place}"]`).evaluate((input: HTMLInputElement) => input.click());
}

async function pick(family: Family): Promise<void> {
  await part('model-name').waitFor();
  await panel('files');
  await part('model-folder').setInputFiles(join(folder, `tiny-${family}`));
  await opened(`tiny-${family}`);
}

async function saved(button: string): Promise<Readonly<Record<string, Uint8Array>>> {
  const [download] = await Promise.all([page.waitForEvent('download'), part(button).click()]);
  return unzipSync(new Uint8Array(readFileSync(await download.path())));
}
const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

describe('a model of the user’s', () => {
  test.each(FAMILIES)('%s: picked, aligned with the English kit, taken home and brought back', async (family) => {
    await visit();
    await pick(family);
    await app.visitor.go('run');
    expect(await part('plan').getAttribute('open')).not.toBeNull();
    await part('run').click();
    await untilState('finished');
    const finished = events.find((event) => event.type === 'finished');
    expect(finished?.type === 'finished' ? finished.result.rounds.length : 0).toBe(1);

    await app.visitor.go('models');
    await part('home-merged').check();
    const files = await saved('home-zip');
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining([
        'adapter/adapter_config.json',
        'adapter/adapter_model.safetensors',
        'adapter/README.md',
        'merged/config.json',
        'merged/model.safetensors',
        'merged/tokenizer.json',
        'samples/soft.jsonl',
        'samples/soft_completion.jsonl',
        'samples/soft_sharegpt.jsonl',
        'samples/soft_alpaca.jsonl',
        'recipes/trl.yaml',
        'recipes/axolotl.yaml',
      ]),
    );
    expect(JSON.parse(textOf(files['adapter/adapter_config.json']))).toMatchObject({
      base_model_name_or_path: `tiny-${family}`,
      r: DEFAULTS.loraRank,
      peft_type: 'LORA',
    });
    const merged = readSafetensors(Uint8Array.from(files['merged/model.safetensors'] ?? [])).tensors;
    expect([...merged.keys()]).toContain('model.layers.0.self_attn.q_proj.weight');

    await part('adapter-files').setInputFiles(
      ['adapter_config.json', 'adapter_model.safetensors'].map((name) => ({
        name,
        mimeType: 'application/octet-stream',
        buffer: Buffer.from(files[`adapter/${name}`] ?? []),
      })),
    );
    await part('adapter-loaded').waitFor();
    await app.visitor.go('run');
    await part('chat-input').fill('Why is the sky blue?');
    await part('chat-ask').click();
    await part('answer-loaded').waitFor();
    const asked = await part('answer-loaded').innerText();
    await part('chat-round').selectOption('1');
    await part('chat-clear').click();
    await part('chat-input').fill('Why is the sky blue?');
    await part('chat-ask').click();
    await part('answer-round').first().waitFor();
    expect(await part('answer-round').first().innerText()).toBe(asked);
    if (family === 'qwen3') await shot('model-finished-1280');
  });

  test('holds a conversation: what was said is read again until the model reads no more, stopped, drawn anew and begun again', async () => {
    const place = join(folder, 'talker');
    mkdirSync(place);
    for (const [name, bytes] of randomModel('llama', { context: 640 })) writeFileSync(join(place, name), bytes);
    await visit();
    await part('model-name').waitFor();
    await panel('files');
    await part('model-folder').setInputFiles(place);
    await opened('talker');
    await app.visitor.go('run');
    const ask = async (text: string): Promise<void> => {
      await part('chat-input').fill(text);
      await part('chat-input').press('Enter');
      await part('chat-ask').waitFor();
    };
    const reading = async (): Promise<number> => Number(/^[\d,]+/.exec(await page.locator('.filled').innerText())?.[0].replace(',', ''));
    await part('chat-system').locator('summary').click();
    expect(await part('chat-system-text').inputValue()).toContain('1 (');
    await part('chat-system-text').fill('Answer in one word.');
    await part('chat-system-on').check();
    await ask('Why is the sky blue?\nAnd the sea?');
    await part('answer-base').waitFor();
    expect(await page.locator('.asked').innerText()).toContain('Why is the sky blue?\nAnd the sea?');
    expect(await reading()).toBeGreaterThan(512);
    expect(await part('chat-left').count()).toBe(0);
    for (const text of ['And at night?', 'And at noon?', 'And in winter?']) await ask(text);
    await expect.poll(() => part('answer-base').count()).toBe(4);
    await part('chat-left').last().waitFor();
    expect(await reading()).toBeLessThanOrEqual(640);

    const before = await part('answer-base').last().innerText();
    await part('chat-again').click();
    await expect.poll(() => page.locator('.exchange-note').last().innerText()).toContain('seed 1');
    await part('chat-ask').waitFor();
    expect(await part('answer-base').last().innerText()).not.toBe(before);
    await part('answer-base').last().press('ArrowRight');
    await page.locator('.nearest tbody tr').first().waitFor();
    await shot('chat-talk-1280');
    expect(await page.locator('.nearest tbody tr').count()).toBeGreaterThanOrEqual(5);
    await page.setViewportSize({ width: 390, height: 800 });
    await shot('chat-talk-390');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await part('chat-clear').click();
    expect(await part('chat-talk').count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('question');
  });

  test('without a chat template is told so; a run of it is not resumed with another model', async () => {
    const files = [...randomModel('llama', { template: null })].map(([name, bytes]) => ({
      name,
      mimeType: 'application/octet-stream',
      buffer: Buffer.from(bytes),
    }));
    await visit(SHORT.replace('rounds=1', 'rounds=2').replace('prompts=8', 'prompts=16'));
    await part('model-name').waitFor();
    await panel('files');
    await part('model-files').setInputFiles(files);
    await opened(UNNAMED);
    expect(await part('model-note').innerText()).toContain('brings no chat template, so a plain one is used');
    await part('run').click();
    await expect.poll(() => events.some(({ type }) => type === 'sample'), { timeout: 60_000 }).toBe(true);
    await part('stop').click();
    await untilState('stopped');
    await page.reload();
    await opened('Ladder');
    await part('interrupted').waitFor();
    expect(await part('interrupted').innerText()).toContain(`Open ${UNNAMED} first.`);
    expect(await part('resume').isDisabled()).toBe(true);
    // the reason stands at the button, however far somebody has scrolled
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    const reason = page.locator('#resume-rests');
    expect(await reason.innerText()).toBe(`Resume waits: Open ${UNNAMED} first.`);
    const [box, view] = [await reason.boundingBox(), page.viewportSize()];
    expect(box !== null && view !== null && box.y >= 0 && box.y + box.height <= view.height).toBe(true);
    await app.visitor.go('compare');
    await part('runs').getByRole('button', { name: 'Resume' }).click();
    await part('error').waitFor();
    expect(await part('error').innerText()).toMatch(/MODEL_OTHER[^]*|belongs to another model/);
    expect(await part('error').innerText()).toContain(UNNAMED);

    events.length = 0;
    await panel('files');
    await part('model-files').setInputFiles(files);
    await opened(UNNAMED);
    await part('resume').first().click();
    await untilState('finished');
    expect(events.find(({ type }) => type === 'started')).toMatchObject({ resumed: true });
  });

  test('what is no model is told to a command line in the words of the page, without its buttons', async () => {
    await visit();
    const path = join(folder, 'bad.gguf');
    writeFileSync(path, 'something else');
    const failure = (await pickModel(page, path).catch((error: unknown) => error)) as Error;
    expect(failure.message).toMatch(/^The model file is damaged.*\n?.*bad\.gguf: it does not begin with GGUF/s);
    expect(failure.message).not.toMatch(/close/i);
  });

  test('what is no model is refused with the reason, and the model before stays open', async () => {
    await visit();
    await part('model-name').waitFor();
    await panel('files');
    await part('model-files').setInputFiles([{ name: 'config.json', mimeType: 'application/json', buffer: Buffer.from('{}') }]);
    await part('model-problem').waitFor();
    expect(await part('model-problem').innerText()).toContain('MODEL_MISSING');
    expect(await part('model-problem').innerText()).toContain('tokenizer.json');
    await opened('Ladder');
    await shot('model-refused-1280');

    await part('model-problem').getByRole('button', { name: 'close' }).click();
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['{}'], 'tokenizer.json'));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    });
    await expect.poll(() => part('model-problem').innerText()).toContain('there is no config.json');
    await opened('Ladder');
  });
});

describe('a model of a hub', () => {
  async function fillHub(): Promise<void> {
    await panel('hub');
    await page.locator('.hub summary').click();
    await part('hub-host').fill(hub.host);
    await part('hub-id').fill('someone/tiny');
  }

  test('comes through a dropped connection, goes on after Cancel, is kept, opened and deleted', async () => {
    const bytes = hub.files.get('model.safetensors') ?? new Uint8Array();
    let asked = 0;
    hub.fault = (file, from, response) => {
      if (file !== 'model.safetensors') return false;
      asked++;
      // first it is asked what it is; then the line breaks, then it falls silent
      if (asked !== 2 && asked !== 3) return false;
      response.writeHead(206, { ...headersOf(hub, file, bytes), 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` });
      response.write(bytes.subarray(from, from + 60_000));
      if (asked === 2) setTimeout(() => response.destroy(), 300);
      return true;
    };
    await visit();
    await part('model-name').waitFor();
    await fillHub();
    await part('hub-start').click();
    await part('download').waitFor();
    await expect.poll(() => asked, { timeout: 30_000 }).toBe(3);
    await shot('model-download-1280');
    await part('download-cancel').click();
    await part('hub-start').waitFor();
    await panel('stored');
    expect(await part('stored-model').innerText()).toContain('not complete');
    const before = hub.requests.length;
    await part('stored-model').getByRole('button', { name: 'Go on' }).click();
    await opened('someone/tiny');
    const again = hub.requests.slice(before).filter(({ file, from }) => file === 'model.safetensors' && from > 0);
    expect(again.length).toBeGreaterThan(0);
    expect(again[0]?.from).toBeGreaterThanOrEqual(60_000);
    await shot('model-kept-1280');

    await panel('bundled');
    await part('model-bundled').click();
    await opened('Ladder');
    await panel('stored');
    await part('stored-model').getByRole('button', { name: 'Delete' }).click();
    await part('stored-model').getByRole('button', { name: 'Delete' }).click();
    await expect.poll(() => part('stored-model').count()).toBe(0);
  });

  test('a name that the hub does not know, and one that is none, are said', async () => {
    hub.files.clear();
    await visit();
    await part('model-name').waitFor();
    await fillHub();
    await part('hub-start').click();
    await part('model-problem').waitFor();
    expect(await part('model-problem').innerText()).toMatch(/no model of that name[^]*config\.json/);
    await part('hub-id').fill('no name at all');
    await part('hub-start').click();
    await expect.poll(() => part('model-problem').innerText()).toContain('MODEL_NAME');
  });
});

describe('the planner', () => {
  test('refuses what does not fit with the numbers, and takes the nearest setting that fits with one click', async () => {
    await app.context.route('**/assets/lm.worker-*.js', async (route) => {
      const response = await route.fetch();
      const little = 'navigator.storage.estimate = async () => ({ quota: 4e6, usage: 0 });';
      await route.fulfill({ response, body: `${little}\n${await response.text()}` });
    });
    await visit('rounds=8&prompts=1200');
    await part('plan-short').waitFor();
    expect(await part('plan-short').innerText()).toMatch(/needs [\d.]+ MB for storage, and [\d.]+ [kM]B are there/);
    await shot('plan-refused-1280');
    await part('run').click();
    await part('refused').waitFor();
    expect(await part('refused').innerText()).toContain('does not fit');
    expect(events).toEqual([]);
    await part('plan-nearest').click();
    await expect.poll(() => part('plan-short').count()).toBe(0);
    expect(Number(await page.locator('#setting-prompts').inputValue())).toBeLessThan(1200);
  });

  test('knows how much a model reads: refuses what does not fit, and leaves out a measurement that cannot', async () => {
    const place = join(folder, 'short');
    mkdirSync(place);
    for (const [name, bytes] of randomModel('llama', { context: 512 })) writeFileSync(join(place, name), bytes);
    await visit();
    await part('model-name').waitFor();
    await panel('files');
    await part('model-folder').setInputFiles(place);
    await opened('short');
    await app.visitor.go('run');
    await part('plan-short').waitFor();
    expect(await part('plan-short').innerText()).toMatch(/need \d+ tokens together, and the model reads 512/);
    await shot('plan-context-1280');
    await part('run').click();
    await part('refused').waitFor();
    expect(await part('refused').innerText()).toContain('the model reads 512');
    expect(events).toEqual([]);
    await part('plan-nearest').click();
    await expect.poll(() => part('plan-short').count()).toBe(0);
    await expect.poll(() => part('plan-questions').innerText()).toMatch(/Few-shot is not measured: .* the model reads 512\./);
    await part('run').click();
    await untilState('finished');
    const started = events.find((event) => event.type === 'started');
    // what was left to the plan is written down
    expect(started?.type === 'started' ? started.config.questions : 0).toBeGreaterThan(0);
    const base = events.find((event) => event.type === 'base');
    expect(base?.type === 'base' ? base.scores : null).toMatchObject({ fewShot: null, zeroShot: expect.any(Number) as number });
    await expect.poll(() => part('chart-alignment').innerText()).toContain('Few-shot is not measured');
    await shot('model-short-1280');
  });

  test('takes a kit of seven prompts as it is', async () => {
    const place = join(folder, 'small');
    const english = join(import.meta.dirname, '../..', 'public/kits/english');
    mkdirSync(place);
    for (const [name, bytes] of randomModel('llama')) writeFileSync(join(place, name), bytes);
    for (const name of readdirSync(english)) {
      const lines = readFileSync(join(english, name), 'utf8').split('\n');
      writeFileSync(join(place, name), name === 'prompts.jsonl' ? `${lines.slice(0, 7).join('\n')}\n` : lines.join('\n'));
    }
    await visit(SHORT.replace('prompts=8', 'prompts=480').replace('rounds=1', 'rounds=2'));
    await part('model-name').waitFor();
    await panel('files');
    await part('model-folder').setInputFiles(place);
    await opened('small');
    await app.visitor.go('run');
    await expect.poll(() => page.locator('#setting-prompts').inputValue()).toBe('7');
    await part('run').click();
    await untilState('finished');
    const finished = events.find((event) => event.type === 'finished');
    expect(finished?.type === 'finished' ? finished.result.rounds.map(({ prompts }) => prompts) : []).toEqual([3, 4]);

    // what somebody types stays, though this model would begin otherwise
    await page.locator('.settings .more > summary').click();
    await page.locator('#setting-maxTokens').fill('40');
    await expect.poll(() => page.url()).toContain('maxTokens=40');
    await page.goto('about:blank');
    await page.goBack();
    await part('model-name').waitFor();
    await panel('files');
    await part('model-folder').setInputFiles(place);
    await opened('small');
    await app.visitor.go('run');
    await expect.poll(() => page.locator('#setting-prompts').inputValue()).toBe('7');
    expect(await page.locator('#setting-maxTokens').inputValue()).toBe('40');
  });

  test('measures how long a round takes', async () => {
    await visit();
    await part('model-name').waitFor();
    await part('plan').locator('summary').click();
    await part('measure').click();
    await expect.poll(() => part('plan').innerText(), { timeout: 60_000 }).toMatch(/A round takes about \d+ (?:s|min)/);
  });
});
