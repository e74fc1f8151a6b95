//! The namespaces of the enrollment protocols, each under the name its specification uses.

use std::borrow::Cow;

/// SOAP 1.2 envelope.
pub const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";
/// SOAP 1.1 envelope, known only to refuse it by name.
pub const SOAP_1_1: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// WS-Addressing 1.0.
pub const ADDRESSING: &str = "http://www.w3.org/2005/08/addressing";
/// WS-Security 1.0 extensions (`wsse`).
pub const WSSE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
/// WS-Security 1.0 utility (`wsu`, written `u` in the specifications).
pub const WSU: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
/// WS-Trust 1.3.
pub const WST: &str = "http://docs.oasis-open.org/ws-sx/ws-trust/200512";
/// WS-Federation authorization, the namespace of `AdditionalContext`.
pub const AUTHORIZATION: &str = "http://schemas.xmlsoap.org/ws/2006/12/authorization";
/// MS-MDE2 discovery.
pub const DISCOVERY: &str = "http://schemas.microsoft.com/windows/management/2012/01/enrollment";
/// MS-MDE2 discovery as the published request samples print it; devices leave the slash out.
pub const DISCOVERY_AS_PRINTED: &str =
    "http://schemas.microsoft.com/windows/management/2012/01/enrollment/";
/// MS-XCEP.
pub const XCEP: &str = "http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy";
/// MS-WSTEP, also of the fault detail of MS-MDE2 2.2.10.
pub const WSTEP: &str = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment";
/// The WCF dispatcher, whose fault subcodes MS-MDE2 2.2.10 borrows.
pub const DISPATCHER: &str =
    "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher";
/// WCF diagnostics: `ActivityId`.
pub const DIAGNOSTICS: &str = "http://schemas.microsoft.com/2004/09/ServiceModel/Diagnostics";
/// XML Schema instance: `nil`.
pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// XML Signature.
pub const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// SyncML 1.2.
pub const SYNCML: &str = "SYNCML:SYNCML1.2";
/// SyncML 1.1, which some clients still write.
pub const SYNCML_1_1: &str = "SYNCML:SYNCML1.1";
/// SyncML meta information.
pub const METINF: &str = "syncml:metinf";
/// `originalerror` on a SyncML status (MS-MDM 2.2.6.1).
pub const MSFT: &str = "http://schemas.microsoft.com/MobileDevice/MDM";
/// The namespace of `xml:lang`.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// The namespace of namespace declarations.
pub(crate) const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

const KNOWN: [&str; 20] = [
    SOAP,
    ADDRESSING,
    WSSE,
    WST,
    AUTHORIZATION,
    WSU,
    XCEP,
    DISCOVERY,
    WSTEP,
    XSI,
    SYNCML,
    METINF,
    DIAGNOSTICS,
    DISPATCHER,
    DSIG,
    MSFT,
    XML,
    SOAP_1_1,
    SYNCML_1_1,
    DISCOVERY_AS_PRINTED,
];

/// The URI without an allocation when it is one of ours.
pub(super) fn intern(uri: &str) -> Cow<'static, str> {
    KNOWN
        .iter()
        .find(|known| **known == uri)
        .map_or_else(|| Cow::Owned(uri.to_owned()), |known| Cow::Borrowed(*known))
}
