//! Device URLs in whatever casing: MS-MDE2 devices and samples write their paths in several.

/// The lower-case form of a device path, or `None` when `path` is to be routed as it is.
///
/// Device paths are `/EnrollmentServer/...` and `/ManagementServer/...`, also below `/e/{slug}`.
/// A path with an escape, `..`, `;` or `//` is never touched, let alone resolved: two parties that
/// read it differently would route it differently.
pub fn canonical(path: &str) -> Option<String> {
    let odd = path.contains(['%', ';', '\\']) || path.contains("..") || path.contains("//");
    if odd || !path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut segments = path.strip_prefix('/')?.split('/');
    let mut first = segments.next()?;
    if first.eq_ignore_ascii_case("e") {
        segments.next()?;
        first = segments.next()?;
    }
    DEVICE
        .iter()
        .any(|known| first.eq_ignore_ascii_case(known))
        .then(|| path.to_ascii_lowercase())
}

/// The first segments of device paths.
const DEVICE: [&str; 2] = ["enrollmentserver", "managementserver"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_path_is_lowered_in_any_casing() {
        for (path, expected) in [
            (
                "/EnrollmentServer/Discovery.svc",
                "/enrollmentserver/discovery.svc",
            ),
            (
                "/ENROLLMENTSERVER/POLICY.SVC",
                "/enrollmentserver/policy.svc",
            ),
            (
                "/enrollmentserver/Enrollment.svc",
                "/enrollmentserver/enrollment.svc",
            ),
            ("/ManagementServer/MDM.svc", "/managementserver/mdm.svc"),
            (
                "/E/Sales-West/EnrollmentServer/Auth",
                "/e/sales-west/enrollmentserver/auth",
            ),
            ("/EnrollmentServer", "/enrollmentserver"),
        ] {
            assert_eq!(canonical(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn another_path_keeps_its_casing() {
        for path in [
            "/",
            "",
            "*",
            "/enrollmentserver/discovery.svc",
            "/v1/Devices/ABC",
            "/EnrollmentServerX/Discovery.svc",
            "/x/EnrollmentServer/Discovery.svc",
            "/e/EnrollmentServer",
            "/EnrollmentServer%2fDiscovery.svc",
            "/EnrollmentServer/../v1/Tokens",
            "/EnrollmentServer;a=B/Discovery.svc",
            "//EnrollmentServer/Discovery.svc",
            "/EnrollmentServer//Discovery.svc",
            "/EnrollmentServer\\Discovery.svc",
        ] {
            assert_eq!(canonical(path), None, "{path}");
        }
    }
}
