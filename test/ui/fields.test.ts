/** The settings while they are edited: what is said of them goes with what it is about. And the way to a refused one. */
import { signal } from '@preact/signals';
import { parseHTML } from 'linkedom';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DEFAULTS, OPTION_NAMES, optionOf } from '../../src/run/config.ts';
import { rangeText, refusedText } from '../../src/ui/option-text.ts';
import { HIDEABLE, type Hideable, type ViewName, VIEWS } from '../../src/ui/session/place.ts';
import { createFields } from '../../src/ui/session/fields.ts';
import { focusField } from '../../src/ui/page/focus.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('window', { addEventListener: () => {} });
  vi.stubGlobal('history', { state: null, replaceState: () => {} });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const fieldsIn = () => createFields({ busy: () => false, autorun: () => {} });

function fieldsAt(hash: string) {
  vi.stubGlobal('location', { hash, pathname: '/', search: '' });
  return fieldsIn();
}

/** Fields of a page whose model can become another. */
function besideModel(hash: string) {
  const [fields, model] = [fieldsAt(hash), signal('one')];
  fields.watch({ busy: signal(false), changes: [model] });
  return { fields, model };
}

describe('what is said of a link', () => {
  test('goes for a setting that is edited, and stays for the others', () => {
    const fields = fieldsAt('#demonstrations=9&rounds=99&nothing=1');
    expect(fields.troubles.value).toHaveLength(3);
    fields.edit('demonstrations', '4');
    expect(fields.troubles.value.map((trouble) => trouble.split('=')[0])).toEqual(['rounds', 'nothing']);
    fields.edit('seed', '4');
    expect(fields.troubles.value).toHaveLength(2);
  });

  test('goes for all settings when they become those of a run or the defaults', () => {
    for (const change of ['load', 'reset'] as const) {
      const fields = fieldsAt('#demonstrations=9&rounds=99&nothing=1');
      if (change === 'load') fields.load(DEFAULTS);
      else fields.resetSettings();
      expect(fields.troubles.value.map((trouble) => trouble.split('=')[0])).toEqual(['nothing']);
    }
  });
});

describe('why Run was refused', () => {
  test('names the range as it stands at the setting', () => {
    expect(rangeText(optionOf('seed'))).toBe('0–999,999');
    for (const name of OPTION_NAMES.filter((other) => optionOf(other).type === 'number')) {
      const [, min, max] = /^([^–]+)–([^,]*(?:,\d{3})*)/.exec(rangeText(optionOf(name))) ?? [];
      expect(refusedText(name, 'x')).toContain(` from ${min} to ${max}; `);
    }
  });

  test('goes with the model that it may speak of', () => {
    const { fields, model } = besideModel('');
    fields.refuseFor(() => 'It does not fit this model and its kit.');
    model.value = 'another';
    expect(fields.refused.value).toBe(null);
  });

  test('stays where a setting is still out of its range, whatever the model is', () => {
    const { fields, model } = besideModel('#rounds=99');
    expect(fields.refuse()).toBe(true);
    model.value = 'another';
    expect(fields.refused.value).toMatch(/^Rounds must be/);
    fields.edit('rounds', '3');
    expect(fields.refused.value).toBe(null);
  });
});

test('the way to a setting opens what it is folded into', () => {
  const { document } = parseHTML(
    '<html><body><details><details><input id="setting-topK"></details></details><details></details></body></html>',
  );
  vi.stubGlobal('document', document);
  const field = document.getElementById('setting-topK') as HTMLElement;
  const focus = vi.fn<() => void>();
  field.focus = focus;
  focusField('setting-topK');
  expect(focus).toHaveBeenCalledOnce();
  expect([...document.querySelectorAll('details')].map((details) => details.hasAttribute('open') || details.open || false)).toEqual([
    true,
    true,
    false,
  ]);
});

describe('a view that a class is not shown', () => {
  test.each(HIDEABLE.filter((name): name is Hideable & ViewName => (VIEWS as readonly string[]).includes(name)))(
    'is opened by no link, no anchor and no button: %s',
    (view) => {
      vi.stubGlobal('history', { state: null, replaceState: () => {}, pushState: () => {} });
      let comeTo: (event: { readonly newURL: string }) => void = () => {};
      vi.stubGlobal('window', { addEventListener: (_: string, listener: typeof comeTo) => void (comeTo = listener) });
      const fields = fieldsAt(`#${view}?v=2&hide=${view}`);
      const { place } = fields;
      const places = [place.value];
      // the same settings, others, and a measured machine, which is shown where models are
      for (const hash of [`${view}?v=2&hide=${view}`, `${view}?v=2&hide=${view}&seed=7`, 'machine:1']) {
        comeTo({ newURL: `https://here.test/#${hash}` });
        if (hash !== 'machine:1' || view === 'models') places.push(place.value);
      }
      fields.go({ hide: [view], view: 'run' });
      fields.go({ view, chapter: 1 });
      places.push(place.value);
      // whoever leaves out the view that is open leaves it
      fields.go({ hide: [] });
      fields.go({ view });
      expect(place.value.view).toBe(view);
      fields.go({ hide: [view] });
      places.push(place.value);
      expect(places.map((there) => [there.view, there.chapter])).toEqual(places.map(() => ['run', 1]));
    },
  );
});

