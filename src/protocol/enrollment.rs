//! MS-WSTEP 3.1.4.1, `SecurityTokenService`, as MS-MDE2 3.4 (enroll), 3.5 (renew) and 3.6 (recover) profile it: a certificate request and
//! facts of the device in, a provisioning document out.
//!
//! What the request says of the device is asserted by the device. Neither the certificate request nor the signed message
//! of a renewal is looked into here.

mod reply;
mod request;
mod token;

pub use self::reply::RequestSecurityTokenResponseCollection;
pub use self::request::{ContextItem, EnrollmentType, RequestSecurityToken, RequestType};
pub use self::token::{
    BodyToken, DEVICE_ENROLLMENT_USER_TOKEN, JWT, PKCS7, PKCS7_WSTEP, PKCS10, PROVISION_DOC,
    TOKEN_TYPE, X509, X509_V3, decode_base64, decode_header_token,
};
