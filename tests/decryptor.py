#!/usr/bin/env python3
"""Read a doormat recording with an escrow key: an independent reader of the format.

    python3 decryptor.py CAPTURE KEYFILE      one JSON line for each envelope, in capture order

Written from the specification alone, with Python's standard library alone. An envelope that the
escrow key opens has "exposure": "read" and its text; of every other the recording still shows who
wrote to whom, "metadata". What names the key but does not open is reported on stderr.

Nothing here runs in constant time: keep it away from keys that matter.
"""
import hashlib, hmac, json, re, struct, sys
from types import SimpleNamespace


class Refused(Exception):
    """The bytes break a rule of the specification, or a tag is wrong."""


def need(condition, otherwise):
    if not condition:
        raise Refused(otherwise)


# ---- Ciphers (spec §1) ---------------------------------------------------------------------
P = 2**255 - 19                                           # the field of Curve25519
BASE = (9).to_bytes(32, "little")                         # DH(secret, BASE) is the public key


def DH(secret, public):
    """X25519, RFC 7748 §5: a ladder over two points p and q = p + (u, 1), each an (x, z)."""
    k = int.from_bytes(secret, "little") & (2**255 - 8) | 2**254            # clamped
    u = int.from_bytes(public, "little") & (2**255 - 1)                     # without the top bit
    p, q = (1, 0), (u, 1)
    for t in reversed(range(255)):
        da, cb = (q[0] - q[1]) * (p[0] + p[1]), (q[0] + q[1]) * (p[0] - p[1])
        both = (da + cb) ** 2 % P, u * (da - cb) ** 2 % P                   # p + q
        x, z = q if k >> t & 1 else p
        aa, bb = (x + z) ** 2, (x - z) ** 2
        twice = aa * bb % P, (aa - bb) * (aa + 121665 * (aa - bb)) % P      # 2q or 2p
        p, q = (both, twice) if k >> t & 1 else (twice, both)
    shared = p[0] * pow(p[1], P - 2, P) % P
    need(shared, "X25519 gave zero: a public key of small order")
    return shared.to_bytes(32, "little")


def HMAC(key, data):                                      # Extract(salt, ikm) is HMAC(salt, ikm)
    return hmac.digest(key, data, "sha256")


def Expand(prk, info, length):
    """HKDF-Expand, RFC 5869 §2.3. Nothing in doormat asks for more than its first two blocks."""
    first = HMAC(prk, info + b"\1")
    return (first + HMAC(prk, first + info + b"\2"))[:length]


def chacha20(key, nonce, counter, text):
    """RFC 8439 §2.4: the text XORed with the key stream, from block `counter` on."""
    stream = bytearray()
    while len(stream) < len(text):
        block = b"expand 32-byte k" + key + struct.pack("<I", counter) + nonce
        start, s = struct.unpack("<16I", block), list(struct.unpack("<16I", block))
        for turn in range(80):                            # 20 rounds of 4: columns, then diagonals
            i, slant = turn % 4, turn // 4 % 2            # a diagonal shifts its rows by 1, 2, 3
            a, b, c, d = (4 * row + (i + slant * row) % 4 for row in range(4))
            for x, y, z, n in (a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7):
                s[x] = s[x] + s[y] & 0xffffffff           # x += y; z = (z ^ x) rotated left by n
                s[z] = ((s[z] ^ s[x]) << n | (s[z] ^ s[x]) >> 32 - n) & 0xffffffff
        stream += struct.pack("<16I", *(x + y & 0xffffffff for x, y in zip(s, start)))
        counter += 1
    return bytes(x ^ y for x, y in zip(text, stream))


