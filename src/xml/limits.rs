//! What a document may cost before it is refused.

/// Limits that are checked while reading, before the tree grows.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the whole document.
    pub document: usize,
    /// Elements below one another, the root being the first.
    pub depth: usize,
    /// Elements of the whole document.
    pub elements: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes: usize,
    /// Namespace declarations in scope at once.
    pub namespaces: usize,
    /// Bytes of one start tag.
    pub tag: usize,
    /// Bytes of the character data of one element.
    pub text: usize,
}

impl Limits {
    /// The limits of one SOAP request: a certificate request and a token fit, little else does.
    pub const SOAP: Self = Self {
        document: 128 * 1024,
        depth: 32,
        elements: 2_000,
        attributes: 64,
        namespaces: 64,
        tag: 16 * 1024,
        text: 96 * 1024,
    };

    /// The limits of one SyncML package: results of a device may be long lists.
    pub const SYNCML: Self = Self {
        document: 4 * 1024 * 1024,
        depth: 32,
        elements: 50_000,
        attributes: 64,
        namespaces: 64,
        tag: 16 * 1024,
        text: 2 * 1024 * 1024,
    };
}
