/** What no window may do to a page, looked for on everything that is shown. */

import type { Page } from '@playwright/test';

/** Figures broken over lines, text over text, choices and controls that are cut, parts that have to be scrolled sideways. */
export function layoutFaults(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const faults = new Set<string>();
    const name = (element: Element) =>
      `${element.tagName.toLowerCase()}.${element.className} “${element.textContent.trim().slice(0, 40)}”`;
    const isShown = (element: Element) =>
      element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
      element.closest('.visually-hidden, svg, [aria-hidden="true"]') === null;

    for (const figure of document.querySelectorAll('main .figure')) {
      const lines = new Set([...figure.getClientRects()].map((line) => Math.round(line.top)));
      if (isShown(figure) && lines.size > 1) faults.add(`broken figure: ${name(figure)}`);
    }

    /** What cuts or scrolls an element: only texts of one window can be seen one over the other. */
    const windowOf = (element: Element | null): Element | null => {
      if (element === null) return null;
      const { overflow, position } = getComputedStyle(element);
      return overflow !== 'visible' || position === 'sticky' ? element : windowOf(element.parentElement);
    };
    const lines: { owner: Element; box: DOMRect }[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const owner = node.parentElement;
      if (owner === null || node.textContent?.trim() === '' || !isShown(owner)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) if (box.width > 2) lines.push({ owner, box });
    }
    lines.sort((one, other) => one.box.top - other.box.top);
    lines.forEach((one, index) => {
      for (const other of lines.slice(index + 1)) {
        if (other.box.top >= one.box.bottom - 4) break;
        const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const apart = one.owner.contains(other.owner) || other.owner.contains(one.owner);
        if (across > 2 && !apart && windowOf(one.owner) === windowOf(other.owner)) {
          faults.add(`text over text: ${name(one.owner)} and ${name(other.owner)}`);
        }
      }
    });

    const pen = document.createElement('canvas').getContext('2d')!;
    for (const select of document.querySelectorAll('select')) {
      if (!isShown(select)) continue;
      const style = getComputedStyle(select);
      pen.font = style.font;
      const widest = Math.max(...[...select.options].map((option) => pen.measureText(option.text).width));
      // Sixteen pixels are the arrow's.
      const room =
        select.clientWidth -
        Number.parseFloat(style.paddingLeft) -
        Number.parseFloat(style.paddingRight) -
        16;
      if (widest > room + 1) faults.add(`cut choice: ${select.selectedOptions[0]?.text ?? ''}`);
    }

    // Tabs, and the table of miners where no ten digits fit, may be scrolled; nothing else.
    for (const element of document.querySelectorAll('main *:not(.tabs, .miners-scroll, .miners-scroll *)')) {
      const { overflowX, display } = getComputedStyle(element);
      if (display === 'inline' || overflowX === 'visible' || !isShown(element)) continue;
      // Heads of tables that are cards are there for who listens, a point in size.
      if (element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1) {
        faults.add(`scrolls sideways: ${name(element)}`);
      }
    }
    // What can be pressed is read whole, in the head and the foot of the page too.
    for (const control of document.querySelectorAll(
      // What a finger may hit of a question mark is larger than the mark.
      'button:not(.help-button), a, summary, label, [role="tab"]',
    )) {
      for (const element of [
        control,
        ...control.querySelectorAll(':not(input, select, textarea, .help-button)'),
      ]) {
        if (getComputedStyle(element).display === 'inline' || !isShown(element)) continue;
        // Half a point too little is enough for an ellipsis, and is rounded away in what the browser counts.
        const words = document.createRange();
        words.selectNodeContents(element);
        const dotted =
          getComputedStyle(element).textOverflow === 'ellipsis' &&
          words.getBoundingClientRect().width > element.getBoundingClientRect().width + 0.1;
        if (dotted || (element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1)) {
          faults.add(`cut text: ${name(element)}`);
        }
      }
    }

    // The marks of Chinese bring their own room, and what is counted stands before its word.
    if (document.documentElement.lang.startsWith('zh')) {
      const strange = /.{0,12}[，。：；、！？）] \S.{0,12}|(?:轮次|之前|之后) ?\d.{0,8}/g;
      for (const text of document.body.innerText.match(strange) ?? []) faults.add(`no Chinese: ${text}`);
    }
    // A heading has a capital, the same word within a line has none.
    for (const text of document.body.innerText.match(/.{0,12}[,(] ?(?:Slot|Round|Block|Height|Miner) \d/g) ??
      []) {
      faults.add(`capital within a line: ${text}`);
    }
    return [...faults];
  });
}
