import type { ReactElement } from 'react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '../router/link';
import { get } from '../api/client';
import type { Schema } from '../api/types';
import { useText } from '../i18n';
import { useAddressSearch } from '../ui/address-bar';
import {
  AddressLink,
  BlockLink,
  Foreign,
  Loaded,
  MinerLink,
  PageHead,
  RoundLink,
  Sheet,
  TransactionLink,
} from '../ui/parts';

export function SearchPage(): ReactElement {
  const t = useText();
  const q = useAddressSearch()['q'] ?? '';
  const query = useQuery({
    queryKey: ['search', q],
    queryFn: ({ signal }) => get<Schema<'SearchResults'>>('search', { q }, signal),
    enabled: q !== '',
  });
  return (
    <>
      <PageHead
        title={t.search.title}
        lead={q === '' ? t.search.none : <Foreign text={t.search.results(q)} />}
      />
      {q === '' ? null : (
        <Sheet>
          <Loaded query={query}>
            {(data) =>
              data.results.length === 0 ? (
                <p className="muted">{t.search.none}</p>
              ) : (
                <ul className="book">
                  {data.results.map((result) => (
                    <li key={JSON.stringify(result)}>
                      <span className="tag">{t.search.kinds[result.kind]}</span>
                      <Found result={result} />
                    </li>
                  ))}
                </ul>
              )
            }
          </Loaded>
        </Sheet>
      )}
      <p>
        <Link to="/">{t.common.home}</Link>
      </p>
    </>
  );
}

function Found({ result }: { readonly result: Schema<'SearchResult'> }) {
  switch (result.kind) {
    case 'block':
      return <BlockLink height={result.height} />;
    case 'transaction':
      return <TransactionLink hash={result.hash} />;
    case 'account':
      return <AddressLink address={result.address} full />;
    case 'miner':
      return <MinerLink miner={result.miner} />;
    case 'round':
      return <RoundLink round={result.round} />;
  }
}
