//! The tokens of enrollment: what their types are called and how their text becomes bytes.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::soap::BinarySecurityToken;
use crate::xml::DecodeError;

/// `TokenType` of an enrollment and of its reply: MS-MDE2 3.4.4.1.1.1.
pub const TOKEN_TYPE: &str =
    "http://schemas.microsoft.com/5.0.0.0/ConfigurationManager/Enrollment/DeviceEnrollmentToken";
/// `ValueType` in the header: the result of the web page, or an access token given to the enrollment API: MS-MDE2
/// 3.3.4.1.1.1.1.
pub const DEVICE_ENROLLMENT_USER_TOKEN: &str = "http://schemas.microsoft.com/5.0.0.0/ConfigurationManager/Enrollment/DeviceEnrollmentUserToken";
/// `ValueType` in the header of a token that Entra ID issued; devices send it, no specification names it.
pub const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// `ValueType` in the header of the certificate that a provisioning package brought: MS-MDE2 3.3.4.1.1.1.2.
pub const X509_V3: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";
/// `ValueType` of the reference to such a certificate in its signature's `KeyInfo`.
pub const X509: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509";
/// `ValueType` of the provisioning document in a reply: MS-MDE2 3.4.4.1.1.2.
pub const PROVISION_DOC: &str = "http://schemas.microsoft.com/5.0.0.0/ConfigurationManager/Enrollment/DeviceEnrollmentProvisionDoc";
/// `ValueType` in the body of a first request: a PKCS#10.
pub const PKCS10: &str = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment#PKCS10";
/// `ValueType` in the body of a renewal: a PKCS#10 inside a signed PKCS#7.
pub const PKCS7: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd#PKCS7";
/// The same under the name that MS-MDE, the protocol of Windows 8.1, gives it.
pub const PKCS7_WSTEP: &str = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment#PKCS7";

/// The token in the body of a request, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyToken {
    /// The DER of a PKCS#10 certificate request.
    Pkcs10(Vec<u8>),
    /// The DER of a PKCS#7 signed message that holds one.
    Pkcs7(Vec<u8>),
}

impl BodyToken {
    /// Decodes the token in a request's body.
    ///
    /// A renewal's message may be in base64 twice: the published texts disagree on it.
    ///
    /// # Errors
    /// [`DecodeError::Value`] when the type is another one or the text is no base64.
    pub fn decode(token: &BinarySecurityToken) -> Result<Self, DecodeError> {
        match token.value_type.as_str() {
            PKCS10 => decode_base64(token.text.reveal()).map(Self::Pkcs10),
            PKCS7 | PKCS7_WSTEP => {
                let once = decode_base64(token.text.reveal())?;
                if once.first() == Some(&DER_SEQUENCE) {
                    return Ok(Self::Pkcs7(once));
                }
                let twice = std::str::from_utf8(&once)
                    .ok()
                    .and_then(|text| decode_base64(text).ok());
                Ok(Self::Pkcs7(twice.unwrap_or(once)))
            }
            _ => Err(DecodeError::Value {
                element: "ValueType".to_owned(),
                expected: "PKCS10 or PKCS7",
            }),
        }
    }
}

/// Decodes base64 of the standard alphabet, with or without padding; white space anywhere means nothing.
///
/// # Errors
/// [`DecodeError::Value`].
pub fn decode_base64(text: &str) -> Result<Vec<u8>, DecodeError> {
    decode(&STANDARD, text)
}

/// Decodes a token of the header: like [`decode_base64`], and the URL-safe alphabet too, which some clients use.
///
/// # Errors
/// [`DecodeError::Value`].
pub fn decode_header_token(text: &str) -> Result<Vec<u8>, DecodeError> {
    if text.contains(['-', '_']) {
        decode(&URL_SAFE, text)
    } else {
        decode(&STANDARD, text)
    }
}

fn decode(engine: &GeneralPurpose, text: &str) -> Result<Vec<u8>, DecodeError> {
    let blank = |byte: u8| byte.is_ascii_whitespace();
    let decoded = if text.bytes().any(blank) {
        let compact: Vec<u8> = text.bytes().filter(|byte| !blank(*byte)).collect();
        engine.decode(compact)
    } else {
        engine.decode(text)
    };
    decoded.map_err(|_| DecodeError::Value {
        element: "BinarySecurityToken".to_owned(),
        expected: "base64",
    })
}

/// The first byte of every DER structure that a body token can be.
const DER_SEQUENCE: u8 = 0x30;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
