//! A simulated Windows PC: a strict client of the enrollment protocols, for tests, load and demonstrations.
//!
//! It speaks MS-MDE2, MS-XCEP, MS-WSTEP and MS-MDM with the constants of the real client, and judges every reply as a
//! device would, down to the HRESULT that Windows would show. It knows the wire alone and nothing of any server's
//! inside. It renews its certificate, and it does not attest its key.

mod error;
mod fleet;
mod html;
mod identity;
mod key;
mod network;
mod odd;
mod pc;
mod random;
mod report;
mod session;
mod settings;
mod step;
mod verdict;

pub use self::error::Error;
pub use self::fleet::{Connections, Fleet, FleetError};
pub use self::identity::Identity;
pub use self::key::{CsrForm, DeviceKey, Key, KeyError};
pub use self::network::{
    Answer, HttpFlaw, Manner, Network, NetworkError, Trust, fetch_root_of_loopback_server,
    is_loopback,
};
pub use self::odd::Odd;
pub use self::pc::{DiscoveryFlaw, Enrolled, PageFlaw, Pc, PolicyFlaw, Renewed};
pub use self::random::random_seed;
pub use self::report::{Applied, Latency, Node, Outcome, Report};
pub use self::session::{Session, SessionFlaw, Undone};
pub use self::settings::{Auth, Credential, InvalidUrl, Login, Settings, discovery_url};
pub use self::step::Step;
pub use self::verdict::{CertificateFlaw, Role};
