//! What no proxy in front makes of a request: two, another one, or one for another place (T12, T97).

use super::*;
use crate::api::matrix::document::Document;
use crate::authentication::proxied::{MAKES, behind};
use crate::client::Site;
use crate::server::ProcessServer;

/// Requests whose end is told in two ways, or in none that counts. In what one reader takes for a body another finds
/// [`INNER`].
const AMBIGUOUS: [(&str, &str); 22] = [
    (
        "a length beside chunks",
        "Content-Length: 39\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}",
    ),
    (
        "chunks beside a length",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n22\r\n{inner}\r\n0\r\n\r\n",
    ),
    (
        "two lengths",
        "Content-Length: 2\r\nContent-Length: 36\r\n\r\nab{inner}",
    ),
    (
        "one length twice",
        "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab",
    ),
    (
        "a list of lengths",
        "Content-Length: 2, 36\r\n\r\nab{inner}",
    ),
    (
        "a length with a sign",
        "Content-Length: +2\r\n\r\nab{inner}",
    ),
    ("a negative length", "Content-Length: -1\r\n\r\n{inner}"),
    (
        "a length in hexadecimal",
        "Content-Length: 0x2\r\n\r\nab{inner}",
    ),
    (
        "a length beyond 64 bits",
        "Content-Length: 18446744073709551618\r\n\r\nab{inner}",
    ),
    (
        "an unknown coding",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{inner}",
    ),
    (
        "a coding before chunks",
        "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n{inner}",
    ),
    (
        "chunks before a coding",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{inner}",
    ),
    (
        "chunks twice",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{inner}",
    ),
    (
        "a space before the colon",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{inner}",
    ),
    (
        "a folded line",
        "X-Folded: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nab{inner}",
    ),
    (
        "a folded coding",
        "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{inner}",
    ),
    (
        "a line that ends in LF",
        "X-Other: a\nContent-Length: 2\r\n\r\nab{inner}",
    ),
    (
        "a line that ends in CR",
        "X-Other: a\rContent-Length: 2\r\n\r\nab{inner}",
    ),
    ("a head that ends in LF", "Content-Length: 2\n\nab{inner}"),
    ("a NUL in a name", "Content\0-Length: 2\r\n\r\n{inner}"),
    (
        "a chunk's length with a sign",
        "Transfer-Encoding: chunked\r\n\r\n+2\r\nab\r\n0\r\n\r\n{inner}",
    ),
    (
        "a chunk's length beyond 64 bits",
        "Transfer-Encoding: chunked\r\n\r\n10000000000000002\r\nab\r\n0\r\n\r\n{inner}",
    ),
];
const INNER: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

/// Sends one of them to discovery; what is heard of it, and after it.
async fn send(site: &Site, rest: &str) -> [Heard; 2] {
    let head = "POST /EnrollmentServer/Discovery.svc HTTP/1.1\r\nHost: localhost\r\n";
    let text = format!("{head}{}", rest.replace("{inner}", INNER));
    let (url, root) = (site.web.clone(), site.root().to_owned());
    blocking(move || {
        let mut connection = Raw::connect(&url, &root, &[]);
        connection.patience(Duration::from_millis(300));
        connection.send(&text);
        [connection.reply(), connection.reply()]
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_end_is_told_in_two_ways_is_refused_and_its_connection_closed() {
    let server = ProcessServer::start(&[]);
    for (name, rest) in AMBIGUOUS {
        let [first, then] = send(&server, rest).await;
        // A line feed ends a line for every reader that is met here (RFC 9112, 2.2): there is one reading.
        if name.ends_with("in LF") {
            assert!(
                then.text.starts_with("HTTP/1.1 200 "),
                "{name}: {}",
                then.text
            );
            continue;
        }
        assert!(
            first.text.starts_with("HTTP/1.1 400 "),
            "{name}: {}",
            first.text
        );
        assert!(then.closed && then.text.is_empty(), "{name}: {}", then.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_behind_a_proxy_is_answered_what_another_asked() {
    for make in MAKES {
        let Some((api, proxy)) = behind(make).await else {
            return;
        };
        let root = api.server.root();
        let ask = format!("{}/ca.pem", proxy.site.web);
        for (name, rest) in AMBIGUOUS {
            send(&proxy.site, rest).await;
            let other = proxy.site.separate();
            for _ in 0..3 {
                let answer = other.get(&ask).await;
                assert_eq!(
                    (answer.status, answer.text()),
                    (200, root.to_owned()),
                    "{make:?}: {name}"
                );
            }
        }
    }
}

/// Other spellings of `/ca.pem`, and of what only the other listener has.
const ELSEWHERE: [&str; 14] = [
    "//ca.pem",
    "/ca.pem/",
    "/ca.pem;x=y",
    "/ca.pem%00",
    "/ca%2epem%2f",
    "/x/..%2fca.pem",
    "/x%2f..%2fca.pem",
    "/x/..;/ca.pem",
    "/docs/..%2f..%2fca.pem",
    "/%2e%2e/ca.pem",
    "/x/../ca.pem",
    "/./ca.pem",
    "/x\\..\\ca.pem",
    "/ManagementServer/MDM.svc",
];

/// The status that a target has, written as it stands.
async fn status(site: &Site, method: &str, target: &str) -> String {
    let text =
        format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    let (url, root) = (site.web.clone(), site.root().to_owned());
    let heard = blocking(move || {
        let mut connection = Raw::connect(&url, &root, &[]);
        connection.send(&text);
        connection.reply().text
    });
    let heard = heard.await;
    let status = heard.split(' ').nth(1);
    status
        .unwrap_or_else(|| panic!("{target}: {heard}"))
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_the_same_places_are_reached_and_the_same_are_closed() {
    for make in MAKES {
        let Some((api, proxy)) = behind(make).await else {
            return;
        };
        let document = Document::of(&api.server).await;
        assert!(document.operations.len() > 100);
        for operation in &document.operations {
            for site in [&*api.server, &proxy.site] {
                let url = format!("{}{}", site.web, operation.path.replace(['{', '}'], ""));
                let method = operation.method.clone();
                let answer = site
                    .send::<&str, &str>(method, &url, &[], String::new())
                    .await;
                assert_eq!(answer.status, 401, "{make:?}: {}", operation.id);
            }
        }
        assert_eq!(status(&proxy.site, "GET", "/ca.pem").await, "200");
        for target in ELSEWHERE {
            for (who, site) in [("alone", &*api.server), ("proxy", &proxy.site)] {
                let status = status(site, "GET", target).await;
                assert!(
                    ["400", "404"].contains(&&*status),
                    "{make:?}, {who}: {target}: {status}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_as_large_as_the_server_takes_passes_each_proxy() {
    for make in MAKES {
        let Some((_api, proxy)) = behind(make).await else {
            return;
        };
        let url = proxy.site.management();
        let answer = proxy
            .site
            .post(&url, "application/vnd.syncml.dm+xml", vec![b' '; 3 << 20]);
        let answer = answer.await;
        assert_eq!(answer.status, 400, "{make:?}");
        assert!(
            answer.text().starts_with("The package is not readable"),
            "{}",
            answer.text()
        );
    }
}
