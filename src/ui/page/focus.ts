/**
 * Where the keyboard's focus goes when the control that has it disappears or is switched off, as most buttons of a run do when they are
 * pressed. It stays as near as it can: the control named by `data-next`, what has taken the place, else the next control of the page.
 * Knows no component. A control that only rests for a moment stays focusable: `resting`.
 */
const FOCUSABLE = 'a[href], button, input, select, textarea, summary, [tabindex]';

/** Attributes of a button that does nothing while `rests`, and keeps the focus; a disabled one would lose it. */
export function resting(rests: boolean, press: () => void): { readonly 'aria-disabled': boolean; readonly onClick: () => void } {
  return { 'aria-disabled': rests, onClick: () => void (rests || press()) };
}

/** Moves the focus to a place on the page that is no control by itself. */
export function focusOn(id: string): void {
  const place = document.getElementById(id);
  place?.focus();
  place?.scrollIntoView({ block: 'nearest' });
}

/** Moves the focus to a setting's field, and opens what it is folded into. */
export function focusField(id: string): void {
  const field = document.getElementById(id);
  for (let at = field?.parentElement?.closest('details'); at != null; at = at.parentElement?.closest('details')) at.open = true;
  field?.focus();
}

function isLost(element: HTMLElement): boolean {
  return !element.isConnected || element.matches(':disabled');
}

function canHold(element: Element): element is HTMLElement {
  return element instanceof HTMLElement && !isLost(element) && element.tabIndex >= 0 && element.getClientRects().length > 0;
}

function controls(within: ParentNode): Element[] {
  return [...within.querySelectorAll(FOCUSABLE)];
}

/** The control of a place that inherits: the one marked `data-heir`, else its first. */
function heirIn(place: Element): HTMLElement | undefined {
  const able = controls(place).filter(canHold);
  return able.find((element) => element.hasAttribute('data-heir')) ?? able[0];
}

/** Keeps the focus on `root` from falling to nothing; gives back the function that ends it. */
export function keepFocus(root: HTMLElement): () => void {
  let held: HTMLElement | null = null;
  /** Where the held one stands: its ancestors from the inside out, and all controls in the order of the Tab key. */
  let ancestors: readonly Element[] = [];
  let order: readonly Element[] = [];

  const hold = (element: HTMLElement) => {
    held = element;
    const path: Element[] = [];
    for (let at = element.parentElement; at !== null && at !== root; at = at.parentElement) path.push(at);
    ancestors = path;
    order = controls(root);
  };
  const heir = (lost: HTMLElement): HTMLElement | undefined => {
    const named = lost.dataset['next'] === undefined ? null : document.getElementById(lost.dataset['next']);
    const first = named === null ? undefined : heirIn(named);
    if (first !== undefined) return first;
    // Its own place, as far as that is still there and is smaller than a part of the page.
    for (const ancestor of ancestors) {
      if (ancestor.matches('main, .alerts')) break;
      const near = ancestor.isConnected ? heirIn(ancestor) : undefined;
      if (near !== undefined) return near;
    }
    const place = order.indexOf(lost);
    return [...order.slice(place + 1), ...order.slice(0, Math.max(0, place)).toReversed()].find(canHold);
  };
  const check = () => {
    if (held === null) return;
    const { activeElement } = document;
    const nowhere = activeElement === null || activeElement === document.body || activeElement === held;
    if (!isLost(held)) {
      // it was left on purpose, for the bare page
      if (activeElement !== held && document.hasFocus()) held = null;
      return;
    }
    const next = nowhere ? heir(held) : undefined;
    held = null;
    next?.focus({ preventScroll: true });
  };

  const focused = (event: FocusEvent) => {
    if (event.target instanceof HTMLElement) hold(event.target);
  };
  const left = (event: FocusEvent) => {
    if (event.relatedTarget === null) queueMicrotask(check);
  };
  root.addEventListener('focusin', focused);
  root.addEventListener('focusout', left);
  const observer = new MutationObserver(check);
  observer.observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled', 'hidden', 'open'] });
  return () => {
    observer.disconnect();
    root.removeEventListener('focusin', focused);
    root.removeEventListener('focusout', left);
  };
}
