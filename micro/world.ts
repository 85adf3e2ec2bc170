/**
 * `npm run micro:world`: writes micro/world.json, all that micro/soft.ts knows of the ladder of writers: its tokens, principles,
 * demonstrations, prompts and held-out questions, as the program itself would draw and tokenize them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answered, readCommand } from '../scripts/command-line.ts';
import { Tokenizer } from '../src/text/tokenizer/tokenizer.ts';
import type { Question } from '../src/world/ladder/questions.ts';
import { POOL, prompts, test, validation } from '../src/world/ladder/splits.ts';
import { LADDER } from '../src/world/ladder/task.ts';

const MODEL = join(import.meta.dirname, '../public/models/ladder');
const WORLD = join(import.meta.dirname, 'world.json');
const SEED = 1;
const PROMPTS = 192;

/** The text of world.json. */
export function worldText(): string {
  const json = JSON.parse(readFileSync(join(MODEL, 'tokenizer.json'), 'utf8')) as { added_tokens: { id: number; content: string }[] };
  const tokenizer = new Tokenizer(json);
  const barred = (text: string): string => tokenizer.pieces(tokenizer.encode(text)).join('|');
  const names = new Map(json.added_tokens.map(({ id, content }) => [id, content.replaceAll('|', '')]));
  const tokens = Array.from({ length: tokenizer.size }, (_, id) => names.get(id) ?? tokenizer.decode([id]));
  const lines = (questions: readonly Question[]): string =>
    questions
      .map(({ kind, prompt, answer }) => JSON.stringify({ kind, prompt: barred(prompt), answer: barred(` ${answer}\n`) }))
      .join(',\n    ');
  const sets = { pool: POOL, prompts: prompts(SEED, PROMPTS), validation: validation(60), test: test(100) };
  const parts = Object.entries(sets).map(([name, questions]) => `  "${name}": [\n    ${lines(questions)}\n  ]`);
  const head = [`  "tokens": ${JSON.stringify(tokens)}`, `  "principles": ${JSON.stringify(barred(LADDER.principles))}`];
  return `{\n${[...head, ...parts].join(',\n')}\n}\n`;
}

export function main(args: readonly string[]): Promise<number> {
  return answered(args, 'npm run micro:world   takes no options', () => {
    readCommand(args, { name: 'npm run micro:world', options: {} });
    writeFileSync(WORLD, worldText());
    return 0;
  });
}
