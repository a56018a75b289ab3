//! How many there are of a thing, in words: a note that says "1 past dates" is read as careless.

/// `1 past date`, `3 past dates`: of things whose plural only adds an s.
pub(crate) fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_no_plural() {
        let told = [0, 1, 2].map(|count| counted(count, "past date"));
        assert_eq!(told, ["0 past dates", "1 past date", "2 past dates"]);
    }
}
