//! The SOAP 1.2 fault of MS-MDE2 2.2.10, in the casing that Windows reads.

use crate::xml::{DecodeError, Element, FromXml, ToXml, namespace};

use super::ReplyHeader;
use super::exchange::write_envelope;

/// A fault: what the device is told instead of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `s:Code/s:Value`.
    pub code: Code,
    /// `s:Code/s:Subcode/s:Value`.
    pub subcode: Subcode,
    /// `s:Reason/s:Text`: a sentence for the user. Never a secret.
    pub reason: String,
    /// `s:Detail/DeviceEnrollmentServiceError`.
    pub detail: Option<ServiceError>,
}

/// `s:Code/s:Value`: SOAP 1.2 part 1, 5.4.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The code of every published fault of the protocol.
    Receiver,
    /// An envelope of another SOAP version.
    VersionMismatch,
    /// A mandatory header block that is not understood.
    MustUnderstand,
}

/// The subcodes of MS-MDE2 2.2.10; each is an HRESULT on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subcode {
    /// 0x80180001: malformed message.
    MessageFormat,
    /// 0x80180002: wrong, expired or spent credential.
    Authentication,
    /// 0x80180003: known, but not allowed.
    Authorization,
    /// 0x80180004: certificate request refused.
    CertificateRequest,
    /// 0x80180005: the server's own back end failed.
    EnrollmentServer,
    /// 0x80180006: an unexpected error.
    InternalServiceFault,
    /// 0x80180007: no usable security header.
    InvalidSecurity,
}

/// The error types of MS-MDE2 2.2.10; when present they win over the subcode on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorType {
    /// 0x80180013: too many devices.
    DeviceCapReached,
    /// 0x80180014: platform, version or device not supported.
    DeviceNotSupported,
    /// 0x80180015: management is not offered.
    NotSupported,
    /// 0x80180016: renewal refused.
    NotEligibleToRenew,
    /// 0x80180017: try again later.
    InMaintenance,
    /// 0x80180018: licence.
    UserLicense,
    /// 0x80180019: the terms-of-use data is refused.
    InvalidEnrollmentData,
    /// 0x80180032: the reason's own text is shown (Windows 10 20H2 and later).
    CustomServerError,
}

/// `DeviceEnrollmentServiceError`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// `ErrorType`.
    pub error_type: Option<ErrorType>,
    /// `Message`, the reason's sentence again.
    pub message: String,
    /// `TraceId`, logged by the client.
    pub trace_id: String,
}

impl Fault {
    /// Writes the fault with `action`, the reply action of the operation that failed.
    pub fn write(&self, action: &str, header: &ReplyHeader) -> String {
        write_envelope(action, header, self.to_xml())
    }

    /// The HRESULT that the device derives: the error type's, else the subcode's (MS-MDE2 2.2.10).
    pub fn hresult(&self) -> u32 {
        self.detail
            .as_ref()
            .and_then(|detail| detail.error_type)
            .map_or_else(|| self.subcode.hresult(), ErrorType::hresult)
    }
}

impl ToXml for Fault {
    fn to_xml(&self) -> Element<'_> {
        let value = |text: &'static str| Element::new(namespace::SOAP, "Value").with_text(text);
        // WS-Addressing already owns the prefix "a" on the envelope: the dispatcher's is bound where it is used, by a
        // declaration of its own.
        let subcode = match self.subcode {
            Subcode::InternalServiceFault | Subcode::InvalidSecurity => {
                Element::new(namespace::SOAP, "Value")
                    .with_text(format!("a:{}", self.subcode.name()))
                    .with_attribute_in(namespace::XMLNS, "a", namespace::DISPATCHER)
            }
            _ => Element::new(namespace::SOAP, "Value")
                .with_text(format!("s:{}", self.subcode.name())),
        };
        let code = Element::new(namespace::SOAP, "Code")
            .with(value(self.code.value()))
            .with(Element::new(namespace::SOAP, "Subcode").with(subcode));
        let reason = Element::new(namespace::SOAP, "Reason").with(
            Element::new(namespace::SOAP, "Text")
                .with_attribute_in(namespace::XML, "lang", "en-US")
                .with_text(self.reason.as_str()),
        );
        Element::new(namespace::SOAP, "Fault")
            .with(code)
            .with(reason)
            .with_some(
                self.detail
                    .as_ref()
                    .map(|detail| Element::new(namespace::SOAP, "Detail").with(detail.to_xml())),
            )
    }
}

