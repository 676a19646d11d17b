import { ETM } from '../lib/amount';
import type { Text } from './en';

/** Chinese: what a node refuses with, by its code. */
export const zhMore: Pick<
  Text,
  | 'refusals'
  | 'offline'
  | 'proof'
  | 'concentration'
  | 'returns'
  | 'uptime'
  | 'compare'
  | 'together'
  | 'mempoolNote'
> = {
  refusals: {
    invalid_query: '节点不接受此请求：其中有内容过长、过大，或格式不对。',
    invalid_path: '此页面的地址不指向任何内容：应为高度、哈希、编号或名称。',
    invalid_address: '地址有误：字符、长度或校验和不对。',
    timeout: '节点应答超时。',
    pruned: '本节点不保存这项数据，其他节点也许保存。',
    body_too_large: '内容超过节点允许的大小。',
    too_many_requests: '节点正忙，请稍后再试。',
    too_large: '结果超过节点一次能给出的大小。',
    internal: '节点内部出错，其日志有详细说明。',
    unavailable: '节点正在启动、停止或追赶区块，请稍后再试。',
    not_a_devnet: '只有开发网络支持此操作。',
    transaction_too_large: '交易超过链允许的大小。',
    wrong_chain: '这笔交易属于另一个网络。',
    wrong_signature: '签名与交易不符。',
    fee_too_low: '手续费低于链的下限，或低于此节点交易池目前的要求。',
    expired: '节点称它已过期：它本应在当前区块之前被收录。',
    nonce_too_low: '节点称其序号已被使用：这笔交易或取代它的交易已在区块中。',
    nonce_too_high: '序号超前太多：此账户缺少之前的交易。',
    replacement_fee_too_low: '已有同一序号的交易在等待。要取代它，手续费至少须高出十分之一。',
    account_limit: '此账户等待中的交易已达上限。',
    pool_full: '节点的交易池已满，其中交易的手续费都更高。请提高手续费。',
    cannot_pay_fee: '余额不够支付手续费。',
    insufficient_balance: '余额不够支付金额和手续费。',
    below_minimum_lock: '持仓会低于下限，但又不为零。',
    unlock_exceeds_position: '解锁数量超过锁仓数量。',
    no_position: '没有锁仓，因此没有持仓。',
    no_vote: '该持仓没有投票。',
    miner_not_registered: '该矿工没有注册，或尚未生效。',
    invalid_name: '矿工名称含有不允许的字符，或长度不对。',
    name_taken: '已有矿工使用此名称。',
    already_registered: '此账户已拥有矿工。',
    not_a_miner: '此账户没有矿工。',
    already_resigned: '该矿工已经退出。',
    key_taken: '其中一把密钥已被其他矿工使用。',
    wrong_proof_of_possession: '密钥的持有证明不成立。',
    invalid_payload: '交易中有不允许的字段。',
  },
  proof: {
    title: '证明我的票数',
    titleOther: '证明这些票数',
    lead: '向节点索取此持仓、其群组与其矿工的记录，以及每条记录通往委员会所签状态的路径，并在本浏览器中核验。',
    button: '在我的浏览器中证明',
    fails: '证明不成立。',
    steps: {
      genesis: '创世',
      walk: '通往委员会的路径',
      evidence: '证据',
      committee: '委员会',
      certificate: '证书',
      miner: '矿工的记录',
      cohorts: '矿工的群组',
      tally: '委员会至今产出的区块',
      position: '持仓',
      link: '持仓所在的群组',
    },
    incomplete: '证明所需的内容无法全部取得，因此不作任何结论。',
    proved: '已证明的内容',
    asOf: (height, signers, round) =>
      `在区块 ${height} 之后的状态中，由 ${signers} 名成员签名；这些票数计入第 ${round} 轮。`,
    madeAt: (when) => `该区块的时间为 ${when}。`,
    old: (span) => `按本设备的时钟，那是 ${span}前：节点停滞或未显示更新的区块，或者链已停止。`,
    sum: '该矿工的票数 S',
    cohorts: (count) => `${count} 个群组之和`,
    limits: '群组等于其全部持仓之和，这一点不在状态之中：它来自执行区块，而结果由超过三分之二的委员会签名。',
  },
  offline: {
    title: '交易文件',
    lead: '在离线的机器上签名，在另一台机器上发送。文件格式与命令 etm tx sign、etm tx broadcast 的相同。',
    choose: '选择交易文件',
    noFile: '这不是交易文件（etm-tx/1）。',
    signed: '已签名',
    unsigned: '待签名',
    sign: '签名并保存',
    send: '发送',
    noKey: '此浏览器中没有可为该发送者签名的钱包。',
    save: '保存到别处签名',
    saveHelp: '将未签名的交易保存为文件，供命令 etm tx sign 或另一台机器上的本页面使用。',
  },
  concentration: {
    title: '集中度',
    gini: '基尼系数',
    few: (part) => `合计超过 ${part} 的最少人数`,
    votes: '票数',
    chance: '当选概率',
    seats: '已有席位',
    locked: '支持它们的锁仓 ETM',
    weight: '选举权重',
    slots: '席位带来的时隙',
    bonus: '该轮红利',
    course: '各轮的变化',
    courseHelp: (count) =>
      `取自本节点所保存的 ${count} 轮（均匀分布），按每轮结束时可当选的矿工计算。时隙随席位而来。每轮红利的一半归一名幸运成员的投票者，其数值只反映当轮。`,
    tooEarly: '需先有两轮结束。',
    help: (count) =>
      `按当前 ${count} 名注册矿工计算。0 为完全平均，1 为集中于一人。一个人可能拥有多名矿工，这些数字看不出来。`,
  },
  returns: {
    title: '我的数量在这里的收益',
    day: '每天',
    month: '30 天',
    year: '365 天',
    rate: '年化收益率',
    help: '假设票数、概率和时间增益都不变。已计入您自己的票数；矿工每出一块，您的时间增益减半，每天加 1。天数按此链的一天计，其长度见“网络”页。',
  },
  uptime: {
    title: '逐轮表现',
    none: '没有席位',
    seat: (produced, missed) => `出块 ${produced}，错过 ${missed}`,
    all: '没有错过',
    some: '错过一些',
    nothing: '全部错过',
  },
  compare: {
    title: '比较矿工',
    lead: '最多四名并排比较；本页链接会保留所选矿工。',
    first: '添加矿工',
    add: '添加矿工',
    addNow: '添加',
    remove: (name) => `移除 ${name}`,
    empty: '请在上方输入矿工名称，或在矿工表中收藏。',
  },
  together: {
    title: '全部地址合计',
    votes: '票数',
    earned: '持仓所得红利',
  },
  mempoolNote: (count, most, least) =>
    `有 ${count} 笔交易在等待，上限 ${most} 笔；交易池接受 ${least}${ETM} 起的手续费（矿工的心跳无需手续费），高者优先。`,
};
