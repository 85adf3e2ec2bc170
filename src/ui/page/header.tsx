/** The top of the page: name, where the tensors live, what is saved, light or dark; and the sentence that says what this is. */
import { type Cores, coresText } from '../cores-text.ts';
import { CONTROLS } from '../../controls.ts';
import { focusOn } from './focus.ts';
import type { Session } from '../session/session.ts';
import { nextTheme, theme } from './theme.ts';
import { Explain, Term } from './term.tsx';
import { clock, engineName } from '../words.ts';

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
  if (engine === null) return <span class="badge">{session.failure.value === null ? 'starting…' : 'no engine'}</span>;
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
    <Explain title="Cores that work" text={why}>
      {short}
    </Explain>
  );
}

function Saved({ session }: { readonly session: Session }) {
  const { savedAt, warnings, startedAt, run } = session.view.value;
  const broken = warnings.some((warning) => warning.code.startsWith('STORAGE_'));
  if (broken) return <span class="saved saved-not">not saved</span>;
  if (savedAt === null) return run !== null && startedAt === null ? <span class="saved">saved</span> : null;
  const ago = session.now.value - savedAt;
  return <span class="saved">{ago < 1500 ? 'saved just now' : `saved ${clock(ago)} ago`}</span>;
}

const THEME_NAMES = { system: 'System', light: 'Light', dark: 'Dark' } as const;

export function Header({ session }: { readonly session: Session }) {
  return (
    <header class="top">
      <p class="brand">
        <Mark />
        <span>Step on Feet</span>
      </p>
      <div class="top-right">
        <Saved session={session} />
        <Badge session={session} />
        <button type="button" class="quiet" onClick={() => focusOn('machine')} title={CONTROLS.measureMachine} data-testid="to-machine">
          How fast?
        </button>
        <button
          type="button"
          class="quiet"
          onClick={nextTheme}
          title="Change between the system's colours, light and dark"
          data-testid="theme"
        >
          {THEME_NAMES[theme()]} colours
        </button>
      </div>
    </header>
  );
}

export function Lead() {
  return (
    <div class="lead">
      <h1>A small language model teaches itself to be helpful, honest and harmless.</h1>
      <p>
        It answers questions with a good <Term name="demonstration">demonstration</Term> in view, keeps the well-formed answers, and
        fine-tunes itself on them. Then again, from a better start. All of it runs in this tab; nothing leaves it.
      </p>
    </div>
  );
}
