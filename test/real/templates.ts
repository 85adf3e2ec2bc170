/**
 * Every public chat template of llama.cpp's sources, rendered with several conversations and held to the hashes of what jinja2 makes of them
 * (test/real/templates_oracle.py). Knows nothing of a model.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { boundedTemplate } from '../../src/text/template.ts';
import type { Checks } from './checks.ts';

type Wanted = {
  readonly dates: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly conversations: readonly unknown[];
  readonly rows: readonly { readonly name: string; readonly template: string; readonly made: readonly (readonly (string | null)[])[] }[];
};

const THINKING = [{}, { enable_thinking: false }, { enable_thinking: true }];
const sha = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 32);

/** Renders each and compares. A template may be refused by the name of what is not supported; it may never come out otherwise. */
export function compareTemplates(checks: Checks, folder: string): void {
  const wanted = JSON.parse(readFileSync(join(import.meta.dirname, 'templates.json'), 'utf8')) as Wanted;
  const date = (code: unknown): string => wanted.dates[String(code)] ?? `a date as ${String(code)}`;
  let [texts, refused] = [0, 0];
  for (const { name, template, made } of wanted.rows) {
    const source = readFileSync(join(folder, name), 'utf8').replace(/\r\n?/g, '\n');
    if (sha(source) !== template) {
      checks.that(`${name} is the template whose texts are known`, false);
      continue;
    }
    const different: string[] = [];
    const names = new Set<string>();
    for (const [i, messages] of wanted.conversations.entries()) {
      const ways = [true, false].flatMap((prompt) => THINKING.map((thinking) => ({ add_generation_prompt: prompt, ...thinking })));
      for (const [j, way] of ways.entries()) {
        let [text, why]: [string | null, string] = [null, ''];
        try {
          text = sha(boundedTemplate(source)({ ...wanted.variables, messages, strftime_now: date, ...way }));
        } catch (error) {
          why = (error as Error).message;
        }
        if (text === made[i]?.[j]) texts += text === null ? 0 : 1;
        else if (text === null && why.endsWith(' is not supported')) names.add(why);
        else different.push(`conversation ${i + 1}, ${JSON.stringify(way)}: ${why || 'another text'}`);
      }
    }
    if (names.size > 0) refused++;
    checks.that(`${name} comes out as from jinja2`, different.length === 0, [...different, ...names].join('; '));
  }
  console.log(`        ${wanted.rows.length} templates, ${texts} texts the same, ${refused} templates refused in part`);
}
