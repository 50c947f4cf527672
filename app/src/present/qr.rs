//! QR codes of the phones' page.

use qrcode::{Color, QrCode};
use serde::Serialize;

/// A QR code, and the URL in it.
#[derive(Debug, Serialize)]
pub(super) struct QrCodeView {
    address: String,
    /// Squares on a side, without the margin of four that a reader needs.
    size: usize,
    /// The outline of every dark square, as an SVG path.
    path: String,
}

/// The code of a URL; nothing if the URL is too long for one.
pub(super) fn qr_code(address: &str) -> Option<QrCodeView> {
    let code = QrCode::new(address).ok()?;
    let size = code.width();
    let squares = code.to_colors();
    let dark = squares.iter().enumerate();
    let path = dark
        .filter(|(_, colour)| **colour == Color::Dark)
        .map(|(at, _)| format!("M{} {}h1v1h-1z", at % size, at / size))
        .collect();
    Some(QrCodeView {
        address: address.to_owned(),
        size,
        path,
    })
}
