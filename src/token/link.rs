//! The link that opens Settings on a Windows PC with a token filled in (`ms-device-enrollment:`, Windows 10 1703).

use url::form_urlencoded::byte_serialize;

/// The link: the discovery service that it names, the person where there is one, and the token's value.
pub fn deep_link(server_name: &str, username: Option<&str>, value: &str) -> String {
    let mut link = "ms-device-enrollment:?mode=mdm".to_owned();
    let given = [
        ("username", username.unwrap_or_default()),
        ("servername", server_name),
        ("accesstoken", value),
    ];
    for (name, value) in given.into_iter().filter(|(_, value)| !value.is_empty()) {
        link.push('&');
        link.push_str(name);
        link.push('=');
        // Windows reads a plus sign as one.
        for part in byte_serialize(value.as_bytes()) {
            link.push_str(if part == "+" { "%20" } else { part });
        }
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_a_deep_link_is_percent_encoded() {
        let link = deep_link(
            "https://mdm.contoso.example/d",
            Some("ana+pc@contoso.example"),
            "ptc_t1_a b",
        );
        assert_eq!(
            link,
            "ms-device-enrollment:?mode=mdm&username=ana%2Bpc%40contoso.example\
             &servername=https%3A%2F%2Fmdm.contoso.example%2Fd&accesstoken=ptc_t1_a%20b"
        );
        assert!(!deep_link("https://a", None, "x").contains("username"));
    }
}
