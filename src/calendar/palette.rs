//! The colours that this server gives to what it puts beside each other.

const PALETTE: [&str; 10] = [
    "#1890ff", "#52c41a", "#fa8c16", "#722ed1", "#eb2f96", "#13c2c2", "#faad14", "#f5222d",
    "#2f54eb", "#a0d911",
];

/// The colour of the one that comes after `before` others.
pub(super) fn color(before: usize) -> &'static str {
    PALETTE
        .get(before % PALETTE.len())
        .copied()
        .unwrap_or_default()
}
