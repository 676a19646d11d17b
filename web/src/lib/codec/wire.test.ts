import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vectors } from '../../test/vectors';
import { addressFromHash, addressOf, parseAddress } from '../address';
import { formatAmount, parseAmount } from '../amount';
import { fromHex, inNamespace, toHex, utf8, type Bytes } from '../bytes';
import { beaconClaim, firstFalse, verifyPossession } from '../crypto/bls';
import { proveMinerKeys, verifyMinerKeys } from '../crypto/miner-keys';
import { seedOfV1Secret } from '../crypto/phrase';
import { draw, lucky, nextBeacon, turn } from '../mechanism/chance';
import { committeeRoot, decodeCommittee, decodeHeader, headerHash } from './block';
import {
  decodeTransaction,
  encodeTransaction,
  encodeUnsigned,
  type Payload,
  sign,
  signingBytes,
  transactionHash,
} from './transaction';

type Fields = Record<string, unknown>;

const transactions = vectors('wire/transactions.json') as {
  valid: {
    fields: {
      chain: string;
      sender: string;
      nonce: string;
      fee: string;
      expires_at: string;
      payload: Fields & { kind: string };
    };
    seed: string;
    sender_address: string;
    unsigned: string;
    signing_bytes: string;
    signature: string;
    encoding: string;
    hash: string;
  }[];
  invalid: { encoding: string; error: string }[];
};

/** A payload of the golden file, in the page's own shape. */
function toPayload(fields: Fields & { kind: string }): Payload {
  const text = (name: string) => fields[name] as string;
  const keys = (): Bytes | null => {
    const given = fields['keys'] as Record<string, string> | null;
    return given === null
      ? null
      : fromHex(['node', 'bls', 'node_proof', 'bls_proof'].map((part) => given[part]!).join(''));
  };
  const hashOf = (address: string) => {
    const parsed = parseAddress(address);
    if (!parsed.ok) throw new Error(parsed.problem);
    return parsed.hash;
  };
  switch (fields.kind) {
    case 'transfer':
      return {
        kind: 'transfer',
        recipient: hashOf(text('recipient')),
        amount: BigInt(text('amount')),
        memo: text('memo'),
      };
    case 'lock':
    case 'unlock':
      return { kind: fields.kind, amount: BigInt(text('amount')) };
    case 'vote':
      return { kind: 'vote', miner: Number(fields['miner']) };
    case 'register':
      return {
        kind: 'register',
        name: text('name'),
        keys: keys()!,
        dial: text('dial'),
        contact: fields['contact'] as string | null,
      };
    case 'update':
      return {
        kind: 'update',
        keys: keys(),
        dial: text('dial'),
        contact: fields['contact'] as string | null,
      };
    case 'heartbeat':
      return {
        kind: 'heartbeat',
        miner: Number(fields['miner']),
        round: BigInt(text('round')),
        seed: fromHex(text('seed')),
      };
    case 'withdraw':
    case 'resign':
      return { kind: fields.kind };
    default:
      throw new Error(fields.kind);
  }
}

