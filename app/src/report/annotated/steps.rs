//! The commands that compute a value again: Python's standard library for hashes, OpenSSL
//! for X25519 and ChaCha20, and nothing of ours. What a reader need not take our word for
//! is worth more.

use zeroize::Zeroizing;

use super::{
    about::plain,
    sealed::Sealed,
    shell::{HEX, PRIVATE_DER, PUBLIC_DER, python, unhex},
    side::Side,
};
use doormat::experiment::Trace;

/// One step of the road, and how to go it with other people's shoes.
pub(super) struct Step {
    pub(super) title: &'static str,
    pub(super) section: &'static str,
    pub(super) formula: String,
    /// For bash.
    pub(super) command: String,
    /// What it prints.
    pub(super) value: String,
}

/// The steps that lead to a field, in order; none where there is no key for them.
pub(super) fn of_field(field: &str, side: &Side) -> Vec<Step> {
    let Some(trace) = &side.trace else {
        return Vec::new();
    };
    let ours = format!("access[{}].", trace.field);
    if field.starts_with("access[") && !field.starts_with(&ours) {
        return Vec::new();
    }
    let envelope = Sealed::of(side, trace);
    match plain(field).as_str() {
        "access.authority" => vec![authority(trace)],
        "access.encapsulated" => vec![ikm_e(trace), encapsulated(trace, side)],
        "access.sealed" => vec![dh(trace, side), hpke(trace, side)],
        "opened.session_key" => vec![session_key(trace, side)],
        "opened.chain_key" => chain(trace, side.header.number),
        "opened.message_key" => vec![message_key(trace, side.header.number)],
        "opened.text" => vec![envelope.text()],
        "tag" => vec![envelope.tag()],
        _ => Vec::new(),
    }
}

fn authority(trace: &Trace) -> Step {
    let public = hex::encode(trace.loot.public().key().as_bytes());
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
            hex::encode(trace.loot.public().key().as_bytes()),
            hex::encode(&trace.context),
        )),
        value: hex::encode(trace.encapsulation.as_slice()),
    }
}

/// What the receiver does: the key pair from its seed, and the public half of it.
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
        value: side.encapsulated(trace),
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
            unhex(&format!("{PUBLIC_DER}{}", side.encapsulated(trace))),
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
            side.encapsulated(trace),
            hex::encode(trace.loot.public().key().as_bytes()),
            hex::encode(&trace.context),
        )),
        value: format!("{} {}", hex::encode(key.as_slice()), hex::encode(nonce.as_slice())),
    }
}

fn session_key(trace: &Trace, side: &Side) -> Step {
    let (key, nonce) = &trace.sealed_under;
    let sealed = side.field(trace).map(|field| *field.sealed.as_bytes());
    let sealed = sealed.as_ref().map_or(&[][..], |bytes| {
        bytes.split_last_chunk::<16>().map_or(&[][..], |it| it.0)
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

/// The run's first chain key, and the steps to this message's.
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

impl Side {
    fn field(&self, trace: &Trace) -> Option<&doormat::protocol::AccessField> {
        self.header.access.iter().nth(trace.field)
    }

    /// The encapsulated key that was opened, in hexadecimal.
    fn encapsulated(&self, trace: &Trace) -> String {
        let field = self.field(trace);
        field.map_or_else(String::new, |field| {
            hex::encode(field.encapsulated.as_bytes())
        })
    }
}
