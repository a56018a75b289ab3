//! The shipped book.

use tenure_behaviour::segments::{Rules, STANDARD, SegmentBook};

fn book() -> SegmentBook {
    match SegmentBook::compile(STANDARD, &Rules::standard()) {
        Ok(book) => book,
        Err(errors) => {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            panic!("{}", lines.join("\n"))
        }
    }
}

#[test]
fn the_shipped_book_is_proved_without_a_warning() {
    let book = book();
    assert_eq!(book.warnings(), []);
    println!("{} steps", book.proof_steps());
    let core = book.primary().iter().filter(|segment| !segment.is_remainder).count();
    assert_eq!(core, 8);
}
