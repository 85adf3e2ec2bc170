/** What the model read before it answered, as a small dialogue: rules, then who said what. Everything is shown as plain text. */
import { say, toSay } from '../language/language.ts';
import { Written } from '../language/say.tsx';

type Turn = { readonly who: 'rules' | 'user' | 'bot'; readonly text: string };

const SPEAKER = /^(User|Bot|Assistant):\s*(.*)$/;

/** A turn of a chat template as most families write it: ChatML (Qwen, SmolLM2), Llama 3, and Zephyr (TinyLlama). */
const CHAT_TURN =
  /(?:<\|im_start\|>|<\|start_header_id\|>|<\|(?=\w+\|>\n))(system|user|assistant)(?:<\|end_header_id\|>|\|>)?\s+([^]*?)(?=<\|im_start\|>|<\|start_header_id\|>|<\|(?:system|user|assistant)\|>\n|$)/g;
/** What ends a turn; the same letters inside of one are what somebody wrote. */
const TURN_END = /(?:\s*(?:<\|[a-z_]+\|>|<\/s>))*\s*$/;
const WHO = { system: 'rules', user: 'user', assistant: 'bot' } as const;

/** The turns of a context before the question that is asked; the tokens that end them are left out, lines before anybody speaks are rules. */
export function turnsOf(context: string): readonly Turn[] {
  const turns: Turn[] = [];
  for (const [, role, text = ''] of context.matchAll(CHAT_TURN)) {
    turns.push({ who: WHO[role as keyof typeof WHO], text: text.replace(TURN_END, '') });
  }
  if (turns.length > 0) return beforeLast(turns);
  for (const line of context.replace(/<\|[a-z]+\|>/g, '').split('\n')) {
    const match = SPEAKER.exec(line);
    const last = turns.at(-1);
    if (match !== null) turns.push({ who: match[1] === 'User' ? 'user' : 'bot', text: match[2] ?? '' });
    else if (last !== undefined) turns[turns.length - 1] = { ...last, text: `${last.text}\n${line}` };
    else if (line.trim() !== '') turns.push({ who: 'rules', text: line.replace(/^Rules:\s*/, '') });
  }
  return beforeLast(turns).map(({ who, text }) => ({ who, text: text.trimEnd() }));
}

function beforeLast(turns: readonly Turn[]): readonly Turn[] {
  const asked = turns.findLastIndex((turn) => turn.who === 'user');
  return asked === -1 ? turns : turns.slice(0, asked);
}

const NAMES = { rules: toSay('rules'), user: toSay('user'), bot: toSay('bot') } as const;

export function Transcript({ context }: { readonly context: string }) {
  const turns = turnsOf(context);
  if (turns.length === 0) return <span class="muted">{say('nothing: it was asked cold')}</span>;
  const scrolls = turns.length > 6 || context.length > 1200;
  return (
    <span class="transcript" {...(scrolls ? { tabIndex: 0, role: 'group', 'aria-label': say('What it was shown') } : {})}>
      {turns.map((turn, index) => (
        <span key={index} class="turn" data-who={turn.who}>
          <span class="who">{say(NAMES[turn.who])}</span> <Written class="turn-text">{turn.text}</Written>
        </span>
      ))}
    </span>
  );
}
