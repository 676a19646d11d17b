import { screen, waitFor, within } from '@testing-library/preact';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { en } from '../i18n/en';
import { zh } from '../i18n/zh';
import { renderAt, startNode } from '../test/render';

beforeEach(() => {
  localStorage.clear();
  startNode();
});

const heading = 'How it works, in five pictures';

describe('the first explanation', () => {
  it('stands on the overview until it is dismissed, then under Help only', async () => {
    const first = await renderAt('/');
    const sheet = (await screen.findByRole('heading', { name: heading })).closest('section')!;
    expect(sheet.querySelectorAll('svg.picture')).toHaveLength(5);
    await userEvent.click(within(sheet).getByRole('button', { name: 'Got it' }));
    await waitFor(() => expect(screen.queryByRole('heading', { name: heading })).toBeNull());
    first.unmount();
    await renderAt('/');
    await screen.findByText('140 ms');
    expect(screen.queryByRole('heading', { name: heading })).toBeNull();
    await userEvent.click(screen.getByRole('link', { name: 'Help' }));
    expect(await screen.findByRole('heading', { name: heading })).toBeTruthy();
    const terms = [...document.querySelectorAll('.glossary dt')].map((term) => term.textContent);
    expect(terms).toEqual(Object.values(en.help.terms).map(([name]) => name));
  });
});

describe('a word of the glossary', () => {
  it('is explained beside its figure, with the way to all words', async () => {
    await renderAt('/miners/3');
    const button = await screen.findByRole('button', { name: 'What is: Coefficient v' });
    const note = document.getElementById(button.getAttribute('popovertarget')!)!;
    expect(note.textContent).toContain('1 if it missed none');
    expect(within(note).getByText('All words').getAttribute('href')).toBe('#/help');
  });

  it('has a name and a meaning in every language', () => {
    for (const { help } of [en, zh]) {
      for (const term of Object.values(help.terms)) {
        expect(term).toHaveLength(2);
        expect(term.every((text) => text.length > 1)).toBe(true);
      }
    }
  });
});
