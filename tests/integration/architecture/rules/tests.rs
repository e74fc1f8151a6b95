//! Each rule fails where it should: on sources that stand here as text.

use super::*;

fn file(path: &str, text: &str) -> Source {
    Source::new(path, text)
}

#[test]
fn a_module_outside_the_table_is_told_where_to_go() {
    let findings = placed(&file("src/billing/invoice.rs", ""));
    assert_eq!(findings.len(), 1);
    assert!(
        findings.concat().contains("please place it in MAY_USE"),
        "{findings:?}"
    );
    assert!(placed(&file("src/store/device.rs", "")).is_empty());
}

#[test]
fn an_import_outwards_is_found_in_every_way_it_can_be_written() {
    for text in [
        "use crate::http::routes;",
        "pub(crate) use crate::{clock::Clock, http};",
        "use crate::{\n    token::Token, // a noun\n    store::{self as s},\n};",
        "fn f() { crate::enrollment::issue() }",
        "use super::super::management::Session;",
        "use portcullis::app::App;",
        "macro_rules! m { () => { $crate::cli::run() } }",
        "use crate::*;",
        "#[cfg(test)]\nmod tests { fn f() { \"}\"; } }\nuse crate::store::Store;",
    ] {
        assert_eq!(
            imports(&file("src/token/value.rs", text)).len(),
            1,
            "{text}"
        );
    }
    assert_eq!(
        imports(&file("src/token.rs", "use super::store::Store;")).len(),
        1
    );
}

#[test]
fn an_import_inwards_passes_and_so_do_comments_strings_and_tests() {
    for text in [
        "use crate::clock::Clock;\nuse crate::device::{self, Device};",
        "/// See [`crate::store::Store`].\n// use crate::http;\n/* crate::http /* nested */ crate::store */",
        "const A: &str = \"crate::http::x\"; const B: &str = r#\"\"crate::store\"#; const C: char = '\"';",
        "#[cfg(test)]\nmod tests {\n    use crate::store::Store;\n}",
        "#[cfg(test)]\nuse crate::store::Store;\nuse crate::token::Token;",
        "fn a<'a>(x: &'a str) -> &'a str { super::super::token::b(x) }",
    ] {
        assert_eq!(
            imports(&file("src/token/value.rs", text)),
            Vec::<String>::new(),
            "{text}"
        );
    }
}

#[test]
fn http_may_hold_the_store_but_not_reach_into_it() {
    assert!(
        imports(&file(
            "src/http/routes.rs",
            "use crate::store::{Error, Store};"
        ))
        .is_empty()
    );
    assert_eq!(
        imports(&file(
            "src/http/routes.rs",
            "use crate::store::device::find;"
        ))
        .len(),
        1
    );
    assert_eq!(
        imports(&file("src/http/routes.rs", "use crate::store;")).len(),
        1
    );
}

#[test]
fn the_simulator_sees_the_wire_alone() {
    assert!(
        imports(&file(
            "src/simulator.rs",
            "use crate::{protocol, soap::Envelope, xml};"
        ))
        .is_empty()
    );
    for module in ["ca", "clock", "store", "enrollment", "http", "config"] {
        let text = format!("use crate::{module}::X;");
        assert_eq!(
            imports(&file("src/simulator.rs", &text)).len(),
            1,
            "{module}"
        );
    }
}

#[test]
fn a_foreign_crate_away_from_home_is_found() {
    assert_eq!(
        foreign_crates(&file("src/enrollment.rs", "use actix_web::web::Bytes;")).len(),
        1
    );
    assert_eq!(
        foreign_crates(&file("src/soap.rs", "use quick_xml::NsReader;")).len(),
        1
    );
    assert_eq!(
        foreign_crates(&file("src/admin.rs", "fn f(c: &rusqlite::Connection) {}")).len(),
        1
    );
    assert!(foreign_crates(&file("src/http/tls.rs", "use actix_tls::accept;")).is_empty());
    assert!(foreign_crates(&file("src/store/sqlite.rs", "use rusqlite::Connection;")).is_empty());
    assert!(foreign_crates(&file("src/ca.rs", "// unlike rusqlite\nfn f() {}")).is_empty());
}

#[test]
fn sql_outside_the_store_is_found() {
    let text = "fn f() { q(\"UPDATE token\\n SET uses = 1 WHERE id = $1\"); }";
    assert_eq!(sql(&file("src/enrollment.rs", text)).len(), 1);
    assert_eq!(
        sql(&file(
            "src/cli/token.rs",
            "const Q: &str = r\"SELECT id FROM token\";"
        ))
        .len(),
        1
    );
    assert!(sql(&file("src/store/token.rs", text)).is_empty());
    assert!(
        sql(&file(
            "src/cli.rs",
            "const HELP: &str = \"Select a token from the list\";"
        ))
        .is_empty()
    );
}

#[test]
fn a_file_of_301_lines_is_too_long() {
    assert!(length(&file("src/ca.rs", &"//\n".repeat(300))).is_empty());
    assert_eq!(length(&file("src/ca.rs", &"//\n".repeat(301))).len(), 1);
}

#[test]
fn a_test_module_in_the_product_is_found() {
    assert_eq!(tests_behind_cfg(&file("src/ca.rs", "mod tests;")).len(), 1);
    assert!(tests_behind_cfg(&file("src/ca.rs", "#[cfg(test)]\nmod tests;")).is_empty());
}

#[test]
fn a_manifest_that_permits_unsafe_code_is_found() -> Result<(), Box<dyn Error>> {
    assert_eq!(
        unsafe_forbidden("[lints.rust]\nunsafe_code = \"warn\"")?.len(),
        1
    );
    assert_eq!(unsafe_forbidden("[package]\nname = \"x\"")?.len(), 1);
    assert!(unsafe_forbidden("[lints.rust]\nunsafe_code = \"forbid\"")?.is_empty());
    Ok(())
}
