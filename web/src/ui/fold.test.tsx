import { act, fireEvent, render, screen } from '@testing-library/preact';
import { useState } from 'react';
import { afterEach, expect, it, vi } from 'vitest';
import { Fold } from './fold';

afterEach(() => vi.unstubAllGlobals());

/** A window that can be made narrow and wide. */
function turning(narrow: boolean): (narrow: boolean) => void {
  const query = Object.assign(new EventTarget(), { matches: narrow });
  vi.stubGlobal('matchMedia', () => query);
  return (next) => {
    void act(() => {
      query.matches = next;
      query.dispatchEvent(new Event('change'));
    });
  };
}

function Counter() {
  const [count, setCount] = useState(0);
  return (
    <button type="button" onClick={() => setCount(count + 1)}>
      {count}
    </button>
  );
}

const fold = () => document.querySelector('details')!;
const toggle = (open: boolean) => {
  void act(() => {
    fold().open = open;
    fold().dispatchEvent(new Event('toggle'));
  });
};
const page = (
  <Fold title="Prove my votes">
    <Counter />
  </Fold>
);

it('what was done in a sheet outlives a window that becomes narrow, and wide again', () => {
  const turn = turning(false);
  render(page);
  fireEvent.click(screen.getByText('0'));
  expect(fold().open).toBe(true);
  turn(true);
  expect(fold().open).toBe(false);
  toggle(true);
  fireEvent.click(screen.getByText('1'));
  turn(false);
  expect(screen.getByText('2')).toBeTruthy();
  expect(fold().open).toBe(true);
});

it('what nobody opened on a narrow window is not made', () => {
  const turn = turning(true);
  render(page);
  expect(screen.queryByText('0')).toBeNull();
  toggle(true);
  fireEvent.click(screen.getByText('0'));
  turn(false);
  turn(true);
  expect(screen.getByText('1')).toBeTruthy();
  expect(screen.getAllByText('Prove my votes')).toHaveLength(1);
});
