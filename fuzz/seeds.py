#!/usr/bin/env python3
"""Writes the golden vectors of a fuzz target as its first corpus: seeds.py TARGET FOLDER."""

import hashlib
import json
import pathlib
import sys

WIRE = pathlib.Path(__file__).parent.parent / "vectors" / "wire"


def load(name):
    return json.loads((WIRE / name).read_text())


def encodings(target):
    if target == "transaction":
        return [v["encoding"] for v in load("transactions.json")["valid"]]
    if target == "block":
        blocks = load("blocks.json")["blocks"]
        committees = [b["committee"]["encoding"] for b in blocks if b["committee"]]
        return [b["encoding"] for b in blocks] + [b["header_encoding"] for b in blocks] + committees
    if target == "receipt":
        return [v["encoding"] for v in load("receipts.json")["receipts"]]
    if target == "state":
        kinds = {"chain": 0, "account": 3, "position": 4, "pending": 5, "node": 6, "miner": 7, "presence": 8,
                 "standings": 9, "cohorts": 10, "cohort": 11, "committee": 14, "round": 16}
        return [f"{kinds[r['record']]:02x}{r['value']}" for r in load("state.json")["records"]]
    if target == "certificate":
        return finalizations()
    if target == "execution":
        # A few of each choice: any bytes are a history.
        return [bytes((step * place) % 256 for place in range(200)).hex() for step in (1, 3, 7, 31, 97)]
    if target == "round_info":
        committees = [b["committee"]["encoding"] for b in load("blocks.json")["blocks"] if b["committee"]]
        infos = [bytes(72) + bytes.fromhex(committee) * 2 + bytes(4) for committee in committees]
        return [(len(info).to_bytes(4, "big") + info).hex() for info in infos]
    if target == "proof":
        return [p["encoding"] for p in load("blocks.json")["transaction_proofs"]["proofs"]]
    return []


def finalizations():
    """Of no committee in particular: four members, three of whom signed."""
    proposal = bytes([0, 7, 6]) + bytes(32)
    return [(proposal + members.to_bytes(8, "big") + signers + bytes(48)).hex()
            for members, signers in [(1, b"\x01"), (4, b"\x07"), (5, b"\x1f"), (101, b"\xff" * 12 + b"\x1f")]]


def texts(target):
    if target == "body":
        submitted = [v["encoding"] for v in load("transactions.json")["valid"]]
        address = load("keys.json")["accounts"][0]["address"]
        return [json.dumps({"transaction": encoding}) for encoding in submitted] + [
            json.dumps({"address": address, "amount": "100"}), json.dumps({"address": address}),
            json.dumps({"days": 3}), json.dumps({"rounds": 2})]
    if target == "text":
        keys = load("keys.json")
        return [a["address"] for a in keys["accounts"]] + [a["etm"] for a in keys["amounts"]["valid"]]
    if target == "import":
        return ["account,balance\nh00001,97890.2646\n" + load("keys.json")["accounts"][0]["address"] + ",1\n"]
    return []


def main():
    target, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    inputs = [bytes.fromhex(text) for text in encodings(target)] + [text.encode() for text in texts(target)]
    for data in inputs:
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


main()
