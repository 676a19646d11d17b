/** The fields of the forms that do more than hold a text: a miner that is looked up, keys that are made. */

import { queryOptions, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useId, useState } from 'react';
import { get } from '../api/client';
import type { Miner, MinerPage } from '../api/types';
import { useText } from '../i18n';
import { readInteger } from '../lib/amount';
import { parseAddress } from '../lib/address';
import { toHex } from '../lib/bytes';
import { NAME_PATTERN } from '../lib/codec/texts';
import { percent, saveFile, votesText } from '../lib/format';
import { askOnce } from '../lib/verify/client';
import { Field } from '../ui/form';
import { Foreign, Notice } from '../ui/parts';
import { MinerTags } from './miner-tags';

/**
 * The registered miner with exactly this name or `#id`, or null. Names may be all digits, so a number alone is a name: nobody
 * collects the votes meant for an id by calling himself like it.
 */
export function minerByText(text: string) {
  const wanted = text.trim().toLowerCase();
  const id = /^#([0-9]{1,10})$/.exec(wanted)?.[1] ?? null;
  return queryOptions({
    queryKey: ['miners', 'lookup', wanted],
    queryFn: async ({ signal }): Promise<Miner | null> => {
      if (wanted === '' || (id === null && !NAME_PATTERN.test(wanted))) return null;
      const asked = id === null ? { q: wanted, sort: 'name', limit: 500 } : { ids: id, limit: 1 };
      const { miners } = await get<MinerPage>('miners', asked, signal);
      return miners.find((known) => (id === null ? known.name === wanted : known.id === Number(id))) ?? null;
    },
  });
}

export function useMinerByText(text: string): { miner: Miner | null; loading: boolean } {
  const query = useQuery(minerByText(text));
  return { miner: query.data ?? null, loading: query.isPending };
}

export function MinerField({
  value,
  found,
  error,
  onChange,
}: {
  readonly value: string;
  readonly found: Miner | null;
  readonly error: string | null | undefined;
  readonly onChange: (text: string) => void;
}) {
  const t = useText();
  const list = useId();
  const q = useDeferredValue(value.trim());
  const suggestions = useQuery({
    queryKey: ['miners', 'suggest', q],
    queryFn: ({ signal }) => get<MinerPage>('miners', { q: q.startsWith('#') ? null : q, limit: 20 }, signal),
    placeholderData: (previous) => previous,
  });
  return (
    <>
      <Field label={t.act.minerLabel} hint={t.act.minerHint} error={error}>
        {(props) => (
          <input
            {...props}
            list={list}
            spellCheck={false}
            autoCapitalize="none"
            value={value}
            maxLength={40}
            onChange={(event) => onChange(event.target.value)}
          />
        )}
      </Field>
      <datalist id={list}>
        {suggestions.data?.miners.map((miner) => (
          <option key={miner.id} value={miner.name} />
        ))}
      </datalist>
      {found === null ? null : (
        <div className="notice row">
          <strong>
            <Foreign text={found.name} />
          </strong>
          <span className="muted">#{found.id}</span>
          <span>
            {votesText(readInteger(found.votes))} {t.common.votes}
          </span>
          <span>
            {t.miners.columns.inclusion} {percent(found.inclusion_ppb)}
          </span>
          <MinerTags miner={found} />
        </div>
      )}
    </>
  );
}

export function KeysField({
  owner,
  value,
  keep,
  error,
  onChange,
}: {
  readonly owner: string;
  readonly value: string;
  readonly keep: boolean;
  readonly error: string | null | undefined;
  readonly onChange: (keys: string, unsaved: boolean) => void;
}) {
  const t = useText();
  const [seed, setSeed] = useState<string | null>(null);
  const [saved, setSaved] = useState(false);
  const make = () => {
    const parsed = parseAddress(owner);
    if (!parsed.ok) return;
    void askOnce({ kind: 'make-keys', owner: parsed.hash }).then((answer) => {
      if (answer.kind !== 'keys') return;
      setSeed(toHex(answer.seed));
      setSaved(false);
      onChange(toHex(answer.keys), true);
    });
  };
  const save = () => {
    if (seed === null) return;
    saveFile('node.key', 'text/plain', seed);
    setSaved(true);
    onChange(value, false);
  };
  return (
    <>
      <Field label={t.act.keys} hint={keep ? t.act.keysKeep : t.act.keysHint} error={error}>
        {(props) => (
          <textarea
            {...props}
            rows={3}
            spellCheck={false}
            className="input mono"
            value={value}
            maxLength={600}
            onChange={(event) => {
              setSeed(null);
              onChange(event.target.value, false);
            }}
          />
        )}
      </Field>
      <div className="row">
        <button type="button" className="button small" onClick={make}>
          {t.act.keysMake}
        </button>
        {seed === null ? null : (
          <button type="button" className="button small primary" onClick={save}>
            {saved ? t.act.keysSaved : t.act.keysSave}
          </button>
        )}
      </div>
      {seed === null ? null : <Notice kind="warn">{t.act.keysMade}</Notice>}
    </>
  );
}
