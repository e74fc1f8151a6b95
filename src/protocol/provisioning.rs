//! MS-MDE2 2.2.9, `wap-provisioningdoc`: what a device installs when it enrolls and when it renews.
//!
//! [`ProvisioningDocument`] is the grammar, good for any configuration service provider. [`Enrollment`] and [`Renewal`] are
//! the two documents of the protocol: written as devices take them, and read as strictly as a device judges them.

mod auth;
mod certificate;
mod client;
mod document;
mod enrollment;
mod error;
mod read;
mod renewal;

pub use self::auth::{DeviceCredential, ServerCredential};
pub use self::certificate::{
    Certificate, CertificateStore, client_certificate_criteria, thumbprint,
};
pub use self::client::{DmClient, Poll};
pub use self::document::{Characteristic, Datatype, Node, Parm, ProvisioningDocument};
pub use self::enrollment::{Application, Enrollment, Renew};
pub use self::error::{Csp, Error};
pub use self::renewal::Renewal;
