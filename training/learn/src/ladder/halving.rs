//! Where a sum that only grows crosses what is wanted.

/// Halvings of a range: to the last digits of a double.
const HALVINGS: u32 = 54;

/// The number from `-widest` to `widest` up to which `is_below` holds.
pub(super) fn crossing(widest: f64, is_below: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (-widest, widest);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if is_below(middle) { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_found_to_the_last_digits() {
        assert!((crossing(8.0, |one| one * one.abs() < 2.0) - 2.0_f64.sqrt()).abs() < 1e-14);
        assert!((crossing(8.0, |_| true) - 8.0).abs() < 1e-12);
    }
}
