"""Locks and votes on an En-Tan-Mo devnet, from docs/wire.md alone: sign.py NODE SEED MINER ETM (or: sign.py vectors FILE)."""
import hashlib, json, struct, sys, urllib.request
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
sha256 = lambda data: hashlib.sha256(data).digest()

def base58(data):
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text

def unbase58(text):
    number = 0
    for letter in text:
        number = number * 58 + BASE58.index(letter)
    return number.to_bytes(24, "big")

def address(public):
    short = hashlib.new("ripemd160", sha256(public)).digest()
    return "A" + base58(short + sha256(sha256(short))[:4])

PAYLOADS = {
    "transfer": lambda p: b"\0" + unbase58(p["recipient"][1:])[:20] + struct.pack(">QB", int(p["amount"]), len(p["memo"].encode())) + p["memo"].encode(),
    "lock": lambda p: b"\1" + struct.pack(">Q", int(p["amount"])),
    "unlock": lambda p: b"\2" + struct.pack(">Q", int(p["amount"])),
    "vote": lambda p: b"\3" + struct.pack(">I", p["miner"]),
    "withdraw": lambda p: b"\4",
    "resign": lambda p: b"\7",
}

def signed(key, chain, nonce, fee, expires_at, payload):
    public = key.public_key().public_bytes_raw()
    unsigned = b"\1" + bytes.fromhex(chain) + public + struct.pack(">QQQ", nonce, fee, expires_at) + PAYLOADS[payload["kind"]](payload)
    return unsigned + key.sign(b"\x09etm/tx/v1" + unsigned)

def ask(url, body=None):
    data = body and json.dumps(body).encode()
    return json.load(urllib.request.urlopen(urllib.request.Request(url, data, {"content-type": "application/json"})))

if sys.argv[1] == "vectors":
    known = [one for one in json.load(open(sys.argv[2]))["valid"] if one["fields"]["payload"]["kind"] in PAYLOADS]
    for one in known:
        f, key = one["fields"], Ed25519PrivateKey.from_private_bytes(bytes.fromhex(one["seed"]))
        made = signed(key, f["chain"], int(f["nonce"]), int(f["fee"]), int(f["expires_at"]), f["payload"])
        assert made.hex() == one["encoding"] and sha256(b"etm/tx-hash/v1" + made).hex() == one["hash"], f
        assert address(key.public_key().public_bytes_raw()) == one["sender_address"], f
    sys.exit(print(len(known), "vectors agree"))

api, key = sys.argv[1] + "/api/v1/", Ed25519PrivateKey.from_private_bytes(bytes.fromhex(sys.argv[2]))
me = address(key.public_key().public_bytes_raw())
status, miner = ask(api + "status"), ask(api + "miners/" + sys.argv[3])
nonce, fee = ask(api + "accounts/" + me)["next_nonce"], int(ask(api + "parameters")["min_fee"])
for payload in [{"kind": "lock", "amount": int(sys.argv[4]) * 10**8}, {"kind": "vote", "miner": miner["id"]}]:
    made = signed(key, status["chain"]["id"], nonce, fee, status["tip"]["height"] + 600, payload)
    answer = ask(api + "transactions?wait=finalized&timeout_ms=60000", {"transaction": made.hex()})
    print(payload["kind"], answer["hash"], answer["status"], answer["outcome"] and answer["outcome"]["accepted"])
    nonce += 1
