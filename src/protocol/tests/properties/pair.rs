//! What must be alone is refused in pairs: neither the first nor the last of two is chosen.

use super::*;

/// What may stand more than once, by its parent and its own name.
const PLURAL: [(&str, &str); 18] = [
    ("AuthPolicies", "AuthPolicy"),
    ("AdditionalContext", "ContextItem"),
    ("policyOIDs", "oid"),
    ("policies", "policy"),
    ("oIDs", "oID"),
    ("cAs", "cA"),
    ("cAs", "cAReference"),
    ("uris", "cAURI"),
    ("cryptoProviders", "provider"),
    ("supersededPolicies", "commonName"),
    ("extensions", "extension"),
    ("rAEKUs", "oIDReference"),
    ("Replace", "Item"),
    ("Get", "Item"),
    ("Alert", "Item"),
    ("Results", "Item"),
    ("Status", "TargetRef"),
    ("Anything", "New"),
];

/// Elements whose children are commands, or are kept without being looked into.
const OPEN: [&str; 3] = ["SyncBody", "Atomic", "Signature"];

/// The paths, as child positions, to every element that must be alone.
fn singular(element: &Element<'_>, path: &[usize], found: &mut Vec<Vec<usize>>) {
    let parent = element.name.local.as_ref();
    for (position, child) in element.children.iter().enumerate() {
        let local = child.name.local.as_ref();
        let path = [path, &[position]].concat();
        let plural = PLURAL.contains(&(parent, local))
            || ["Add", "Delete", "Exec"].contains(&parent) && local == "Item"
            || local == "Anything"
            || OPEN.contains(&parent) && local != "Final";
        if !plural {
            found.push(path.clone());
        }
        if local != "Signature" {
            singular(child, &path, found);
        }
    }
}

/// The document with one element twice.
fn doubled(root: &Element<'_>, path: &[usize]) -> String {
    let mut root = root.clone();
    let (last, above) = path.split_last().unwrap();
    let mut parent = &mut root;
    for position in above {
        parent = &mut parent.children[*position];
    }
    let twin = parent.children[*last].clone();
    parent.children.insert(*last, twin);
    xml::write(&root, &[])
}

#[test]
fn a_message_with_any_one_element_doubled_is_refused() {
    let mut tried = 0;
    for (path, read) in MESSAGES {
        let bytes = fixture(path);
        let root = xml::read(&bytes, &Limits::SOAP).unwrap();
        let mut elements = Vec::new();
        singular(&root, &[], &mut elements);
        for element in elements {
            let text = doubled(&root, &element);
            assert!(read(text.as_bytes()).is_err(), "{path} {element:?}: {text}");
            tried += 1;
        }
    }
    assert!(tried > 700, "{tried}");
}
