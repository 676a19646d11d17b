import { render, screen } from '@testing-library/preact';
import { beforeEach, expect, it, vi } from 'vitest';
import { LanguageProvider, loadLanguage } from '../i18n';
import { ChartTable } from './chart-table';
import { Table } from './table';

const language = await loadLanguage('en');
const cells = (name: string) => {
  const heads = screen.getAllByRole('columnheader').map((head) => head.textContent);
  const rows = screen.getAllByRole('row').slice(1);
  return rows.map((row) => row.children[heads.indexOf(name)]?.textContent);
};

beforeEach(() => vi.unstubAllGlobals());

const Amounts = () => (
  <LanguageProvider first={language}>
    <Table
      label="Pools"
      rows={['100000000', '90000000', null, '0']}
      rowKey={(_, index) => index}
      columns={[
        { name: 'Place', cell: (_, index) => index + 1 },
        { name: 'Pool', of: (units) => units },
      ]}
    />
  </LanguageProvider>
);

it('has the points of a column of amounts under each other, and says what is not known', () => {
  render(<Amounts />);
  expect(cells('Pool')).toEqual(['1.0 ETM', '0.9 ETM', '–', '0.0 ETM']);
});

it('prints amounts as short as they are where each stands in a card of its own', () => {
  vi.stubGlobal('matchMedia', () => Object.assign(new EventTarget(), { matches: true }));
  render(<Amounts />);
  expect(cells('Pool')).toEqual(['1 ETM', '0.9 ETM', '–', '0 ETM']);
});

it('has the points of a chart’s figures under each other', async () => {
  render(
    <LanguageProvider first={language}>
      <ChartTable
        label="Votes"
        axis="Round"
        x={[1, 2, 3]}
        xText={String}
        yText={(value) => value.toLocaleString('en')}
        series={[
          { name: 'votes', tone: 'accent', values: [385256.4, 225685, null] },
          { name: 'blocks', tone: 'seal', values: [2, 10, 0] },
        ]}
      />
    </LanguageProvider>,
  );
  const details = screen.getByText('Show the figures').closest('details')!;
  details.open = true;
  details.dispatchEvent(new Event('toggle'));
  await screen.findByRole('table');
  expect(cells('votes')).toEqual(['385,256.4', '225,685.0', '–']);
  expect(cells('blocks')).toEqual(['2', '10', '0']);
  // The tests in the browser hold that no figure is broken over lines: where a row is in time or rounds is one.
  const figures = document.querySelectorAll('tbody .figure');
  expect([...figures].map((figure) => figure.textContent)).toEqual(['1', '2', '3']);
});
