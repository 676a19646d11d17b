/** What a check found wrong, in the reader's words. */

import { useQuery } from '@tanstack/react-query';
import { ApiError, TooLong, Unreachable } from '../api/client';
import { useLanguage } from '../i18n';
import { FAULT_WORDS, type FaultWords } from '../i18n/faults';
import { failureText, Said } from '../lib/refusal';
import type { Fault } from '../lib/verify/faults';
import { Foreign } from '../ui/parts';

/** Nothing until the words are there; what keeps them away is said instead. */
function Saying({ what }: { readonly what: (words: FaultWords) => string }) {
  const { language, text } = useLanguage();
  const { data, error } = useQuery({
    queryKey: ['fault-words', language],
    queryFn: FAULT_WORDS[language],
    staleTime: Infinity,
    networkMode: 'always',
    retry: false,
  });
  if (data !== undefined) return <Foreign text={what(data)} />;
  return error === null ? null : <Foreign text={failureText(error, text)} />;
}

export function FaultText({ fault }: { readonly fault: Fault }) {
  return <Saying what={(words) => words.say(fault)} />;
}

/** What was missing for a check: the node's answer, or what it made of one. */
export function MissingText({ cause }: { readonly cause: unknown }) {
  const { text } = useLanguage();
  if (cause instanceof ApiError || cause instanceof Unreachable || cause instanceof Said) {
    return <Foreign text={failureText(cause, text)} />;
  }
  if (cause instanceof TooLong)
    return <FaultText fault={{ kind: 'tooLong', figures: [String(cause.max)] }} />;
  return <Saying what={({ faultOf, say }) => say(faultOf(cause))} />;
}
