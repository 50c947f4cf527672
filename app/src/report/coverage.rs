//! How much of a capture was read, in sentences that add up.

use crate::text::{count, grouped};
use doormat::tape::{Coverage, Losses, Unread};

/// What is to be said of a capture beside what was read in it: nothing, if all of it was.
pub fn sentences(coverage: &Coverage) -> Vec<String> {
    let mut sentences = Vec::new();
    if coverage.not_read() > 0 {
        sentences.push(format!(
            "{} in the file: {} of doormat's connections; {}.",
            count(coverage.packets(), "packet"),
            grouped(coverage.read),
            unread(coverage),
        ));
    }
    sentences.extend(losses(&coverage.losses));
    sentences
}

/// The packets that were not read, by reason, the most frequent first.
pub fn unread(coverage: &Coverage) -> String {
    let mut reasons: Vec<_> = coverage.unread.iter().collect();
    reasons.sort_by_key(|(_, packets)| std::cmp::Reverse(**packets));
    let reasons = reasons
        .into_iter()
        .map(|(why, packets)| format!("{} {}", grouped(*packets), words(*why)));
    reasons.collect::<Vec<_>>().join("; ")
}

/// What to do about the most frequent reason for which packets were not looked at.
pub fn advice(coverage: &Coverage) -> &'static str {
    let reasons = coverage.unread.iter();
    let not_looked_at = reasons.filter(|(why, _)| **why != Unread::OtherTraffic);
    match not_looked_at.max_by_key(|(_, packets)| **packets) {
        Some((Unread::BeganBefore, _)) => {
            "Begin the capture before the relay's clients connect, so that it sees their handshakes."
        }
        Some((Unread::CutShort, _)) => "Capture whole packets: `tcpdump -s 0`.",
        Some((Unread::LinkType(_), _)) => {
            "Capture on an Ethernet, loopback or IP interface of the relay's, or with `-i any`."
        }
        Some((Unread::Fragment | Unread::Tunnel(_), _)) => {
            "Capture at an end of the connection, where its packets are whole and in no tunnel."
        }
        Some((Unread::Damaged | Unread::NotDescribed | Unread::OutOfWindow, _)) => {
            "Copy the capture again from where it was made."
        }
        Some((Unread::OtherTraffic, _)) | None => {
            "Give a recording of `doormat demo --captures` or of a relay's tap, or a capture of \
             its traffic."
        }
    }
}

fn words(why: Unread) -> String {
    match why {
        Unread::OtherTraffic => "of other traffic".to_owned(),
        Unread::BeganBefore => "of connections whose beginning is missing".to_owned(),
        Unread::CutShort => "cut short by the capture".to_owned(),
        Unread::Fragment => "that are IP fragments without their others".to_owned(),
        Unread::OutOfWindow => "that fit nowhere in their connection".to_owned(),
        Unread::LinkType(number) => {
            format!("of a link type that is not read, {}", link_type(number))
        }
        Unread::Tunnel(name) => format!("in a tunnel that is not read ({name})"),
        Unread::Damaged => "with damaged headers".to_owned(),
        Unread::NotDescribed => "on interfaces that the file does not describe".to_owned(),
    }
}

/// A link type's number, and its name if people meet it.
fn link_type(number: u16) -> String {
    let name = match number {
        6 => "token ring",
        105 => "IEEE 802.11",
        127 => "IEEE 802.11 with radiotap",
        163 => "IEEE 802.11 with AVS",
        189 | 220 => "USB",
        192 => "PPI",
        201 | 254 => "Bluetooth",
        249 => "USBPcap",
        253 => "netlink",
        _ => return number.to_string(),
    };
    format!("{number} ({name})")
}

/// What is missing of doormat's connections.
pub fn losses(losses: &Losses) -> Vec<String> {
    let mut sentences = Vec::new();
    if losses.connections > 0 {
        let are = if losses.connections == 1 { "is" } else { "are" };
        let bytes = match losses.bytes {
            0 => None,
            1 => Some("1 byte of what they carried is missing".to_owned()),
            bytes => Some(format!(
                "{} bytes of what they carried are missing",
                grouped(bytes)
            )),
        };
        let joined = (losses.joined > 0).then(|| {
            let were = if losses.joined == 1 { "was" } else { "were" };
            format!(
                "{} {were} followed from the middle, for want of the beginning",
                grouped(losses.joined)
            )
        });
        let what: Vec<_> = bytes.into_iter().chain(joined).collect();
        sentences.push(format!(
            "{} of doormat's {are} not whole: {}. Messages may be missing.",
            count(losses.connections, "connection"),
            what.join("; "),
        ));
    }
    if losses.forgotten > 0 {
        let were = if losses.forgotten == 1 { "was" } else { "were" };
        sentences.push(format!(
            "{} of doormat's {were} forgotten, because too many were open in the capture at a \
             time. Messages may be missing.",
            count(losses.forgotten, "connection"),
        ));
    }
    if losses.dropped > 0 {
        sentences.push(format!(
            "The capturing program says that it lost {}. Messages may be missing.",
            count(losses.dropped, "packet"),
        ));
    }
    sentences
}
