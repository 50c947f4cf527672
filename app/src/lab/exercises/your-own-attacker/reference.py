#!/usr/bin/env python3
"""Read a recording whose makers changed two labels: a reference solution in another language.

    python3 reference.py CAPTURE KEYFILE ACCESS_LABEL CHAIN_LABEL       one text a line

Written from docs/spec.md; the only library is PyPI's `cryptography`. Section numbers are the
specification's.
"""
import hmac
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand


def mac(key, data):
    return hmac.digest(key, data, "sha256")


def expand(key, info, length):
    return HKDFExpand(SHA256(), length, info).derive(key)


def payloads(tape):
    """What doormat put on the wire (§10): the packets' bytes behind the tags."""
    at = 0
    while at < len(tape):
        kind, length = struct.unpack_from("<II", tape, at)
        if kind == 6:
            captured = struct.unpack_from("<I", tape, at + 20)[0]
            packet, tags, tag = tape[at + 28:at + 28 + captured], 0, None
            while tag != 0:
                tag, size = struct.unpack_from(">HH", packet, tags)
                tags += 4 + size
            yield packet[tags:]
        at += length


def envelope(data):
    """The header's parts that a reader needs, the header's bytes, the ciphertext (§7.1)."""
    at = 4
    session, at = data[at:at + 32], at + 32
    names = b""
    for _ in range(2):
        names += data[at:at + 1 + data[at]]
        at += 1 + data[at]
    at += 1
    if data[at - 1]:                                                    # Opening, §5.3
        at += 64 + 32 + 4
        at += 5 if data[at] else 1
    ratchet_public, at = data[at:at + 32], at + 32
    _, number, access = struct.unpack_from(">IIH", data, at)
    at += 10
    fields, at = data[at:at + access], at + access
    context = session + names + ratchet_public                          # §8.3
    return context, number, fields, data[:at], data[at + 3:]


def hpke_open(private, encapsulated, info, sealed):
    """OpenBase of RFC 9180 for X25519, HKDF-SHA256 and ChaCha20-Poly1305."""
    kem, suite = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x03"

    def extract(salt, which, label, ikm):
        return mac(salt, b"HPKE-v1" + which + label + ikm)

    def labelled(key, which, label, data, length):
        return expand(key, struct.pack(">H", length) + b"HPKE-v1" + which + label + data, length)

    dh = private.exchange(X25519PublicKey.from_public_bytes(encapsulated))
    both = encapsulated + private.public_key().public_bytes_raw()
    shared = labelled(extract(b"", kem, b"eae_prk", dh), kem, b"shared_secret", both, 32)
    context = b"\0" + extract(b"", suite, b"psk_id_hash", b"") + extract(b"", suite, b"info_hash", info)
    secret = extract(shared, suite, b"secret", b"")
    key = labelled(secret, suite, b"key", context, 32)
    nonce = labelled(secret, suite, b"base_nonce", context, 12)
    return ChaCha20Poly1305(key).decrypt(nonce, sealed, b"")


def main(capture, key_file, access_label, chain_label):
    lines = [line.split(": ", 1) for line in open(key_file, encoding="utf-8") if ": " in line]
    values = {name: value.strip() for name, value in lines}
    private = X25519PrivateKey.from_private_bytes(bytes.fromhex(values["private"]))
    for data in payloads(open(capture, "rb").read()):
        if data[1] != 1:                                                # a key bundle
            continue
        context, number, fields, header, ciphertext = envelope(data)
        session_key = hpke_open(private, fields[8:40], access_label.encode() + context, fields[40:88])
        chain = expand(session_key, chain_label.encode(), 32)           # §6.2
        for _ in range(number):
            chain = mac(chain, b"\2")
        key = ChaCha20Poly1305(mac(chain, b"\1"))
        print(key.decrypt(bytes(12), ciphertext, header).decode())


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