describe('transactions', () => {
  it.each(transactions.valid.map((vector) => [vector.fields.payload.kind, vector] as const))(
    'of kind %s are encoded, signed and hashed alike',
    (_, vector) => {
      const { fields } = vector;
      const unsigned = {
        chain: fields.chain,
        sender: fields.sender,
        nonce: BigInt(fields.nonce),
        fee: BigInt(fields.fee),
        expiresAt: BigInt(fields.expires_at),
        payload: toPayload(fields.payload),
      };
      expect(toHex(encodeUnsigned(unsigned))).toBe(vector.unsigned);
      expect(toHex(signingBytes(unsigned))).toBe(vector.signing_bytes);
      const signed = sign(unsigned, fromHex(vector.seed));
      expect(toHex(signed.signature)).toBe(vector.signature);
      const encoded = encodeTransaction(signed);
      expect(toHex(encoded)).toBe(vector.encoding);
      expect(transactionHash(encoded)).toBe(vector.hash);
      expect(decodeTransaction(encoded)).toEqual(signed);
      expect(addressOf(fromHex(fields.sender))).toBe(vector.sender_address);
    },
  );

  it.each(transactions.invalid.map((vector) => [vector.error, vector.encoding] as const))(
    'are refused: %s',
    (error, encoding) => {
      expect(() => decodeTransaction(fromHex(encoding))).toThrow(error);
    },
  );

  it('are decoded or refused, never half-read: any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(11), (noise, kind) => {
        const valid = fromHex(transactions.valid[kind % transactions.valid.length]!.encoding);
        const bytes = Uint8Array.from(
          valid.map((byte, index) => (index % 37 === 36 ? (noise[index] ?? byte) : byte)),
        );
        for (const candidate of [bytes, Uint8Array.from(noise)]) {
          let decoded;
          try {
            decoded = decodeTransaction(candidate);
          } catch (error) {
            expect((error as Error).name).toBe('DecodeError');
            continue;
          }
          expect(toHex(encodeTransaction(decoded))).toBe(toHex(candidate));
        }
      }),
    );
  });
});

describe('keys', () => {
  const keys = vectors('wire/keys.json') as {
    accounts: Record<string, string>[];
    original_addresses: { address: string; public_key: string }[];
    original_secrets: { address: string; public_key: string; secret: string; seed: string }[];
    invalid_addresses: { address: string }[];
    miners: Record<string, string>[];
    beacons: (Record<string, string> & { height: number | string })[];
    amounts: { valid: { etm: string; units: string }[]; invalid: { etm: string }[] };
  };

  it('have the same addresses and signatures', () => {
    for (const account of keys.accounts) {
      const seed = fromHex(account['seed']!);
      expect(toHex(ed25519.getPublicKey(seed))).toBe(account['public_key']);
      expect(addressOf(fromHex(account['public_key']!))).toBe(account['address']);
      expect(addressFromHash(fromHex(account['address_bytes']!))).toBe(account['address']);
      const signed = inNamespace(utf8(account['namespace']!), utf8(account['message']!));
      expect(toHex(signed)).toBe(account['signed_bytes']);
      expect(toHex(ed25519.sign(signed, seed))).toBe(account['signature']);
    }
  });

  it('of the original network keep their addresses', () => {
    for (const known of keys.original_addresses) {
      expect(addressOf(fromHex(known.public_key))).toBe(known.address);
    }
    for (const known of keys.original_secrets) {
      expect(toHex(seedOfV1Secret(known.secret))).toBe(known.seed);
      expect(addressOf(ed25519.getPublicKey(fromHex(known.seed)))).toBe(known.address);
    }
  });

  it('are not taken from mistyped addresses', () => {
    for (const wrong of keys.invalid_addresses) expect(parseAddress(wrong.address).ok).toBe(false);
  });

  it('of miners carry proofs that hold', () => {
    for (const miner of keys.miners) {
      const owner = parseAddress(miner['owner']!);
      if (!owner.ok) throw new Error(owner.problem);
      expect(verifyPossession(owner.hash, fromHex(miner['bls_key']!), fromHex(miner['bls_proof']!))).toBe(
        true,
      );
      expect(verifyMinerKeys(fromHex(miner['encoding']!), owner.hash)).toBe(true);
      // Both keys of these miners follow from one seed each.
      expect(toHex(proveMinerKeys(fromHex(miner['node_seed']!), owner.hash))).toBe(miner['encoding']);
    }
  });

  it('make the beacons of blocks', () => {
    for (const beacon of keys.beacons) {
      const [chain, parent, vrf] = [
        beacon['chain']!,
        fromHex(beacon['parent_beacon']!),
        fromHex(beacon['vrf']!),
      ];
      const key = fromHex(beacon['bls_key']!);
      const height = BigInt(beacon.height);
      expect(firstFalse([beaconClaim(chain, key, parent, height, vrf)])).toBe(-1);
      expect(firstFalse([beaconClaim(chain, key, parent, 99n, vrf)])).toBe(0);
      expect(toHex(nextBeacon(parent, vrf))).toBe(beacon['beacon']);
    }
  });

  it('go with amounts that are read and printed alike', () => {
    for (const { etm, units } of keys.amounts.valid) {
      expect(parseAmount(etm)).toEqual({ ok: true, units: BigInt(units) });
      expect(formatAmount(BigInt(units))).toBe(etm);
    }
    for (const { etm } of keys.amounts.invalid) expect(parseAmount(etm).ok).toBe(false);
  });
});

