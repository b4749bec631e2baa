//! `text-match` (RFC 4791 section 9.7.5) under the collations of RFC 4790 and RFC 5051. Costs grow with the text only.

use std::borrow::Cow;

use memchr::memmem;
use unicode_normalization::UnicodeNormalization;

use super::{Collation, MatchKind, TextMatch};

impl TextMatch {
    /// Does one of the values satisfy the condition? Negated: does none contain the text?
    pub(super) fn accepts<'v>(&self, values: impl IntoIterator<Item = Cow<'v, str>>) -> bool {
        let wanted = self.collation.mapped(&self.text);
        let found = values.into_iter().any(|value| {
            let value = self.collation.mapped(&value);
            match self.kind {
                MatchKind::Contains => memmem::find(value.as_bytes(), wanted.as_bytes()).is_some(),
                MatchKind::Equals => value == wanted,
                MatchKind::StartsWith => value.starts_with(wanted.as_ref()),
                MatchKind::EndsWith => value.ends_with(wanted.as_ref()),
            }
        });
        found != self.negate
    }
}

impl Collation {
    /// What is compared octet by octet.
    fn mapped(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Octet => Cow::Borrowed(text),
            Self::AsciiCasemap if !text.bytes().any(|byte| byte.is_ascii_lowercase()) => {
                Cow::Borrowed(text)
            }
            Self::AsciiCasemap => Cow::Owned(text.to_ascii_uppercase()),
            // Title case first, then every decomposition (RFC 5051 section 2).
            Self::UnicodeCasemap if text.is_ascii() => Self::AsciiCasemap.mapped(text),
            Self::UnicodeCasemap => {
                Cow::Owned(text.chars().map(title_case).flat_map(decomposed).collect())
            }
        }
    }
}

/// RFC 5051 decomposes each character by itself and does not reorder the marks.
fn decomposed(character: char) -> impl Iterator<Item = char> {
    std::iter::once(character).nfkd()
}

/// The simple title case mapping of Unicode: one character to one.
fn title_case(character: char) -> char {
    match character {
        // The digraphs that have a title case of their own.
        'Ǆ'..='ǆ' => 'ǅ',
        'Ǉ'..='ǉ' => 'ǈ',
        'Ǌ'..='ǌ' => 'ǋ',
        'Ǳ'..='ǳ' => 'ǲ',
        // Georgian is written without capitals.
        'ა'..='ჿ' => character,
        // Greek with iota below keeps it.
        'ᾀ'..='ᾇ' | 'ᾐ'..='ᾗ' | 'ᾠ'..='ᾧ' => offset(character, 8),
        'ᾳ' | 'ῃ' | 'ῳ' => offset(character, 9),
        _ => {
            let mut upper = character.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(one), None) => one,
                _ => character,
            }
        }
    }
}

fn offset(character: char, by: u32) -> char {
    char::from_u32(character as u32 + by).unwrap_or(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(collation: Collation, text: &str, value: &str) -> bool {
        let text = text.to_owned();
        let negate = false;
        let kind = MatchKind::Contains;
        TextMatch {
            text,
            collation,
            negate,
            kind,
        }
        .accepts([Cow::Borrowed(value)])
    }

    #[test]
    fn collations_differ_as_the_registry_says() {
        use Collation::{AsciiCasemap, Octet, UnicodeCasemap};
        for (text, value, ascii, octet, unicode) in [
            ("meet", "A Meeting", true, false, true),
            ("Meet", "A Meeting", true, true, true),
            ("ÄRZTE", "die ärzte", false, false, true),
            ("a\u{308}rzte", "die ÄRZTE", false, false, true),
            ("ﬁsh", "FISH", false, false, false),
            ("ﬁsh", "fish", false, false, false),
            ("ﬁ", "ﬁsh", true, true, true),
            ("ß", "SS", false, false, false),
            ("ss", "ß", false, false, false),
            ("ǆ", "Ǆ", false, false, true),
            ("Å", "\u{212b}", false, false, true),
            ("ᾳ", "ᾼ", false, false, true),
            ("", "", true, true, true),
        ] {
            assert_eq!(
                contains(AsciiCasemap, text, value),
                ascii,
                "ascii {text} {value}"
            );
            assert_eq!(contains(Octet, text, value), octet, "octet {text} {value}");
            assert_eq!(
                contains(UnicodeCasemap, text, value),
                unicode,
                "unicode {text} {value}"
            );
        }
    }

    #[test]
    fn kinds_and_negation() {
        let with = |kind, negate, value: &'static str| {
            let text = "Work".to_owned();
            TextMatch {
                text,
                collation: Collation::AsciiCasemap,
                negate,
                kind,
            }
            .accepts([Cow::Borrowed(value)])
        };
        assert!(with(MatchKind::Equals, false, "WORK") && !with(MatchKind::Equals, false, "works"));
        assert!(
            with(MatchKind::StartsWith, false, "works")
                && !with(MatchKind::StartsWith, false, "homework")
        );
        assert!(
            with(MatchKind::EndsWith, false, "homework")
                && !with(MatchKind::EndsWith, false, "works")
        );
        assert!(
            with(MatchKind::Contains, true, "home") && !with(MatchKind::Contains, true, "homework")
        );
    }
}
