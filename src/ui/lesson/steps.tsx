/**
 * What every chapter is made of: a guess, what happens, and why. The guess stays in view beside what happens; the explanation comes after it.
 * Knows no chapter.
 */
import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { worldText } from '../../run/worlds.ts';
import { language, say } from '../language/language.ts';
import { Say, Written } from '../language/say.tsx';
import { resting } from '../page/focus.ts';
import type { Guessed } from '../session/lesson.ts';
import type { Session } from '../session/session.ts';

type GuessProps<T extends string> = {
  readonly guessed: Signal<Guessed<T>>;
  /** What is to be guessed. */
  readonly legend: string;
  readonly options: readonly { readonly value: T; readonly label: ComponentChildren }[];
  /** What happens then; nothing may be guessed after it. */
  readonly show: () => void;
  /** Can it happen now? */
  readonly able: boolean;
  /** On the button. */
  readonly label?: string;
  /** Where the focus goes from it: the id of what is seen then. */
  readonly next?: string;
};

/** A choice, and a button that shows what is so. Then the choice stays as a line. */
export function Guess<T extends string>({ guessed, legend, options, show, able, label, next }: GuessProps<T>) {
  const name = useId();
  const { guess, shown } = guessed.value;
  if (shown) return <GuessedText text={options.find(({ value }) => value === guess)?.label ?? ''} />;
  const press = (): void => {
    guessed.value = { guess, shown: true };
    show();
  };
  return (
    <div class="guess">
      <fieldset class="plain">
        <legend>{legend}</legend>
        {options.map((option) => (
          <label key={option.value}>
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === guess}
              onChange={() => (guessed.value = { guess: option.value, shown: false })}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </fieldset>
      <ShowMe {...{ able: able && guess !== null, press, label, next }} />
    </div>
  );
}

/** The button that ends a guess; it rests until there is one. */
export function ShowMe({
  able,
  press,
  label = say('Show me'),
  next = 'observed',
}: {
  readonly able: boolean;
  readonly press: () => void;
  readonly label?: string | undefined;
  readonly next?: string | undefined;
}) {
  return (
    <button type="button" class="primary" {...resting(!able, press)} data-testid="show-me" data-next={next}>
      {label}
    </button>
  );
}

/** What was guessed, while it is seen what is so. */
export function GuessedText({ text }: { readonly text: ComponentChildren }) {
  return (
    <p class="guessed" data-testid="guessed">
      <Say text="Your guess: {guess}" parts={{ guess: <strong>{text}</strong> }} />
    </p>
  );
}

/** What happens; the focus comes here from the button, so that a screen reader goes on here. What comes later is heard from `Heard`. */
export function Observed({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class="observed" id="observed" tabIndex={-1} data-testid="observed">
      {children}
    </div>
  );
}

/** Why it is so, in at most two sentences, once it was seen. The chapter is done then. */
export function Explain({
  session,
  chapter,
  children,
}: {
  readonly session: Session;
  readonly chapter: number;
  readonly children: ComponentChildren;
}) {
  const place = useRef<HTMLParagraphElement>(null);
  useEffect(() => session.lesson.finish(chapter), [session, chapter]);
  useEffect(() => {
    session.lesson.heard.value = piecesOf(place.current);
    return () => void (session.lesson.heard.value = []);
  }, [session, chapter, language()]);
  return (
    <div class="explain" data-testid="explain">
      <h3>{say('Why')}</h3>
      <p ref={place}>{children}</p>
    </div>
  );
}

/** The text of an element, piece by piece: what a model wrote has a language of its own. */
function piecesOf(element: Element | null): readonly { readonly text: string; readonly written: boolean }[] {
  return [...(element?.childNodes ?? [])].map((node) => ({
    text: node.textContent ?? '',
    written: 'lang' in node && node.lang !== '',
  }));
}

/** Where explanations are heard: there before them, since many screen readers pass over what comes with its text in it. */
export function Heard({ session }: { readonly session: Session }) {
  return (
    <p class="unseen" role="status" data-testid="heard">
      {session.lesson.heard.value.map(({ text, written }, i) => (written ? <Written key={i}>{text}</Written> : text))}
    </p>
  );
}

/** Can the model be asked now? It has to be open, and no run may keep it busy. */
export function canAsk({ busy, view, engine }: Session): boolean {
  return (!busy.value || view.value.status === 'paused') && engine.value !== null;
}

/** Shows a chapter when the bundled model of its world is open; else offers to open it, as the choice of the world in the settings would. */
export function InWorld({
  session,
  world,
  children,
}: {
  readonly session: Session;
  readonly world: string;
  readonly children: ComponentChildren;
}) {
  const open = session.models.opened.value;
  if (open?.world === world)
    return (
      <>
        {children}
        {!canAsk(session) && <p class="muted">{say('The model is busy with a run. Pause the run, or wait for its end, to go on here.')}</p>}
      </>
    );
  if (open === null)
    return <p class="empty">{session.failure.value === null ? say('The model is being opened…') : say('No model is open.')}</p>;
  const take = (): void => {
    session.edit('world', world);
    if (open.world === null) void session.models.openBundled(); // one bundled model follows the setting by itself
  };
  return (
    <div class="empty">
      <p>{say('This chapter asks the bundled model of “{world}”.', { world: worldText(world) })}</p>
      <button type="button" {...resting(session.busy.value, take)} data-testid="open-world">
        {say('Open it')}
      </button>
    </div>
  );
}
