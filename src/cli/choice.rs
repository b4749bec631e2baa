//! How people name one of several things: by its id, or by what they called it.

/// By its id; or by its label, where no other has the same.
pub fn chosen<'a, T>(
    all: &'a [T],
    said: &str,
    id: impl Fn(&T) -> String,
    label: impl Fn(&T) -> &str,
) -> Option<&'a T> {
    if let Some(found) = all.iter().find(|it| id(it) == said) {
        return Some(found);
    }
    let mut alike = all.iter().filter(|it| label(it) == said);
    match (alike.next(), alike.next()) {
        (Some(found), None) => Some(found),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_before_a_label_and_a_label_means_one() {
        let all = [("a", "phone"), ("b", "a"), ("c", "laptop"), ("d", "laptop")];
        let id = |said| chosen(&all, said, |it| it.0.to_owned(), |it| it.1).map(|it| it.0);
        assert_eq!(id("a"), Some("a"));
        assert_eq!(id("phone"), Some("a"));
        assert_eq!(id("laptop"), None);
        assert_eq!(id("tablet"), None);
    }
}