/** A tab whose address others write, and whose Back and Forward somebody presses; the page is told of it each time. */
function tabAt(first: string) {
  let tell: (event: { readonly newURL: string }) => void = () => {};
  vi.stubGlobal('window', { addEventListener: (_: string, listener: typeof tell) => void (tell = listener) });
  const entries: { state: unknown; hash: string }[] = [{ state: null, hash: first }];
  let at = 0;
  const here = () => entries[at] as (typeof entries)[number];
  const [pathname, search] = ['/', ''];
  vi.stubGlobal('location', {
    pathname,
    search,
    get hash() {
      return here().hash;
    },
  });
  const entryOf = (state: unknown, to: string = here().hash) => ({ state, hash: to === pathname ? '' : to });
  vi.stubGlobal('history', {
    get state() {
      return here().state;
    },
    replaceState: (state: unknown, _: string, to?: string) => void (entries[at] = entryOf(state, to)),
    pushState: (state: unknown, _: string, to?: string) => void entries.splice(++at, entries.length, { ...entryOf(state, to) }),
  });
  const tells = (hash = here().hash): void => tell({ newURL: `http://page/${hash}` });
  return {
    tells,
    opens: (hash: string): void => {
      entries.splice(++at, entries.length, { state: null, hash });
      tells();
    },
    back: (): void => {
      at--;
      tells();
    },
    forward: (): void => {
      at++;
      tells();
    },
    address: (): string => here().hash,
  };
}

describe('the address', () => {
  test('stays as the link was written that was opened, also one of another view', () => {
    const { opens, address } = tabAt('');
    const fields = fieldsIn();
    for (const link of ['#learn/2?v=2&world=ladder&rounds=8', '#run?rounds=5', '#samples?v=2&world=ladder&seed=12']) {
      vi.advanceTimersByTime(1000);
      opens(link);
      vi.advanceTimersByTime(1000);
      expect(address()).toBe(link);
    }
    expect([fields.place.value.view, fields.draft.value.seed, fields.draft.value.rounds]).toEqual(['samples', '12', '8']);
  });

  test('that Back comes to says what the fields have then', () => {
    const { back, address } = tabAt('#run?v=2&world=ladder&rounds=5');
    const fields = fieldsIn();
    fields.go({ view: 'learn' });
    const before = address();
    fields.go({ view: 'run' });
    fields.edit('rounds', '6');
    vi.advanceTimersByTime(1000);
    back();
    vi.advanceTimersByTime(1000);
    expect([fields.draft.value.rounds, address()]).toEqual(['5', before]);
  });

  test('that Back comes to says so even where it was written over before the page was told, while a run moves too', () => {
    const { tells, address } = tabAt('#learn/2?v=2&world=ladder&rounds=5');
    const fields = createFields({ busy: () => true, autorun: () => {} });
    fields.go({ view: 'run' });
    tells('#learn/2?v=2&world=ladder&rounds=5');
    expect([fields.place.value.view, address()]).toEqual(['learn', '#learn/2?v=2&world=ladder&rounds=5']);
  });

  test('of a link that waits for a run is kept, and taken whole, whoever goes on and comes back to it', () => {
    const { opens, back, forward, address } = tabAt('#run?v=2&world=ladder&seed=5');
    const busy = signal(true);
    const fields = createFields({ busy: () => busy.peek(), autorun: () => {} });
    fields.watch({ busy, changes: [] });
    const link = '#samples?v=2&world=ladder&seed=12';
    opens(link);
    vi.advanceTimersByTime(1000);
    fields.go({ view: 'models' });
    back();
    back();
    forward();
    expect([fields.waits.value, address()]).toEqual([true, link]);
    busy.value = false;
    expect([fields.place.value.view, fields.draft.value.seed]).toEqual(['samples', '12']);
  });
});

