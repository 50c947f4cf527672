//! The commands that compute a value again with other programs: Python's standard library
//! for hashes, OpenSSL for X25519, ChaCha20 and Poly1305.

use zeroize::Zeroizing;

use super::side::{Side, without_index};
use crate::text::printable_bytes;
use doormat::experiment::Trace;
use doormat::protocol::AccessField;

/// One step of a computation, and a command that repeats it.
pub(super) struct Step {
    pub(super) title: &'static str,
    pub(super) section: &'static str,
    pub(super) formula: String,
    /// For bash.
    pub(super) command: String,
    /// What it prints.
    pub(super) value: String,
}

/// The steps that compute a field, in order; none without the key for them.
pub(super) fn of_field(field: &str, side: &Side) -> Vec<Step> {
    let Some(trace) = &side.trace else {
        return Vec::new();
    };
    let ours = format!("access[{}].", trace.field);
    if field.starts_with("access[") && !field.starts_with(&ours) {
        return Vec::new();
    }
    match without_index(field).as_str() {
        "access.authority" => vec![authority(trace)],
        "access.encapsulated" => vec![ikm_e(trace), encapsulated(trace, side)],
        "access.sealed" => vec![dh(trace, side), hpke(trace, side)],
        "opened.session_key" => vec![session_key(trace, side)],
        "opened.chain_key" => chain(trace, side.header.number),
        "opened.message_key" => vec![message_key(trace, side.header.number)],
        "opened.text" => vec![text(trace, side)],
        "tag" => vec![tag(trace, side)],
        _ => Vec::new(),
    }
}

fn authority(trace: &Trace) -> Step {
    let public = escrow_public(trace);
    Step {
        title: "Compute it again",
        section: "§8.1",
        formula: "SHA-256(\"doormat v1 authority\" || escrow public key), 8 bytes of it".to_owned(),
        command: python(&format!(
            "import hashlib\n\
             public = bytes.fromhex('{public}')\n\
             print(hashlib.sha256(b'doormat v1 authority' + public).hexdigest()[:16])"
        )),
        value: trace.loot.public().id().to_string(),
    }
}

fn ikm_e(trace: &Trace) -> Step {
    Step {
        title: "The randomness it was sealed with",
        section: "§8.3",
        formula: "ikmE = Expand(session_key, \"doormat v1 encapsulation\" || escrow public key || context, 32)"
            .to_owned(),
        command: python(&format!(
            "import hmac\n\
             session_key = bytes.fromhex('{}')\n\
             public = bytes.fromhex('{}')\n\
             context = bytes.fromhex('{}')\n\
             info = b'doormat v1 encapsulation' + public + context\n\
             print(hmac.digest(session_key, info + b'\\x01', 'sha256').hex())",
            hex::encode(trace.session_key.as_bytes()),
            escrow_public(trace),
            hex::encode(&trace.context),
        )),
        value: hex::encode(trace.encapsulation.as_slice()),
    }
}

/// As the receiver does: derives the key pair from its seed, and takes the public half.
fn encapsulated(trace: &Trace, side: &Side) -> Step {
    let derive = python(&format!(
        "import hmac, sys\n\
         H = lambda key, text: hmac.digest(key, text, 'sha256')\n\
         suite = b'HPKE-v1' + b'KEM\\x00\\x20'\n\
         prk = H(b'', suite + b'dkp_prk' + bytes.fromhex('{}'))\n\
         secret = H(prk, b'\\x00\\x20' + suite + b'sk' + b'\\x01')\n\
         sys.stdout.buffer.write(bytes.fromhex('{PRIVATE_DER}') + secret)",
        hex::encode(trace.encapsulation.as_slice()),
    ));
    Step {
        title: "Compute it again, as the receiver does",
        section: "§8.3, RFC 9180 §7.1.3",
        formula: "encapsulated = the public half of DeriveKeyPair(ikmE)".to_owned(),
        command: format!(
            "{derive} |\n  openssl pkey -inform DER -pubout -outform DER | tail -c 32 | {HEX}"
        ),
        value: encapsulated_key(trace, side),
    }
}

fn dh(trace: &Trace, side: &Side) -> Step {
    let private = Zeroizing::new(hex::encode(trace.loot.secret().as_bytes()));
    Step {
        title: "First, agree",
        section: "§13, RFC 7748",
        formula: "dh = DH(escrow private key, encapsulated)".to_owned(),
        command: format!(
            "openssl pkeyutl -derive \\\n  -keyform DER -inkey <({}) \\\n  -peerform DER -peerkey <({}) | {HEX}",
            unhex(&format!("{PRIVATE_DER}{}", private.as_str())),
            unhex(&format!("{PUBLIC_DER}{}", encapsulated_key(trace, side))),
        ),
        value: hex::encode(trace.dh.as_slice()),
    }
}

