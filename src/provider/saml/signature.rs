//! What of a response is signed. One parse: what was verified is what is read, node by node.
//!
//! Before any cryptography the shape is narrowed to the one that identity providers write: everything by which
//! signature wrapping lives (SECURITY T72-T74) is refused by its form.

use std::collections::HashSet;

use bergshamra::dsig::verify::verify_all_document_with_source;
use bergshamra::keys::loader::load_x509_cert_der;
use bergshamra::{DsigContext, KeysManager, VerifyResult};
use uppsala::{Document, NodeId, NodeKind, Parser};

use super::super::Error;
use super::{ASSERTION, PROTOCOL, certificates};

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Transforms: the enveloped signature, then exclusive canonicalization.
const TRANSFORMS: [&str; 2] = [
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
];
const SIGNATURES: [&str; 5] = [
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
];
const DIGESTS: [&str; 3] = [
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
];
/// Nodes of a response.
const NODES: usize = 10_000;

/// A response whose assertion is signed by a key that counts. There is no other way to one.
pub(super) struct Believed<'d, 'x> {
    pub(super) document: &'d Document<'x>,
    pub(super) response: NodeId,
    pub(super) assertion: NodeId,
}

/// The keys of the certificates.
pub(in crate::provider) fn keys(pem: &str) -> Result<KeysManager, Error> {
    let mut keys = KeysManager::new();
    for der in certificates(pem)? {
        let key = load_x509_cert_der(&der);
        keys.add_key(key.map_err(|_| Error::unavailable("a certificate has no key that counts"))?);
    }
    Ok(keys)
}

