//! The nearest name, for errors that say "did you mean".

/// The candidate most like `wanted`: equal but for case and punctuation, sharing a word, or within a few edits.
pub(crate) fn nearest(wanted: &str, candidates: &[String]) -> Option<String> {
    let target = fold(wanted);
    candidates
        .iter()
        .filter_map(|candidate| Some((distance_of(wanted, &target, candidate)?, candidate)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.clone())
}

/// Lower case, letters and digits only: `Customer ID`, `customer_id` and `customer-id` are one name.
pub(crate) fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn distance_of(wanted: &str, target: &str, candidate: &str) -> Option<usize> {
    let folded = fold(candidate);
    let edits = edit_distance(target, &folded);
    // A third of the letters may differ: "custmr" is near "customer", "total" is not near "date".
    if edits <= target.chars().count() / 3 {
        return Some(edits);
    }
    let shares_word = words(candidate).any(|word| word.len() > 2 && words(wanted).any(|other| other == word));
    let contains = folded.len() > 3 && (folded.contains(target) || target.contains(&folded));
    (shares_word || contains).then_some(edits + 10)
}

fn words(name: &str) -> impl Iterator<Item = String> {
    name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edit_distances_are_levenshtein() {
        // The textbook pairs.
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("flaw", "lawn"), 2);
        assert_eq!(edit_distance("", "abc"), 3);
    }

    #[test]
    fn finds_a_slip_a_shared_word_and_nothing_else() {
        let columns: Vec<String> = ["Ordre Date", "Customer Code", "Country"].map(String::from).to_vec();
        assert_eq!(nearest("Order Date", &columns).as_deref(), Some("Ordre Date"));
        assert_eq!(nearest("customer_id", &columns).as_deref(), Some("Customer Code"));
        assert_eq!(nearest("amount", &columns), None);
    }
}
