//! The names that an operation's path answers to. The OpenAPI document tells the first of them.

const ORGANIZATION: &str = "/v1/organizations/{organization}/";
const WINDOWS: &str = "mdm/windows/enterprise/";
const BETA: &str = "/beta/";
const PROFILES: &str = "androidForWorkEnrollmentProfiles";
const OUR_PROFILES: &str = "windowsEnrollmentProfiles";

/// All names of a path: with a slash behind it or without; the nouns of an organization below `mdm/windows/enterprise`,
/// as the published contract has its own, or right below the organization; Graph's in both versions, its profiles also
/// by the name that says what they are here.
pub(super) fn all(path: &str) -> Vec<String> {
    let mut names = vec![path.to_owned()];
    if let Some(rest) = path.strip_prefix(ORGANIZATION) {
        names.push(match rest.strip_prefix(WINDOWS) {
            Some(noun) => format!("{ORGANIZATION}{noun}"),
            None => format!("{ORGANIZATION}{WINDOWS}{rest}"),
        });
    }
    if let Some(rest) = path.strip_prefix(BETA) {
        names.push(format!("/v1.0/{rest}"));
    }
    add(&mut names, |name| {
        name.contains(PROFILES)
            .then(|| name.replace(PROFILES, OUR_PROFILES))
    });
    add(&mut names, |name| Some(format!("{name}/")));
    names
}

fn add(names: &mut Vec<String>, other: impl Fn(&String) -> Option<String>) {
    let others: Vec<String> = names.iter().filter_map(other).collect();
    names.extend(others);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noun_of_an_organization_stands_below_the_windows_part_and_right_below_it() {
        let short = "/v1/organizations/{organization}/policies";
        let long = "/v1/organizations/{organization}/mdm/windows/enterprise/policies";
        for path in [short, long] {
            let names = all(path);
            assert_eq!(names.len(), 4, "{names:?}");
            assert!(names.contains(&short.to_owned()) && names.contains(&format!("{long}/")));
        }
        assert_eq!(all("/v1/organizations").len(), 2);
    }

    #[test]
    fn a_profile_of_graph_has_two_versions_and_two_names() {
        let names = all("/beta/deviceManagement/androidForWorkEnrollmentProfiles");
        assert_eq!(names.len(), 8, "{names:?}");
        assert!(names.contains(&"/v1.0/deviceManagement/windowsEnrollmentProfiles".to_owned()));
    }
}
