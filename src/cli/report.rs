//! What an examination found, printed line by line as it goes.

use std::io::{self, Write};

pub enum Finding {
    Fine(String),
    /// It works, and somebody should look at it.
    Doubtful(String),
    Wrong(String),
}

#[derive(Default)]
pub struct Report {
    wrong: usize,
    failed: Option<io::Error>,
}

impl Report {
    pub fn add(&mut self, finding: Finding) {
        let (mark, what) = match finding {
            Finding::Fine(what) => ("ok     ", what),
            Finding::Doubtful(what) => ("look   ", what),
            Finding::Wrong(what) => {
                self.wrong += 1;
                ("WRONG  ", what)
            }
        };
        self.line(mark, &what);
    }

    /// A line that belongs to the finding before it.
    pub fn note(&mut self, text: &str) {
        self.line("       ", text);
    }

    fn line(&mut self, mark: &str, text: &str) {
        let plain: String = text
            .chars()
            .map(|c| if c.is_control() { '\u{fffd}' } else { c })
            .collect();
        if let Err(error) = writeln!(io::stdout(), "{mark}{plain}") {
            self.failed.get_or_insert(error);
        }
    }

    /// How many things are wrong.
    pub fn close(self) -> io::Result<usize> {
        self.failed.map_or(Ok(self.wrong), Err)
    }
}
