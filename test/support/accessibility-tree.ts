/**
 * The page as Chromium hands it to a screen reader: its accessibility tree, and what somebody who has nothing but that would miss in it. For tests of
 * the whole page; knows no view.
 */
import type { Page } from 'playwright';

/** What a screen reader can come to. */
type Heard = {
  readonly role: string;
  readonly name: string;
  /** Of a heading, 1 to 6; else 0. */
  readonly level: number;
  /** The mark of the control that it is, by its place among them; undefined where it is none. */
  readonly control: number | undefined;
  readonly testId: string;
  readonly within: Heard | null;
  readonly parts: Heard[];
};

/** A control; where several have one name, what it does: the address of a link, the words of an explanation. */
type Control = { readonly html: string; readonly does: string; readonly byTab: boolean };

const MARK = 'data-control';

/** Runs in the page: marks its controls, and whether the Tab key comes to them. */
function markControls(mark: string): readonly Control[] {
  const all = [...document.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, summary, [tabindex]')];
  for (const element of all) element.removeAttribute(mark);
  const shown = all.filter((element) => element.checkVisibility({ visibilityProperty: true }));
  return shown.map((element, index) => {
    element.setAttribute(mark, String(index));
    const said = document.getElementById(element.getAttribute('popovertarget') ?? '')?.textContent;
    return {
      html: element.outerHTML.replaceAll(/\s+/g, ' ').slice(0, 160),
      does: said ?? element.getAttribute('href') ?? '',
      byTab: element.tabIndex >= 0 && !element.matches(':disabled'),
    };
  });
}

/** Everything that a screen reader comes to, in the order in which it reads, and the controls of the page. */
async function readPage(page: Page): Promise<{ readonly all: readonly Heard[]; readonly controls: readonly Control[] }> {
  const controls = await page.evaluate(markControls, MARK);
  const session = await page.context().newCDPSession(page);
  const [{ root }, { nodes }] = [await session.send('DOM.getDocument', { depth: -1 }), await session.send('Accessibility.getFullAXTree')];
  await session.detach();

  const attributes = new Map<number, ReadonlyMap<string, string>>();
  const collect = ({ backendNodeId, attributes: pairs = [], children = [] }: typeof root): void => {
    attributes.set(
      backendNodeId,
      new Map(pairs.flatMap((name, place) => (place % 2 === 0 ? [[name, pairs[place + 1] ?? ''] as const] : []))),
    );
    children.forEach(collect);
  };
  collect(root);

  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const all: Heard[] = [];
  const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');
  const read = (id: string, within: Heard | null): void => {
    const node = byId.get(id);
    if (node === undefined) return;
    let at = within;
    if (!node.ignored) {
      const own = attributes.get(node.backendDOMNodeId ?? -1);
      const mark = own?.get(MARK);
      const level = node.properties?.find(({ name }) => name === 'level')?.value.value;
      at = {
        role: text(node.role?.value),
        name: text(node.name?.value),
        level: typeof level === 'number' ? level : 0,
        control: mark === undefined ? undefined : Number(mark),
        testId: own?.get('data-testid') ?? '',
        within,
        parts: [],
      };
      within?.parts.push(at);
      all.push(at);
    }
    for (const child of node.childIds ?? []) read(child, at);
  };
  const top = nodes.find(({ parentId }) => parentId === undefined);
  if (top !== undefined) read(top.nodeId, null);
  return { all, controls };
}

/** Landmarks that are there once, and those that need a name because there are several; a form without one is none. */
const ONCE = ['banner', 'main', 'contentinfo'];
const NAMED_LANDMARKS = ['navigation', 'region', 'complementary', 'search', 'dialog', 'alertdialog'];
/** What is read with the name of what it is in: a list of controls says the place, a group says what is chosen. */
const PLACES = [...ONCE, ...NAMED_LANDMARKS, 'group', 'radiogroup'];
const CONTROLS = ['button', 'link', 'slider', 'checkbox', 'radio', 'switch', 'combobox', 'listbox', 'textbox', 'searchbox', 'spinbutton'];
const SUMMARIES = ['DisclosureTriangle', 'DisclosureTriangleGrouped'];
const PICTURES = ['image', 'figure', 'table', 'progressbar', 'meter'];
const NAMED = [...CONTROLS, ...SUMMARIES, ...PICTURES];

const called = ({ role, name }: Heard): string => `${role} “${name}”`;

/** What something is in, as it is read: the nearest landmark or group that has a name. */
function placeOf(heard: Heard): string {
  for (let at = heard.within; at !== null; at = at.within)
    if (PLACES.includes(at.role) && (at.name !== '' || ONCE.includes(at.role))) return called(at);
  return 'the page';
}

function wrongHeadings(all: readonly Heard[]): readonly string[] {
  const headings = all.filter(({ role }) => role === 'heading');
  const first = headings.filter(({ level }) => level === 1);
  return [
    ...(first.length === 1 ? [] : [`${first.length} headings of the first level: ${first.map(called).join(', ')}`]),
    ...headings.flatMap((heading, place) => {
      const before = headings[place - 1]?.level ?? 0;
      return [
        ...(heading.name === '' ? [`a heading of level ${heading.level} says nothing`] : []),
        ...(heading.level > before + 1 ? [`${called(heading)} is of level ${heading.level} after one of level ${before}`] : []),
      ];
    }),
  ];
}

function wrongLandmarks(all: readonly Heard[]): readonly string[] {
  const landmarks = all.filter(({ role }) => NAMED_LANDMARKS.includes(role));
  return [
    ...ONCE.flatMap((role) => {
      const count = all.filter((heard) => heard.role === role).length;
      return count === 1 ? [] : [`${count} landmarks ${role}`];
    }),
    ...landmarks.filter(({ name }) => name === '').map(({ role }) => `a landmark ${role} without a name`),
    ...twice(landmarks.map(called)).map((name) => `several landmarks ${name}`),
  ];
}

/** What is there more than once. */
function twice(all: readonly string[]): readonly string[] {
  return [...new Set(all.filter((one, place) => all.indexOf(one) !== place))];
}

/** Controls and pictures that say nothing, or the same as another in their place that does something else. */
function wrongNames(all: readonly Heard[], controls: readonly Control[]): readonly string[] {
  const named = all.filter(({ role, control }) => NAMED.includes(role) || (control !== undefined && controls[control]?.byTab === true));
  const html = ({ control }: Heard): string => (control === undefined ? '' : `: ${controls[control]?.html ?? ''}`);
  const byName = new Map<string, Heard[]>();
  for (const heard of named) {
    const name = `${called(heard)} in ${placeOf(heard)}`;
    byName.set(name, [...(byName.get(name) ?? []), heard]);
  }
  return [
    ...named.filter(({ name }) => name === '').map((heard) => `a ${heard.role} without a name in ${placeOf(heard)}${html(heard)}`),
    ...[...byName].flatMap(([name, same]) => {
      const does = new Set(same.map(({ control }) => (control === undefined ? '' : (controls[control]?.does ?? ''))));
      const alike = does.size === 1 && !does.has('');
      return same.length === 1 || alike || same[0]?.name === '' ? [] : [`${same.length} times ${name}`];
    }),
  ];
}

/** Controls that the Tab key comes to and no screen reader does. */
function unreached(all: readonly Heard[], controls: readonly Control[]): readonly string[] {
  const reached = new Set(all.map(({ control }) => control));
  return controls.flatMap(({ html, byTab }, place) => (!byTab || reached.has(place) ? [] : [`outside of the tree: ${html}`]));
}

const inside = (heard: Heard): readonly Heard[] => heard.parts.flatMap((part) => [part, ...inside(part)]);

/** Where the state of a run is read out, and, in the lesson, what is explained: there before anything is said in it. */
function wrongRegions(all: readonly Heard[], lesson: boolean): readonly string[] {
  return (lesson ? ['spoken', 'heard'] : ['spoken']).flatMap((id) =>
    all.some(({ role, testId }) => role === 'status' && testId === id) ? [] : [`nothing is read out from “${id}”`],
  );
}

/** Everything that a user of a screen reader relies on and does not find on the page as it is. */
export async function unheard(page: Page): Promise<readonly string[]> {
  const { all, controls } = await readPage(page);
  const lesson = (await page.locator('main').getAttribute('data-view')) === 'learn';
  return [
    ...wrongHeadings(all),
    ...wrongLandmarks(all),
    ...wrongNames(all, controls),
    ...unreached(all, controls),
    ...wrongRegions(all, lesson),
  ];
}

/** Turns every picture of the page into its numbers, or back. */
async function turnPictures(page: Page): Promise<void> {
  await page.locator('main figure .section-head > button.link').evaluateAll((all) => {
    for (const button of all) (button as HTMLElement).click();
  });
}

/** Charts that say nothing as a picture, or have no table with a name, heads and rows beside it. */
export async function chartsUnheard(page: Page): Promise<readonly string[]> {
  const charts = async (has: (parts: readonly Heard[]) => boolean, what: string): Promise<readonly string[]> => {
    const { all } = await readPage(page);
    const figures = all.filter(({ role }) => role === 'figure');
    if (figures.length === 0) return ['no charts'];
    return figures.filter((figure) => !has(inside(figure))).map((figure) => `${called(figure)} has no ${what}`);
  };
  const picture = await charts((parts) => parts.some(({ role, name }) => role === 'image' && name !== ''), 'picture with a name');
  await turnPictures(page);
  const table = await charts(
    (parts) =>
      parts.some(
        (part) =>
          part.role === 'table' &&
          part.name !== '' &&
          inside(part).some(({ role }) => role === 'columnheader') &&
          inside(part).some(({ role }) => role === 'cell'),
      ),
    'table with a name, heads and numbers',
  );
  await turnPictures(page);
  return [...picture, ...table];
}

/** What is read out of a region by now. */
export async function spokenIn(page: Page, id: string): Promise<string> {
  const { all } = await readPage(page);
  const region = all.find(({ role, testId }) => role === 'status' && testId === id);
  return region === undefined
    ? ''
    : inside(region)
        .filter(({ role }) => role === 'StaticText')
        .map(({ name }) => name)
        .join('');
}
