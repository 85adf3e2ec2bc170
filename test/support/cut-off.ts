/**
 * Text that nobody can read as it stands: outside of the page, cut off by what it stands in, broken into letters, or over other text. Runs in the
 * page; knows none.
 */

/** Every such text with what it stands in. What scrolls in its place counts as readable; a choice may have as many lines as it has room for. */
export function cutOff(): readonly string[] {
  const width = document.documentElement.clientWidth;
  const found = document.documentElement.scrollWidth > width ? [`the page is ${document.documentElement.scrollWidth} px wide`] : [];
  const named = (text: string, element: Element): string =>
    `“${text.trim().slice(0, 40)}” in ${element.outerHTML.replaceAll(/\s+/g, ' ').slice(0, 120)}`;
  const isShown = (element: Element): boolean =>
    element.closest('.unseen, .skip, thead, script, style') === null &&
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  /** The element that cuts a part of a text off; the page's body where it is outside of the page; null where it can be read. */
  const cutBy = (box: DOMRect, from: Element): Element | null => {
    for (let at: Element = from; at !== document.body && at.parentElement !== null; at = at.parentElement) {
      const { overflowX, position } = getComputedStyle(at);
      if (['auto', 'scroll'].includes(overflowX) && at.scrollWidth > at.clientWidth) return null;
      const { left, right, top, bottom } = at.getBoundingClientRect();
      const leaves = box.left < left - 1 || box.right > right + 1 || box.top < top - 3 || box.bottom > bottom + 3;
      if (leaves && (['hidden', 'clip'].includes(overflowX) || at.matches('button, label, .badge'))) return at;
      if (position === 'fixed') break;
    }
    return box.left < -1 || box.right > width + 1 ? document.body : null;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() !== null) {
    const { parentElement, textContent } = walker.currentNode;
    if (parentElement === null || (textContent ?? '').trim() === '' || !isShown(parentElement)) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const boxes = [...range.getClientRects()];
    const cut = boxes.some((box) => box.width > 1 && cutBy(box, parentElement) !== null);
    // a word may be broken once or twice where it is long, and not into its letters
    const words = (textContent ?? '').trim().split(/\s+/).length;
    if (cut || boxes.length > 2 * words + 1) found.push(named(textContent ?? '', parentElement));
  }
  for (const field of document.querySelectorAll<HTMLInputElement>('input[type="text"]'))
    if (isShown(field) && field.scrollWidth > field.clientWidth + 1) found.push(named(field.value, field));
  for (const choice of document.querySelectorAll('select')) {
    if (!isShown(choice)) continue;
    const { fontFamily, fontSize, fontWeight, lineHeight, whiteSpace, paddingLeft, paddingRight } = getComputedStyle(choice);
    const lines = document.createElement('div');
    lines.textContent = choice.selectedOptions[0]?.text ?? '';
    const room = choice.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
    const font = { fontFamily, fontSize, fontWeight, lineHeight, whiteSpace };
    Object.assign(lines.style, font, { position: 'absolute', width: `${room}px`, overflow: 'auto' });
    document.body.append(lines);
    if (lines.scrollWidth > lines.clientWidth + 2 || lines.scrollHeight > choice.clientHeight + 4)
      found.push(named(lines.textContent, choice));
    lines.remove();
  }
  return found;
}

/** Every two texts that stand over each other, and how the page uses its screen; labels of charts part by themselves. */
export function laidOut(): {
  readonly over: readonly string[];
  /** Of the screen's width, from the first text of the view to its last. */
  readonly used: number;
  /** The smallest letters that can be read, in pixels. */
  readonly least: number;
} {
  type Text = { readonly text: string; readonly node: Node; readonly box: DOMRect; readonly size: number; readonly isContent: boolean };
  const all: Text[] = [];
  /** Is it in sight, where something it stands in scrolls or cuts? */
  const isInSight = (box: DOMRect, from: Element): boolean => {
    for (let at: Element | null = from; at !== null && at !== document.body; at = at.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(at);
      if (overflowX === 'visible' && overflowY === 'visible') continue;
      const frame = at.getBoundingClientRect();
      if (box.bottom <= frame.top || box.top >= frame.bottom || box.right <= frame.left || box.left >= frame.right) return false;
    }
    return true;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() !== null) {
    const { currentNode: node } = walker;
    const { parentElement: parent, textContent } = node;
    const text = (textContent ?? '').trim();
    if (parent === null || text === '' || parent.closest('svg, select, .unseen, .skip, thead.unseen, script, style, noscript') !== null)
      continue;
    if (!parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const size = Number.parseFloat(getComputedStyle(parent).fontSize);
    for (const box of range.getClientRects())
      if (box.width > 1 && isInSight(box, parent)) all.push({ text, node, box, size, isContent: parent.closest('main') !== null });
  }
  const over: string[] = [];
  const byTop = all.toSorted((a, b) => a.box.top - b.box.top);
  byTop.forEach((one, place) => {
    for (const other of byTop.slice(place + 1)) {
      if (other.box.top >= one.box.bottom) break;
      const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const down = Math.min(one.box.bottom, other.box.bottom) - other.box.top;
      // lines that stand close share a little of their height
      if (one.node !== other.node && across > 3 && down > 0.4 * Math.min(one.box.height, other.box.height))
        over.push(`“${one.text.slice(0, 40)}” and “${other.text.slice(0, 40)}”`);
    }
  });
  const content = all.filter(({ isContent }) => isContent).map(({ box }) => box);
  const width = document.documentElement.clientWidth;
  // what scrolls in its place begins on the screen
  const [left, right] = [Math.min(...content.map((box) => box.left)), Math.max(...content.map((box) => Math.min(box.right, width)))];
  return { over, used: (right - left) / width, least: Math.min(...all.map(({ size }) => size)) };
}
