//! How much of a capture was read, and why the rest was not.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use doormat::tape::{Coverage, Unread};

/// The part of `doormat attack --json` that is about the capture. `packets` is the sum of
/// `read` and all of `unread`.
#[derive(Debug, Clone, Serialize)]
struct CaptureFigures {
    packets: u64,
    read: u64,
    unread: BTreeMap<String, u64>,
    incomplete_connections: u64,
    missing_bytes: u64,
    joined: u64,
    forgotten: u64,
    dropped: u64,
}

pub(super) fn serialize<S: Serializer>(
    coverage: &Option<Coverage>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    coverage
        .as_ref()
        .map(CaptureFigures::from)
        .serialize(serializer)
}

impl From<&Coverage> for CaptureFigures {
    fn from(coverage: &Coverage) -> Self {
        let unread = coverage.unread.iter();
        Self {
            packets: coverage.packets(),
            read: coverage.read,
            unread: unread
                .map(|(why, packets)| (name(*why), *packets))
                .collect(),
            incomplete_connections: coverage.losses.connections,
            missing_bytes: coverage.losses.bytes,
            joined: coverage.losses.joined,
            forgotten: coverage.losses.forgotten,
            dropped: coverage.losses.dropped,
        }
    }
}

fn name(why: Unread) -> String {
    match why {
        Unread::OtherTraffic => "other_traffic".to_owned(),
        Unread::BeganBefore => "began_before".to_owned(),
        Unread::CutShort => "cut_short".to_owned(),
        Unread::Fragment => "fragment".to_owned(),
        Unread::OutOfWindow => "out_of_window".to_owned(),
        Unread::LinkType(number) => format!("link_type {number}"),
        Unread::Tunnel(name) => format!("tunnel {name}"),
        Unread::Damaged => "damaged".to_owned(),
        Unread::NotDescribed => "not_described".to_owned(),
    }
}