describe('blocks', () => {
  const { blocks } = vectors('wire/blocks.json') as {
    blocks: {
      hash: string;
      header: Record<string, string | number>;
      header_encoding: string;
      committee: {
        encoding: string;
        root: string;
        round: string;
        members: Record<string, string | number>[];
      } | null;
    }[];
  };

  it('have headers that are read and hashed alike', () => {
    for (const block of blocks) {
      const encoded = fromHex(block.header_encoding);
      expect(headerHash(encoded)).toBe(block.hash);
      const header = decodeHeader(encoded);
      expect({
        chain: header.chain,
        height: header.height.toString(),
        round: header.round.toString(),
        slot: header.slot.toString(),
        parent_slot: header.parentSlot.toString(),
        parent: header.parent,
        timestamp_ms: header.timestampMs.toString(),
        producer: header.producer,
        leader: header.leader,
        vrf: toHex(header.vrf),
        beacon: toHex(header.beacon),
        transactions_root: header.transactionsRoot,
        state_root: header.stateRoot,
        ops_root: header.opsRoot,
        ops_start: header.opsStart.toString(),
        ops_end: header.opsEnd.toString(),
        receipts_root: header.receiptsRoot,
        committee_root: header.committeeRoot,
      }).toEqual(block.header);
      expect(() => decodeHeader(encoded.subarray(1))).toThrow();
    }
  });

  it('carry committees', () => {
    const carried = blocks.map((block) => block.committee).filter((committee) => committee !== null);
    expect(carried.length).toBeGreaterThan(0);
    for (const committee of carried) {
      const encoded = fromHex(committee.encoding);
      expect(committeeRoot(encoded)).toBe(committee.root);
      const decoded = decodeCommittee(encoded);
      expect(decoded.round).toBe(BigInt(committee.round));
      expect(decoded.members.map((member) => member.miner)).toEqual(
        committee.members.map((member) => Number(member['miner'])),
      );
    }
  });
});

describe('orders from a beacon', () => {
  const order = vectors('wire/order.json') as {
    slots: { beacon: string; round: string; first_slot: string; members: number; places: number[] }[];
    lucky: { beacon: string; round: string; members: number; place: number }[];
    draws: {
      beacon: string;
      round: string;
      count: number;
      candidates: { miner: number; weight: string }[];
      picks: { hash: string; miner: number; total: string; x: string }[];
    }[];
  };

  it('are the same for slots, the lucky member and draws', () => {
    for (const slots of order.slots) {
      slots.places.forEach((place, index) => {
        const slot = BigInt(slots.first_slot) + BigInt(index);
        expect(turn(BigInt(slots.round), fromHex(slots.beacon), slot, slots.members)).toBe(place);
      });
    }
    for (const one of order.lucky) {
      expect(lucky(BigInt(one.round), fromHex(one.beacon), one.members).index).toBe(one.place);
    }
    for (const one of order.draws) {
      const candidates = one.candidates.map(({ miner, weight }) => ({ id: miner, weight: BigInt(weight) }));
      const picks = draw(BigInt(one.round), fromHex(one.beacon), candidates, one.count);
      expect(
        picks.map((pick) => ({
          hash: toHex(pick.hash),
          miner: pick.id,
          total: pick.total.toString(),
          x: pick.point.toString(),
        })),
      ).toEqual(one.picks);
    }
  });
});
