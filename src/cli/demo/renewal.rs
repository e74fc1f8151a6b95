//! The second half of the demonstration: the PC renews its certificate.

use crate::http::Server;
use crate::id::ObjectId;
use crate::protocol::provisioning::Enrollment;
use crate::simulator::Pc;
use crate::store::{Error as StoreError, Issuance, IssuanceState};

use super::super::{Error, tell};

/// The renewal, told as an administrator would read it.
pub(super) async fn show(
    server: &Server,
    pc: &Pc,
    enrollment: &Enrollment,
    device: ObjectId,
) -> Result<(), Error> {
    tell("5. The PC renews its certificate, as its scheduled task does before the end:");
    let quiet = {
        let mut quiet = pc.clone();
        quiet.settings_mut().session = false;
        quiet
    };
    let renewed = quiet.renew(enrollment).await.map_err(Error::Pc)?;
    tell("   ✓ Discover again, and nobody signs in (MS-MDE2)");
    tell("   ✓ GetPolicies: the certificate shown in TLS is who asks (MS-XCEP)");
    tell(
        "   ✓ RequestSecurityToken, Renew: a new key's request, signed by the old key (PKCS#7, MS-WSTEP)",
    );
    let new = &renewed.enrollment.leaf.thumbprint_hex;
    tell(&format!("   New certificate thumbprint: {new}"));
    certificates(server, device).await?;
    let manage = renewed.pc.manage(&renewed.enrollment).await;
    manage.map_err(Error::Pc)?;
    tell("   ✓ First management session with the new certificate: the old one ends at once");
    certificates(server, device).await
}

/// Where the certificates of the device stand.
async fn certificates(server: &Server, device: ObjectId) -> Result<(), Error> {
    let found = server
        .app
        .store
        .read::<_, StoreError, _>(move |tx| tx.issuances_of_device(device))
        .await?;
    for certificate in found {
        tell(&format!("     {}", told(&certificate)));
    }
    Ok(())
}

fn told(certificate: &Issuance) -> String {
    let (serial, state) = (
        crate::id::hex(&certificate.serial),
        certificate.state.word(),
    );
    match certificate.ended_at {
        Some(end) if certificate.state == IssuanceState::Superseded => {
            format!("{serial}: {state}, accepted until {end:.0}")
        }
        _ => format!("{serial}: {state}"),
    }
}
