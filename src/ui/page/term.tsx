/**
 * A word that explains itself: a button in the text that opens a short explanation, and the list of all of them. Closes with Escape
 * or a click elsewhere (the browser's popover). Knows no run.
 */
import { say } from '../language/language.ts';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { TERMS } from '../words.ts';
import type { TermName } from '../words.ts';

const GAP = 6;
const MARGIN = 12;

/** Puts an open popover below its button, or above where there is no room below. */
function place(tip: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const left = Math.min(at.left, window.innerWidth - tip.offsetWidth - MARGIN);
  const below = at.bottom + GAP;
  const fits = below + tip.offsetHeight + MARGIN <= window.innerHeight;
  tip.style.left = `${Math.max(MARGIN, left)}px`;
  tip.style.top = `${fits ? below : Math.max(MARGIN, at.top - tip.offsetHeight - GAP)}px`;
}

type ExplainProps = {
  readonly title: string;
  readonly text: ComponentChildren;
  readonly children: ComponentChildren;
  /** Spoken name, where the visible text is only a sign. */
  readonly label?: string;
  readonly class?: string;
  /** The same word is explained beside it: the keyboard reaches that one alone. */
  readonly again?: boolean;
};

/** A button in running text with an explanation behind it. */
export function Explain({ title, text, children, label, class: name = 'term', again = false }: ExplainProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const tip = useRef<HTMLSpanElement>(null);
  const [open, setOpen] = useState(false);
  const put = (): void => {
    if (tip.current !== null && button.current !== null) place(tip.current, button.current);
  };
  const toggled = (event: Event) => {
    const opens = (event as ToggleEvent).newState === 'open';
    if (opens) put();
    setOpen(opens);
  };
  // it goes where its word goes; what scrolls inside of the page tells nobody above
  useEffect(() => {
    if (!open) return;
    const scrolling = { capture: true, passive: true } as const;
    window.addEventListener('scroll', put, scrolling);
    window.addEventListener('resize', put);
    return () => {
      window.removeEventListener('scroll', put, scrolling);
      window.removeEventListener('resize', put);
    };
  }, [open]);
  return (
    <>
      <button
        type="button"
        class={name}
        ref={button}
        popovertarget={id}
        {...(again ? { tabIndex: -1 } : {})}
        {...(label === undefined ? {} : { 'aria-label': label })}
      >
        {children}
      </button>
      <span class="tip" id={id} ref={tip} popover="auto" role="note" onToggle={toggled}>
        <strong>{title}</strong>
        <span>{text}</span>
      </span>
    </>
  );
}

/** A term of the method, explained where it is used. */
export function Term({ name, children }: { readonly name: TermName; readonly children: ComponentChildren }) {
  const { title, text } = TERMS[name];
  return (
    <Explain title={say(title)} text={say(text)}>
      {children}
    </Explain>
  );
}

/** All terms, for reading. */
export function Words() {
  return (
    <section class="section words" aria-labelledby="words-title">
      <h2 id="words-title">{say('The words on this page')}</h2>
      <dl>
        {Object.values(TERMS).map(({ title, text }) => (
          <div key={title}>
            <dt>{say(title)}</dt>
            <dd>{say(text)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
