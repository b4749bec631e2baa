//! The one parameter of an operator's statement, found where it stands for a value and nowhere else.

/// What stands for the account.
const USER: &str = ":user";

pub(super) fn asks_by_user(sql: &str) -> bool {
    pieces(sql).contains(&USER)
}

/// The statement with another word in place of `:user`.
pub(super) fn with_parameter(sql: &str, parameter: &str) -> String {
    let piece = |piece: &str| match piece {
        USER => parameter.to_owned(),
        other => other.to_owned(),
    };
    pieces(sql).into_iter().map(piece).collect()
}

/// Without the semicolon that closes it, which is none of a part of another.
pub(super) fn unclosed(sql: &str) -> &str {
    sql.trim_end_matches(|last: char| last.is_whitespace() || last == ';')
}

/// Texts, names, comments and casts whole, `:user` by itself, and everything else as it comes.
fn pieces(sql: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = sql;
    while !rest.is_empty() {
        let length = match rest.as_bytes() {
            [b'\'', ..] => closed(rest, "'", "'"),
            [b'"', ..] => closed(rest, "\"", "\""),
            [b'-', b'-', ..] => closed(rest, "--", "\n"),
            [b'/', b'*', ..] => closed(rest, "/*", "*/"),
            [b'$', ..] => quoted_by_dollars(rest),
            [b':', b':', ..] => 2,
            _ if is_user(rest) => USER.len(),
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
        let (piece, after) = rest.split_at(length.min(rest.len()));
        found.push(piece);
        rest = after;
    }
    found
}

fn is_user(rest: &str) -> bool {
    let goes_on = |next: char| next.is_alphanumeric() || next == '_';
    rest.strip_prefix(USER)
        .is_some_and(|after| !after.starts_with(goes_on))
}

fn closed(rest: &str, open: &str, close: &str) -> usize {
    let inside = rest.get(open.len()..).unwrap_or_default();
    let end = inside.find(close).map(|at| open.len() + at + close.len());
    end.unwrap_or(rest.len())
}

/// `$$…$$` and `$tag$…$tag$`, which PostgreSQL knows.
fn quoted_by_dollars(rest: &str) -> usize {
    let tag = rest.get(1..).and_then(|after| {
        let end = after.find('$')?;
        let name = after.get(..end)?;
        let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        plain.then(|| rest.get(..end + 2)).flatten()
    });
    tag.map_or(1, |tag| closed(rest, tag, tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameter_is_found_where_it_is_one() {
        let cases = [
            ("SELECT :user", "SELECT $1"),
            (
                "SELECT ':user', x::user FROM t WHERE o=:user;",
                "SELECT ':user', x::user FROM t WHERE o=$1;",
            ),
            (
                "SELECT \":user\" -- :user\n, :user",
                "SELECT \":user\" -- :user\n, $1",
            ),
            (
                "/* :user */ $a$:user$a$ $$:user$$ :username :user",
                "/* :user */ $a$:user$a$ $$:user$$ :username $1",
            ),
            ("SELECT 'it''s :user' :user", "SELECT 'it''s :user' $1"),
        ];
        for (sql, expected) in cases {
            assert_eq!(with_parameter(sql, "$1"), expected);
            assert_eq!(asks_by_user(sql), expected.contains("$1"));
        }
        assert!(!asks_by_user("SELECT ':user"));
        assert_eq!(unclosed("SELECT 1 ;\n"), "SELECT 1");
    }
}
