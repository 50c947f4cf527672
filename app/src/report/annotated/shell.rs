//! Words of the shell that several commands share.

/// What stands before an X25519 private and public key in DER (RFC 8410).
pub(super) const PRIVATE_DER: &str = "302e020100300506032b656e04220420";
pub(super) const PUBLIC_DER: &str = "302a300506032b656e032100";

/// Bytes on standard input, as hexadecimal.
pub(super) const HEX: &str = "od -An -v -tx1 | tr -d ' \\n'";

/// A program of Python, for a shell.
pub(super) fn python(program: &str) -> String {
    format!("python3 -c \"\n{program}\"")
}

/// A command that gives the bytes that a hexadecimal text stands for.
pub(super) fn unhex(hex: &str) -> String {
    format!("perl -e 'print pack \"H*\", \"{hex}\"'")
}
