//! The name that was probably meant.

/// The nearest of some names, if one is near enough to have been meant.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<Box<str>> {
    let allowed = (name.chars().count() / 3).max(1);
    within(name, known, allowed)
}

/// The nearest name that cannot be far from being the same: one slip, in long names two.
pub(super) fn misspelt<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<Box<str>> {
    let letters = name.chars().count();
    within(name, known, if letters < 10 { 1 } else { 2 })
}

fn within<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, allowed: usize) -> Option<Box<str>> {
    let name = name.to_lowercase();
    let distances = known.into_iter().map(|candidate| (distance(&name, candidate), candidate));
    let found = distances.min_by_key(|(distance, _)| *distance)?;
    (found.0 <= allowed).then(|| found.1.into())
}

/// Letters to add, drop, replace or swap with their neighbour (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    // Names are short; what is not need not be compared.
    if left.len() > 64 || right.len() > 64 {
        return usize::MAX;
    }
    let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).collect()];
    for (i, letter) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in right.iter().enumerate() {
            let mut least =
                (rows[i][j] + usize::from(letter != other)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *letter == right[j - 1] && left[i - 1] == *other {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_slips_of_the_hand() {
        for (left, right, slips) in [
            ("order", "order", 0),
            ("oder", "order", 1),
            ("roder", "order", 1),
            ("", "abc", 3),
            ("订单", "定单", 1),
        ] {
            assert_eq!(distance(left, right), slips, "{left} {right}");
        }
    }

    #[test]
    fn what_is_far_away_was_not_meant() {
        let known = ["order", "email_open", "email_click", "session"];
        assert_eq!(nearest("emial_open", known).as_deref(), Some("email_open"));
        assert_eq!(nearest("Order", known).as_deref(), Some("order"));
        assert_eq!(nearest("size_guide", known), None);
        assert_eq!(misspelt("orders", known).as_deref(), Some("order"));
        assert_eq!(misspelt("reorder", known), None);
        assert_eq!(nearest(&"x".repeat(1_000), known), None);
    }
}
