use std::collections::{BTreeMap, BTreeSet};

use super::Api;

#[test]
fn every_operation_has_a_name_of_its_own_and_says_what_it_does() {
    let mut names = BTreeSet::new();
    for operation in Api::whole().operations {
        assert!(!operation.id.is_empty(), "{}", operation.path);
        assert!(names.insert(operation.id), "{} stands twice", operation.id);
    }
}

#[test]
fn no_path_has_a_method_twice() {
    let mut seen = BTreeSet::new();
    for operation in Api::whole().operations {
        let route = format!("{} {}", operation.method, operation.path);
        assert!(seen.insert(route.clone()), "{route}");
    }
}

#[test]
fn no_name_stands_for_two_schemas() {
    let mut schemas = Vec::new();
    for operation in Api::whole().operations {
        operation.description(&mut schemas);
    }
    let mut seen = BTreeMap::new();
    for (name, schema) in schemas {
        let schema = serde_json::to_value(schema).unwrap();
        let before = seen.entry(name.clone()).or_insert_with(|| schema.clone());
        assert_eq!(*before, schema, "{name}");
    }
}