/// Reads a response by `read` if its assertion is signed, itself or with the whole response.
pub(super) fn verified<T>(
    xml: &str,
    certificates: &str,
    read: impl FnOnce(Believed<'_, '_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let parser = Parser::new()
        .with_max_depth(32)
        .with_forbid_dtd(true)
        .with_forbid_entities(true);
    let document = parser.parse(xml);
    let document = document.map_err(|_| Error::wrong("the response is not readable"))?;
    let shape = Shape::of(&document)?;
    if shape.signatures.is_empty() {
        return Err(Error::wrong("the assertion is not signed"));
    }
    let context = DsigContext::new(keys(certificates)?)
        .with_trusted_keys_only(true)
        .with_strict_verification(true)
        .with_require_reference_digests(true)
        .with_insecure(true);
    let results = verify_all_document_with_source(&context, &document, Some(xml));
    let results = results.map_err(|_| Error::wrong("a signature cannot be verified"))?;
    if results.len() != shape.signatures.len() {
        return Err(Error::wrong("a signature was not verified"));
    }
    let mut covered = HashSet::new();
    for result in results {
        let VerifyResult::Valid {
            signature_node,
            references,
            ..
        } = result
        else {
            return Err(Error::wrong("a signature does not fit"));
        };
        let signed = document.parent(signature_node);
        let [reference] = references.as_slice() else {
            return Err(Error::wrong("a signature has not one reference"));
        };
        if !reference.digest_verified || signed.is_none() || reference.resolved_node != signed {
            return Err(Error::wrong(
                "a signature is of another node than its parent",
            ));
        }
        covered.extend(signed);
    }
    if !covered.contains(&shape.assertion) && !covered.contains(&shape.response) {
        return Err(Error::wrong("the assertion is not signed"));
    }
    read(Believed {
        document: &document,
        response: shape.response,
        assertion: shape.assertion,
    })
}

/// Where the parts are that count.
struct Shape {
    response: NodeId,
    assertion: NodeId,
    signatures: Vec<NodeId>,
}

impl Shape {
    fn of(document: &Document<'_>) -> Result<Self, Error> {
        let root = document.document_element();
        let response = root.filter(|root| is(document, *root, PROTOCOL, "Response"));
        let response = response.ok_or_else(|| Error::wrong("it is no Response"))?;
        let all = document.descendants(document.root());
        if all.len() > NODES {
            return Err(Error::wrong("the response has too many nodes"));
        }
        let (mut ids, mut assertions, mut signatures) = (HashSet::new(), Vec::new(), Vec::new());
        for node in all {
            match document.node_kind(node) {
                Some(NodeKind::Comment(_)) => return Err(Error::wrong("it holds a comment")),
                Some(NodeKind::ProcessingInstruction(_)) => {
                    return Err(Error::wrong("it holds a processing instruction"));
                }
                Some(NodeKind::CData(_)) => return Err(Error::wrong("it holds CDATA")),
                _ => {}
            }
            let Some(element) = document.element(node) else {
                continue;
            };
            for name in ["ID", "Id", "id"] {
                if let Some(id) = element.get_attribute(name)
                    && !ids.insert(id.to_owned())
                {
                    return Err(Error::wrong("an ID stands twice"));
                }
            }
            match &*element.name.local_name {
                "Assertion" => assertions.push(node),
                "EncryptedAssertion" => return Err(Error::wrong("the assertion is encrypted")),
                "Signature" => signatures.push(node),
                "Object" => return Err(Error::wrong("a signature holds an Object")),
                _ => {}
            }
        }
        let assertion = match *assertions.as_slice() {
            [assertion] => assertion,
            [] => return Err(Error::wrong(said(document, response))),
            _ => return Err(Error::wrong("it holds not exactly one Assertion")),
        };
        let child = document.parent(assertion) == Some(response);
        if !child || !is(document, assertion, ASSERTION, "Assertion") {
            return Err(Error::wrong("the Assertion is not in its place"));
        }
        let mut signed = HashSet::new();
        for signature in &signatures {
            let parent = check(document, *signature)?;
            if (parent != response && parent != assertion) || !signed.insert(parent) {
                return Err(Error::wrong("a Signature is not in its place"));
            }
        }
        Ok(Self {
            response,
            assertion,
            signatures,
        })
    }
}

/// What a response without an assertion says instead (SAML Core 3.2.2.2). Nobody signed it: it is an explanation, no more.
fn said(document: &Document<'_>, response: NodeId) -> String {
    let codes = document.descendants(response).into_iter();
    let codes = codes.filter(|node| is(document, *node, PROTOCOL, "StatusCode"));
    let last = |node| document.get_attribute(node, "Value")?.rsplit(':').next();
    let words: Vec<String> = codes
        .filter_map(last)
        .map(|word| {
            word.chars()
                .filter(char::is_ascii_alphanumeric)
                .take(64)
                .collect()
        })
        .take(4)
        .collect();
    match words.is_empty() {
        true => "it holds no Assertion".to_owned(),
        false => format!("the provider answers {}", words.join(", ")),
    }
}

/// The node that a signature is in, if it signs that node and nothing else, in the way that counts.
fn check(document: &Document<'_>, signature: NodeId) -> Result<NodeId, Error> {
    let odd = || Error::wrong("a Signature is not of the form that counts");
    let one = |parent, name| {
        let found = document.child_elements_by_name_ns(parent, DSIG, name);
        match found.as_slice() {
            [one] => Ok(*one),
            _ => Err(odd()),
        }
    };
    let algorithm = |node| document.get_attribute(node, "Algorithm").ok_or_else(odd);
    if !is(document, signature, DSIG, "Signature") {
        return Err(odd());
    }
    let parent = document.parent(signature).ok_or_else(odd)?;
    let info = one(signature, "SignedInfo")?;
    let reference = one(info, "Reference")?;
    let id = document
        .get_attribute(parent, "ID")
        .filter(|id| !id.is_empty());
    let uri = document.get_attribute(reference, "URI");
    if uri.and_then(|uri| uri.strip_prefix('#')) != Some(id.ok_or_else(odd)?) {
        return Err(Error::wrong(
            "a Reference is to another node than its parent",
        ));
    }
    let transforms = one(reference, "Transforms")?;
    let transforms = document.child_elements_by_name_ns(transforms, DSIG, "Transform");
    let transforms: Result<Vec<_>, _> = transforms.into_iter().map(algorithm).collect();
    let fits = transforms? == TRANSFORMS
        && algorithm(one(info, "CanonicalizationMethod")?)? == TRANSFORMS[1]
        && SIGNATURES.contains(&algorithm(one(info, "SignatureMethod")?)?)
        && DIGESTS.contains(&algorithm(one(reference, "DigestMethod")?)?);
    if fits { Ok(parent) } else { Err(odd()) }
}

pub(super) fn is(document: &Document<'_>, node: NodeId, namespace: &str, local: &str) -> bool {
    let element = document.element(node);
    element.is_some_and(|element| element.matches_name_ns(namespace, local))
}
