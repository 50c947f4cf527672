//! An address as squares that a phone's camera reads.

use qrcode::{Color, QrCode};
use serde::Serialize;

/// A QR code: rows of dark and light squares, and what it says.
#[derive(Debug, Serialize)]
pub(super) struct Code {
    address: String,
    /// Squares on a side, without the margin of four that a reader needs.
    size: usize,
    /// The outline of every dark square, as an SVG path.
    path: String,
}

/// The code of an address; nothing if it is too long for one.
pub(super) fn code(address: &str) -> Option<Code> {
    let code = QrCode::new(address).ok()?;
    let size = code.width();
    let squares = code.to_colors();
    let dark = squares.iter().enumerate();
    let path = dark
        .filter(|(_, colour)| **colour == Color::Dark)
        .map(|(at, _)| format!("M{} {}h1v1h-1z", at % size, at / size))
        .collect();
    Some(Code {
        address: address.to_owned(),
        size,
        path,
    })
}
