//! Lists and maps of a stranger's JSON: bounded, and no key twice.
//!
//! Structs need neither: serde refuses a field that comes twice, and ours refuse one they do not know. A
//! map would silently keep the last of two equal keys, and a list of `"",` takes eight times the memory of
//! its text.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Reads a list of at most `MAX` values.
pub(crate) fn at_most<'de, const MAX: usize, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    struct List<const MAX: usize, T>(PhantomData<T>);

    impl<'de, const MAX: usize, T: Deserialize<'de>> Visitor<'de> for List<MAX, T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MAX} values")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(value) = values.next_element()? {
                if list.len() == MAX {
                    return Err(A::Error::invalid_length(MAX + 1, &self));
                }
                list.push(value);
            }
            Ok(list)
        }
    }

    deserializer.deserialize_seq(List::<MAX, T>(PhantomData))
}

/// Reads a map of at most `MAX` entries, no two of one key.
pub(crate) fn distinct_keys<'de, const MAX: usize, T, D>(
    deserializer: D,
) -> Result<BTreeMap<String, T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    struct Map<const MAX: usize, T>(PhantomData<T>);

    impl<'de, const MAX: usize, T: Deserialize<'de>> Visitor<'de> for Map<MAX, T> {
        type Value = BTreeMap<String, T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a map of at most {MAX} distinct keys")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some((key, value)) = entries.next_entry::<String, T>()? {
                if map.len() == MAX {
                    return Err(A::Error::invalid_length(MAX + 1, &self));
                }
                if map.contains_key(&key) {
                    return Err(A::Error::custom(format_args!("duplicate key {key:?}")));
                }
                map.insert(key, value);
            }
            Ok(map)
        }
    }

    deserializer.deserialize_map(Map::<MAX, T>(PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Both {
        #[serde(deserialize_with = "at_most::<2, _, _>")]
        list: Vec<u8>,
        #[serde(deserialize_with = "distinct_keys::<2, _, _>")]
        map: BTreeMap<String, u8>,
    }

    #[track_caller]
    fn check(list: &str, map: &str, expected: Result<(), &str>) {
        let read = serde_json::from_str::<Both>(&format!(r#"{{"list":{list},"map":{map}}}"#));
        match (read, expected) {
            (Ok(both), Ok(())) => assert_eq!((both.list.len(), both.map.len()), (2, 2)),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (seen, _) => panic!("{seen:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn refuses_more_than_the_bound_and_a_key_that_comes_twice() {
        check("[1,2]", r#"{"a":1,"b":2}"#, Ok(()));
        check("[1,2,3]", r#"{"a":1,"b":2}"#, Err("a list of at most 2 values"));
        check("[1,2]", r#"{"a":1,"b":2,"c":3}"#, Err("at most 2 distinct keys"));
        check("[1,2]", r#"{"a":1,"a":2}"#, Err(r#"duplicate key "a""#));
        // The same key, once spelled with an escape.
        check("[1,2]", r#"{"a":1,"\u0061":2}"#, Err(r#"duplicate key "a""#));
    }
}
