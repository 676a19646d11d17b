import type { Text } from '../i18n/en';
import type { AmountProblem } from '../lib/amount';
import type { ParsedAddress } from '../lib/address';

/** What is wrong with an address, in words. */
export function addressProblemText(parsed: Extract<ParsedAddress, { ok: false }>, t: Text): string {
  switch (parsed.problem) {
    case 'empty':
      return t.act.errors.required;
    case 'prefix':
      return t.act.errors.addressPrefix;
    case 'character':
      return t.act.errors.addressCharacter(parsed.detail ?? '');
    case 'length':
      return t.act.errors.addressLength;
    case 'checksum':
      return t.act.errors.addressChecksum;
  }
}

/** What is wrong with an amount, in words. */
export function amountProblemText(problem: AmountProblem, t: Text): string {
  switch (problem) {
    case 'empty':
      return t.act.errors.required;
    case 'characters':
      return t.act.errors.amountCharacters;
    case 'decimals':
      return t.act.errors.amountDecimals;
    case 'tooLarge':
      return t.act.errors.amountTooLarge;
  }
}
