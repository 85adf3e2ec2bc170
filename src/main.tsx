/** The start of the page: has it isolated, connects the workers, draws the page, tells the document what the run is doing. No logic. */
import { effect } from '@preact/signals';
import { render } from 'preact';
import './ui/css/styles.css';
import { connect } from './ui/session/workers.ts';
import { loadPlots } from './ui/charts/figure.tsx';
import { type Isolation, isolate, thisTab } from './ui/session/isolate.ts';
import { followLanguage, startLanguage } from './ui/language/language.ts';
import { Page } from './ui/page/page.tsx';
import { beginAgain, moves, staysOn } from './ui/page/stand.ts';
import { pageTitle } from './ui/page/title.ts';
import { readLink } from './ui/session/link.ts';
import { createBooth } from './ui/session/booth.ts';
import { thisNetwork } from './ui/session/offline.ts';
import { createSession } from './ui/session/session.ts';
import { between } from './ui/session/tabs.ts';
import { createWakeLock } from './ui/session/wake-lock.ts';
import { trustOwnScripts } from './trusted.ts';

const MODELS = new URL('models/', document.baseURI).href;
const KIT = new URL('kits/english/', document.baseURI).href;
const wanted = new URLSearchParams(location.search).get('backend');

const BACKEND = wanted === 'wasm' || wanted === 'webgpu' ? wanted : 'auto';

async function start(isolation: Isolation): Promise<void> {
  await startLanguage(readLink(location.hash).place.lang);
  const session = createSession(connect(), {
    backend: BACKEND,
    models: MODELS,
    kit: KIT,
    isolation,
    network: thisNetwork(),
    between: between(),
  });
  effect(() => {
    const view = session.view.value;
    const root = document.documentElement.dataset;
    root['runState'] = view.status;
    root['run'] = view.run ?? '';
  });
  effect(() => void (document.title = pageTitle(session)));
  followLanguage(() => session.place.value.lang);
  const keepAwake = createWakeLock(navigator.wakeLock);
  effect(() => void keepAwake(staysOn(session)));
  createBooth({
    on: () => session.place.peek().booth,
    moving: () => moves(session),
    begin: (untouched) => void beginAgain(session, untouched),
  });
  const mount = document.getElementById('page');
  mount?.replaceChildren(); // what stands there for whoever cannot run this
  if (mount !== null) render(<Page session={session} />, mount);
  loadPlots();
  await session.open();
  // a build has a service worker; what changes while one types has none
  if (import.meta.env.PROD && isolation !== 'off') await session.offline.start();
}

trustOwnScripts(document.baseURI);
void isolate(thisTab()).then(start);
