//! Columns for people.

use std::io::{self, Write};

/// Prints rows in columns as wide as their widest cell; control characters do not reach the terminal.
pub fn print<const COLUMNS: usize>(
    head: [&str; COLUMNS],
    rows: &[[String; COLUMNS]],
) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut widths = head.map(|cell| cell.chars().count());
    let rows: Vec<[String; COLUMNS]> = rows
        .iter()
        .map(|row| row.each_ref().map(|cell| plain(cell)))
        .collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in std::iter::once(&head.map(str::to_owned)).chain(&rows) {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    out.flush()
}

/// Without what would steer a terminal.
pub fn plain(cell: &str) -> String {
    cell.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// `2026-11-21 12:05` in UTC, or nothing.
pub fn moment(seconds: Option<i64>) -> String {
    seconds
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .map_or_else(
            || "-".to_owned(),
            |moment| moment.strftime("%Y-%m-%d %H:%MZ").to_string(),
        )
}
