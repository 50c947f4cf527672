"""Puts share files together: docs/spec.md, sections 8.5 and 11.3, and nothing else.

usage: combine.py SHARE...        prints the escrow private key, in hexadecimal
"""

import functools, hashlib, sys


def read(path):
    lines = [line.strip() for line in open(path, encoding="utf-8")]
    title, *lines = [line for line in lines if line and line[0] != "#"]
    assert title == "doormat escrow key share, version 1"
    return {name.strip(): value.strip() for name, value in (line.split(":", 1) for line in lines)}


def times(a, b):
    product = 0
    for bit in range(8):
        if b >> bit & 1:
            product ^= a << bit
    for bit in range(14, 7, -1):
        if product >> bit & 1:
            product ^= 0x11B << bit - 8
    return product


def inverse(a):
    return functools.reduce(times, [a] * 254)


shares = [read(path) for path in sys.argv[1:]]
threshold = int(shares[0]["threshold"])
points = {int(share["share"]): bytes.fromhex(share["value"]) for share in shares[:threshold]}
key = bytearray(32)
for i, value in points.items():
    weight = 1
    for j in points:
        if j != i:
            weight = times(weight, times(j, inverse(i ^ j)))
    for n in range(32):
        key[n] ^= times(value[n], weight)
check = hashlib.sha256(b"doormat v1 share" + key).digest()[:8]
assert check.hex() == shares[0]["check"].lower(), "these shares do not give the key"
print(key.hex())