impl FromXml for Fault {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        element.expect(namespace::SOAP, "Fault")?;
        let code = element.required(namespace::SOAP, "Code")?;
        let subcode = code
            .required(namespace::SOAP, "Subcode")?
            .required(namespace::SOAP, "Value")?;
        let reason = element
            .required(namespace::SOAP, "Reason")?
            .required(namespace::SOAP, "Text")?;
        let detail = match element.only(namespace::SOAP, "Detail")? {
            Some(detail) => detail
                .only(namespace::WSTEP, "DeviceEnrollmentServiceError")?
                .map(ServiceError::from_xml)
                .transpose()?,
            None => None,
        };
        Ok(Self {
            code: Code::from_text(local(code.required(namespace::SOAP, "Value")?.trimmed()?))?,
            subcode: Subcode::from_text(local(subcode.trimmed()?))?,
            reason: reason.text.to_string(),
            detail,
        })
    }
}

impl ToXml for ServiceError {
    fn to_xml(&self) -> Element<'_> {
        let text = |local, text| Element::new(namespace::WSTEP, local).with_text(text);
        Element::new(namespace::WSTEP, "DeviceEnrollmentServiceError")
            .with_some(
                self.error_type
                    .map(|error_type| text("ErrorType", error_type.name())),
            )
            .with(text("Message", self.message.as_str()))
            .with(text("TraceId", self.trace_id.as_str()))
    }
}

impl FromXml for ServiceError {
    fn from_xml(element: &Element<'_>) -> Result<Self, DecodeError> {
        let text = |local| -> Result<String, DecodeError> {
            Ok(element
                .only(namespace::WSTEP, local)?
                .map(|child| child.text.to_string())
                .unwrap_or_default())
        };
        let error_type = match element.only(namespace::WSTEP, "ErrorType")? {
            Some(error_type) => Some(ErrorType::from_text(error_type.trimmed()?)?),
            None => None,
        };
        Ok(Self {
            error_type,
            message: text("Message")?,
            trace_id: text("TraceId")?,
        })
    }
}

/// Maps every variant of an enumeration to its spelling on the wire, and back.
macro_rules! spelled {
    ($kind:ident, $expected:literal, $($variant:ident $code:expr),+) => {
        impl $kind {
            /// Its spelling on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),+ }
            }

            /// The HRESULT that the device shows for it.
            pub const fn hresult(self) -> u32 {
                match self { $(Self::$variant => $code),+ }
            }

            fn from_text(text: &str) -> Result<Self, DecodeError> {
                [$(Self::$variant),+].into_iter().find(|known| known.name() == text).ok_or_else(|| {
                    DecodeError::Value { element: stringify!($kind).to_owned(), expected: $expected }
                })
            }
        }
    };
}

spelled!(
    Subcode, "a subcode of MS-MDE2 2.2.10",
    MessageFormat 0x8018_0001, Authentication 0x8018_0002, Authorization 0x8018_0003, CertificateRequest 0x8018_0004,
    EnrollmentServer 0x8018_0005, InternalServiceFault 0x8018_0006, InvalidSecurity 0x8018_0007
);
spelled!(
    ErrorType, "an error type of MS-MDE2 2.2.10",
    DeviceCapReached 0x8018_0013, DeviceNotSupported 0x8018_0014, NotSupported 0x8018_0015,
    NotEligibleToRenew 0x8018_0016, InMaintenance 0x8018_0017, UserLicense 0x8018_0018,
    InvalidEnrollmentData 0x8018_0019, CustomServerError 0x8018_0032
);

impl Code {
    const fn value(self) -> &'static str {
        match self {
            Self::Receiver => "s:Receiver",
            Self::VersionMismatch => "s:VersionMismatch",
            Self::MustUnderstand => "s:MustUnderstand",
        }
    }

    fn from_text(text: &str) -> Result<Self, DecodeError> {
        [Self::Receiver, Self::VersionMismatch, Self::MustUnderstand]
            .into_iter()
            .find(|code| local(code.value()) == text)
            .ok_or_else(|| DecodeError::Value {
                element: "Code".to_owned(),
                expected: "a fault code of SOAP 1.2",
            })
    }
}

/// The local part of a QName; the client drops the prefix as well.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}