def Open(key, nonce, aad, sealed):
    """ChaCha20-Poly1305, RFC 8439 §2.8: the text, if the tag is right (Poly1305, §2.5)."""
    pad = lambda data: data + bytes(-len(data) % 16)
    ciphertext, lengths = sealed[:-16], struct.pack("<QQ", len(aad), len(sealed) - 16)
    data, total = pad(aad) + pad(ciphertext) + lengths, 0
    r, s = struct.unpack("16s16s", chacha20(key, nonce, 0, bytes(32)))
    r = int.from_bytes(r, "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff
    for i in range(0, len(data), 16):
        total = (total + int.from_bytes(data[i:i + 16] + b"\1", "little")) * r % (2**130 - 5)
    tag = ((total + int.from_bytes(s, "little")) % 2**128).to_bytes(16, "little")
    need(hmac.compare_digest(tag, sealed[-16:]), "the tag is wrong")
    return chacha20(key, nonce, 1, ciphertext)


# ---- Encodings (spec §2, §7.1, §10, §11) ---------------------------------------------------
class Reader:
    """Takes fields off the front of some bytes, and never more than are there (spec §2.1)."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        self.at += n
        need(self.at <= len(self.data), "the bytes end early")
        return self.data[self.at - n:self.at]

    def uint(self, n):
        return int.from_bytes(self.take(n), "big")

    def one_of(self, what, *known):
        value = self.uint(1)
        need(value in known, f"{what} {value} is not known")
        return value

    def vector(self, length_size, low, high):             # opaque x<low..high>
        n = self.uint(length_size)
        need(low <= n <= high, f"{n} bytes where {low} to {high} belong")
        return self.take(n)

    def name(self):                                       # spec §2.2; the length byte stays on
        text = self.vector(1, 1, 32)
        need(re.fullmatch(rb"[a-z0-9-]+", text), "a name with other characters")
        return bytes([len(text)]) + text


def decode_envelope(data):
    """Spec §7.1. The access fields become {authority id: (encapsulated, sealed)}."""
    r, e = Reader(data), SimpleNamespace(access={})
    r.one_of("version", 1), r.one_of("kind", 1), r.one_of("mode", 1, 2)
    e.schedule = r.one_of("schedule", 1, 2)
    e.session, e.sender, e.recipient = r.take(32), r.name(), r.name()
    if r.one_of("optional", 0, 1):                        # Opening, spec §5.3: not needed here
        r.take(64 + 32 + 4)
        r.take(4 * r.one_of("optional", 0, 1))
    e.ratchet_public, _, e.number = r.take(32), r.uint(4), r.uint(4)
    fields = Reader(r.vector(2, 0, 16 * 88))
    while fields.at < len(fields.data):
        authority, encapsulated, sealed = fields.take(8), fields.take(32), fields.take(48)
        e.access.setdefault(authority, (encapsulated, sealed))
    e.header = data[:r.at]                                # what precedes the ciphertext's length
    e.ciphertext = r.vector(3, 16, 65552)
    need(r.at == len(data), "bytes are left over")
    return e


def envelope_or_nothing(data):
    """Spec §13, step 1: what is not an envelope, or malformed, is passed over."""
    try:
        return decode_envelope(data) if data[1:2] == b"\1" else None
    except Refused:
        return None


def packets(tape):
    """The packets of link type 252 in a pcapng file, in either byte order (spec §10.1)."""
    need(tape[:4] == b"\x0a\x0d\x0d\x0a", "not a pcapng file")
    at, order, link_types = 0, "<", []
    while at < len(tape):
        if tape[at:at + 4] == b"\x0a\x0d\x0d\x0a":        # a section header sets the byte order
            order, link_types = "<" if tape[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">", []
        kind, length = struct.unpack(order + "II", tape[at:at + 8].ljust(8, b"\0"))
        need(length >= 12 and length % 4 == 0 and at + length <= len(tape), "a block is cut short")
        body, at = tape[at + 8:at + length - 4], at + length
        if kind == 1:                                     # interface description
            link_types.append(struct.unpack_from(order + "H", body)[0])
        if kind == 6:                                     # enhanced packet
            interface, _, _, captured, _ = struct.unpack_from(order + "5I", body)
            if link_types[interface] == 252:
                yield body[20:20 + captured]


def payload(packet):
    """Exported PDU, spec §10.2: what follows the tags, or nothing if it is not doormat's."""
    r, dissector, tag = Reader(packet), b"", None
    while tag != 0:
        tag, value = r.uint(2), r.take(r.uint(2))
        dissector = value if tag == 12 else dissector
    return packet[r.at:] if dissector.rstrip(b"\0") == b"doormat" else b""


def read_key(text):
    """Spec §11: (id, public, private), refused unless the three belong together (spec §8.1)."""
    first, *lines = text.splitlines()
    values = dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))
    key_id, public, private = (bytes.fromhex(values[name]) for name in ("id", "public", "private"))
    need(first == "doormat escrow private key, version 1", "not an escrow private key")
    need(len(private) == 32 and public == DH(private, BASE), "the public key is another's")
    digest = hashlib.sha256(b"doormat v1 authority" + public).digest()
    need(key_id == digest[:8], "the id is another key's")
    return key_id, public, private


