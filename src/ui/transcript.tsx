/** What the model read before it answered, as a small dialogue: rules, then who said what. Everything is shown as plain text. */

export type Turn = { readonly who: 'rules' | 'user' | 'bot'; readonly text: string };

const SPEAKER = /^(User|Bot):\s*(.*)$/;

/** The turns of a context before the question that is asked; special tokens are left out, lines that nobody says are rules. */
export function turnsOf(context: string): readonly Turn[] {
  const turns: Turn[] = [];
  for (const line of context.replace(/<\|[a-z]+\|>/g, '').split('\n')) {
    if (line.trim() === '') continue;
    const match = SPEAKER.exec(line);
    if (match === null) turns.push({ who: 'rules', text: line.replace(/^Rules:\s*/, '') });
    else turns.push({ who: match[1] === 'User' ? 'user' : 'bot', text: match[2] ?? '' });
  }
  const asked = turns.findLastIndex((turn) => turn.who === 'user');
  return asked === -1 ? turns : turns.slice(0, asked);
}

const NAMES = { rules: 'rules', user: 'user', bot: 'bot' } as const;

export function Transcript({ context }: { readonly context: string }) {
  const turns = turnsOf(context);
  if (turns.length === 0) return <span class="muted">nothing: it was asked cold</span>;
  return (
    <span class="transcript" dir="auto">
      {turns.map((turn, index) => (
        <span key={index} class="turn" data-who={turn.who}>
          <span class="who">{NAMES[turn.who]}</span> <span>{turn.text}</span>
        </span>
      ))}
    </span>
  );
}
