//! Names that stay when a resource gets another URL: UUIDs of version 8 (RFC 9562 section 5.8), reckoned from its birth.

use crate::model::Birth;

pub fn of_layer(birth: Birth) -> String {
    of(&format!("layer {} {}", birth.layer.0, birth.epoch))
}

/// Of what was born so.
pub fn of(birth: &str) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&blake3::hash(birth.as_bytes()).as_bytes()[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    format!("urn:uuid:{}", parts.join("-"))
}
