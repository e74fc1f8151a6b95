//! Ready-made ways in for a template's devices: a provisioning package, a script, QR codes.

use crate::admin::{Package, WishedPackage, qr};
use crate::identity::grant;

use super::super::answer::{Png, PowerShell, Svg, Xml};
use super::super::argument::MaybeBody;
use super::super::{Api, Envelope, File, Path, Permitted, Problem};
use super::One;

pub(super) fn operations(api: &mut Api) {
    macro_rules! of_template {
        ($name:literal) => {
            concat!(base!(), "/enrollment-templates/{id}/", $name)
        };
    }
    api.post(of_template!("ppkg"), package)
        .id("buildEnrollmentTemplatePackage")
        .summary(
            "Writes the files of a provisioning package and a script that enroll by the template",
        );
    api.get(of_template!("customizations.xml"), customizations)
        .id("getEnrollmentTemplateCustomizations")
        .summary("Shows the answer file of a provisioning package");
    api.get(of_template!("enroll.ps1"), script)
        .id("getEnrollmentTemplateScript")
        .summary("Shows a PowerShell script that enrolls a PC");
    api.get(of_template!("qr.png"), png)
        .id("getEnrollmentTemplateQrPng")
        .summary("Shows the template's enrollment link as a QR code, PNG");
    api.get(of_template!("qr.svg"), svg)
        .id("getEnrollmentTemplateQrSvg")
        .summary("Shows the template's enrollment link as a QR code, SVG");
}

type Revealed = Permitted<grant::EnrollmentTokenReveal>;

async fn built(caller: &Revealed, one: One, wish: WishedPackage) -> Result<Package, Problem> {
    let authority = caller.app().authority.current();
    let root = authority.root_pem();
    let package = caller.admin().package(&caller.actor, one.id, wish, root);
    Ok(package.await?)
}

async fn package(
    caller: Permitted<grant::EnrollmentTokenReveal>,
    Path(one): Path<One>,
    MaybeBody(wish): MaybeBody<WishedPackage>,
) -> Result<Envelope<Package>, Problem> {
    Ok(Envelope(built(&caller, one, wish).await?))
}

async fn customizations(
    caller: Permitted<grant::EnrollmentTokenReveal>,
    Path(one): Path<One>,
) -> Result<File<Xml>, Problem> {
    let package = built(&caller, one, WishedPackage::default()).await?;
    Ok(File::new(
        "customizations.xml",
        package.customizations.into_bytes(),
    ))
}

async fn script(
    caller: Permitted<grant::EnrollmentTokenReveal>,
    Path(one): Path<One>,
) -> Result<File<PowerShell>, Problem> {
    let package = built(&caller, one, WishedPackage::default()).await?;
    Ok(File::new("enroll.ps1", package.script.into_bytes()))
}

async fn png(
    caller: Permitted<grant::EnrollmentTokenReveal>,
    Path(one): Path<One>,
) -> Result<File<Png>, Problem> {
    let link = caller.admin().deep_link(&caller.actor, one.id).await?;
    Ok(File::new("enrollment.png", qr::png(&link.enrollment_link)?))
}

async fn svg(
    caller: Permitted<grant::EnrollmentTokenReveal>,
    Path(one): Path<One>,
) -> Result<File<Svg>, Problem> {
    let link = caller.admin().deep_link(&caller.actor, one.id).await?;
    let bytes = qr::svg(&link.enrollment_link)?.into_bytes();
    Ok(File::new("enrollment.svg", bytes))
}
