/**
 * Kept answers of a run as conversations with our fields beside them, in the layouts that other tools read: chat, prompt and completion (TRL,
 * which learns all turns of a chat, and of these the completion alone), ShareGPT and Alpaca. The same rows give the same bytes. Knows no file.
 */
import type { Sample } from '../../contracts/records.ts';
import { jsonFile, type ExportFile } from './file.ts';
import { wellFormed } from '../utf8.ts';

export type Role = 'system' | 'user' | 'assistant';
export type Turn = { readonly role: Role; readonly content: string };

/** Our fields; every row has all of them, as loaders want one schema a file. Seeds are text, since large numbers lose digits. */
export type SoftFields = {
  readonly round: number;
  readonly difficulty: number | null;
  readonly scores: { readonly perplexity: number };
  readonly seed: string;
  readonly kept: boolean;
  readonly reason: string;
  readonly prompt_hash: string;
  readonly adapter_hash: string;
  readonly position: number;
};

/** A conversation; `soft` is null in files that other tools wrote. */
export type Conversation = { readonly messages: readonly Turn[]; readonly soft: SoftFields | null };
type Layout = 'chat' | 'completion' | 'sharegpt' | 'alpaca';
export const LAYOUTS: readonly Layout[] = ['chat', 'completion', 'sharegpt', 'alpaca'];

/**
 * The kept answers as conversations of one question and one answer, round by round in the order in which they were trained on. `adapterHash`
 * tells which adapter wrote a round's answers, `system` is put before every conversation, `said` takes the answer out of a completion: a
 * chat model's ends with the name of a special token.
 */
export function conversations(
  samples: readonly Sample[],
  {
    adapterHash = () => '',
    system = null,
    said = (completion) => completion,
  }: {
    readonly adapterHash?: (round: number) => string;
    readonly system?: string | null;
    readonly said?: (completion: string) => string;
  } = {},
): readonly Conversation[] {
  const place = (sample: Sample): number => sample.order ?? sample.index;
  return samples
    .filter(({ verdict }) => verdict === 'kept')
    .toSorted((a, b) => a.round - b.round || place(a) - place(b) || a.index - b.index)
    .map((sample) => ({
      messages: [
        ...(system === null ? [] : [{ role: 'system' as const, content: wellFormed(system) }]),
        { role: 'user', content: wellFormed(sample.question) },
        { role: 'assistant', content: wellFormed(said(sample.completion).trim()) },
      ],
      soft: {
        round: sample.round,
        difficulty: sample.difficulty,
        scores: { perplexity: sample.perplexity },
        seed: wellFormed(sample.seed),
        kept: true,
        reason: sample.verdict,
        prompt_hash: fingerprint(sample.context),
        adapter_hash: adapterHash(sample.round),
        position: place(sample),
      },
    }));
}

/** Conversations as JSON lines. A conversation that the layout cannot hold, such as one without an answer, is left out of it. */
export function conversationText(rows: readonly Conversation[], layout: Layout): string {
  const lines = rows.flatMap((row) => {
    const shown = SHAPES[layout](row.messages);
    return shown === null ? [] : [JSON.stringify(row.soft === null ? shown : { ...shown, soft: row.soft })];
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** The name of the data's file in a layout. */
export function dataFile(name: string, layout: Layout): string {
  return layout === 'chat' ? `${name}.jsonl` : `${name}_${layout}.jsonl`;
}

/** All layouts of the data, and the file that tells LLaMA-Factory how to read those that it can. */
export function dataFiles(name: string, rows: readonly Conversation[]): readonly ExportFile[] {
  const file = (layout: Layout): string => dataFile(name, layout);
  return [
    ...LAYOUTS.map((layout): ExportFile => ({ name: file(layout), text: conversationText(rows, layout) })),
    jsonFile('dataset_info.json', {
      [name]: {
        file_name: file('chat'),
        formatting: 'sharegpt',
        columns: { messages: 'messages' },
        tags: { role_tag: 'role', content_tag: 'content', user_tag: 'user', assistant_tag: 'assistant', system_tag: 'system' },
      },
      [`${name}_sharegpt`]: {
        file_name: file('sharegpt'),
        formatting: 'sharegpt',
        columns: { messages: 'conversations', system: 'system' },
      },
      [`${name}_alpaca`]: {
        file_name: file('alpaca'),
        formatting: 'alpaca',
        columns: { prompt: 'instruction', query: 'input', response: 'output', system: 'system', history: 'history' },
      },
    }),
  ];
}

/** The object of a row in each layout. */
const SHAPES: Readonly<Record<Layout, (messages: readonly Turn[]) => Readonly<Record<string, unknown>> | null>> = {
  chat: (messages) => ({ messages: messages.map(plain) }),
  completion: (messages) => {
    const [prompt, last] = [messages.slice(0, -1), messages.at(-1)];
    if (last?.role !== 'assistant' || prompt.at(-1)?.role !== 'user') return null;
    return { prompt: prompt.map(plain), completion: [plain(last)] };
  },
  sharegpt: (messages) => {
    const { system, turns } = split(messages);
    const from = { user: 'human', assistant: 'gpt', system: 'system' } as const;
    return { conversations: turns.map(({ role, content }) => ({ from: from[role], value: content })), system };
  },
  alpaca: (messages) => {
    const { system, turns } = split(messages);
    const pairs = Array.from({ length: Math.floor(turns.length / 2) }, (_, i) => [turns[2 * i], turns[2 * i + 1]] as const);
    const alternate = pairs.every(([user, answer]) => user?.role === 'user' && answer?.role === 'assistant');
    const last = pairs.at(-1);
    if (last === undefined || turns.length % 2 === 1 || !alternate) return null;
    const history = pairs.slice(0, -1).map((pair) => pair.map((turn) => turn?.content));
    return { instruction: last[0]?.content, input: '', output: last[1]?.content, system, history };
  },
};

const plain = ({ role, content }: Turn): Turn => ({ role, content });

/** The first turn is the system's or there is none. */
function split(messages: readonly Turn[]): { readonly system: string; readonly turns: readonly Turn[] } {
  return messages[0]?.role === 'system' ? { system: messages[0].content, turns: messages.slice(1) } : { system: '', turns: messages };
}

/** A 64-bit FNV-1a of a text, in hexadecimal: enough to tell prompts apart, no proof against anybody. */
function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(16).padStart(16, '0');
}
