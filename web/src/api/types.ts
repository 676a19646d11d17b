/** The shapes of the API under short names. They are generated from the node's OpenAPI document. */

import type { components } from './schema';

export type Schemas = components['schemas'];
export type Schema<Name extends keyof Schemas> = Schemas[Name];

export type Account = Schema<'Account'>;
export type Block = Schema<'Block'>;
export type BlockSummary = Schema<'BlockSummary'>;
export type BonusRow = Schema<'BonusRow'>;
export type BoundaryCertificate = Schema<'BoundaryCertificate'>;
export type ChainEvent = Schema<'Event'>;
export type Miner = Schema<'Miner'>;
export type MinerDetail = Schema<'MinerDetail'>;
export type MinerPage = Schema<'MinerPage'>;
export type MinerRef = Schema<'MinerRef'>;
export type MinerRound = Schema<'MinerRound'>;
export type Outcome = Schema<'Outcome'>;
export type Parameters = Schema<'Parameters'>;
export type Payload = Schema<'Payload'>;
export type Position = Schema<'Position'>;
export type Preview = Schema<'Preview'>;
export type ProjectedPosition = Schema<'ProjectedPosition'>;
export type ReceiptInfo = Schema<'ReceiptInfo'>;
export type Request = Schema<'Request'>;
export type Round = Schema<'Round'>;
export type RoundReceipt = Schema<'RoundReceipt'>;
export type RoundSummary = Schema<'RoundSummary'>;
export type Status = Schema<'Status'>;
export type SubmitResponse = Schema<'SubmitResponse'>;
export type Supply = Schema<'Supply'>;
export type SupplyPoint = Schema<'SupplyPoint'>;
export type TimelineEntry = Schema<'TimelineEntry'>;
export type Transaction = Schema<'Transaction'>;
export type TransactionSummary = Schema<'TransactionSummary'>;

/** Values of query parameters; a node refuses any that it doesn't know. */
export type MinerSort =
  | 'fair'
  | 'rank'
  | 'id'
  | 'name'
  | 'votes'
  | 'locked'
  | 'voters'
  | 'produced'
  | 'missed'
  | 'coefficient'
  | 'weight'
  | 'inclusion'
  | 'seats'
  | 'luck'
  | 'bonus'
  | 'last_block';
export type MinerTab = 'all' | 'committee' | 'announced' | 'not_elected_lately' | 'mine';
export type Order = 'asc' | 'desc';
export type PreviewRequest =
  'lock' | 'unlock' | 'vote' | 'withdraw' | 'transfer' | 'register' | 'update' | 'resign';
