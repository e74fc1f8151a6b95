//! Which devices were not heard of for how long.

use reqwest::Method;

use super::{DEVICES, enroll, found, session};
use crate::api::Api;
use crate::pc::Pc;
use crate::server::{Data, TestServer};

const DAY: i64 = 24 * 60 * 60;

#[actix_web::test]
async fn devices_not_seen_for_so_many_days_are_listed_the_longest_silent_first() {
    // Forty days ago, so that commands beside the server, which go by the real time, find it in the past.
    let server = TestServer::over(Data::new(), -40 * DAY, |_| {}).await;
    let api = Api::over(server).await;
    let (ana, ben) = ("ana@contoso.example", "ben@contoso.example");
    let seen = enroll(&api, Pc::new(), ana, "A", &[]).await;
    api.server.clock.advance(60);
    let never = enroll(&api, Pc::new(), ben, "B", &[]).await;
    let left = enroll(&api, Pc::new(), ben, "C", &[]).await;
    let path = format!("{DEVICES}/{}", left.id);
    api.call(Method::DELETE, &path, None).await.expect(200);
    api.server.clock.advance(20 * DAY);
    assert_eq!(session(&api, &seen).await, "200");
    api.server.clock.advance(15 * DAY);
    let late = enroll(&api, Pc::new(), ana, "D", &[]).await;
    api.server.clock.advance(5 * DAY);
    let ids = |all: &[&super::Enrollment]| -> Vec<String> {
        all.iter().map(|one| one.id.clone()).collect()
    };
    for (query, expected) in [
        ("notSeenForDays=41", &[][..]),
        ("notSeenForDays=30", &[&never]),
        ("notSeenForDays=20", &[&never, &seen]),
        ("notSeenForDays=1", &[&never, &seen, &late]),
        (
            "notSeenForDays=1&show-deleted=true",
            &[&never, &seen, &late],
        ),
        ("notSeenForDays=1&state=DELETED", &[]),
        (
            "notSeenForDays=1&sort=createdAt:desc",
            &[&late, &never, &seen],
        ),
        (
            "notSeenForDays=1&mdm-user=ana@contoso.example",
            &[&seen, &late],
        ),
        ("notSeenForDays=1&page=2&limit=2", &[&late]),
    ] {
        if query.contains("page") {
            let list = api.get(&format!("{DEVICES}?{query}")).await.expect(200);
            assert_eq!(list["data"]["totalDocs"], 3);
            assert_eq!(list["data"]["items"][0]["id"], late.id);
        } else {
            assert_eq!(found(&api, query).await, ids(expected), "{query}");
        }
    }
    for wrong in ["0", "3651", "soon"] {
        let path = format!("{DEVICES}?notSeenForDays={wrong}");
        api.get(&path).await.expect(400);
    }

    let data = api.server.data();
    let listed = |span: &str| -> Vec<String> {
        let list = data.json(&["device", "list", "--not-seen-for", span]);
        let id = |it: &serde_json::Value| it["id"].as_str().unwrap().to_owned();
        list.as_array().unwrap().iter().map(id).collect()
    };
    assert_eq!(listed("30d"), ids(&[&never]));
    assert_eq!(listed("1w"), ids(&[&never, &seen]));
    let table = data.run(&["device", "list", "--not-seen-for", "1w"]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("SEEN") && table.contains("never"), "{table}");
    let refused = data.run(&["device", "list", "--not-seen-for", "36h"]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
}
