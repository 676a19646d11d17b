import type { Miner } from '../api/types';
import { useText } from '../i18n';

/** Where a miner is in its life, in a few words. */
export function MinerTags({ miner }: { readonly miner: Miner }) {
  const t = useText();
  return (
    <>
      {miner.my_vote ? <span className="tag good">{t.miners.yourVote}</span> : null}
      {miner.in_committee ? <span className="tag accent">{t.miners.inCommittee}</span> : null}
      {miner.announced ? <span className="tag accent">{t.miners.announced}</span> : null}
      {miner.state === 'registered' ? null : <span className="tag bad">{t.miners[miner.state]}</span>}
      {miner.ready || miner.state === 'resigned' ? null : (
        <span className="tag warn" title={t.miners.notReadyHelp}>
          {t.miners.notReady}
        </span>
      )}
    </>
  );
}