fn hpke(trace: &Trace, side: &Side) -> Step {
    let (key, nonce) = &trace.sealed_under;
    Step {
        title: "Then, HPKE’s key and nonce",
        section: "§13, RFC 9180 §5.1",
        formula: "key, nonce = KeySchedule(dh, encapsulated, escrow public key, \"doormat v1 access\" || context)"
            .to_owned(),
        command: python(&format!(
            "import hmac\n\
             H = lambda key, text: hmac.digest(key, text, 'sha256')\n\
             LE = lambda salt, label, ikm, suite: H(salt, b'HPKE-v1' + suite + label + ikm)\n\
             LX = lambda prk, label, info, n, suite: H(prk, n.to_bytes(2, 'big') + b'HPKE-v1' + suite + label + info + b'\\x01')[:n]\n\
             kem, hpke = b'KEM\\x00\\x20', b'HPKE\\x00\\x20\\x00\\x01\\x00\\x03'\n\
             dh = bytes.fromhex('{}')\n\
             encapsulated = bytes.fromhex('{}')\n\
             public = bytes.fromhex('{}')\n\
             info = b'doormat v1 access' + bytes.fromhex('{}')\n\
             ss = LX(LE(b'', b'eae_prk', dh, kem), b'shared_secret', encapsulated + public, 32, kem)\n\
             ctx = b'\\x00' + LE(b'', b'psk_id_hash', b'', hpke) + LE(b'', b'info_hash', info, hpke)\n\
             s = LE(ss, b'secret', b'', hpke)\n\
             print(LX(s, b'key', ctx, 32, hpke).hex(), LX(s, b'base_nonce', ctx, 12, hpke).hex())",
            hex::encode(trace.dh.as_slice()),
            encapsulated_key(trace, side),
            escrow_public(trace),
            hex::encode(&trace.context),
        )),
        value: format!("{} {}", hex::encode(key.as_slice()), hex::encode(nonce.as_slice())),
    }
}

fn session_key(trace: &Trace, side: &Side) -> Step {
    let (key, nonce) = &trace.sealed_under;
    let field = access_field(trace, side);
    let (sealed, _) = field.map_or((&[][..], &[][..]), |field| {
        split_tag(field.sealed.as_bytes())
    });
    Step {
        title: "Compute it again",
        section: "§13",
        formula: "session_key = Open(key, nonce, \"\", sealed)".to_owned(),
        command: format!(
            "{} |\n  openssl enc -d -chacha20 -K {} \\\n    -iv 01000000{} | {HEX}",
            unhex(&hex::encode(sealed)),
            hex::encode(key.as_slice()),
            hex::encode(nonce.as_slice()),
        ),
        value: hex::encode(trace.session_key.as_bytes()),
    }
}

/// The first chain key, and the steps to this message's.
fn chain(trace: &Trace, number: u32) -> Vec<Step> {
    let Some((first, last)) = &trace.chain else {
        return Vec::new();
    };
    let mut steps = vec![Step {
        title: "Compute it again",
        section: "§6.2",
        formula: "chain_0 = Expand(session_key, \"doormat v1 chain\", 32)".to_owned(),
        command: python(&format!(
            "import hmac\n\
             session_key = bytes.fromhex('{}')\n\
             print(hmac.digest(session_key, b'doormat v1 chain' + b'\\x01', 'sha256').hex())",
            hex::encode(trace.session_key.as_bytes()),
        )),
        value: hex::encode(first.as_bytes()),
    }];
    if number > 0 {
        steps.push(Step {
            title: "Walk on to this message",
            section: "§6.2",
            formula: format!("chain_{{n+1}} = HMAC(chain_n, 0x02), {number} times"),
            command: python(&format!(
                "import hmac\n\
                 chain = bytes.fromhex('{}')\n\
                 for n in range({number}): chain = hmac.digest(chain, b'\\x02', 'sha256')\n\
                 print(chain.hex())",
                hex::encode(first.as_bytes()),
            )),
            value: hex::encode(last.as_bytes()),
        });
    }
    steps
}

