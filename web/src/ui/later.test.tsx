import { act, render, screen } from '@testing-library/preact';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LanguageProvider, loadLanguage } from '../i18n';
import { Later } from './later';

let idle: (() => void)[] = [];
let near: (() => void)[] = [];

beforeEach(() => {
  idle = [];
  near = [];
  vi.stubGlobal('requestIdleCallback', (callback: () => void) => idle.push(callback));
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(told: (entries: { isIntersecting: boolean }[]) => void) {
        near.push(() => told([{ isIntersecting: true }]));
        told([{ isIntersecting: false }]);
      }
      observe = () => undefined;
      disconnect = () => undefined;
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

const restOnce = () => act(() => idle.splice(0).forEach((callback) => callback()));

async function renderTwo() {
  const first = await loadLanguage('en');
  return render(
    <LanguageProvider first={first}>
      <Later lines={2}>one</Later>
      <Later lines={2}>two</Later>
    </LanguageProvider>,
  );
}

it('is not made before the browser rests, and then piece by piece', async () => {
  const { container } = await renderTwo();
  expect(container.querySelectorAll('.skeleton')).toHaveLength(4);
  expect(idle).toHaveLength(1);
  await restOnce();
  expect(screen.queryByText('one')).toBeTruthy();
  expect(screen.queryByText('two')).toBeNull();
  await restOnce();
  expect(screen.queryByText('two', { exact: false })).toBeTruthy();
  expect(container.querySelectorAll('.skeleton')).toHaveLength(0);
});

it('is made at once when the reader comes near', async () => {
  await renderTwo();
  await act(() => near[1]?.());
  expect(screen.queryByText('two')).toBeTruthy();
  expect(screen.queryByText('one')).toBeNull();
});

it('keeps nobody waiting for a piece that was taken away', async () => {
  const { unmount } = await renderTwo();
  unmount();
  await restOnce();
  expect(idle).toHaveLength(0);
});

it('what moves while a page opens is never painted anew: only opacity and transform are animated', () => {
  const folder = join(import.meta.dirname, '../styles');
  const text = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const frames = [...text.matchAll(/@keyframes [\w-]+ \{\n(?<body>(?: .*\n)+)\}/g)];
  expect(frames).toHaveLength(text.split('@keyframes').length - 1);
  expect(frames.length).toBeGreaterThan(0);
  const animated = frames.flatMap(({ groups }) =>
    [...(groups?.['body'] ?? '').matchAll(/([\w-]+):/g)].map((found) => found[1]),
  );
  expect(animated.filter((property) => property !== 'opacity' && property !== 'transform')).toEqual([]);
});
