use std::collections::BTreeSet;

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
