//! A QR code as one SVG path, dark on light in every colour scheme: cameras want it so.

use qrcode::{Color, EcLevel, QrCode};

use super::html::Markup;

/// Modules of empty margin that the standard asks for.
const QUIET: usize = 4;

/// Nothing where the text is too long for a code.
pub fn svg(text: &str, label: &str) -> Markup {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return Markup::default();
    };
    let width = code.width();
    let side = (width + 2 * QUIET).to_string();
    let dark = code
        .to_colors()
        .into_iter()
        .enumerate()
        .filter(|(_, color)| *color == Color::Dark);
    let path: String = dark
        .map(|(at, _)| format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET))
        .collect();
    Markup::default()
        .raw("<svg class=\"qr\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\" shape-rendering=\"crispEdges\" viewBox=\"0 0 ")
        .text(&side)
        .raw(" ")
        .text(&side)
        .raw("\"><title>")
        .text(label)
        .raw("</title><path fill=\"#fff\" d=\"M0 0h")
        .text(&side)
        .raw("v")
        .text(&side)
        .raw("H0z\"/><path fill=\"#000\" d=\"")
        .text(&path)
        .raw("\"/></svg>")
}
