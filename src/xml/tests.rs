//! What the reader refuses (SECURITY T01-T07) and that writing and reading agree.

use proptest::prelude::*;

use super::*;

fn refused(document: &str) -> Error {
    read(document.as_bytes(), &Limits::SOAP).expect_err("the document is refused")
}

#[test]
fn a_doctype_is_refused_before_its_entities_grow() {
    let laughs = r#"<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>"#;
    assert_eq!(refused(laughs), Error::DocumentType);
    assert_eq!(
        refused(r#"<!DOCTYPE d SYSTEM "file:///etc/passwd"><d/>"#),
        Error::DocumentType
    );
}

#[test]
fn a_processing_instruction_is_refused_but_the_declaration_is_not() {
    assert_eq!(
        refused("<?xml-stylesheet href='x'?><a/>"),
        Error::ProcessingInstruction
    );
    assert!(
        read(
            b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>",
            &Limits::SOAP
        )
        .is_ok()
    );
    assert_eq!(
        refused("<?xml version=\"1.0\" encoding=\"utf-16\"?><a/>"),
        Error::Encoding
    );
}

#[test]
fn there_is_exactly_one_root_and_nothing_around_it() {
    assert_eq!(refused("<a/><b/>"), Error::OutsideRoot);
    assert_eq!(refused("<a/>x"), Error::OutsideRoot);
    assert_eq!(refused("  "), Error::Empty);
    assert!(matches!(refused("<a><b></a>"), Error::Syntax { .. }));
    assert!(matches!(refused("<a>"), Error::Syntax { .. }));
}

#[test]
fn each_limit_holds_one_below_and_breaks_one_above() {
    let depth = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    assert!(read(depth(32).as_bytes(), &Limits::SOAP).is_ok());
    assert_eq!(refused(&depth(33)), Error::TooDeep(32));
    assert_eq!(refused(&depth(5_000)), Error::TooDeep(32));
    let width = |n: usize| format!("<r>{}</r>", "<a/>".repeat(n - 1));
    assert!(read(width(2_000).as_bytes(), &Limits::SOAP).is_ok());
    assert_eq!(refused(&width(2_001)), Error::TooManyElements(2_000));
    let attributes = |n: usize| {
        format!(
            "<a {}/>",
            (0..n).map(|i| format!("a{i}='' ")).collect::<String>()
        )
    };
    assert!(read(attributes(64).as_bytes(), &Limits::SOAP).is_ok());
    assert_eq!(refused(&attributes(65)), Error::TooManyAttributes(64));
    let text = |n: usize| format!("<a>{}</a>", "x".repeat(n));
    assert!(read(text(96 * 1024).as_bytes(), &Limits::SOAP).is_ok());
    assert_eq!(refused(&text(96 * 1024 + 1)), Error::TextTooLong(96 * 1024));
    let tag = |n: usize| format!("<a b='{}'/>", "x".repeat(n));
    assert!(read(tag(16 * 1024 - 20).as_bytes(), &Limits::SOAP).is_ok());
    assert_eq!(refused(&tag(16 * 1024)), Error::TagTooLong(16 * 1024));
    assert_eq!(
        refused(&format!("<a>{}</a>", " ".repeat(128 * 1024))),
        Error::TooLarge(128 * 1024)
    );
    assert_eq!(
        refused(
            &(0..65)
                .fold("<a".to_owned(), |a, i| format!("{a} xmlns:p{i}='u{i}'"))
                .chars()
                .chain("/>".chars())
                .collect::<String>()
        ),
        Error::Namespace
    );
}

#[test]
fn twenty_thousand_attributes_are_refused_without_comparing_each_with_each() {
    let flood: String = (0..9_000).map(|i| format!("a{i}='' ")).collect();
    assert_eq!(
        refused(&format!("<a {flood}/>")),
        Error::TagTooLong(16 * 1024)
    );
}

#[test]
fn prefixes_mean_nothing_and_namespaces_everything() {
    let document = r#"<p:a xmlns:p="urn:x" xmlns="urn:y"><b q="1" p:q="2"/></p:a>"#;
    let root = read(document.as_bytes(), &Limits::SOAP).unwrap();
    assert!(root.is("urn:x", "a"));
    let child = root.required("urn:y", "b").unwrap();
    assert_eq!(child.attributes.len(), 2);
    assert_eq!(refused("<p:a/>"), Error::Namespace);
    assert_eq!(
        refused(r#"<a xmlns:p="urn:x" xmlns:r="urn:x" p:q="1" r:q="2"/>"#),
        Error::DuplicateAttribute
    );
    assert_eq!(refused(r#"<a b="1" b="2"/>"#), Error::DuplicateAttribute);
}

#[test]
fn text_is_assembled_from_data_entities_and_cdata() {
    let root = read(
        b"<a>p&amp;&#x20;&lt;s<![CDATA[<x>]]><!-- no -->s</a>",
        &Limits::SOAP,
    )
    .unwrap();
    assert_eq!(root.text, "p& <s<x>s");
    assert_eq!(refused("<a>&nbsp;</a>"), Error::UnknownEntity);
    assert_eq!(refused("<a b='&x;'/>"), Error::UnknownEntity);
    assert_eq!(refused("<a>&#0;</a>"), Error::Character);
    assert_eq!(refused("<a>\u{1}</a>"), Error::Character);
}

#[test]
fn every_single_character_is_judged_alike_alone_and_in_a_text() {
    for c in (0..=0x11_0000).filter_map(char::from_u32) {
        let text = format!("a{c}b");
        assert_eq!(
            character::is_xml_text(&text),
            character::is_xml_character(c),
            "{c:?}"
        );
    }
}

#[test]
fn bytes_that_are_no_utf8_are_refused() {
    assert_eq!(
        read(b"\xff\xfe<\0a\0", &Limits::SOAP).unwrap_err(),
        Error::Encoding
    );
}

#[test]
fn a_repeated_element_is_an_error_and_not_a_choice() {
    let root = read(b"<a><b/><b/></a>", &Limits::SOAP).unwrap();
    assert!(matches!(
        root.only("", "b"),
        Err(DecodeError::Repeated { .. })
    ));
    assert!(matches!(
        root.required("", "c"),
        Err(DecodeError::Missing { .. })
    ));
}

proptest! {
    #[test]
    fn whatever_is_written_reads_back_the_same(text in "[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\u{fffe}\u{ffff}]{1,40}", value in "[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\u{fffe}\u{ffff}]{0,40}") {
        let tree = Element::new(namespace::SOAP, "Envelope")
            .with_attribute("plain", value.as_str())
            .with_attribute_in(namespace::WSU, "Id", value.as_str())
            .with_attribute_in("urn:other", "Id", value.as_str())
            .with(Element::new("urn:mine", "Text").with_text(text.as_str()))
            .with(Element::new("", "None").with(Element::new(namespace::SOAP, "Deep")));
        let written = write(&tree, &[("s", namespace::SOAP), ("u", namespace::WSU)]);
        prop_assert_eq!(read(written.as_bytes(), &Limits::SOAP).unwrap(), tree);
    }

    #[test]
    fn a_text_is_xml_when_each_of_its_characters_is(text in any::<String>()) {
        let each = text.chars().all(character::is_xml_character);
        prop_assert_eq!(character::is_xml_text(&text), each);
    }

    #[test]
    fn no_input_makes_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes, &Limits::SOAP);
    }

    #[test]
    fn no_markup_like_input_makes_the_reader_panic(text in "[<>/a:='\"&;#x0-9!\\-\\[\\]? ]{0,200}") {
        let _ = read(text.as_bytes(), &Limits::SOAP);
    }
}
