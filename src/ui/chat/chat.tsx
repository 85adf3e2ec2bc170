/**
 * The chat: a conversation with the base model and with what came of it, side by side. What they say is shown as it comes; a screen reader is
 * told each answer once, when it is whole.
 */
import { Written } from '../language/say.tsx';
import { failureText } from '../language/failure.ts';
import { say } from '../language/language.ts';
import { useEffect, useRef, useState } from 'preact/hooks';
import { resting } from '../page/focus.ts';
import { useSeen } from '../page/seen.ts';
import { LOADED } from '../../protocol/models.ts';
import { aboutWorld } from '../../run/worlds.ts';
import { RoundSelect } from '../run/round-select.tsx';
import { isOver, type Exchange as Asked } from '../session/chat.ts';
import { roundShown } from '../session/outcome.ts';
import type { Session } from '../session/session.ts';
import { TintKey } from '../samples/tokens.tsx';
import { type View, VIEWS } from './answer.tsx';
import { Composer } from './composer.tsx';
import { Outside } from './outside.tsx';
import { Exchange, sideName } from './exchange.tsx';
import { SystemMessage } from './system.tsx';

/** Questions for models that know more than a small world, in the language that they read. */
const OTHERS = [
  'How do I remove a coffee stain from a shirt?',
  'Who won the chess world cup on the moon?',
  'Why do cats have six legs?',
  'Write two sentences about rain.',
] as const;
/** In the choice of rounds: all of them. */
const EVERY = -2;

/** What is asked, in the choice of the round. */
function askedText(round: number): string {
  if (round === 0) return say('base model');
  if (round === EVERY) return say('base and every round');
  return round === LOADED ? say('base and the loaded adapter') : say('base and round {round}', { round });
}

/** What a screen reader is told of the last exchange. */
function spoken(exchange: Asked | undefined, run: string): string {
  if (exchange === undefined) return '';
  return exchange.sides
    .map((side) => {
      const name = sideName(side, run);
      return isOver(side)
        ? `${name}: ${(side.failure === null ? null : failureText(side.failure)) ?? (side.end?.text || say('no answer'))}`
        : say('{name} is asked.', { name });
    })
    .join('\n');
}

