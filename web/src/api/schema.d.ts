// Generated from api/openapi.json by `npm run openapi`. Do not edit.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description `GET /api/v1/accounts/{address}`: an account as of the tip.
         *
         *     An address that never received anything is answered, too, with `exists: false` and zeros: it may receive.
         */
        Account: {
            /** @description The address asked for. */
            address: string;
            /** @description `free + earned`: what can be spent now. */
            balance: components["schemas"]["Amount"];
            /** @description Deposit of the account's miner, if it owns one. */
            deposit: components["schemas"]["Amount"];
            /** @description Bonus earned by the position and not drawn yet; spendable like `free`. */
            earned: components["schemas"]["Amount"];
            /**
             * Format: u-int64
             * @description The round at whose end pending requests take effect.
             */
            effective_round: number;
            /** @description Whether the chain knows the account. */
            exists: boolean;
            /** @description Free balance. */
            free: components["schemas"]["Amount"];
            /**
             * Format: u-int64
             * @description As of this height.
             */
            height: number;
            /** @description Locked in the position, as it is now. */
            locked: components["schemas"]["Amount"];
            /** @description Accepted locks of the running round that aren't in effect yet: no longer spendable. */
            locking: components["schemas"]["Amount"];
            miner?: components["schemas"]["MinerRef"] | null;
            /**
             * Format: u-int64
             * @description The nonce to use for a new transaction: after those that wait in this node's pool.
             */
            next_nonce: number;
            /**
             * Format: u-int64
             * @description The nonce of its next transaction, as the chain sees it.
             */
            nonce: number;
            /** @description Requests accepted in the running round, in effect at its end. */
            pending_requests: components["schemas"]["PendingRequest"][];
            /** @description Its transactions in this node's pool. */
            pending_transactions: components["schemas"]["TransactionSummary"][];
            position?: components["schemas"]["Position"] | null;
            projected?: components["schemas"]["ProjectedPosition"] | null;
            projected_best?: components["schemas"]["ProjectedPosition"] | null;
            projected_worst?: components["schemas"]["ProjectedPosition"] | null;
            /** @description What the end of the running round brings. */
            round_end: components["schemas"]["RoundEnd"];
            /** @description `balance + locked + locking + deposit`. (`unlocking` is a part of `locked + locking`.) */
            total: components["schemas"]["Amount"];
            /** @description Accepted unlocks of the running round that aren't in effect yet: spendable from the next round on. */
            unlocking: components["schemas"]["Amount"];
        };
        /**
         * @description An amount in units, 10^8 of which are 1 ETM. In JSON a decimal string: `"1250000000"` is 12.5 ETM.
         * @example 1250000000
         */
        Amount: string;
        /** @description `GET /api/v1/blocks/{height or hash}`. */
        Block: components["schemas"]["BlockSummary"] & {
            /** @description What it added to the voter bonus. */
            bonus: components["schemas"]["Amount"];
            /** @description The committee of the round after the next one, which the last block of a round carries. */
            committee?: components["schemas"]["CommitteeMember"][] | null;
            /**
             * Format: u-int64
             * @description Blocks after it that are final.
             */
            confirmations: number;
            header: components["schemas"]["Header"];
            /** @description What its producer got at once. */
            reward: components["schemas"]["Amount"];
            transaction_list: components["schemas"]["TransactionSummary"][];
        };
        /** @description A block's finalization: what makes it final. `GET /api/v1/blocks/{height or hash}/certificate`. */
        BlockCertificate: {
            /** @description The committee that had to sign, sorted by node key as the bitmap counts. */
            committee: components["schemas"]["CommitteeMember"][];
            /** @description The encoded finalization: proposal (epoch, view, parent view, digest) and aggregate signature with the bitmap of signers. */
            finalization: components["schemas"]["Bytes"];
            /** @description Its hash: the payload that was signed. */
            hash: components["schemas"]["Hash"];
            /** @description The encoded header. */
            header: components["schemas"]["Bytes"];
            /**
             * Format: u-int64
             * @description The block.
             */
            height: number;
            /**
             * Format: u-int64
             * @description The view of its parent, if this node decoded it.
             */
            parent_view?: number | null;
            /**
             * Format: u-int64
             * @description Its round: the epoch of the consensus.
             */
            round: number;
            /** @description Who signed, if this node decoded it. */
            signers?: components["schemas"]["MinerRef"][] | null;
            /**
             * Format: u-int64
             * @description The view it was finalized in, if this node decoded it.
             */
            view?: number | null;
        };
        /** @description A page of blocks, newest first. */
        BlockPage: {
            blocks: components["schemas"]["BlockSummary"][];
            /**
             * Format: u-int64
             * @description The tip.
             */
            height: number;
            /**
             * Format: u-int64
             * @description `before_height` of the next page, if there is one.
             */
            next?: number | null;
        };
        /** @description `GET /api/v1/blocks/{height or hash}/receipts`: all that happened in a block, in order. */
        BlockReceipts: {
            /** @description Their canonical encodings, in the same order. */
            encoded: components["schemas"]["Bytes"][];
            hash: components["schemas"]["Hash"];
            /**
             * Format: u-int64
             * @description The block.
             */
            height: number;
            receipts: components["schemas"]["ReceiptInfo"][];
            /** @description Root over `encoded`, from its header. */
            receipts_root: components["schemas"]["Hash"];
        };
        /**
         * @description Where a node gets its blocks from.
         * @enum {string}
         */
        BlockSource: "network" | "upstreams";
        /** @description A block as a row of a list. */
        BlockSummary: {
            /** @description Fees of its transactions. */
            fees: components["schemas"]["Amount"];
            /** @description Its hash: SHA-256 of its header. */
            hash: components["schemas"]["Hash"];
            /** Format: u-int64 */
            height: number;
            /** @description Slots missed between its parent and it. */
            missed: components["schemas"]["MissedSlot"][];
            producer?: components["schemas"]["MinerRef"] | null;
            /** Format: u-int64 */
            round: number;
            /**
             * Format: u-int32
             * @description Size of header and body in bytes.
             */
            size: number;
            /**
             * Format: u-int64
             * @description Its slot in the round.
             */
            slot: number;
            /** Format: u-int64 */
            timestamp_ms: number;
            /**
             * Format: u-int32
             * @description How many transactions it has.
             */
            transactions: number;
        };
        /** @description `GET /api/v1/accounts/{address}/bonus`: what the position earned, round by round, and why. Newest first. */
        BonusPage: {
            /** @description The account. */
            address: string;
            /**
             * Format: u-int64
             * @description The round from which on `total_earned` and `total` count and there are rows, where the node began with a snapshot and can't know what
             *     was before; null if from genesis.
             */
            counted_from?: number | null;
            /**
             * Format: u-int64
             * @description `before_round` of the next page, if there is one.
             */
            next?: number | null;
            /**
             * Format: u-int64
             * @description As of the end of this round: the last one that is finished. None before the first round ends.
             */
            round?: number | null;
            rounds: components["schemas"]["BonusRow"][];
            /**
             * Format: u-int64
             * @description Rounds that match, all pages together.
             */
            total: number;
            /** @description All the account earned in all its positions' lives, drawn or not. */
            total_earned: components["schemas"]["Amount"];
        };
        /**
         * @description Why a position earned, or didn't.
         * @enum {string}
         */
        BonusReason: "shared" | "shared_lucky" | "not_in_committee" | "no_vote" | "nothing_to_share";
        /** @description The bonus of one position in one round. All figures are those the distribution of that round used. */
        BonusRow: {
            /** @description What was credited: the growth of `floor(sum of gains / 2^64)`, exact to the unit. */
            earned: components["schemas"]["Amount"];
            /**
             * Format: u-int64
             * @description Its last height, with which the bonus was credited.
             */
            height: number;
            /** @description Tokens locked during the round. */
            locked: components["schemas"]["Amount"];
            /** @description Whether the miner was the lucky member. */
            lucky: boolean;
            /** @description The part of the pool that came from luck. */
            lucky_extra: components["schemas"]["Amount"];
            miner?: components["schemas"]["MinerRef"] | null;
            /**
             * Format: u-int32
             * @description Blocks the miner added in the round: `t` was halved as often afterwards.
             */
            miner_blocks: number;
            miner_votes?: components["schemas"]["Integer"] | null;
            /** @description The miner's pool `p`, 0 if it wasn't in the committee. */
            pool: components["schemas"]["Amount"];
            /** Format: u-int64 */
            round: number;
            /**
             * Format: u-int32
             * @description `X / S` in parts per billion; null with it.
             */
            share_ppb?: number | null;
            /**
             * Format: u-int8
             * @description Time gain during the round.
             */
            time_gain: number;
            /**
             * Format: u-int64
             * @description Timestamp of that block.
             */
            timestamp_ms: number;
            /** @description Votes of the position, `X`, raw. */
            votes: components["schemas"]["Integer"];
            /** @description Why it is that much, or nothing. */
            why: components["schemas"]["BonusReason"];
        };
        /**
         * @description `GET /api/v1/rounds/{round}/certificate`: the step of a light client from one round to the next.
         *
         *     The last block of round `r` carries the committee of round `r + 2`; its finalization is signed by the committee of round `r`,
         *     which the client knows from genesis (rounds 0 and 1) or from the boundary two rounds before.
         */
        BoundaryCertificate: {
            /** @description The last block and what makes it final. */
            certificate: components["schemas"]["BlockCertificate"];
            /** @description The same committee, decoded: that of round `round + 2`. */
            committee: components["schemas"]["CommitteeMember"][];
            /** @description The canonical encoding of the committee it carries: its SHA-256 is the header's committee root. */
            committee_encoded: components["schemas"]["Bytes"];
            /**
             * Format: u-int64
             * @description The round that ended.
             */
            round: number;
        };
        /** @description `GET /api/v1/certificates`: boundary certificates of consecutive rounds, oldest first. */
        BoundaryPage: {
            certificates: components["schemas"]["BoundaryCertificate"][];
            /**
             * Format: u-int64
             * @description `from_round` of the next page, if there is one.
             */
            next?: number | null;
        };
        /**
         * @description Bytes of any length: an encoded header, transaction, certificate, proof, key. In JSON lower-case hex.
         * @example 00ff
         */
        Bytes: string;
        /** @description `GET /api/v1/chain`: what a node gives to those who follow it. */
        ChainOffer: {
            chain: components["schemas"]["ChainRef"];
            /** @description Hash of block 0. */
            genesis_hash: components["schemas"]["Hash"];
            /**
             * Format: u-int64
             * @description The newest final block.
             */
            height: number;
            /**
             * Format: u-int32
             * @description The most blocks of a range.
             */
            range_blocks: number;
            /**
             * Format: u-int16
             * @description How `GET chain/blocks` writes ranges.
             */
            range_version: number;
        };
        /** @description Which chain. */
        ChainRef: {
            /** @description Whether the genesis says that this is a devnet: faucet and time travel exist. */
            devnet: boolean;
            /** Format: u-int64 */
            genesis_timestamp_ms: number;
            /** @description `SHA-256("etm/genesis/v1" || canonical genesis)`. */
            id: components["schemas"]["Hash"];
            /**
             * @description The name in the genesis, for people.
             * @example etm-devnet
             */
            name: string;
        };
        /** @description A member of a committee, with what is needed to check its signatures. */
        CommitteeMember: {
            /** @description The key of votes and beacon (BLS12-381, 96 bytes, compressed G2). */
            bls_key: components["schemas"]["Bytes"];
            /** @description Where the node is dialled. */
            dial_address: string;
            miner: components["schemas"]["MinerRef"];
            /** @description The node's network key (ed25519). */
            node_key: components["schemas"]["Hash"];
        };
        /** @description How the bonus and the fees of a round were shared (mechanism.md section 8, steps 1 and 2). */
        Distribution: {
            /** @description Carried in from the round before. */
            carry_in: components["schemas"]["Amount"];
            /** @description Carried into the round after. */
            carry_out: components["schemas"]["Amount"];
            /** @description What was shared out to positions: `total - carry_out`. (What is left of a unit stays with each position as a fraction.) */
            credited: components["schemas"]["Amount"];
            /** @description Share of each block. */
            fee_per_block: components["schemas"]["Amount"];
            /** @description Fees shared, with the remainder of the round before. */
            fees: components["schemas"]["Amount"];
            /** @description Remainder that joins the fees of the next round. */
            fees_remainder: components["schemas"]["Amount"];
            /** @description Bonus the round's blocks added. */
            issued: components["schemas"]["Amount"];
            /** @description `B - A`: what the lucky member's pool gets on top. */
            lucky_extra: components["schemas"]["Amount"];
            /** @description `a`: what every member's pool gets. */
            ordinary_pool: components["schemas"]["Amount"];
            /** @description `B`: the sum of both. */
            total: components["schemas"]["Amount"];
        };
        /** @description A candidate of a draw. */
        DrawCandidate: {
            miner: components["schemas"]["MinerRef"];
            /**
             * Format: u-int64
             * @description Blocks produced, `m`.
             */
            produced: number;
            /**
             * Format: u-int64
             * @description Slots, `n`.
             */
            slots: number;
            /** @description Votes `S`, raw. */
            votes: components["schemas"]["Integer"];
            /** @description Election weight `R`, raw. */
            weight: components["schemas"]["Integer"];
        };
        /** @description One pick of a draw. */
        DrawPick: {
            /** @description The hash `H(i)`. */
            hash: components["schemas"]["Hash"];
            /**
             * Format: u-int32
             * @description Place in the committee, from 0.
             */
            index: number;
            /** @description The member drawn. */
            miner: components["schemas"]["MinerRef"];
            /** @description The point `x(i)`, raw. */
            point: components["schemas"]["Integer"];
            /** @description Sum of the weights not yet drawn, raw. */
            total: components["schemas"]["Integer"];
        };
        /** @description A draw with all its inputs (mechanism.md section 6). */
        DrawReceipt: {
            /** @description The beacon of the last block of that round. */
            beacon: components["schemas"]["Hash"];
            /** @description The candidates in the order of their ids, those with `R = 0` or not ready left out. */
            candidates: components["schemas"]["DrawCandidate"][];
            /**
             * Format: u-int64
             * @description The round at whose end it is drawn.
             */
            drawn_in: number;
            /** @description True if there were fewer candidates than `min_committee`, so that the committee of the next round serves again. */
            kept: boolean;
            /** @description The committee: its members' ids in the order drawn. */
            members: components["schemas"]["MinerRef"][];
            /** @description The picks in order; none if `kept`. */
            picks: components["schemas"]["DrawPick"][];
            /** @description The committee of the round before, which serves again if `kept`. */
            previous: components["schemas"]["MinerRef"][];
            /**
             * Format: u-int64
             * @description The round the committee is drawn for.
             */
            round: number;
            /**
             * Format: u-int32
             * @description `k = min(K, candidates)`.
             */
            size: number;
            /** @description Sum of the candidates' weights, raw. */
            total_weight: components["schemas"]["Integer"];
            /** @description Average coefficient used for newcomers, times 2^32. */
            v_avg: components["schemas"]["Integer"];
        };
        /** @description A committee drawn at the end of a round. */
        Drawn: {
            /** @description True if there were too few candidates, so that the committee of the round before serves again. */
            kept: boolean;
            /** @description Its members in the order drawn. */
            members: components["schemas"]["MinerRef"][];
            /**
             * Format: u-int64
             * @description The round it serves in.
             */
            round: number;
        };
        /** @description Whether and when an included transaction takes effect. */
        Effect: {
            /** @enum {string} */
            state: "immediate";
        } | {
            /**
             * Format: u-int64
             * @description The last height of that round.
             */
            height: number;
            /** Format: u-int64 */
            round: number;
            /** @enum {string} */
            state: "waiting";
        } | {
            /** Format: u-int64 */
            round: number;
            /** @enum {string} */
            state: "applied";
        } | {
            /** Format: u-int64 */
            round: number;
            /** @enum {string} */
            state: "void";
        } | {
            /** @enum {string} */
            state: "none";
        };
        /** @description The body of every answer that is not a success. */
        ErrorBody: {
            /** @description What went wrong. */
            error: components["schemas"]["ErrorDetail"];
        };
        /** @description What went wrong, for programs and for people. */
        ErrorDetail: {
            /**
             * @description For programs: stable, see [`ErrorCode`]. A newer node may send one that this version doesn't know.
             * @example nonce_too_low
             */
            code: string;
            /**
             * @description For people: what was wrong and what would be right, in English.
             * @example the account's next nonce is 7, the transaction has 3
             */
            message: string;
        };
        /**
         * @description The inputs of the bonus estimate that all miners share.
         *
         *     `estimate = floor(bonus_per_seat * inclusion * X / (S + X) * rounds_per_day)` with `X` the votes of `amount` locked at `time_gain`:
         *     what the voters of the miner would get, shared with those who are there.
         */
        EstimateBasis: {
            /** @description The amount asked about; 1,000 ETM if not said. */
            amount: components["schemas"]["Amount"];
            /** @description Bonus of a whole round at the present height, carry apart. */
            bonus_per_round: components["schemas"]["Amount"];
            /** @description What a seat brings a round on average: half the bonus shared by `k`, the other half to one lucky member of `k`. */
            bonus_per_seat: components["schemas"]["Amount"];
            /**
             * Format: u-int64
             * @description Rounds a day at the target slot time, times 1,000.
             */
            rounds_per_day_milli: number;
            /**
             * Format: u-int32
             * @description Seats there are.
             */
            seats: number;
            /**
             * Format: u-int8
             * @description The time gain asked about; 1 if not said.
             */
            time_gain: number;
            /** @description Votes `X` of that, raw. */
            votes: components["schemas"]["Integer"];
        };
        /** @description Something that happened. */
        Event: {
            block: components["schemas"]["BlockSummary"];
            /**
             * Format: u-int64
             * @description Time from its timestamp until this node had it final.
             */
            finality_ms?: number | null;
            /** @enum {string} */
            kind: "block";
        } | {
            /** @enum {string} */
            kind: "round";
            round: components["schemas"]["RoundSummary"];
        } | {
            /** @enum {string} */
            kind: "missed";
            missed: components["schemas"]["MissedSlot"];
            /** Format: u-int64 */
            round: number;
        } | {
            /** @enum {string} */
            kind: "pending";
            transaction: components["schemas"]["TransactionSummary"];
        } | {
            /**
             * Format: u-int64
             * @description Of how many blocks and pending transactions it missed the events.
             */
            events: number;
            /** @enum {string} */
            kind: "lagged";
        };
        /** @description The body of `POST /api/v1/devnet/faucet`. */
        FaucetRequest: {
            /** @description Who gets tokens. */
            address: string;
            amount?: components["schemas"]["Amount"] | null;
        };
        /** @description What the faucet did. */
        FaucetResponse: {
            /** @description How much it sent. */
            amount: components["schemas"]["Amount"];
            /** @description The transfer it sent. */
            hash: components["schemas"]["Hash"];
        };
        /** @description Time from a block's timestamp until this node had it final, over the last blocks. Empty (`null`) right after a start. */
        Finality: {
            /**
             * Format: u-int64
             * @description Mean time between two blocks.
             */
            block_interval_ms?: number | null;
            /**
             * Format: u-int32
             * @description How many blocks that were.
             */
            blocks: number;
            /**
             * Format: u-int64
             * @description Of the last block.
             */
            last_ms?: number | null;
            /**
             * Format: u-int64
             * @description The longest of the last blocks.
             */
            max_ms?: number | null;
            /**
             * Format: u-int64
             * @description Mean of the last blocks.
             */
            mean_ms?: number | null;
        };
        /** @description What a position may be like after a coming day boundary, if nobody sends a request. */
        ForecastPoint: {
            /**
             * Format: u-int64
             * @description The day boundary.
             */
            at_ms: number;
            /**
             * Format: u-int8
             * @description Time gain if the miner adds no block: the most it can be.
             */
            time_gain_best: number;
            /**
             * Format: u-int8
             * @description Time gain if the miner is elected and produces as often as its chance and record say. An estimate.
             */
            time_gain_expected: number;
            /** @description Votes in that case, raw. */
            votes_best: components["schemas"]["Integer"];
            /** @description Votes in that case, raw. */
            votes_expected: components["schemas"]["Integer"];
        };
        /** @description `GET /api/v1/genesis`: the genesis, from which the chain id follows. */
        Genesis: {
            /** @description Hash of the genesis block: the parent of height 1. */
            block_hash: components["schemas"]["Hash"];
            /** @description The canonical encoding. */
            canonical: components["schemas"]["Bytes"];
            /** @description The chain; its id is `SHA-256("etm/genesis/v1" || canonical)`. */
            chain: components["schemas"]["ChainRef"];
        };
        /**
         * @description 32 bytes: a hash, a beacon, a root, an ed25519 public key. In JSON 64 lower-case hex digits.
         * @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
         */
        Hash: string;
        /** @description The header of a block, field by field, and as it is hashed. */
        Header: {
            /** @description The beacon of this block. */
            beacon: components["schemas"]["Hash"];
            /** @description Chain id. */
            chain: components["schemas"]["Hash"];
            /** @description Hash of the committee carried, zeros if none. */
            committee_root: components["schemas"]["Hash"];
            /** @description The canonical encoding: its SHA-256 is the block's hash. */
            encoded: components["schemas"]["Bytes"];
            /** Format: u-int64 */
            height: number;
            /** @description Node key of the producer. */
            leader: components["schemas"]["Hash"];
            /**
             * Format: u-int64
             * @description Operations so far.
             */
            ops_end: number;
            /** @description Root of the operations on the state. */
            ops_root: components["schemas"]["Hash"];
            /**
             * Format: u-int64
             * @description First operation kept.
             */
            ops_start: number;
            parent: components["schemas"]["Hash"];
            /**
             * Format: u-int64
             * @description Slot of the parent if it lies in the same round, else 0: the slots between were missed.
             */
            parent_slot: number;
            /**
             * Format: u-int32
             * @description Miner id of the producer.
             */
            producer: number;
            receipts_root: components["schemas"]["Hash"];
            /** Format: u-int64 */
            round: number;
            /**
             * Format: u-int64
             * @description Slot in the round.
             */
            slot: number;
            /** @description Root of the state after this block. */
            state_root: components["schemas"]["Hash"];
            /** Format: u-int64 */
            timestamp_ms: number;
            transactions_root: components["schemas"]["Hash"];
            /** @description The producer's signature over beacon of the parent and height (48 bytes). */
            vrf: components["schemas"]["Bytes"];
        };
        /**
         * @description A whole number of the mechanism that may exceed 64 bits: votes (78 bits and more), weights (85 bits). In JSON a decimal string.
         * @example 4294967296000000
         */
        Integer: string;
        /** @description How the lucky member was found (mechanism.md section 8, step 2). */
        LuckyReceipt: {
            /** @description The hash `H`. */
            hash: components["schemas"]["Hash"];
            /**
             * Format: u-int32
             * @description The index `l` in the committee.
             */
            index: number;
            /** @description The member. */
            miner: components["schemas"]["MinerRef"];
        };
        /** @description `GET /api/v1/mempool`: what waits to be included. */
        Mempool: {
            /**
             * Format: u-int64
             * @description Their size.
             */
            bytes: number;
            /**
             * Format: u-int32
             * @description Transactions waiting.
             */
            count: number;
            /**
             * Format: u-int32
             * @description Of these, held back by a gap in the nonces before them.
             */
            held: number;
            /**
             * Format: u-int64
             * @description Most bytes the pool takes.
             */
            max_bytes: number;
            /**
             * Format: u-int32
             * @description Most transactions the pool takes.
             */
            max_count: number;
            /** @description The least fee with which a transfer gets in now. */
            min_fee: components["schemas"]["Amount"];
            /** @description The same for a registration, and enough for new keys. */
            min_fee_registration: components["schemas"]["Amount"];
            /** @description The same for a lock, an unlocking, a vote or a withdrawal: blocks take few of what waits for the end of a round, so that it has a part of the pool. */
            min_fee_request: components["schemas"]["Amount"];
            /** @description The same for a resignation. */
            min_fee_resignation: components["schemas"]["Amount"];
            /** @description The best paying ones, at most 100. */
            transactions: components["schemas"]["TransactionSummary"][];
        };
        /** @description A row of the voting table. */
        Miner: {
            /** @description Whether it sits in the committee announced for the next round. */
            announced: boolean;
            /** @description Optimal coefficient `v` times 2^32. */
            coefficient: components["schemas"]["Integer"];
            /** @description Estimated bonus a day for the amount and time gain asked about (see [`EstimateBasis`]). An estimate. */
            estimated_bonus_per_day: components["schemas"]["Amount"];
            /**
             * Format: u-int64
             * @description Seats expected in those rounds: the sum of its inclusion probabilities at the draws, times 1,000,000.
             */
            expected_seats_micro: number;
            /**
             * Format: u-int32
             * @description `R / sum of R`, in parts per billion: the chance to be drawn first.
             */
            first_pick_ppb: number;
            /**
             * Format: u-int32
             * @description Miner id.
             */
            id: number;
            /** @description Whether it sits in the committee of the running round. */
            in_committee: boolean;
            /**
             * Format: u-int32
             * @description Chance of a seat in the next draw, in parts per billion.
             */
            inclusion_ppb: number;
            /**
             * Format: u-int64
             * @description Height of the last block it produced.
             */
            last_block?: number | null;
            /** @description ETM locked behind it. */
            locked: components["schemas"]["Amount"];
            /**
             * Format: u-int64
             * @description Slots missed, `n - m`.
             */
            missed: number;
            /** @description Whether the account named in the query votes for it. */
            my_vote: boolean;
            /** @description Name. From a stranger, though only of `a-z 0-9 ! @ $ & _ .`. */
            name: string;
            /** @description What the draw at the end of the running round will see. */
            outlook: components["schemas"]["MinerOutlook"];
            /** @description Address of the owner. */
            owner: string;
            /**
             * Format: u-int64
             * @description Blocks produced, `m`.
             */
            produced: number;
            /**
             * Format: u-int32
             * @description Place by election weight, from 1. Ties go to the smaller id.
             */
            rank: number;
            /** @description Whether its node has shown that it runs, so that it can be drawn. */
            ready: boolean;
            /**
             * @description For each of the last 100 rounds whose committee was drawn (fewer on a young chain; those of rounds 0 and 1 are named by genesis), oldest
             *     first: `1` if it sat in it, `0` if not.
             */
            recent: string;
            /**
             * Format: u-int32
             * @description Seats it had in those rounds.
             */
            seats: number;
            /**
             * Format: u-int64
             * @description Standard deviation of that number, times 1,000,000. About 95 % of fair histories lie within twice that.
             */
            seats_deviation_micro: number;
            /**
             * Format: u-int64
             * @description Slots whose outcome is known, `n`.
             */
            slots: number;
            /** @description Registered, resigning or resigned. */
            state: components["schemas"]["MinerState"];
            /**
             * Format: u-int64
             * @description Positions that vote for it.
             */
            voters: number;
            /** @description Votes `S`, raw. */
            votes: components["schemas"]["Integer"];
            /**
             * Format: u-int32
             * @description Share of all votes, in parts per billion.
             */
            votes_share_ppb: number;
            /** @description Election weight `R`, raw. */
            weight: components["schemas"]["Integer"];
        };
        /** @description `GET /api/v1/miners/{id or name}`: one miner. */
        MinerDetail: components["schemas"]["Miner"] & {
            /** @description The key of votes and beacon (BLS12-381, 96 bytes). */
            bls_key: components["schemas"]["Bytes"];
            /** @description How people reach it. From a stranger: show it as text only. */
            contact?: string | null;
            /**
             * Format: u-int64
             * @description The round from which on `rewards_total` and the other sums count, where the node began with a snapshot and can't know what was before;
             *     null if from genesis.
             */
            counted_from?: number | null;
            deposit: components["schemas"]["Amount"];
            /** @description Where the node is dialled. */
            dial_address: string;
            /** @description What the estimate was computed with. */
            estimate: components["schemas"]["EstimateBasis"];
            /** @description All fee shares it got. */
            fees_total: components["schemas"]["Amount"];
            /**
             * Format: u-int64
             * @description As of this height.
             */
            height: number;
            /**
             * Format: u-int64
             * @description The rewards of its last owner-visible rounds come from `GET miners/{id}/history`; this is its newest round there.
             */
            last_round?: number | null;
            /**
             * Format: u-int64
             * @description The last round in which its node showed that it runs.
             */
            last_seen_round?: number | null;
            /** @description Other registered miners whose names look like its own: `arnber` and `amber`. */
            lookalikes: components["schemas"]["MinerRef"][];
            /**
             * Format: u-int64
             * @description Times it was the lucky member.
             */
            lucky_total: number;
            /** @description The node's network key (ed25519). */
            node_key: components["schemas"]["Hash"];
            /**
             * @description Whether this node knows its past. Where it keeps no history, what is locked behind it, its voters, recent rounds, seats, sums, last block and
             *     last round are 0 or absent here.
             */
            past: boolean;
            /** @description All the bonus its pools gave to its voters. */
            pools_total: components["schemas"]["Amount"];
            /**
             * Format: u-int64
             * @description The block that accepted its registration; none for a genesis miner, or where that was before `counted_from`.
             */
            registered_height?: number | null;
            /**
             * Format: u-int64
             * @description The round at whose end it resigned, if it did and this node knows its past.
             */
            resigned_round?: number | null;
            /** @description All rewards it got. */
            rewards_total: components["schemas"]["Amount"];
            /**
             * Format: u-int64
             * @description Seats it ever had.
             */
            seats_total: number;
            /** @description Its voters by the size of their positions: class `c` holds those of at least `10^c` and less than `10^(c+1)` units. */
            voters_by_size: components["schemas"]["SizeClass"][];
        };
        /** @description `GET /api/v1/miners/{id}/history`: a miner round by round, newest first. */
        MinerHistoryPage: {
            miner: components["schemas"]["MinerRef"];
            /**
             * Format: u-int64
             * @description `before_round` of the next page, if there is one.
             */
            next?: number | null;
            /** @description The rounds. Rounds in which nothing about the miner changed and it had no seat are left out unless asked for. */
            rounds: components["schemas"]["MinerRound"][];
        };
        /**
         * @description A miner as the draw at the end of the running round will see it, if all slots are used until then and nobody asks for anything
         *     more: blocks that are to come, halvings, days and accepted requests are in it.
         */
        MinerOutlook: {
            /** @description Whether it can be drawn if it has votes: registered, and its node has shown that it runs. */
            eligible: boolean;
            /**
             * Format: u-int32
             * @description Chance of a seat, in parts per billion.
             */
            inclusion_ppb: number;
            /**
             * Format: u-int64
             * @description Blocks produced, `m`.
             */
            produced: number;
            /**
             * Format: u-int64
             * @description Slots whose outcome is known, `n`.
             */
            slots: number;
            /** @description Votes `S`, raw. */
            votes: components["schemas"]["Integer"];
            /** @description Election weight `R`, raw; 0 if it can't be drawn. */
            weight: components["schemas"]["Integer"];
        };
        /**
         * @description `GET /api/v1/miners`: a page of the voting table.
         *
         *     The figures of all rows belong to one moment: the end of the last finished round, at which votes and weights last changed.
         */
        MinerPage: {
            /**
             * Format: u-int64
             * @description The draw the inclusion probabilities speak of: the committee of this round.
             */
            draw_round: number;
            /** @description What the bonus estimates were computed with. */
            estimate: components["schemas"]["EstimateBasis"];
            /** @description Seed of the fair order: `sort=fair` sorts by `SHA-256(seed || u32be(id))`. It changes every round. */
            fair_seed: components["schemas"]["Hash"];
            /**
             * Format: u-int64
             * @description As of this height (counters of blocks and missed slots are brought up to date by block).
             */
            height: number;
            /** @description The rows. */
            miners: components["schemas"]["Miner"][];
            /**
             * Format: u-int64
             * @description `offset` of the next page, if there is one.
             */
            next?: number | null;
            /**
             * Format: u-int64
             * @description `offset` of the first row here.
             */
            offset: number;
            /** @description `v_avg` times 2^32, as the draw at the end of the running round will see it if all slots are used until then. */
            outlook_average: components["schemas"]["Integer"];
            /**
             * @description Whether this node knows the miners' past. Where it keeps no history, what is locked behind them, their voters, recent rounds, seats and last
             *     blocks are 0 or absent here.
             */
            past: boolean;
            /**
             * Format: u-int64
             * @description The running round; votes and weights are constant in it.
             */
            round: number;
            /**
             * Format: u-int64
             * @description Miners that match, all pages together.
             */
            total: number;
            /** @description Sums over all registered miners, not only the matching ones. */
            totals: components["schemas"]["MinerTotals"];
        };
        /** @description A miner, named: its id is what the chain knows, the name is what people know. */
        MinerRef: {
            /**
             * Format: u-int32
             * @description The miner id: 0, 1, 2 ... in order of registration, never used again.
             */
            id: number;
            /** @description The registered name. */
            name: string;
        };
        /** @description A miner in one round. */
        MinerRound: {
            /** @description Optimal coefficient `v` times 2^32 at the end of the round. */
            coefficient: components["schemas"]["Integer"];
            /**
             * Format: u-int64
             * @description Its last height.
             */
            height: number;
            /** @description ETM locked behind it at the end of the round. */
            locked: components["schemas"]["Amount"];
            /**
             * Format: u-int64
             * @description Blocks produced since registration, `m`.
             */
            produced_total: number;
            /** Format: u-int64 */
            round: number;
            seat?: components["schemas"]["MinerSeat"] | null;
            /**
             * Format: u-int64
             * @description Slots since registration, `n`.
             */
            slots_total: number;
            /**
             * Format: u-int64
             * @description Timestamp of that block.
             */
            timestamp_ms: number;
            /**
             * Format: u-int64
             * @description Voters at the end of the round.
             */
            voters: number;
            /** @description Votes `S` at the end of the round, raw. */
            votes: components["schemas"]["Integer"];
            /** @description Election weight `R` at the end of the round, raw. */
            weight: components["schemas"]["Integer"];
        };
        /** @description What came of a seat. */
        MinerSeat: {
            /** @description Its share of the fees. */
            fees: components["schemas"]["Amount"];
            /**
             * Format: u-int32
             * @description Place in the draw, from 0.
             */
            index: number;
            /** @description Whether it was the lucky member. */
            lucky: boolean;
            /**
             * Format: u-int32
             * @description Slots it missed in the round.
             */
            missed: number;
            /** @description Its voters' pool. */
            pool: components["schemas"]["Amount"];
            /**
             * Format: u-int32
             * @description Blocks it produced in the round.
             */
            produced: number;
            /** @description Rewards of its blocks. */
            rewards: components["schemas"]["Amount"];
            /** @description Votes `S` by which the pool was shared, raw. With 0 the pool went to the carry. */
            votes: components["schemas"]["Integer"];
        };
        /**
         * @description Columns of the miners' table.
         * @enum {string}
         */
        MinerSort: "fair" | "rank" | "id" | "name" | "votes" | "locked" | "voters" | "produced" | "missed" | "coefficient" | "weight" | "inclusion" | "seats" | "luck" | "bonus" | "last_block";
        /**
         * @description Where a miner is in its life.
         * @enum {string}
         */
        MinerState: "registered" | "resigning" | "resigned";
        /**
         * @description Tabs of the miners' table.
         * @enum {string}
         */
        MinerTab: "all" | "committee" | "announced" | "not_elected_lately" | "mine";
        /** @description Sums over all registered miners. */
        MinerTotals: {
            /**
             * Format: u-int32
             * @description Of these, candidates of the next draw: ready, with a weight above 0.
             */
            candidates: number;
            /** @description Locked behind miners. */
            locked: components["schemas"]["Amount"];
            /**
             * Format: u-int32
             * @description Registered miners.
             */
            miners: number;
            /**
             * Format: u-int64
             * @description Positions that vote.
             */
            voters: number;
            /** @description Votes, raw. */
            votes: components["schemas"]["Integer"];
            /** @description Election weights of the candidates, raw. */
            weight: components["schemas"]["Integer"];
        };
        /** @description A slot that ended without a block. */
        MissedSlot: {
            /**
             * Format: u-int64
             * @description The height of the block that followed.
             */
            before_height: number;
            /** @description Who was on turn. */
            miner: components["schemas"]["MinerRef"];
            /**
             * Format: u-int64
             * @description The slot in the round.
             */
            slot: number;
        };
        /** @description Signing namespaces. */
        Namespaces: {
            /** @description Votes of the consensus. */
            consensus: string;
            proof_of_possession: string;
            transaction: string;
            /** @description Beacon signatures. */
            vrf: string;
        };
        NodeInfo: {
            /**
             * Format: u-int32
             * @description Version of these routes and shapes; 1 under `/api/v1`.
             */
            api_version: number;
            miner?: components["schemas"]["MinerRef"] | null;
            node_key?: components["schemas"]["Hash"] | null;
            /**
             * Format: u-int64
             * @description When the node was started, on the machine's clock.
             */
            started_ms: number;
            /**
             * @description Software version.
             * @example 0.1.0
             */
            version: string;
        };
        /**
         * Format: binary
         * @description Bytes.
         */
        Octets: string;
        /**
         * @description Direction of a sort.
         * @enum {string}
         */
        Order: "asc" | "desc";
        /** @description What the chain made of a transaction in a block. The fee is charged either way. */
        Outcome: {
            /** @description Whether its request was accepted. */
            accepted: boolean;
            /** @description Whether and when it takes effect. */
            effect: components["schemas"]["Effect"];
            refused?: components["schemas"]["ErrorDetail"] | null;
        };
        /** @description `GET /api/v1/parameters`: the constants of this chain and of the mechanism. */
        Parameters: {
            /**
             * Format: u-int32
             * @description Blocks a round L.
             */
            blocks_per_round: number;
            chain: components["schemas"]["ChainRef"];
            /** @description Fixed-point 1 of the optimal coefficient v: 2^32. */
            coefficient_scale: components["schemas"]["Integer"];
            /**
             * Format: u-int32
             * @description Committee size K.
             */
            committee: number;
            /**
             * Format: u-int64
             * @description Length of a day.
             */
            day_seconds: number;
            /** @description Deposit of a miner. */
            deposit: components["schemas"]["Amount"];
            genesis_beacon: components["schemas"]["Hash"];
            /** @description Supply at genesis. */
            genesis_supply: components["schemas"]["Amount"];
            /**
             * Format: u-int32
             * @description Largest block in bytes.
             */
            max_block_bytes: number;
            /**
             * Format: u-int32
             * @description Largest number of transactions in a block.
             */
            max_block_transactions: number;
            /**
             * Format: u-int8
             * @description Largest time gain.
             */
            max_time_gain: number;
            /**
             * Format: u-int32
             * @description Largest transaction in bytes.
             */
            max_transaction_bytes: number;
            /**
             * Format: u-int32
             * @description Fewest candidates for a draw; with fewer the committee of the round before serves again.
             */
            min_committee: number;
            /** @description Smallest fee of a transaction (a heartbeat has none). */
            min_fee: components["schemas"]["Amount"];
            /** @description Smallest position. */
            min_lock: components["schemas"]["Amount"];
            /** @description The namespaces signatures are made in, without the chain id that is mixed in. */
            namespaces: components["schemas"]["Namespaces"];
            /**
             * Format: u-int32
             * @description Rounds within which a node must have shown that it runs to be a candidate.
             */
            ready_rounds: number;
            /** @description Reward and bonus by span of heights; neighbours that pay the same are one. */
            schedule: components["schemas"]["ScheduleSpan"][];
            /**
             * Format: u-int64
             * @description Target length of a slot.
             */
            slot_ms: number;
            /** @description `g(1) ..= g(32)` of mechanism.md section 4. */
            time_gain_table: components["schemas"]["Integer"][];
            /** @description Units in 1 ETM: 10^8. */
            units_per_etm: components["schemas"]["Amount"];
            /** @description Raw votes (and weight) of what people see as 1 vote: 10^6 * 2^32. */
            vote_scale: components["schemas"]["Integer"];
        };
        /** @description What a transaction does. */
        Payload: {
            /** @description How much. */
            amount: components["schemas"]["Amount"];
            /** @enum {string} */
            kind: "transfer";
            /** @description Up to 64 bytes of text that go with it. From a stranger: show it as text only. */
            memo: string;
            /** @description Who gets them. */
            recipient: string;
        } | {
            /** @description How much. */
            amount: components["schemas"]["Amount"];
            /** @enum {string} */
            kind: "lock";
        } | {
            /** @description How much. */
            amount: components["schemas"]["Amount"];
            /** @enum {string} */
            kind: "unlock";
        } | {
            /** @enum {string} */
            kind: "vote";
            /** @description The miner; its name is empty if it never existed. */
            miner: components["schemas"]["MinerRef"];
        } | {
            /** @enum {string} */
            kind: "withdraw";
        } | {
            /** @description The key of votes and beacon (BLS12-381, 96 bytes). */
            bls_key: components["schemas"]["Bytes"];
            /** @description How people reach the miner. From a stranger: show it as text only. */
            contact?: string | null;
            /** @description Where the node is dialled. */
            dial_address: string;
            /** @enum {string} */
            kind: "register";
            name: string;
            /** @description The node's network key (ed25519). */
            node_key: components["schemas"]["Hash"];
        } | {
            bls_key?: components["schemas"]["Bytes"] | null;
            /** @description How people reach the miner from now on; none to have none. */
            contact?: string | null;
            /** @description Where the node is dialled from now on. */
            dial_address: string;
            /** @enum {string} */
            kind: "update";
            node_key?: components["schemas"]["Hash"] | null;
        } | {
            /** @enum {string} */
            kind: "resign";
        } | {
            /** @enum {string} */
            kind: "heartbeat";
            miner: components["schemas"]["MinerRef"];
            /**
             * Format: u-int64
             * @description The round it was sent in.
             */
            round: number;
        };
        /** @description One peer. */
        Peer: {
            /** @description Where it is dialled, if known. */
            address?: string | null;
            /** @description Whether there is a connection now. */
            connected: boolean;
            /**
             * Format: u-int64
             * @description The height of its newest final block, as it announced it. Nothing proves it, and no other figure depends on it. Heights that the chain can't have
             *     reached yet are left out.
             */
            height?: number | null;
            /**
             * Format: u-int64
             * @description The last round in which the chain saw its miner's node alive: a block or a heartbeat of it.
             */
            last_seen_round?: number | null;
            miner?: components["schemas"]["MinerRef"] | null;
            /** @description Its network key (ed25519). */
            node_key: components["schemas"]["Hash"];
            /** @description Whether its miner is ready: seen lately enough to be drawn. */
            ready: boolean;
            /** @description What the chain says of it. */
            role: components["schemas"]["PeerRole"];
            /** @description The version of its software, as it announced it over the connection that there is. Nothing proves it. */
            version?: string | null;
        };
        /**
         * @description What the chain says of a node.
         * @enum {string}
         */
        PeerRole: "member" | "announced" | "candidate" | "follower";
        /** @description `GET /api/v1/peers`: who this node talks to. */
        Peers: {
            node: components["schemas"]["NodeInfo"];
            /** @description The peers it knows. */
            peers: components["schemas"]["Peer"][];
            /** @description The nodes it follows where the network has no place for it. */
            upstreams?: components["schemas"]["UpstreamPeer"][];
        };
        /** @description A request accepted in the running round. */
        PendingRequest: {
            /**
             * Format: u-int64
             * @description The round at whose end it takes effect.
             */
            effective_round: number;
            /**
             * Format: u-int64
             * @description The block that accepted it.
             */
            height?: number | null;
            /** @description What is asked. */
            request: components["schemas"]["Request"];
            transaction?: components["schemas"]["Hash"] | null;
        };
        /** @description The pool of one member. */
        PoolReceipt: {
            /** @description Its share of the fees. */
            fees: components["schemas"]["Amount"];
            /** @description The member. */
            miner: components["schemas"]["MinerRef"];
            /**
             * Format: u-int32
             * @description Slots it missed in the round.
             */
            missed: number;
            /** @description Its pool `p`. */
            pool: components["schemas"]["Amount"];
            /**
             * Format: u-int32
             * @description Blocks it produced in the round.
             */
            produced: number;
            /** @description Its votes `S`, raw; with 0 the pool goes to the carry. */
            votes: components["schemas"]["Integer"];
        };
        /** @description A position and what is to come for it. */
        Position: {
            /** @description `w(T)` of mechanism.md section 4. */
            base_weight: components["schemas"]["Integer"];
            earned_total?: components["schemas"]["Amount"] | null;
            /** @description Forecast of time gain and votes, one entry a day boundary. */
            forecast: components["schemas"]["ForecastPoint"][];
            /**
             * Format: u-int32
             * @description Blocks its miner has added in the running round so far: at the round's end `t` is halved as often.
             */
            halvings_due: number;
            /**
             * Format: u-int32
             * @description Chance that its miner sits in the next draw's committee, in parts per billion; 0 without a miner.
             */
            inclusion_ppb: number;
            /** @description Tokens locked, `T`. */
            locked: components["schemas"]["Amount"];
            miner?: components["schemas"]["MinerRef"] | null;
            /** @description Votes of its miner `S`, raw; 0 without a miner. */
            miner_votes: components["schemas"]["Integer"];
            /**
             * Format: u-int64
             * @description When the next day boundary comes. `time_gain` grows at the end of the round that holds it, unless it is 32.
             */
            next_day_ms: number;
            /**
             * Format: u-int32
             * @description `X / S` in parts per billion; 0 without a miner.
             */
            share_ppb: number;
            /**
             * Format: u-int64
             * @description The round at whose end it came into effect; none if it is from genesis, or that is not known (as `earned_total`).
             */
            since_round?: number | null;
            /**
             * Format: u-int8
             * @description Time gain coefficient `t`, 1 ..= 32.
             */
            time_gain: number;
            /**
             * Format: u-int8
             * @description The time gain after the round that holds the next day boundary, if its miner adds no more block until then. Halvings that are
             *     due come first, then the days that passed in the running round.
             */
            time_gain_after_next_day: number;
            /** @description Votes `X = w(T) * g(t)`, raw. */
            votes: components["schemas"]["Integer"];
        };
        /** @description `GET /api/v1/accounts/{address}/preview`: what a request would change, before it is signed. Nothing is sent. */
        Preview: {
            /** @description Whether the chain would accept the request now, behind those that wait. */
            accepted: boolean;
            /** @description The account. */
            address: string;
            after?: components["schemas"]["ProjectedPosition"] | null;
            after_best?: components["schemas"]["ProjectedPosition"] | null;
            after_worst?: components["schemas"]["ProjectedPosition"] | null;
            /** @description The balance right after inclusion (an unlock is spendable only after the round). */
            balance_after: components["schemas"]["Amount"];
            /** @description The balance now, less what those that wait take. */
            balance_before: components["schemas"]["Amount"];
            before?: components["schemas"]["ProjectedPosition"] | null;
            /**
             * Format: u-int64
             * @description The last height of that round.
             */
            effective_height: number;
            /**
             * Format: u-int64
             * @description The round at whose end it takes effect if it is included before that end.
             */
            effective_round: number;
            /** @description The fee counted with. */
            fee: components["schemas"]["Amount"];
            /**
             * Format: u-int64
             * @description As of this height.
             */
            height: number;
            /** @description The miners whose votes change, and their chance of a seat before and after. */
            miners: components["schemas"]["PreviewMiner"][];
            refused?: components["schemas"]["ErrorDetail"] | null;
            /** @description Why the time gain changes, if it does. */
            time_gain_change: components["schemas"]["TimeGainChange"];
            /**
             * Format: u-int32
             * @description How many transactions of the account that wait for a block are counted in: those with lower nonces than the query names.
             */
            waiting: number;
            /** @description Things that cost the voter something. */
            warnings: components["schemas"]["PreviewWarning"][];
        };
        /** @description The effect on one miner, as the draw at the end of the running round will see it. */
        PreviewMiner: {
            /**
             * Format: u-int32
             * @description Its chance of a seat with the request, in parts per billion.
             */
            inclusion_after_ppb: number;
            /**
             * Format: u-int32
             * @description Its chance of a seat without the request, in parts per billion.
             */
            inclusion_before_ppb: number;
            miner: components["schemas"]["MinerRef"];
            /** @description Its votes with the request, all else equal, raw. */
            votes_after: components["schemas"]["Integer"];
            /** @description Its votes without the request, raw. */
            votes_before: components["schemas"]["Integer"];
            /** @description Its election weight with the request, raw. */
            weight_after: components["schemas"]["Integer"];
            /** @description Its election weight without the request, raw. */
            weight_before: components["schemas"]["Integer"];
        };
        /**
         * @description Requests that can be previewed.
         * @enum {string}
         */
        PreviewRequest: "lock" | "unlock" | "vote" | "withdraw" | "transfer" | "register" | "update" | "resign";
        /**
         * @description Something a request costs.
         * @enum {string}
         */
        PreviewWarning: "top_up_lowers_time_gain" | "switch_halves" | "withdraw_halves" | "position_removed" | "same_miner" | "miner_resigning" | "miner_not_ready" | "lookalike_miner" | "not_voting" | "pending_requests" | "pending_transactions" | "no_fee_left";
        /** @description A position as it is after the end of a round. */
        ProjectedPosition: {
            /** @description Tokens locked. */
            locked: components["schemas"]["Amount"];
            miner?: components["schemas"]["MinerRef"] | null;
            /** Format: u-int8 */
            time_gain: number;
            /** @description Votes, raw. */
            votes: components["schemas"]["Integer"];
        };
        /** @description One key of the state. */
        ProofEntry: {
            key: components["schemas"]["Hash"];
            /**
             * @description What the key stands for.
             * @example account
             */
            meaning: string;
            proof?: components["schemas"]["Bytes"] | null;
            value?: components["schemas"]["Bytes"] | null;
        };
        /** @description What a proof is about. */
        ProofSubject: {
            address: string;
            /** @enum {string} */
            kind: "account";
        } | {
            address: string;
            /** @enum {string} */
            kind: "position";
        } | {
            /** @enum {string} */
            kind: "round";
            /**
             * Format: u-int64
             * @description Its number.
             */
            round: number;
        };
        /** @description One receipt. Receipts of transactions come first, in their order; those of the end of a round come last. */
        ReceiptInfo: {
            /** @description The fee charged. */
            fee: components["schemas"]["Amount"];
            hash: components["schemas"]["Hash"];
            /** @enum {string} */
            kind: "transaction";
            /** @description What the chain made of it. */
            outcome: components["schemas"]["Outcome"];
        } | {
            /** @description How much. */
            amount: components["schemas"]["Amount"];
            /** @enum {string} */
            kind: "reward";
            miner: components["schemas"]["MinerRef"];
            /** @description Its owner, who gets it. */
            owner: string;
        } | {
            /** @enum {string} */
            kind: "missed";
            /** @description Who was on turn. */
            miner: components["schemas"]["MinerRef"];
            /** Format: u-int64 */
            slot: number;
        } | {
            /** @description How much. */
            amount: components["schemas"]["Amount"];
            /**
             * Format: u-int32
             * @description Blocks it produced in the round.
             */
            blocks: number;
            /** @enum {string} */
            kind: "fee_share";
            miner: components["schemas"]["MinerRef"];
            /** @description Its owner, who gets it. */
            owner: string;
        } | {
            /** @description The pool; it goes to the carry if `votes` is 0. */
            amount: components["schemas"]["Amount"];
            /** @enum {string} */
            kind: "pool";
            miner: components["schemas"]["MinerRef"];
            /** @description The miner's votes `S`, raw. */
            votes: components["schemas"]["Integer"];
        } | {
            /** @description What it adds to the pool. */
            amount: components["schemas"]["Amount"];
            /** @enum {string} */
            kind: "lucky";
            miner: components["schemas"]["MinerRef"];
        } | {
            /** @enum {string} */
            kind: "halving";
            /** @description The miner they vote for. */
            miner: components["schemas"]["MinerRef"];
            /**
             * Format: u-int32
             * @description How often: the blocks it added in the round.
             */
            times: number;
        } | {
            /**
             * Format: u-int32
             * @description How many.
             */
            days: number;
            /** @enum {string} */
            kind: "day_tick";
        } | {
            /** @description Whose. */
            account: string;
            /** @description False if a resignation in the same round made it void. */
            applied: boolean;
            /** @enum {string} */
            kind: "request";
            /** @description What was asked. */
            request: components["schemas"]["Request"];
        } | {
            /**
             * Format: u-int32
             * @description How many candidates there were.
             */
            candidates: number;
            /** @description Hash of their list: what they were drawn by. */
            candidates_hash: components["schemas"]["Hash"];
            /** @description True if there were too few, so that the committee of the round before serves again. */
            kept: boolean;
            /** @enum {string} */
            kind: "draw";
            /** @description Its members in the order drawn. */
            members: components["schemas"]["MinerRef"][];
            /**
             * Format: u-int64
             * @description For which round.
             */
            round: number;
        } | {
            /** @description How much. */
            amount: components["schemas"]["Amount"];
            /** @enum {string} */
            kind: "deposit_returned";
            miner: components["schemas"]["MinerRef"];
            /** @description Its owner, who gets it. */
            owner: string;
        } | {
            /** @description What is carried into the next round. */
            carry: components["schemas"]["Amount"];
            /** @enum {string} */
            kind: "bonus";
            /** @description What the lucky member's pool got on top. */
            lucky: components["schemas"]["Amount"];
            /** @description `a`: the pool of every member. */
            pool: components["schemas"]["Amount"];
            /** @description `B`: what there was, the carry included. */
            total: components["schemas"]["Amount"];
        } | {
            /** @enum {string} */
            kind: "fees";
            /** @description What each block earned its producer. */
            per_block: components["schemas"]["Amount"];
            /** @description What joins the fees of the next round. */
            remainder: components["schemas"]["Amount"];
            /** @description What there was to share, the remainder of the round before included. */
            total: components["schemas"]["Amount"];
        } | {
            /** @description `v_avg`, times 2^32. */
            coefficient: components["schemas"]["Integer"];
            /** @enum {string} */
            kind: "average";
        };
        /** @description A request of mechanism.md section 3. */
        Request: {
            /** @description How much. */
            amount: components["schemas"]["Amount"];
            /** @enum {string} */
            kind: "lock";
        } | {
            /** @description How much. */
            amount: components["schemas"]["Amount"];
            /** @enum {string} */
            kind: "unlock";
        } | {
            /** @enum {string} */
            kind: "vote";
            miner: components["schemas"]["MinerRef"];
        } | {
            /** @enum {string} */
            kind: "withdraw";
        } | {
            /** @enum {string} */
            kind: "register";
            name: string;
        } | {
            /** @enum {string} */
            kind: "resign";
        };
        /** @description `GET /api/v1/rounds/{round}`: one round. `current` and `announced` are allowed as numbers. */
        Round: components["schemas"]["RoundSummary"] & {
            beacon?: components["schemas"]["Hash"] | null;
            /** @description Its committee, in the order drawn. */
            committee: components["schemas"]["Seat"][];
            distribution?: components["schemas"]["Distribution"] | null;
            drawn?: components["schemas"]["Drawn"] | null;
            missed_slots: components["schemas"]["MissedSlot"][];
            /**
             * Format: u-int32
             * @description Requests that took effect at its end.
             */
            requests_applied?: number | null;
            /**
             * Format: u-int32
             * @description Requests that were void at its end.
             */
            requests_void?: number | null;
            seed?: components["schemas"]["Hash"] | null;
            v_avg?: components["schemas"]["Integer"] | null;
        };
        /** @description The end of the running round, as far as it is known. */
        RoundEnd: {
            /**
             * Format: u-int32
             * @description Blocks that are to come.
             */
            blocks_to_come: number;
            /**
             * Format: u-int32
             * @description Day boundaries it crosses if all slots are used; never fewer.
             */
            days: number;
            /**
             * Format: u-int32
             * @description How often the position's time gain is halved: by the blocks its miner has added so far.
             */
            halvings_due: number;
            /**
             * Format: u-int32
             * @description And if all slots are used until then. The order of turns is known.
             */
            halvings_expected: number;
            /**
             * Format: u-int32
             * @description And if its miner adds all blocks that are to come.
             */
            halvings_most: number;
            /**
             * Format: u-int64
             * @description Its last height.
             */
            height: number;
            /**
             * Format: u-int64
             * @description The running round.
             */
            round: number;
        };
        /** @description A page of rounds, newest first. */
        RoundPage: {
            /**
             * Format: u-int64
             * @description `before_round` of the next page, if there is one.
             */
            next?: number | null;
            rounds: components["schemas"]["RoundSummary"][];
            /**
             * Format: u-int64
             * @description The running round.
             */
            running: number;
        };
        /** @description The running round: that of the next block. */
        RoundProgress: {
            /** @description The committee announced for the next round, in the order drawn. */
            announced: components["schemas"]["MinerRef"][];
            /**
             * Format: u-int64
             * @description Blocks of the round that are final.
             */
            blocks_done: number;
            /**
             * Format: u-int64
             * @description Blocks the round will have.
             */
            blocks_total: number;
            /** @description The committee of the running round, in the order drawn. */
            committee: components["schemas"]["MinerRef"][];
            /**
             * Format: u-int64
             * @description When the round should end if blocks go on coming as the last 100 did, each of which counts for a slot at least and ten at most. Says
             *     nothing while the node is not `synced` (`sync.state`).
             */
            ends_ms: number;
            /**
             * Format: u-int64
             * @description First height of the round.
             */
            first_height: number;
            /**
             * Format: u-int64
             * @description Last height of the round.
             */
            last_height: number;
            /**
             * Format: u-int64
             * @description Slots missed so far in the round.
             */
            missed: number;
            /**
             * Format: u-int64
             * @description When the next day boundary comes (positions gain 1 at the end of the round that holds it).
             */
            next_day_ms: number;
            producer?: components["schemas"]["MinerRef"] | null;
            /**
             * Format: u-int64
             * @description The round of the next block.
             */
            round: number;
            /**
             * Format: u-int64
             * @description The slot whose block is awaited.
             */
            slot: number;
            /** @description Who is on turn in the slots after it, in order. */
            upcoming: components["schemas"]["Turn"][];
        };
        /**
         * @description `GET /api/v1/rounds/{round}/receipt`: everything with which a finished round is checked, with no trust in the node that sent it.
         *
         *     1. The header's SHA-256 is the hash that `certificate` finalizes, with the committee of the round.
         *     2. Each header names its parent; each `vrf` verifies with its producer's BLS key; each beacon follows from it.
         *     3. Each producer is the member on turn in its slot, from `seed`.
         *     4. `lucky` and the pools follow from the beacon, the schedule and `distribution`.
         *     5. `draw` follows from the beacon and the candidates' weights; its members are the committee in the last block.
         */
        RoundReceipt: {
            /**
             * Format: u-int32
             * @description Blocks a round, `L`.
             */
            blocks_per_round: number;
            /** @description The finalization of the last of them. */
            certificate: components["schemas"]["BlockCertificate"];
            /** @description The chain id. */
            chain: components["schemas"]["Hash"];
            /** @description The committee of the round, in the order drawn, with keys. */
            committee: components["schemas"]["CommitteeMember"][];
            /**
             * Format: u-int32
             * @description Committee size, `K`.
             */
            committee_size: number;
            /** @description How bonus and fees were shared. */
            distribution: components["schemas"]["Distribution"];
            /** @description The draw at the end of the round. */
            draw: components["schemas"]["DrawReceipt"];
            /**
             * @description Format of this document, for those who save it.
             * @example etm-receipt/1
             */
            format: string;
            /** @description The encoded headers of the round's blocks, in order. */
            headers: components["schemas"]["Bytes"][];
            /** @description The lucky member and how it was found. */
            lucky: components["schemas"]["LuckyReceipt"];
            /**
             * Format: u-int32
             * @description Fewest candidates for a draw.
             */
            min_committee: number;
            /** @description Hash of the block before the round. */
            parent: components["schemas"]["Hash"];
            /** @description Pools of the members, in the order drawn. */
            pools: components["schemas"]["PoolReceipt"][];
            /** Format: u-int64 */
            round: number;
            /** @description The beacon that orders the round's slots. */
            seed: components["schemas"]["Hash"];
        };
        /**
         * @description Where a round is.
         * @enum {string}
         */
        RoundState: "finished" | "running" | "announced";
        /** @description A round as a row of a list. */
        RoundSummary: {
            /**
             * Format: u-int32
             * @description Its blocks so far.
             */
            blocks: number;
            bonus?: components["schemas"]["Amount"] | null;
            /**
             * Format: u-int32
             * @description Day boundaries counted at its end.
             */
            days?: number | null;
            /** @description Fees its blocks collected so far. */
            fees: components["schemas"]["Amount"];
            /** Format: u-int64 */
            first_height: number;
            /** Format: u-int64 */
            last_height: number;
            lucky?: components["schemas"]["MinerRef"] | null;
            /**
             * Format: u-int32
             * @description Its missed slots so far.
             */
            missed: number;
            /**
             * Format: u-int64
             * @description Its number.
             */
            round: number;
            /**
             * Format: u-int32
             * @description Size of its committee.
             */
            seats: number;
            /** @description Finished, running or announced. */
            state: components["schemas"]["RoundState"];
            /**
             * Format: u-int64
             * @description Timestamp of its last block so far.
             */
            timestamp_ms?: number | null;
            /**
             * Format: u-int64
             * @description Its transactions so far.
             */
            transactions: number;
        };
        /** @description One span of the schedule of rewards (mechanism.md section 7). */
        ScheduleSpan: {
            /** @description What a block adds to the voter bonus (rounded down in the last span, where a few blocks add 1 unit more). */
            bonus: components["schemas"]["Amount"];
            /** @description All bonus up to the last height of the span. */
            bonus_total: components["schemas"]["Amount"];
            /**
             * Format: u-int64
             * @description First height of the span.
             */
            first_height: number;
            /**
             * Format: u-int64
             * @description Last height of the span.
             */
            last_height: number;
            /** @description What the producer of a block gets. */
            reward: components["schemas"]["Amount"];
            /** @description All rewards up to the last height of the span. */
            reward_total: components["schemas"]["Amount"];
        };
        /** @description One thing found. */
        SearchResult: {
            hash: components["schemas"]["Hash"];
            /** Format: u-int64 */
            height: number;
            /** @enum {string} */
            kind: "block";
        } | {
            hash: components["schemas"]["Hash"];
            /** @enum {string} */
            kind: "transaction";
        } | {
            address: string;
            /** @enum {string} */
            kind: "account";
        } | {
            /** @enum {string} */
            kind: "miner";
            miner: components["schemas"]["MinerRef"];
        } | {
            /** @enum {string} */
            kind: "round";
            /**
             * Format: u-int64
             * @description Its number.
             */
            round: number;
        };
        /** @description What `GET /api/v1/search` found. */
        SearchResults: {
            /** @description What was asked. */
            query: string;
            /** @description Best match first, at most 20. */
            results: components["schemas"]["SearchResult"][];
        };
        /** @description One seat of a committee. */
        Seat: {
            fees?: components["schemas"]["Amount"] | null;
            /**
             * Format: u-int32
             * @description How often its voters' time gain was halved at the end of the round.
             */
            halvings?: number | null;
            /**
             * Format: u-int32
             * @description Place in the draw, from 0.
             */
            index: number;
            /** @description Whether it is the lucky member. */
            lucky: boolean;
            miner: components["schemas"]["MinerRef"];
            /**
             * Format: u-int32
             * @description Slots it missed in the round so far.
             */
            missed: number;
            pool?: components["schemas"]["Amount"] | null;
            /**
             * Format: u-int32
             * @description Blocks it produced in the round so far.
             */
            produced: number;
            /** @description Rewards of its blocks so far. */
            rewards: components["schemas"]["Amount"];
            /** @description Votes `S` in the round, raw. */
            votes: components["schemas"]["Integer"];
        };
        /** @description A class of positions by size. */
        SizeClass: {
            /** @description Positions beyond this belong to the next class. */
            below: components["schemas"]["Amount"];
            /** @description Smallest position of the class. */
            from: components["schemas"]["Amount"];
            /** @description Locked in them. */
            locked: components["schemas"]["Amount"];
            /**
             * Format: u-int64
             * @description Positions.
             */
            voters: number;
        };
        /**
         * @description `GET /api/v1/proofs/...`: that some keys have some values (or none) in the state after a final block.
         *
         *     Checked by: the finalization of `certificate` against the committee of its round; SHA-256 of its header; the header's state root;
         *     `proof` of each entry against that root.
         */
        StateProof: {
            /** @description What makes the block final. */
            certificate: components["schemas"]["BlockCertificate"];
            /** @description The values and their proofs. */
            entries: components["schemas"]["ProofEntry"][];
            /**
             * Format: u-int64
             * @description The block in whose state it is true.
             */
            height: number;
            /** @description The root of that state, from the block's header. */
            state_root: components["schemas"]["Hash"];
            /** @description What is proved. */
            subject: components["schemas"]["ProofSubject"];
        };
        /** @description `GET /api/v1/status`: where the chain is and how this node does. */
        Status: {
            /** @description The chain this node follows. */
            chain: components["schemas"]["ChainRef"];
            /** @description How long blocks take to become final. */
            finality: components["schemas"]["Finality"];
            node: components["schemas"]["NodeInfo"];
            /**
             * Format: u-int32
             * @description Peers connected now.
             */
            peers: number;
            /**
             * Format: u-int32
             * @description Transactions waiting in the pool.
             */
            pending_transactions: number;
            /** @description The running round. */
            progress: components["schemas"]["RoundProgress"];
            /** @description Whether the node keeps up. */
            sync: components["schemas"]["Sync"];
            /** @description The last finalized block. */
            tip: components["schemas"]["Tip"];
        };
        /** @description The body of `POST /api/v1/transactions`: a transaction that was signed elsewhere. No secret ever belongs into a request. */
        SubmitRequest: {
            /** @description The canonical encoding of the signed transaction, in hex. */
            transaction: components["schemas"]["Bytes"];
        };
        /** @description What became of a submitted transaction, at the time of the answer. */
        SubmitResponse: {
            hash: components["schemas"]["Hash"];
            /**
             * Format: u-int64
             * @description The block, once it is included.
             */
            height?: number | null;
            outcome?: components["schemas"]["Outcome"] | null;
            /** @description How far it is. `pending` if it was not asked to wait, or if the wait ran out: then follow `GET transactions/{hash}`. */
            status: components["schemas"]["TransactionStatus"];
        };
        /** @description `GET /api/v1/supply`: where all tokens are, at the tip. */
        Supply: {
            /**
             * Format: u-int64
             * @description Accounts there are, as far as the history knows.
             */
            accounts: number;
            /** @description Bonus shared out to positions so far, fractions of a unit included. */
            bonus_credited: components["schemas"]["Amount"];
            /** @description Voter bonus issued. */
            bonus_issued: components["schemas"]["Amount"];
            /** @description All the bonus there will ever be. */
            bonus_maximum: components["schemas"]["Amount"];
            /** @description Bonus the schedule has issued by this height. Equal to `bonus_issued`, or something is wrong. */
            bonus_scheduled: components["schemas"]["Amount"];
            /** @description The part of the escrow that is carried into the next distribution. */
            carry: components["schemas"]["Amount"];
            /** @description Deposits of miners, with what is accepted but not yet in effect. */
            deposits: components["schemas"]["Amount"];
            /** @description Bonus issued and not credited: carry, running round, fractions. */
            escrow: components["schemas"]["Amount"];
            /** @description Fees of the running round, to be shared at its end. */
            fees_pending: components["schemas"]["Amount"];
            /** @description Supply at genesis. */
            genesis: components["schemas"]["Amount"];
            /**
             * Format: u-int64
             * @description As of this height.
             */
            height: number;
            /** @description Locked in positions, with what is accepted but not yet in effect. */
            locked: components["schemas"]["Amount"];
            /**
             * Format: u-int32
             * @description `locked` over `total`, in parts per billion.
             */
            locked_share_ppb: number;
            /** @description All the tokens there will ever be. */
            maximum: components["schemas"]["Amount"];
            /**
             * Format: u-int64
             * @description Positions there are.
             */
            positions: number;
            /** @description Producer rewards issued. */
            rewards_issued: components["schemas"]["Amount"];
            /** @description All the rewards there will ever be. */
            rewards_maximum: components["schemas"]["Amount"];
            /** @description Rewards the schedule has issued by this height. Equal to `rewards_issued`, or something is wrong. */
            rewards_scheduled: components["schemas"]["Amount"];
            /** @description Reward and bonus by span of heights; neighbours that pay the same are one. */
            schedule: components["schemas"]["ScheduleSpan"][];
            /** @description What can be spent: free balances and earned bonus not yet drawn. */
            spendable: components["schemas"]["Amount"];
            /** @description `genesis + rewards_issued + bonus_issued`. */
            total: components["schemas"]["Amount"];
            /**
             * Format: u-int64
             * @description Positions that vote.
             */
            voters: number;
        };
        /** @description One point of `GET /api/v1/supply/history`: the end of a round. */
        SupplyPoint: {
            /** @description Bonus shared out to positions. */
            bonus_credited: components["schemas"]["Amount"];
            /** @description Bonus issued, and by the schedule. */
            bonus_issued: components["schemas"]["Amount"];
            /**
             * Format: u-int64
             * @description Its last height.
             */
            height: number;
            /** @description Locked in positions. */
            locked: components["schemas"]["Amount"];
            rewards_issued: components["schemas"]["Amount"];
            /** Format: u-int64 */
            round: number;
            /**
             * Format: u-int64
             * @description Timestamp of its last block.
             */
            timestamp_ms: number;
        };
        /** @description Whether the node keeps up. */
        Sync: {
            /**
             * Format: u-int64
             * @description Highest block heard of, if that is above the tip.
             */
            best_height: number;
            /**
             * Format: u-int64
             * @description How far the history lags behind the tip, in blocks.
             */
            history_lag: number;
            /**
             * Format: u-int64
             * @description The chain's clock on this node (on a devnet time travel moves it ahead of the machine's).
             */
            now_ms: number;
            /** @description Where the node gets its blocks from. */
            source?: components["schemas"]["BlockSource"];
            /** @description What the node is doing. */
            state: components["schemas"]["SyncState"];
            /**
             * Format: u-int64
             * @description Age of the tip on the chain's clock.
             */
            tip_age_ms: number;
            /** @description What whoever runs the node has to look at, a sentence each: its clock, its connections, its votes. */
            warnings: string[];
        };
        /**
         * @description What a node is doing.
         * @enum {string}
         */
        SyncState: "starting" | "behind" | "synced" | "stalled";
        /**
         * @description Why a request changes the time gain.
         * @enum {string}
         */
        TimeGainChange: "none" | "new" | "mixed" | "halved" | "removed";
        /** @description The body of `POST /api/v1/devnet/time-travel`: exactly one of the two. */
        TimeTravelRequest: {
            /**
             * Format: u-int32
             * @description Advance by this many days: blocks are really made, the clock moves.
             */
            days?: number | null;
            /**
             * Format: u-int32
             * @description Advance by this many rounds.
             */
            rounds?: number | null;
        };
        /** @description Where time travel goes. */
        TimeTravelResponse: {
            /**
             * Format: u-int64
             * @description The chain's clock before.
             */
            from_ms: number;
            /**
             * Format: u-int64
             * @description Height at the time of the answer; the blocks come in the background.
             */
            height: number;
            /**
             * Format: u-int64
             * @description The round it should reach, if rounds were asked for.
             */
            target_round?: number | null;
            /**
             * Format: u-int64
             * @description The chain's clock once it is there.
             */
            to_ms: number;
        };
        /** @description What changed a position. */
        TimelineChange: {
            /** @enum {string} */
            kind: "genesis";
        } | {
            /** @description False if a resignation in the same round made it void. */
            applied: boolean;
            /** @enum {string} */
            kind: "request";
            request: components["schemas"]["Request"];
            /** @description The transaction that asked. */
            transaction: components["schemas"]["Hash"];
        } | {
            /** @description Heights of the blocks that caused it, in order: one halving each. */
            blocks: number[];
            /** @enum {string} */
            kind: "halving";
            miner: components["schemas"]["MinerRef"];
        } | {
            /**
             * Format: u-int32
             * @description How many.
             */
            days: number;
            /** @enum {string} */
            kind: "day";
        } | {
            /** @enum {string} */
            kind: "miner_resigned";
            miner: components["schemas"]["MinerRef"];
        };
        /** @description One change of a position; all changes happen at the end of a round. */
        TimelineEntry: {
            after?: components["schemas"]["ProjectedPosition"] | null;
            before?: components["schemas"]["ProjectedPosition"] | null;
            /** @description What happened. */
            change: components["schemas"]["TimelineChange"];
            /**
             * Format: u-int64
             * @description The last height of that round.
             */
            height: number;
            /**
             * Format: u-int64
             * @description The round at whose end it happened.
             */
            round: number;
            /**
             * Format: u-int64
             * @description Timestamp of that block.
             */
            timestamp_ms: number;
        };
        /** @description `GET /api/v1/accounts/{address}/timeline`: what changed the position, newest first. */
        TimelinePage: {
            /** @description The account. */
            address: string;
            /**
             * Format: u-int64
             * @description The round from which on `total` counts and there are entries, where the node began with a snapshot and can't know what was before; null
             *     if from genesis.
             */
            counted_from?: number | null;
            entries: components["schemas"]["TimelineEntry"][];
            /**
             * Format: u-int64
             * @description `offset` of the next page, if there is one.
             */
            next?: number | null;
            /**
             * Format: u-int64
             * @description Entries that match, all pages together.
             */
            total: number;
        };
        /** @description The last finalized block, in short. */
        Tip: {
            hash: components["schemas"]["Hash"];
            /**
             * Format: u-int64
             * @description Its height; 0 is genesis.
             */
            height: number;
            producer?: components["schemas"]["MinerRef"] | null;
            /** Format: u-int64 */
            round: number;
            /**
             * Format: u-int64
             * @description Its slot in the round.
             */
            slot: number;
            /** Format: u-int64 */
            timestamp_ms: number;
        };
        /** @description `GET /api/v1/transactions/{hash}`. */
        Transaction: components["schemas"]["TransactionSummary"] & {
            block_hash?: components["schemas"]["Hash"] | null;
            /** @description The canonical encoding. */
            encoded: components["schemas"]["Bytes"];
            /** @description The sender's public key. */
            public_key: components["schemas"]["Hash"];
            /** @description The receipts it has. */
            receipts: components["schemas"]["ReceiptInfo"][];
            signature: components["schemas"]["Bytes"];
        };
        /** @description A page of transactions, newest first. */
        TransactionPage: {
            /**
             * Format: u-int64
             * @description The round from which on `total` counts and there are transactions, where the node began with a snapshot and can't know what was
             *     before; null if from genesis.
             */
            counted_from?: number | null;
            /**
             * Format: u-int64
             * @description `cursor` of the next page, if there is one.
             */
            next?: number | null;
            /**
             * Format: u-int64
             * @description How many match, all pages together.
             */
            total: number;
            transactions: components["schemas"]["TransactionSummary"][];
        };
        /**
         * @description How far a transaction is.
         * @enum {string}
         */
        TransactionStatus: "pending" | "held" | "included" | "finalized";
        /** @description A transaction as a row of a list. */
        TransactionSummary: {
            /**
             * Format: u-int64
             * @description The last height at which it may be included.
             */
            expires_at: number;
            fee: components["schemas"]["Amount"];
            hash: components["schemas"]["Hash"];
            /**
             * Format: u-int64
             * @description The block it is in.
             */
            height?: number | null;
            /**
             * Format: u-int32
             * @description Its place in the block.
             */
            index?: number | null;
            /** Format: u-int64 */
            nonce: number;
            outcome?: components["schemas"]["Outcome"] | null;
            /** @description What it does. */
            payload: components["schemas"]["Payload"];
            /** @description Who sent it. (For a heartbeat the address of the node key, which is no account's.) */
            sender: string;
            /**
             * Format: u-int32
             * @description Its size in bytes.
             */
            size: number;
            /** @description How far it is. */
            status: components["schemas"]["TransactionStatus"];
            /**
             * Format: u-int64
             * @description Timestamp of the block.
             */
            timestamp_ms?: number | null;
        };
        /** @description One slot and who is on turn in it. */
        Turn: {
            /** @description The member on turn. */
            miner: components["schemas"]["MinerRef"];
            /**
             * Format: u-int64
             * @description The slot in the round.
             */
            slot: number;
        };
        /** @description A node that is followed. */
        UpstreamPeer: {
            /** @description The address of its API. */
            address: string;
            /** @description Why it is not asked now, if it is not. */
            aside?: string | null;
            /**
             * Format: u-int64
             * @description Blocks it gave that were good.
             */
            blocks: number;
            /**
             * Format: u-int64
             * @description The height it says it is at.
             */
            height?: number | null;
        };
        /**
         * @description How far to wait. Blocks are final before anything executes on them here, so both come together.
         * @enum {string}
         */
        Wait: "included" | "finalized";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
