/** Short texts that travel in transactions, committees and genesis, each with its limit and its alphabet. */

export const CONTACT_BYTES_MAX = 128;
export const DIAL_BYTES_MAX = 128;
export const NAME_PATTERN = /^[a-z0-9!@$&_.]{1,20}$/;
const CONTACT_PATTERN = /^[ -~]{1,128}$/;

/** Whether a text may be a miner's name. */
export function isMinerName(text: string): boolean {
  return NAME_PATTERN.test(text);
}

/** Whether a text may be a miner's contact: printable ASCII. */
export function isContact(text: string): boolean {
  return CONTACT_PATTERN.test(text);
}

/** Whether a text is `host:port` with a DNS name, an IPv4 address or an IPv6 address in brackets. */
export function isDialAddress(text: string): boolean {
  const match = /^(.+):([1-9][0-9]{0,4})$/.exec(text);
  if (match === null || text.length > DIAL_BYTES_MAX || Number(match[2]) > 65_535) return false;
  const host = match[1] ?? '';
  if (host.startsWith('[') && host.endsWith(']')) {
    try {
      return (
        /^[0-9a-fA-F:.]+$/.test(host.slice(1, -1)) && new URL(`http://${host}/`).hostname.startsWith('[')
      );
    } catch {
      return false;
    }
  }
  return host.split('.').every((label) => /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/.test(label));
}