export function Chat({ session }: { readonly session: Session }) {
  const { chat, models } = session;
  const view = session.view.value;
  const [question, setQuestion] = useState('');
  const [wanted, show] = useState<View>('tint');
  const [chosen, choose] = useState<number | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const talk = useRef<HTMLOListElement>(null);
  const place = useRef<HTMLElement>(null);
  const world = models.opened.value === null ? session.world.value : models.opened.value.world;
  const unasked = session.unasked.value;
  const loaded = models.adapter.value !== null;
  const best = roundShown(view);
  const learnt = unasked === null ? view.rounds.map((result) => result.round) : [];
  // the base model alone is a choice where it is what the run leaves behind
  const rounds = [
    ...(best === 0 && learnt.length > 0 ? [0] : []),
    ...learnt,
    ...(learnt.length > 1 ? [EVERY] : []),
    ...(loaded ? [LOADED] : []),
  ];
  const usual = loaded ? LOADED : unasked === null ? best : 0;
  const round = chosen !== null && rounds.includes(chosen) ? chosen : usual;
  const able = (!session.busy.value || view.status === 'paused') && session.engine.value !== null;
  const exchanges = chat.exchanges.value;
  // one answer alone differs from nothing
  const beside = exchanges.some(({ sides }) => sides.length > 1);
  const views = (Object.keys(VIEWS) as View[]).filter((name) => beside || name !== 'differences');
  const shown = views.includes(wanted) ? wanted : 'tint';
  const asking = chat.asking.value;
  const talks = chat.talks.value;
  const filled = chat.filled.value;
  const run = view.run ?? '';
  const suggestions = (world === null ? null : aboutWorld(world)?.suggestions) ?? OTHERS;
  const changed = session.suggested.changed.value;
  useSeen(place, session.suggested.look, [session]);

  // the newest is in view, unless somebody reads further up
  const followed = useRef(true);
  useEffect(() => {
    const box = talk.current;
    // whoever looks at a token is not taken away from it
    const looking = !asking && box?.querySelector('.token[data-chosen]') != null;
    if (box !== null && followed.current && !looking) box.scrollTop = box.scrollHeight;
    if (asking && document.activeElement === field.current) field.current?.form?.scrollIntoView({ block: 'nearest' });
  }, [exchanges, asking, shown]);

  function ask(text: string): void {
    if (text.trim() === '' || asking || !able) return;
    setQuestion('');
    followed.current = true;
    const asked = round === 0 ? [0] : round === EVERY ? [0, ...learnt] : [0, round];
    // what was refused can be changed and asked again
    void chat.ask(text, asked).then((refused) => refused && setQuestion((written) => written || text));
  }

  function press(event: KeyboardEvent): void {
    if (event.key === 'Escape' && asking && !event.defaultPrevented && !event.isComposing) chat.stop();
  }

  return (
    <section ref={place} class="section chat" aria-labelledby="chat-title" data-testid="chat" onKeyDown={press}>
      <div class="section-head">
        <h2 id="chat-title">{say('Chat')}</h2>
        <p class="summary" data-testid="chat-kind">
          {talks
            ? say('A conversation with the model before and after. Each answers after its own earlier answers.')
            : say(
                'The same question to the model before and after, with no demonstration in view. Each question stands by itself: a model this small has learned single questions only.',
              )}
        </p>
      </div>
      {talks && <SystemMessage chat={chat} />}
      <div class="tools">
        {rounds.length > 0 && (
          <label>
            {say('Ask')}
            <RoundSelect rounds={rounds} round={round} choose={choose} view={view} testId="chat-round" nameOf={askedText} />
          </label>
        )}
        {exchanges.length > 0 && (
          <fieldset class="plain">
            <legend class="unseen">{say('How answers are shown')}</legend>
            <div class="segments">
              {views.map((name) => (
                <label key={name}>
                  <input type="radio" name="chat-view" value={name} checked={name === shown} onChange={() => show(name)} />
                  <span>{say(VIEWS[name])}</span>
                </label>
              ))}
            </div>
          </fieldset>
        )}
        {exchanges.length > 0 && (shown === 'tint' || shown === 'tokens') && <TintKey />}
      </div>
      {exchanges.length > 0 && (
        <ol
          class="exchanges"
          ref={talk}
          tabIndex={0}
          aria-label={say('Conversation')}
          data-testid="chat-talk"
          onScroll={({ currentTarget: box }) => (followed.current = box.scrollHeight - box.scrollTop - box.clientHeight < 48)}
        >
          {exchanges.map((exchange) => (
            <Exchange
              key={exchange.id}
              exchange={exchange}
              view={shown}
              run={run}
              look={able ? (place) => void chat.look(exchange.id, place) : null}
            />
          ))}
        </ol>
      )}
      <p class="unseen" role="status" aria-live="polite">
        {spoken(exchanges.at(-1), run)}
      </p>
      <Composer
        field={field}
        question={question}
        write={setQuestion}
        ask={() => ask(question)}
        stop={chat.stop}
        able={able}
        asking={asking}
        talks={talks}
      />
      <Outside world={world} question={question.trim() === '' ? (exchanges.at(-1)?.question ?? '') : question} />
      {exchanges.length > 0 ? (
        <div class="chat-foot">
          <button type="button" {...resting(asking || !able, () => void chat.again())} data-testid="chat-again">
            {say('Another answer')}
          </button>
          <button
            type="button"
            onClick={() => {
              chat.clear();
              field.current?.focus();
            }}
            data-testid="chat-clear"
          >
            {talks ? say('New conversation') : say('Clear')}
          </button>
          {talks && filled !== null && (
            <label class="filled">
              <meter min={0} max={filled.context} value={Math.min(filled.tokens, filled.context)} />
              {say('{tokens} of {context} tokens', { tokens: filled.tokens, context: filled.context })}
            </label>
          )}
        </div>
      ) : (
        <ul class="chips" aria-label={say('Questions to try')}>
          {[...suggestions.filter((text) => changed.has(text)), ...suggestions.filter((text) => !changed.has(text))].map((text) => (
            <li key={text}>
              <button type="button" {...resting(!able || asking, () => ask(text))} data-next="ask" data-changed={changed.has(text)}>
                <Written>{text}</Written>
                {changed.has(text) && <small>{say('changed {@answer to a question}')}</small>}
              </button>
            </li>
          ))}
        </ul>
      )}
      {!able && (view.status === 'running' || session.experiment.running.value) && (
        <p class="muted chat-note">{say('The model is busy teaching itself. Pause the run to ask it something.')}</p>
      )}
      {able && learnt.length === 0 && !loaded && (
        <p class="muted chat-note" data-testid="chat-alone">
          {unasked === null
            ? say('There is only the base model yet. After a run its answers stand beside those of every round.')
            : `${say('Only the open base model answers here, not the run that is shown.')} ${unasked}`}
        </p>
      )}
    </section>
  );
}
