/** The top of the page: name, views, where the tensors live, what is saved, light or dark; and the sentence that says what a view is for. */
import { say, toSay } from '../language/language.ts';
import { Say } from '../language/say.tsx';
import type { Ref } from 'preact';
import { type Cores, coresText } from '../cores-text.ts';
import { isShown } from '../session/place.ts';
import type { Session } from '../session/session.ts';
import { nextTheme, theme } from './theme.ts';
import { Offline } from './offline.tsx';
import { ShowAll } from './showing.tsx';
import { Explain, Term } from './term.tsx';
import { ViewLink } from './view-link.tsx';
import { SHOWN_VIEWS } from '../views/list.ts';
import { engineName, savedText } from '../words.ts';
import { ChooseLanguage } from './choose-language.tsx';

/** Three steps up, the sign of the app. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M3 27h8v-7h8v-7h10" fill="none" stroke="currentColor" stroke-width="3" stroke-linejoin="round" stroke-linecap="round" />
      <circle cx="23" cy="6" r="3.2" fill="var(--curve-2)" />
    </svg>
  );
}

function Badge({ session }: { readonly session: Session }) {
  const { isolation } = session;
  const engine = session.engine.value;
  const model = session.models.opened.value;
  if (engine === null) return <span class="badge">{session.failure.value === null ? say('starting…') : say('no engine')}</span>;
  return (
    <span class="badge" data-testid="backend" title={engine.device} data-kind={engine.backend}>
      {engineName(engine)}
      {engine.backend === 'wasm' && model !== null && (
        <>
          , <Working cores={{ ...engine, small: model.small, machine: navigator.hardwareConcurrency, isolation }} />
        </>
      )}
    </span>
  );
}

/** How many cores work; a click says why. */
function Working({ cores }: { readonly cores: Cores }) {
  const { short, why } = coresText(cores);
  return (
    <Explain title={say('Cores that work')} text={why}>
      {short}
    </Explain>
  );
}

function Saved({ session }: { readonly session: Session }) {
  const { savedAt, warnings, startedAt, run } = session.view.value;
  const broken = warnings.some((warning) => warning.code.startsWith('STORAGE_'));
  if (broken) return <span class="saved saved-not">{say('not saved')}</span>;
  if (savedAt === null) return run !== null && startedAt === null ? <span class="saved">{say('saved')}</span> : null;
  const ago = session.now.value - savedAt;
  return <span class="saved">{savedText(ago)}</span>;
}

/** The way to every view that is not hidden. */
function Views({ session }: { readonly session: Session }) {
  const { view, hide } = session.place.value;
  const shown = SHOWN_VIEWS.filter(({ name }) => isShown(name, hide));
  if (shown.length < 2) return null;
  return (
    <nav class="views" aria-label={say('Views')}>
      {shown.map(({ name, label }) => (
        <ViewLink
          key={name}
          session={session}
          to={{ view: name, chapter: session.lesson.last.value }}
          current={name === view}
          testId={`to-${name}`}
        >
          {say(label)}
        </ViewLink>
      ))}
    </nav>
  );
}

const THEME_NAMES = { system: toSay('Colours: automatic'), light: toSay('Colours: light'), dark: toSay('Colours: dark') } as const;

export function Header({ session }: { readonly session: Session }) {
  return (
    <header class="top">
      <p class="brand">
        <Mark />
        <span>Step on Feet</span>
      </p>
      <Views session={session} />
      <div class="top-right">
        <Saved session={session} />
        <Badge session={session} />
        <Offline offline={session.offline} />
        <ShowAll session={session} />
        <ChooseLanguage session={session} />
        <button
          type="button"
          class="quiet"
          onClick={() => nextTheme(!session.place.peek().booth)}
          title={say("Change between the system's colours, light and dark")}
          data-testid="theme"
        >
          {say(THEME_NAMES[theme()])}
        </button>
      </div>
    </header>
  );
}

type LeadProps = {
  /** Takes the focus when the view is gone to. */
  readonly heading: Ref<HTMLHeadingElement>;
  readonly title: string;
  /** Is the whole idea told below it? */
  readonly told: boolean;
};

/** What a view is for; on the first one also what the page is. */
export function Lead({ heading, title, told }: LeadProps) {
  return (
    <div class="lead">
      <h1 ref={heading} id="lead" tabIndex={-1}>
        {title}
      </h1>
      {told && (
        <p>
          <Say
            text="It answers questions with a good {demonstration} in view, keeps the well-formed answers, and fine-tunes itself on them. Then again, from a better start. All of it runs in this tab; nothing leaves it."
            parts={{ demonstration: <Term name="demonstration">{say('demonstration')}</Term> }}
          />
        </p>
      )}
    </div>
  );
}
