/** A small alignment kit, its task in ChatML, and a scripted model that answers and chooses in it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Completion, GenerateRequest, TrainingRow } from '../../src/contracts/language-model.ts';
import type { Kit } from '../../src/files/in/kit.ts';
import type { KitQuestion } from '../../src/files/in/questions.ts';
import { Dialogue } from '../../src/kit/dialogue.ts';
import { draw } from '../../src/evals/draw.ts';
import { drawn, stockOf, type Asked } from '../../src/kit/questions.ts';
import { taskOfKit } from '../../src/kit/task.ts';
import { countsOf } from '../../src/settings/counts.ts';
import { ChatFormat } from '../../src/text/chat.ts';
import { Tokenizer } from '../../src/text/tokenizer/tokenizer.ts';
import { Random } from '../../src/random.ts';
import { templateOf } from '../../src/lab/tasks.ts';
import type { PickedEntry } from '../../src/protocol/lm.ts';
import { ScriptedModel } from './scripted.ts';

export const chat = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/chat.json'), 'utf8')) as {
  templates: Record<string, string>;
};
export const tokenizer = new Tokenizer(JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/tokenizers/qwen2.json'), 'utf8')));
export const END = '<|im_end|>';

export const formatOf = (template: string | null): ChatFormat =>
  new ChatFormat({
    tokenizerConfig: { bos_token: '<s>', eos_token: END, add_bos_token: false },
    template,
    generationConfig: { eos_token_id: [0] },
  });
export const dialogueOf = (template: string | null): Dialogue => new Dialogue(templateOf({ tokenizer, format: formatOf(template) }));
export const chatml = dialogueOf(chat.templates['chatml'] ?? '');

export const choice = (n: number, set: string): KitQuestion => ({
  id: `${set}-${n}`,
  topic: 'numbers',
  form: n % 2 === 0 ? 'two-choice' : 'multiple-choice',
  prompt: `Which number is ${set} ${n}?`,
  choices: n % 2 === 0 ? [`Wrong ${n}.`, `Right ${n}.`] : [`Wrong ${n}.`, `Right ${n}.`, `Wrong ${n} for sure.`],
  correct: [1],
  why: '',
});
const list = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const topics = ['cats', 'dogs'];
export const kit: Kit = {
  name: 'Small',
  version: 1,
  language: 'en',
  license: 'CC0-1.0',
  description: '',
  principles: '1 (right): Be right.\n',
  demonstrations: list(6, (n) => ({
    id: `demonstration-${n}`,
    topic: topics[n % 2] ?? '',
    kind: 'helpful',
    polarity: 'positive',
    twin: null,
    prompt: `What is pool ${n}?`,
    thought: `I count to ${n}.`,
    answer: `It is ${n}.`,
  })),
  prompts: list(24, (n) => ({ id: `prompt-${n}`, topic: topics[n % 2] ?? '', prompt: `Say something about item ${n}.` })),
  validation: list(10, (n) => choice(n, 'held')),
  test: list(12, (n) => choice(n, 'tested')),
};
export const task = taskOfKit(kit, chatml);

/** The questions of a run, with nothing that is too long. */
export function questionsOf(
  from: Pick<Kit, 'prompts' | 'validation' | 'test' | 'probes'>,
  dialogue: Dialogue,
  { seed, prompts, questions = 0 }: { readonly seed: number; readonly prompts: number; readonly questions?: number },
) {
  const sets = draw(drawn(stockOf(from, dialogue), seed), { prompts, probes: 0, probeAnswers: 0 }, countsOf(questions, false));
  return sets as { readonly [set in 'prompts' | 'validation' | 'test' | 'inContext']: readonly Asked[] } & {
    readonly outOfDistribution: null;
  };
}

/** Answers what it is asked, and holds the right choice likeliest as often as its skill says; training raises it. */
export class KitModel extends ScriptedModel {
  readonly scored: TrainingRow[] = [];
  override async *generate(requests: readonly GenerateRequest[]): AsyncGenerator<Completion> {
    for (const [index, { prompt, seed }] of requests.entries()) {
      this.generated.push({ prompt, seed, skill: this.skill, temperature: 1 });
      const number = /(\d+)\.<\|im_end\|>\n<\|im_start\|>assistant\n$/.exec(prompt)?.[1] ?? '0';
      const thought = prompt.includes('Thought:') ? `Thought: About ${number}.\nAnswer: ` : '';
      const topic = /Topic: (\w+)\.<\|im_end\|>\n<\|im_start\|>assistant\n$/.exec(prompt)?.[1];
      const said =
        topic === undefined ? `Well, ${number} it is.` : `Which of the ${topic} is called ${Random.of(seed).int(1e9)}?\nAnd why?`;
      const pieces = [`${thought}${said}`, END];
      yield { index, text: pieces.join(''), pieces, logProbs: [-Number(number) / 10, 0], finish: 'stop' };
    }
  }
  override async score(rows: readonly TrainingRow[]) {
    this.scored.push(...rows);
    return rows.map(({ prompt, completion }) => {
      const known = Random.of('known', prompt.split('<|im_start|>user\n').at(-1) ?? '').next() < this.skill;
      return { nll: completion.startsWith('Right') === known ? 1 : 2, tokens: 2 };
    });
  }
}

const ENGLISH = join(import.meta.dirname, '../../public/kits/english');

/** The English kit as files that were picked in `folder`; some of its files are called otherwise, and its kit.json says so. */
export function kitEntries(folder: string, called: Readonly<Record<string, string>> = {}): PickedEntry[] {
  type Names = string | readonly string[];
  const own = JSON.parse(readFileSync(join(ENGLISH, 'kit.json'), 'utf8')) as { readonly files: Readonly<Record<string, Names>> };
  const named = (name: string): string => called[name] ?? name;
  const files = Object.fromEntries(
    Object.entries(own.files).map(([part, names]) => [part, typeof names === 'string' ? named(names) : names.map(named)]),
  );
  const texts = [...new Set(Object.values(own.files).flat())].map(
    (name) => [named(name), readFileSync(join(ENGLISH, name), 'utf8')] as const,
  );
  return [['kit.json', JSON.stringify({ ...own, files })] as const, ...texts].map(([name, text]) => ({
    path: `${folder}/${name}`,
    file: new File([text], name.replace(/^.*\//, '')),
  }));
}
