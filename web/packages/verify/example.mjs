// node example.mjs http://127.0.0.1:8080 12 [CHAIN_ID]: checks round 12 of the chain, whatever the node says.
import { checkRound, readGenesis, walk } from 'etm-verify';

const [node, wanted, given] = process.argv.slice(2);
const ask = async (path) => {
  const answer = await fetch(`${node}/api/v1/${path}`);
  if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status}`);
  return answer;
};
const bytes = async (path) => new Uint8Array(await (await ask(path)).arrayBuffer());

const { canonical, chain } = await (await ask('genesis')).json();
const { rules, known: start } = readGenesis(
  Uint8Array.from(Buffer.from(canonical, 'hex')),
  given ?? chain.id,
);
if (given === undefined) console.log(`nobody has confirmed the chain id ${chain.id}`);

let known = start;
while (known.round < Number(wanted)) {
  const limit = Math.min(128, Number(wanted) - known.round);
  known = walk(rules, known, await bytes(`boundaries?from_round=${known.round}&limit=${limit}`));
}
const outcome = checkRound(rules, known, await bytes(`rounds/${wanted}/evidence`));
for (const { key, state, detail } of outcome.steps) console.log(`${state} ${key}: ${detail}`);
if (!outcome.holds) process.exit(1);
const { lucky, draw } = outcome.reading;
console.log(`lucky: ${lucky.miner.name}; drawn: ${draw.members.map(({ miner }) => miner.name).join(', ')}`);
