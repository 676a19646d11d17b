import type { ReactElement } from 'react';
import { useQuery } from '@tanstack/react-query';
import { get } from '../api/client';
import type { Schema } from '../api/types';
import { useText } from '../i18n';
import { parseAddress } from '../lib/address';
import { utf8 } from '../lib/bytes';
import { useAddressSearch } from '../ui/address-bar';
import {
  AddressLink,
  BlockLink,
  Foreign,
  HomeLink,
  Loaded,
  MinerLink,
  Notice,
  PageHead,
  RoundLink,
  Sheet,
  TransactionLink,
} from '../ui/parts';
import { addressProblemText } from '../wallet/problems';

const Q_BYTES_MAX = 128;
/** The longest name of a miner: what is longer and begins as an address is meant as one. */
const NAME_MAX = 20;

export function SearchPage(): ReactElement {
  const t = useText();
  const q = useAddressSearch()['q'] ?? '';
  // Nothing has a longer name, and a node takes none.
  const findable = q !== '' && utf8(q).length <= Q_BYTES_MAX;
  const query = useQuery({
    queryKey: ['search', q],
    queryFn: ({ signal }) => get<Schema<'SearchResults'>>('search', { q }, signal),
    enabled: findable,
  });
  return (
    <>
      <PageHead
        title={t.search.title}
        lead={q === '' ? t.search.none : <Foreign text={t.search.results(q)} />}
      />
      {q === '' ? null : !findable ? (
        <Sheet>
          <p className="muted">{t.search.none}</p>
        </Sheet>
      ) : (
        <Sheet>
          <Loaded query={query}>
            {(data) =>
              data.results.length === 0 ? (
                <NotFound q={q} />
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
      <HomeLink />
    </>
  );
}

/** Nothing; and why, where it was to be an address. */
function NotFound({ q }: { readonly q: string }) {
  const t = useText();
  const parsed = parseAddress(q);
  const meant = q.startsWith('A') && q.length > NAME_MAX;
  if (meant && !parsed.ok) return <Notice kind="warn">{addressProblemText(parsed, t)}</Notice>;
  return <p className="muted">{t.search.none}</p>;
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