# ---- HPKE in base mode (RFC 9180; spec §13 writes it out) ----------------------------------
KEM, HPKE = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x03"


def LE(salt, label, ikm, suite):
    return HMAC(salt, b"HPKE-v1" + suite + label + ikm)


def LX(prk, label, info, length, suite):
    return Expand(prk, struct.pack(">H", length) + b"HPKE-v1" + suite + label + info, length)


def hpke_keys(dh, encapsulated, public, info):
    """The shared secret, and the key and nonce that come of it."""
    ss = LX(LE(b"", b"eae_prk", dh, KEM), b"shared_secret", encapsulated + public, 32, KEM)
    ctx = b"\0" + LE(b"", b"psk_id_hash", b"", HPKE) + LE(b"", b"info_hash", info, HPKE)
    s = LE(ss, b"secret", b"", HPKE)
    return ss, LX(s, b"key", ctx, 32, HPKE), LX(s, b"base_nonce", ctx, 12, HPKE)


# ---- The recipe (spec §13) -----------------------------------------------------------------
def message_key(schedule, session_key, number):
    """Step 4: walk the chain (ratchet, spec §6.2), or derive at once (static, spec §6.3)."""
    if schedule == 2:
        return Expand(session_key, b"doormat v1 message" + struct.pack(">I", number), 32)
    need(number < 1048576, f"message {number} of a run")  # spec §6.4: no run is longer
    chain = Expand(session_key, b"doormat v1 chain", 32)
    for _ in range(number):
        chain = HMAC(chain, b"\2")
    return HMAC(chain, b"\1")


def open_envelope(e, key_id, public, private):
    """Steps 2 to 5: the text, or None if no access field is for this key."""
    if key_id not in e.access:
        return None
    encapsulated, sealed = e.access[key_id]
    context = e.session + e.sender + e.recipient + e.ratchet_public
    dh = DH(private, encapsulated)
    _, key, nonce = hpke_keys(dh, encapsulated, public, b"doormat v1 access" + context)
    session_key = Open(key, nonce, b"", sealed)
    return Open(message_key(e.schedule, session_key, e.number), bytes(12), e.header, e.ciphertext)


def main(capture, key_file):
    key, status = read_key(open(key_file, encoding="utf-8").read()), 0
    payloads = map(payload, packets(open(capture, "rb").read()))
    for index, e in enumerate(filter(None, map(envelope_or_nothing, payloads))):
        line = {"index": index, "session": e.session.hex(), "sender": e.sender[1:].decode(),
                "recipient": e.recipient[1:].decode(), "exposure": "metadata"}
        try:
            text = open_envelope(e, *key)
            if text is not None:
                line.update(exposure="read", text=text.decode(errors="replace"))
        except Refused as reason:
            print(f"envelope {index}: {reason}", file=sys.stderr)
            status = 1
        print(json.dumps(line))
    return status


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 3 else __doc__)
    except (Refused, OSError, ValueError, LookupError, struct.error) as reason:
        sys.exit(f"refused: {reason}")
