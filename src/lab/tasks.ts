/**
 * What a model is aligned to: its world for a bundled model, an alignment kit in the model's own chat template for any other.
 * Joins them to the method's `Task` and says what the model needs to know of it. Knows no run, no store and no page.
 */
import { AppError } from '../errors.ts';
import type { Stock } from '../evals/draw.ts';
import type { Task } from '../contracts/task.ts';
import type { Kit } from '../files/in/kit.ts';
import { Dialogue, type ChatTemplate } from '../kit/dialogue.ts';
import { drawn, stockOf } from '../kit/questions.ts';
import { taskOfKit } from '../kit/task.ts';
import { countsOf } from '../settings/counts.ts';
import type { ChatFormat } from '../text/chat.ts';
import { MAX_NAME } from '../text/special-tokens.ts';
import type { Tokenizer } from '../text/tokenizer/tokenizer.ts';
import type { RunConfig } from '../run/config.ts';
import type { ModelOptions } from '../training/language-model.ts';
import { type KnownWorld, worldOf } from '../world/list.ts';
import type { World } from '../world/world.ts';

/** A task with what may be asked in it, and what ends an answer of the model that is given it. */
export type Tasks = {
  readonly task: Task;
  /** Everything that a run may be asked, in the order in which it is: all of a kit, and of the world as much as the run wants. */
  stock(config: Pick<RunConfig, 'seed' | 'prompts' | 'questions'>): Stock;
  readonly end: NonNullable<ModelOptions['end']> | null;
  /** The same for a run in which the model may think before it answers; null where there is no difference. */
  readonly thinking: (() => Tasks) | null;
  /** The same for a run whose prompts tell another date; null where they tell none. */
  readonly at: ((date: string) => Tasks) | null;
};

/** A run as its prompts are written: may the model think, and which date do they tell, where that is not the one of today. */
export type Written = Pick<RunConfig, 'thinking'> & { readonly date?: string };

/** What a run is given. */
export function tasksFor(tasks: Tasks, { thinking, date }: Written): Tasks {
  const dated = date === undefined || tasks.at === null ? tasks : tasks.at(date);
  return thinking && dated.thinking !== null ? dated.thinking() : dated;
}

/** What a kit needs of a model; `eos` are the stop tokens that its config.json names. */
export type ChatModel = { readonly tokenizer: Tokenizer; readonly format: ChatFormat; readonly eos?: readonly number[] };

/** A kit's task for the model with this tokenizer and chat format. Throws CHAT_TEMPLATE. */
export function tasksOfKit(model: ChatModel, kit: Kit): Tasks {
  const { format, tokenizer, eos } = model;
  const end = endOf(format, tokenizer, eos);
  const dates = new Map<string, Tasks>();
  const onDate = (date: string): Tasks => {
    const tasks = dates.get(date) ?? tasksOfKit({ ...model, format: format.at(date) }, kit);
    dates.set(date, tasks);
    return tasks;
  };
  const at = format.dated ? onDate : null;
  const made = (mayThink: boolean, thinking: Tasks['thinking']): Tasks => {
    const dialogue = new Dialogue(templateOf(model, mayThink));
    const whole = stockOf(kit, dialogue);
    return { task: taskOfKit(kit, dialogue), stock: ({ seed }) => drawn(whole, seed), end, thinking, at };
  };
  let thinker: Tasks | null = null;
  const tasks = made(false, format.thinks ? () => (thinker ??= made(true, null)) : null);
  dates.set(format.date, tasks);
  return tasks;
}

/** The chat template of a model, to which nothing that a kit or a model says is a special token. Throws CHAT_TEMPLATE. */
export function templateOf({ tokenizer, format, eos }: ChatModel, thinking: boolean = false): ChatTemplate {
  return {
    render: (messages, { addGenerationPrompt }) => {
      const guarded = messages.map(({ role, content }) => ({ role, content: tokenizer.guard(content) }));
      return addGenerationPrompt ? format.prompt(guarded, { thinking }) : format.render(guarded, { addGenerationPrompt, thinking });
    },
    end: endOf(format, tokenizer, eos).text,
    stop: format.stopStrings[0] ?? '',
  };
}

/** A world by its name. Throws MODEL_MISSING where it does not come with the page. */
export function knownWorld(name: string): KnownWorld {
  const world = worldOf(name);
  if (world === undefined) throw new AppError('MODEL_MISSING', `no world is called ${name}`);
  return world;
}

/** A world's task for its bundled model. */
export function tasksOfWorld({ task, questions, most }: World): Tasks {
  return {
    task,
    stock: ({ seed, prompts: wanted, questions: asked }) => {
      const counts = countsOf(asked, true);
      return {
        prompts: questions.prompts(seed, wanted),
        validation: questions.validation(Math.min(counts.validation, most.validation)),
        test: questions.test(Math.min(counts.test, most.test)),
        outOfDistribution: questions.outOfDistribution(Math.min(counts.outOfDistribution, most.outOfDistribution)),
      };
    },
    end: null,
    thinking: null,
    at: null,
  };
}

/** No text that a template has. */
const MARK = '\u00a7';

/**
 * What ends an answer: stop strings that stay in it, and the stop tokens, first the one that the template itself puts after an answer, because that is what is trained; and
 * its name, which stands for it in texts. Without such a token the first one has a name that no answer has.
 */
export function endOf(format: ChatFormat, tokenizer: Tokenizer, eos: readonly number[] = []): NonNullable<ModelOptions['end']> {
  const ids = format.stopIds(tokenizer, eos);
  const strings = format.keptStops(tokenizer);
  const kept = strings.length === 0 ? {} : { kept: strings };
  const messages = [{ role: 'user', content: 'a' } as const, { role: 'assistant', content: MARK } as const];
  const turn = format.render(messages, { addGenerationPrompt: false });
  const after = turn.slice(turn.lastIndexOf(MARK) + MARK.length).trimStart();
  for (let length = 1; length <= Math.min(after.length, MAX_NAME); length++) {
    const [id, ...more] = tokenizer.encodeTemplate(after.slice(0, length));
    if (id !== undefined && more.length === 0 && ids.includes(id)) {
      return { ids: [id, ...ids.filter((other) => other !== id)], text: after.slice(0, length), ...kept };
    }
  }
  return { ids, text: ids.length === 0 ? '' : '<|end|>', ...kept };
}
