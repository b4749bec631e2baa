//! What a `find` looks for (RFC 7808 section 5.5): a name, with `*` at either end.

use super::problem::Problem;

#[derive(Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    begins_anywhere: bool,
    ends_anywhere: bool,
}

impl Pattern {
    /// `\*` and `\\` stand for themselves; neither `*` within nor `\` alone means anything.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let (mut kept, mut stars) = (String::new(), Vec::new());
        let mut characters = text.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '*' => stars.push(at),
                '\\' => match characters.next() {
                    Some((_, escaped @ ('*' | '\\'))) => kept.push(escaped),
                    _ => return Err(Problem::Pattern),
                },
                other => kept.push(other),
            }
        }
        let begins_anywhere = stars.first() == Some(&0);
        let ends_anywhere = text.len() > 1 && stars.last() == Some(&(text.len() - 1));
        let at_the_ends = usize::from(begins_anywhere) + usize::from(ends_anywhere);
        if stars.len() > at_the_ends || kept.is_empty() && stars.is_empty() {
            return Err(Problem::Pattern);
        }
        Ok(Self {
            text: comparable(&kept),
            begins_anywhere,
            ends_anywhere,
        })
    }

    pub fn matches(&self, name: &str) -> bool {
        let name = comparable(name);
        match (self.begins_anywhere, self.ends_anywhere) {
            (false, false) => name == self.text,
            (true, false) => name.ends_with(&self.text),
            (false, true) => name.starts_with(&self.text),
            (true, true) => name.contains(&self.text),
        }
    }
}

/// Underscores count as spaces, and ASCII letters of either case as one.
fn comparable(text: &str) -> String {
    text.replace('_', " ").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_the_specification() {
        let finds = |pattern: &str, name: &str| Pattern::read(pattern).map(|it| it.matches(name));
        assert_eq!(finds("xyz", "XYZ"), Ok(true));
        assert_eq!(finds("xyz", "xyza"), Ok(false));
        assert_eq!(finds("*xyz", "axyz"), Ok(true));
        assert_eq!(finds("*xyz", "xyza"), Ok(false));
        assert_eq!(finds("xyz*", "xyza"), Ok(true));
        assert_eq!(finds("xyz*", "axyz"), Ok(false));
        assert_eq!(finds("*xyz*", "axyza"), Ok(true));
        assert_eq!(finds("*New York*", "America/New_York"), Ok(true));
        assert_eq!(finds("*", "anything"), Ok(true));
        assert_eq!(
            finds("\\*Test\\\\Time\\*Zone\\*", "*Test\\Time*Zone*"),
            Ok(true)
        );
        assert_eq!(finds("\\*a", "ba"), Ok(false));
        for wrong in ["", "a*b", "a\\", "\\a", "*a*b", "***"] {
            assert_eq!(Pattern::read(wrong), Err(Problem::Pattern), "{wrong}");
        }
    }
}
