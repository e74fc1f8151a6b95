//! Prefixes mean nothing.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// The namespaces of a document.
fn namespaces(element: &Element<'_>, found: &mut BTreeSet<String>) {
    let attributes = element.attributes.iter().map(|attribute| &attribute.name);
    for name in attributes.chain([&element.name]) {
        if !name.namespace.is_empty() && !name.namespace.starts_with("http://www.w3.org/XML") {
            found.insert(name.namespace.clone().into_owned());
        }
    }
    for child in &element.children {
        namespaces(child, found);
    }
}

proptest! {
    /// Each namespace gets a prefix at random, or none and a default declaration wherever it begins.
    #[test]
    fn a_message_says_the_same_whatever_its_prefixes(
        index in 0..MESSAGES.len(),
        names in proptest::collection::vec(proptest::option::of("[a-wyzA-WYZ_][a-zA-Z0-9_.-]{0,6}"), 12),
    ) {
        let (path, read) = MESSAGES[index];
        let bytes = fixture(path);
        let root = xml::read(&bytes, &Limits::SOAP).unwrap();
        let mut spaces = BTreeSet::new();
        namespaces(&root, &mut spaces);
        let mut used = BTreeSet::new();
        let prefixes: Vec<_> = spaces
            .iter()
            .zip(&names)
            .filter_map(|(space, name)| Some((name.as_deref()?, space.as_str())))
            .filter(|(name, _)| used.insert(*name))
            .collect();
        let renamed = xml::write(&root, &prefixes);
        let expected = read(&bytes);
        prop_assert!(expected.is_ok(), "{path}: {expected:?}");
        prop_assert_eq!(read(renamed.as_bytes()), expected, "{}", renamed);
    }
}
