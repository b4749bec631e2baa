//! HTML and XML whose every value is escaped by construction: only text of the program itself goes in unescaped.

/// A document being written.
#[derive(Default)]
pub struct Markup(String);

impl Markup {
    /// Markup that stands in the program, never a value from outside.
    #[must_use]
    pub fn raw(mut self, markup: &'static str) -> Self {
        self.0.push_str(markup);
        self
    }

    /// A value, safe between tags and inside a quoted attribute.
    #[must_use]
    pub fn text(mut self, value: &str) -> Self {
        for c in value.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // No version of HTML or XML has a place for them.
                c if c.is_control() && !matches!(c, '\n' | '\t') => {}
                c => self.0.push(c),
            }
        }
        self
    }

    /// A part that is written already.
    #[must_use]
    pub fn part(mut self, part: Self) -> Self {
        self.0.push_str(&part.0);
        self
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_becomes_markup() {
        let hostile = "\"><script>alert('x')</script>&amp;\0\u{1b}[0m";
        let page = Markup::default()
            .raw("<a href=\"")
            .text(hostile)
            .raw("\">")
            .text("a\tb")
            .raw("</a>")
            .into_string();
        assert_eq!(
            page,
            "<a href=\"&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;[0m\">a\tb</a>"
        );
    }
}
