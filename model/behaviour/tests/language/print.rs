//! Printing is faithful: what is printed compiles to the same tree.

use proptest::prelude::*;
use tenure_behaviour::language::{Scope, compile_definitions, compile_expression};

use crate::trees::body;

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_compiles_to_the_same(body in body()) {
        let text = body.to_string();
        match compile_expression(&text, &Scope::labels()) {
            Ok(again) => prop_assert_eq!(again, body, "{}", text),
            Err(error) => return Err(TestCaseError::fail(format!("{text}\n{error}"))),
        }
    }

    #[test]
    fn a_definition_compiles_to_the_same(body in body()) {
        let file = format!("# first\nit =\n  {body}\n\nagain = it\n");
        match compile_definitions(&file, &Scope::labels()) {
            Ok(found) => prop_assert!(found.iter().all(|definition| definition.body == body)),
            Err(errors) => return Err(TestCaseError::fail(format!("{file}\n{}", errors[0]))),
        }
    }
}
