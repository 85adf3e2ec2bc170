/** axe-core on a part of a page: what it finds wrong for people who do not see it, or use no mouse. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type Axe = {
  run(
    within: string,
    options: object,
  ): Promise<{
    readonly violations: readonly { readonly id: string; readonly help: string; readonly nodes: readonly { readonly html: string }[] }[];
  }>;
};

/** Every violation within a part of the page, with the elements that have it. */
export async function violations(page: Page, within: string): Promise<readonly string[]> {
  await page.evaluate(SOURCE);
  return page.evaluate(async (part) => {
    const { axe } = globalThis as unknown as { readonly axe: Axe };
    const { violations: found } = await axe.run(part, { resultTypes: ['violations'] });
    return found.map(({ id, help, nodes }) => `${id} (${help}): ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  }, within);
}
