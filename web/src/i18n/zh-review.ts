import { ETM } from '../lib/amount';
import type { enReview } from './en-review';
import type { Widen } from './en';

/** Chinese: what is shown and asked before a signature. */
export const zhReview: Widen<typeof enReview> = {
  review: {
    facts: {
      amount: '数量',
      recipient: '收款地址',
      memo: '附言（公开）',
      miner: '矿工',
      name: '名称',
      dial: '其节点监听地址',
      contact: '联系方式（公开）',
      nodeKey: '节点公钥',
      keysFingerprint: '全部密钥的指纹',
      round: '轮次',
      seed: '决定出块次序的信标',
      chain: '链标识',
      sender: '发送者',
      nonce: '交易序号',
      fee: '手续费',
      expires: '在此区块后过期',
    },
    noContact: '此后没有',
    keysStay: '保留现有密钥',
    expires: '过期',
    expiresIn: (blocks, last) => `签名后 ${blocks} 个区块内（至区块 ${last}）未被收录`,
    noTime: (height, most) =>
      `节点称链已到区块 ${height}，但自创世以来最多只够产生 ${most} 个区块。没有签名。`,
    otherRound: (height, round) =>
      `节点声称链位于区块 ${height}，又声称第 ${round} 轮正在进行，两者不能同时成立。尚未签名。`,
    comesBack: '何时返还',
    back: {
      lock: '解锁之后：在收录解锁请求的那一轮结束时，无需另外等待',
      unlock: (round, height) => `第 ${round} 轮结束（区块 ${height}）后可用，前提是在此之前进入区块`,
      register: (deposit) => `押金 ${deposit}${ETM}：矿工退出且不再有委员会需要它之后`,
      resign: (deposit) =>
        `押金 ${deposit}${ETM}：不再有委员会需要该矿工之后。其投票者保留时间增益，但不再投给任何人`,
    },
    untilThen: '在此之前',
    blocksDue: (miner, expected, due) => `${miner} 的 ${expected} 个区块使其减半（已出 ${due} 个）`,
    daysDue: (days) => `经过日界 +${days}`,
    and: '，',
    nowAndDue: (now, due) => `时间增益现为 ${now}；随后：${due}`,
    notCertain: '尚不确定',
    blocksUncertain: (miner, best, worst, blocks) =>
      `若 ${miner} 本轮不再出块，时间增益为 ${best}；若余下 ${blocks} 个区块全由它出，则为 ${worst}`,
    dayUncertain: (best, worst) => `若本轮结束前又开始新的一天，时间增益为 ${best}，否则为 ${worst}`,
    waiting: (count) => `此账户有 ${count} 笔交易在等待区块，已计入。`,
    memoUnseen: '备注含有不可见字符，均显示为“?”。',
    newRecipient: '此地址从未收到过任何款项：请确认有人持有其密钥。',
    needsNode:
      '矿工需要一个使用这些密钥运行、并能在您填写的地址上连通的节点：没有它就永远不会被抽中。本页面无法测试该地址。',
    noFeeLeft: (left, fee) =>
      `将只剩 ${left}，不足一笔手续费 ${fee}：在有新的入账之前，您无法投票、解锁或转账。`,
    highFee: (fee, least) => `手续费 ${fee} 远高于最低的 ${least}。`,
    highLeast: (fee, usual) => `手续费 ${fee} 是此节点所称的最低值，远高于通常的 ${usual}。`,
    highFeeAlone: (fee) => `手续费 ${fee} 超过数量的 1 %。`,
    holding: '正在将节点所说与链的创世内容核对……',
    nodeLies: '节点所说与其链不符，不能凭它的话签名：',
    termsNotProved: '节点不提供创世内容：最低手续费、押金及其他参数仅凭它一面之词。',
    nameNotProved: (id: string, name: string) =>
      `矿工 #${id} 名为 ${name} 仅凭节点一面之词：它没有给出证明。尚无人投票的新矿工，或相隔轮次过多时，没有证明。`,
    positionNotProved:
      '您的锁仓、其时间增益与投票仅凭节点一面之词，而此操作的代价由此判断：它没有给出证明，或相隔轮次过多。您持仓下方的“证明我的票数”会走完这些轮次。',
    dialNotProved: (dial: string) =>
      `矿工的节点监听于 ${dial} 仅凭本页面所询问节点的一面之词，并将被重新签名。`,
    contactNotProved: (contact) =>
      `矿工的联系方式为 ${contact} 仅凭本页面所询问节点的一面之词，并将被重新签名。`,
    signedBefore: (hash, when) =>
      `完全相同的内容已于 ${when} 在此签名：交易 ${hash}。节点可能已接收却声称没有：若它已在区块中，这将再做一次。`,
    otherChain: '节点所说的链与开始此操作时的不同，不能签名：请返回并重新核对一切。',
    changedUnlocking: '在解锁钱包期间，节点所说的内容已改变。尚未签名：请再核对一次后签名。',
    voteEnds: '您的投票随本轮结束而终止（如其矿工已退出）仅凭节点一面之词。',
    tipNotProved: '节点没有证明链已到达它所说的位置，而此签名的过期由此计算：它的有效期可能比您认为的更长。',
    requestsNotProved:
      '此账户在此之前还提出了其他请求，仅凭节点一面之词，而此操作的结果据此判断：它没有给出签署的内容。',
    seatNotProved:
      '您的矿工的区块在本轮使您的时间增益减半几次仅凭节点一面之词：它所证明的状态较旧，或属于上一轮的结束。',
    oddDays: '据节点一面之词，本轮开始的天数多于其区块所需的时间：时间增益的结果由此判断。',
    oldState: '按本设备的时钟，证明您持仓的那个区块已过去很久：可能有节点未展示的更新区块。',
    provedTerms: '已证明：链的参数。',
    provedPosition: (height, time) =>
      `已证明：链的参数；以及您的锁仓、其时间增益与投票，依据 ${time} 的区块 ${height} 之后的状态。`,
    wordRest:
      '仅凭节点一面之词：您的余额、下一个序号、您先前签署的内容是否仍在等待或计入本轮、本轮未经证明的天数与区块，以及各项概率。',
    wordPosition:
      '仅凭节点一面之词：您的余额、下一个序号、您先前签署的内容是否仍在等待或计入本轮、本轮的情况、各项概率以及您的锁仓。只有已投票的持仓才能被证明。',
    anyway: '我知道，仍要继续。',
    changedMeanwhile: '此账户在此期间已有新交易，下一个序号已变。尚未签名：请再核对一次后签名。',
    signedMeanwhile: '在此期间完全相同的内容已在此签名，可能在另一个标签页中。尚未签名：请再核对一次后签名。',
    nothingChanges: '该矿工已如此登记：不会有任何变化。',
  },
};
