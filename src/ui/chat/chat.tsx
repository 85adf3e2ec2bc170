/** Ask both: the same question to the base model and to one round, side by side, each token tinted by how unsure it was. */
import { useState } from 'preact/hooks';
import { resting } from '../page/focus.ts';
import { LOADED } from '../../protocol/models.ts';
import type { Answer, ChatReply } from '../../protocol/lm.ts';
import { aboutWorld } from '../../run/worlds.ts';
import { RoundSelect } from '../run/round-select.tsx';
import { roundShown } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';
import { TintKey, Tokens } from '../samples/tokens.tsx';

/** For models that know more than a small world. */
const OTHERS = [
  'How do I remove a coffee stain from a shirt?',
  'Who won the chess world cup on the moon?',
  'Why do cats have six legs?',
  'Write two sentences about rain.',
] as const;

type Side = { readonly round: number; readonly answer: Answer<ChatReply> };
type Exchange = { readonly question: string; readonly sides: readonly Side[] };

function sideName(round: number): string {
  if (round === LOADED) return 'with the loaded adapter';
  return round === 0 ? 'base model' : `after round ${round}`;
}

/** What is asked, in the choice of the round. */
function askedText(round: number): string {
  if (round === 0) return 'base model';
  return `base and ${round === LOADED ? 'the loaded adapter' : `round ${round}`}`;
}

function Reply({ side, numbers }: { readonly side: Side | undefined; readonly numbers: boolean }) {
  if (side === undefined) return <p class="reply muted">…</p>;
  if (!side.answer.ok) {
    return (
      <p class="reply refused" role="alert">
        {side.answer.failure.message}
        <small class="detail"> {['MODEL_OTHER', 'KIT_OTHER'].includes(side.answer.failure.code) && side.answer.failure.detail}</small>
      </p>
    );
  }
  const { tokens } = side.answer.value;
  return (
    <p class="reply" data-testid={side.round === 0 ? 'answer-base' : side.round === LOADED ? 'answer-loaded' : 'answer-round'}>
      <Tokens tokens={tokens} numbers={numbers} />
    </p>
  );
}

export function Chat({ session }: { readonly session: Session }) {
  const view = session.view.value;
  const [question, setQuestion] = useState('');
  const [exchanges, setExchanges] = useState<readonly Exchange[]>([]);
  const [waiting, setWaiting] = useState<Exchange | null>(null);
  const [numbers, setNumbers] = useState(false);
  const [chosen, choose] = useState<number | null>(null);
  const { opened, adapter } = session.models;
  const world = opened.value === null ? session.world.value : opened.value.world;
  const bundled = world !== null;
  const unasked = session.unasked.value;
  const loaded = adapter.value !== null;
  const shown = roundShown(view);
  const learnt = unasked === null ? view.rounds.map((result) => result.round) : [];
  // the base model alone is a choice where it is what the run leaves behind
  const rounds = [...(shown === 0 && learnt.length > 0 ? [0] : []), ...learnt, ...(loaded ? [LOADED] : [])];
  const usual = loaded ? LOADED : unasked === null ? shown : 0;
  const round = chosen !== null && rounds.includes(chosen) ? chosen : usual;
  const able = (!session.busy.value || view.status === 'paused') && session.engine.value !== null;

  async function ask(text: string): Promise<void> {
    const asked = text.trim();
    if (asked === '' || waiting !== null || !able) return;
    let exchange: Exchange = { question: asked, sides: [] };
    setQuestion('');
    setWaiting(exchange);
    for (const side of round === 0 ? [0] : [0, round]) {
      exchange = { question: asked, sides: [...exchange.sides, { round: side, answer: await session.ask(side, asked) }] };
      setWaiting(exchange);
    }
    setWaiting(null);
    setExchanges((before) => [exchange, ...before].slice(0, 20));
  }

  const list = waiting === null ? exchanges : [waiting, ...exchanges];
  return (
    <section class="section chat" aria-labelledby="chat-title" data-testid="chat">
      <div class="section-head">
        <h2 id="chat-title">Ask both</h2>
        <p class="summary">The same question to the model before and after, with no demonstration in view.</p>
      </div>
      <form
        class="ask"
        onSubmit={(event) => {
          event.preventDefault();
          void ask(question);
        }}
      >
        <label class="unseen" for="question">
          Your question
        </label>
        <input
          id="question"
          type="text"
          autocomplete="off"
          maxLength={bundled ? 200 : 2000}
          placeholder={bundled ? 'Ask about the small world…' : 'Ask anything…'}
          value={question}
          onInput={(event) => setQuestion(event.currentTarget.value)}
          data-testid="chat-input"
        />
        {rounds.length > 0 && (
          <label>
            <span class="unseen">Compare the base model with</span>
            <RoundSelect rounds={rounds} round={round} choose={choose} view={view} testId="chat-round" nameOf={askedText} />
          </label>
        )}
        <button type="submit" class="primary" aria-disabled={!able || waiting !== null} data-testid="chat-ask">
          Ask
        </button>
      </form>
      <ul class="chips" aria-label="Questions to try">
        {((world === null ? null : aboutWorld(world)?.suggestions) ?? OTHERS).map((text) => (
          <li key={text}>
            <button type="button" {...resting(!able || waiting !== null, () => void ask(text))}>
              {text}
            </button>
          </li>
        ))}
      </ul>
      {!able && (view.status === 'running' || session.experiment.running.value) && (
        <p class="muted">The model is busy teaching itself. Pause the run to ask it something.</p>
      )}
      {able && learnt.length === 0 && !loaded && (
        <p class="muted" data-testid="chat-alone">
          {unasked === null
            ? 'There is only the base model yet. After a run its answers stand beside those of every round.'
            : `Only the open base model answers here, not the run that is shown. ${unasked}`}
        </p>
      )}
      {list.length > 0 && (
        <>
          <div class="tools">
            <TintKey />
            <label>
              <input type="checkbox" checked={numbers} onChange={(event) => setNumbers(event.currentTarget.checked)} /> show the
              probabilities
            </label>
          </div>
          <ol class="exchanges" aria-live="polite">
            {list.map((exchange, index) => (
              <li key={list.length - index}>
                <p class="asked" dir="auto">
                  {exchange.question}
                </p>
                <div class="sides">
                  {(exchange === waiting && round !== 0 ? [0, round] : exchange.sides.map((side) => side.round)).map((number, place) => (
                    <div key={number} class="side">
                      <h3>{sideName(number)}</h3>
                      <Reply side={exchange.sides[place]} numbers={numbers} />
                    </div>
                  ))}
                </div>
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}