fn message_key(trace: &Trace, number: u32) -> Step {
    let (section, formula, key, input) = match &trace.chain {
        Some((_, chain)) => (
            "§6.2",
            format!("message_key_{number} = HMAC(chain_{number}, 0x01)"),
            hex::encode(chain.as_bytes()),
            "b'\\x01'".to_owned(),
        ),
        None => (
            "§6.3",
            format!(
                "message_key_{number} = Expand(session_key, \"doormat v1 message\" || uint32 {number}, 32)"
            ),
            hex::encode(trace.session_key.as_bytes()),
            format!("b'doormat v1 message' + ({number}).to_bytes(4, 'big') + b'\\x01'"),
        ),
    };
    Step {
        title: "Compute it again",
        section,
        formula,
        command: python(&format!(
            "import hmac\n\
             key = bytes.fromhex('{key}')\n\
             print(hmac.digest(key, {input}, 'sha256').hex())"
        )),
        value: hex::encode(trace.message_key.as_bytes()),
    }
}

/// OpenSSL's command line has the two halves of ChaCha20-Poly1305 apart. The cipher opens
/// the text from block 1 on.
fn text(trace: &Trace, side: &Side) -> Step {
    let message_key = Zeroizing::new(hex::encode(trace.message_key.as_bytes()));
    let (sealed, _) = split_tag(&side.ciphertext);
    Step {
        title: "Compute it again",
        section: "§7.2, RFC 8439 §2.4",
        formula: "text = Open(message_key, 0^12, header, ciphertext)".to_owned(),
        command: format!(
            "{} |\n  openssl enc -d -chacha20 -K {} \\\n    -iv 01000000000000000000000000000000",
            unhex(&hex::encode(sealed)),
            message_key.as_str(),
        ),
        value: printable_bytes(&trace.text),
    }
}

/// Block 0 of the cipher is the tag's own key.
fn tag(trace: &Trace, side: &Side) -> Step {
    let message_key = Zeroizing::new(hex::encode(trace.message_key.as_bytes()));
    let (sealed, tag) = split_tag(&side.ciphertext);
    let padded = |bytes: &[u8]| {
        hex::encode(bytes) + &"00".repeat(bytes.len().next_multiple_of(16) - bytes.len())
    };
    let length = |bytes: &[u8]| format!("{:0<16}", hex::encode(bytes.len().to_le_bytes()));
    Step {
        title: "Compute it again",
        section: "§7.2, RFC 8439 §2.8",
        formula:
            "tag = Poly1305(ChaCha20(message_key, block 0), header, ciphertext, their lengths)"
                .to_owned(),
        command: format!(
            "{} |\n  openssl mac -macopt hexkey:$({} |\n    openssl enc -chacha20 -K {} \\\n      -iv {} | {HEX}) Poly1305 | tr A-F a-f",
            unhex(
                &[
                    padded(&side.authenticated),
                    padded(sealed),
                    length(&side.authenticated),
                    length(sealed),
                ]
                .concat()
            ),
            unhex(&"00".repeat(32)),
            message_key.as_str(),
            "00".repeat(16),
        ),
        value: hex::encode(tag),
    }
}

/// What was sealed, and its tag of 16 bytes.
fn split_tag(bytes: &[u8]) -> (&[u8], &[u8]) {
    let split = bytes.split_last_chunk::<16>();
    split.map_or((&[], &[]), |(sealed, tag)| (sealed, tag))
}

fn access_field<'a>(trace: &Trace, side: &'a Side) -> Option<&'a AccessField> {
    side.header.access.iter().nth(trace.field)
}

/// The encapsulated key that was opened, in hexadecimal.
fn encapsulated_key(trace: &Trace, side: &Side) -> String {
    access_field(trace, side).map_or_else(String::new, |field| {
        hex::encode(field.encapsulated.as_bytes())
    })
}

fn escrow_public(trace: &Trace) -> String {
    hex::encode(trace.loot.public().key().as_bytes())
}

/// The DER prefix of an X25519 private and public key (RFC 8410).
const PRIVATE_DER: &str = "302e020100300506032b656e04220420";
const PUBLIC_DER: &str = "302a300506032b656e032100";

/// Turns the bytes on standard input into hexadecimal.
const HEX: &str = "od -An -v -tx1 | tr -d ' \\n'";

/// Runs a Python program.
fn python(program: &str) -> String {
    format!("python3 -c \"\n{program}\"")
}

/// Writes the bytes of a hexadecimal text.
fn unhex(hex: &str) -> String {
    format!("perl -e 'print pack \"H*\", \"{hex}\"'")
}
