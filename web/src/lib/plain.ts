/** What Unicode calls a control, a format, half a letter or a separator of lines, and what it says to show nothing for. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Text that a stranger wrote, as it is shown: what can't be seen becomes `?`. Held to `vectors/text/plain.json`, as the wallet's is. */
export function plain(text: string): string {
  return text.replace(UNSEEN, '?');
}
