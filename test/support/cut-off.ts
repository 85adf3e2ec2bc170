/** Text that nobody can read as it stands: outside of the page, cut off by what it stands in, or broken into letters. Runs in the page; knows none. */

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
    const { font, lineHeight, whiteSpace, paddingLeft, paddingRight } = getComputedStyle(choice);
    const lines = document.createElement('div');
    lines.textContent = choice.selectedOptions[0]?.text ?? '';
    const room = choice.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
    Object.assign(lines.style, { position: 'absolute', font, lineHeight, whiteSpace, width: `${room}px`, overflow: 'auto' });
    document.body.append(lines);
    if (lines.scrollWidth > lines.clientWidth + 2 || lines.scrollHeight > choice.clientHeight + 4)
      found.push(named(lines.textContent, choice));
    lines.remove();
  }
  return found;
}