describe('a stand', () => {
  test('begins again in the view, the language and the settings of its link, whatever its visitors did and wherever they went', () => {
    vi.stubGlobal('history', { state: null, replaceState: () => {}, pushState: () => {} });
    const fields = fieldsAt('#learn/2?v=2&booth=1&lang=en&hide=chat&world=ladder&prompts=64');
    const { place, draft } = fields;
    const before = [place.value, draft.value];
    fields.go({ view: 'run', lang: null, hide: [] });
    fields.edit('prompts', '32');
    fields.go({ view: 'samples' });
    fields.beginAnew();
    expect([place.value, draft.value]).toEqual(before);
  });

  /** A stand in a tab of its own. */
  function standAt(link: string, busy = signal(false)) {
    const tab = tabAt(link);
    const fields = createFields({ busy: () => busy.peek(), autorun: () => {} });
    fields.watch({ busy, changes: [] });
    const again = (): readonly unknown[] => {
      fields.beginAnew();
      return [fields.place.value.view, fields.place.value.booth, fields.draft.value.rounds];
    };
    return { fields, ...tab, again };
  }

  test('begins again as the link says that its keeper wrote into the address since', () => {
    const { fields, opens, again } = standAt('#run?v=2&booth=1&rounds=2');
    opens('#learn/2?v=2&booth=1&rounds=8');
    fields.edit('rounds', '3');
    fields.go({ view: 'run' });
    expect(again()).toEqual(['learn', true, '8']);
    // what a visitor has set, made the settings of the stand
    fields.edit('rounds', '5');
    opens('#learn/2?v=2&booth=1&rounds=5');
    expect(again()).toEqual(['learn', true, '5']);
  });

  test('begins again as the link says that came while a run moved, once that is over', () => {
    const busy = signal(true);
    const { fields, opens, again } = standAt('#run?v=2&rounds=2', busy);
    opens('#run?v=2&booth=1&rounds=8');
    busy.value = false;
    expect(fields.draft.value.rounds).toBe('8');
    fields.edit('rounds', '3');
    expect(again()).toEqual(['run', true, '8']);
  });

  test('whose visitor goes on from a link that waits for a run stays there when it is over, and begins again as the link says', () => {
    const busy = signal(true);
    const { fields, opens, again } = standAt('#samples?v=2&rounds=2', busy);
    opens('#learn/2?v=2&booth=1&rounds=8');
    expect(fields.place.value.view).toBe('learn');
    fields.go({ view: 'models' });
    busy.value = false;
    expect([fields.place.value.view, fields.draft.value.rounds]).toEqual(['models', '8']);
    expect(again()).toEqual(['learn', true, '8']);
  });

  test('is no other when a visitor goes back to what the visitor had set', () => {
    const { fields, back, again } = standAt('#run?v=2&booth=1&rounds=2');
    fields.edit('rounds', '8');
    vi.advanceTimersByTime(1000);
    fields.go({ view: 'samples' });
    fields.edit('rounds', '9');
    back();
    expect(fields.draft.value.rounds).toBe('8');
    expect(again()).toEqual(['run', true, '2']);
  });

  test('is no other when a visitor goes back to the link before the newest, as its keeper opened it', () => {
    const { fields, opens, back, forward, again } = standAt('#run?v=2&booth=1&rounds=2');
    opens('#run?v=2&booth=1&rounds=8');
    back();
    expect([fields.draft.value.rounds, again()]).toEqual(['2', ['run', true, '8']]);
    forward();
    opens('#run?v=2&booth=1&rounds=3');
    expect(again()).toEqual(['run', true, '3']);
  });

  test('is the one of a link that waited for a run, also where its visitor went on and came back to it before', () => {
    const busy = signal(true);
    const { fields, opens, back, again } = standAt('#run?v=2&booth=1&rounds=2', busy);
    opens('#run?v=2&booth=1&rounds=8');
    fields.go({ view: 'samples' });
    back();
    busy.value = false;
    expect([fields.draft.value.rounds, again()]).toEqual(['8', ['run', true, '8']]);
  });

  test('has the settings of the link that Back has made it one with, while a run moved', () => {
    const busy = signal(false);
    const { fields, opens, back, again } = standAt('#run?v=2&booth=1&rounds=8', busy);
    opens('#run?v=2&rounds=2');
    busy.value = true;
    back();
    busy.value = false;
    fields.edit('rounds', '5');
    expect(again()).toEqual(['run', true, '8']);
  });

  test('changes a setting for another model or world, whatever the visitor before has typed', () => {
    const { fields } = standAt('#run?v=2&booth=1');
    fields.edit('prompts', fields.draft.value.prompts);
    fields.beginAnew();
    fields.suit({ standard: { prompts: 77 }, prompts: null });
    expect(fields.draft.value.prompts).toBe('77');
  });

  test('that somebody makes one on the page begins again as it was then', () => {
    vi.stubGlobal('history', { state: null, replaceState: () => {}, pushState: () => {} });
    const fields = fieldsAt('');
    fields.edit('prompts', '128');
    fields.go({ booth: true });
    fields.edit('prompts', '32');
    fields.go({ view: 'learn' });
    fields.beginAnew();
    expect([fields.place.value.view, fields.place.value.booth, fields.draft.value.prompts]).toEqual(['run', true, '128']);
  });
});
