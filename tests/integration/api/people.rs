//! Segments, users, corporate identifiers, settings and keys: what people and machines of an organization lie in and
//! are known by.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::Api;

const SEGMENTS: &str = "/v1/organizations/default/segments";
const KEYS: &str = "/v1/organizations/default/api-keys";

impl Api {
    async fn put(&self, path: &str, body: Json) -> super::Told {
        self.call(Method::PUT, path, Some(body)).await
    }

    async fn delete(&self, path: &str) -> super::Told {
        self.call(Method::DELETE, path, None).await
    }

    /// What stands in the answer to a wish to make something.
    async fn made(&self, path: &str, body: Json) -> Json {
        self.post(path, body).await.expect(200)["data"].clone()
    }
}

#[actix_web::test]
async fn segments_are_numbered_moved_and_deleted_when_nothing_lies_in_them() {
    let api = Api::start().await;
    for (number, parent) in [(1, 0), (2, 1), (3, 2)] {
        let made = api.made(SEGMENTS, json!({"name": "Sales", "parentId": parent}));
        assert_eq!(made.await["id"], number);
    }
    let lost = json!({"name": "Lost", "parentId": 9});
    api.post(SEGMENTS, lost).await.expect(404);
    let first = format!("{SEGMENTS}/1");
    // Below itself: there would be no way to it any more.
    let told = api.put(&first, json!({"parentId": 3})).await;
    assert_eq!(told.expect(409)["error"]["code"], 9409);
    let told = api.put(&first, json!({"parentId": 1})).await;
    told.expect(409);

    let told = api.delete(&first).await.expect(409);
    let message = told["error"]["message"].as_str().unwrap();
    assert!(message.contains("child segments"), "{message}");
    let moved = api
        .put(&format!("{SEGMENTS}/2"), json!({"parentId": 0}))
        .await;
    assert_eq!(moved.expect(200)["data"]["parentId"], 0);
    api.delete(&first).await.expect(200);
    api.get(&first).await.expect(404);
    let listed = api.get(SEGMENTS).await.expect(200);
    assert_eq!(listed["data"]["totalDocs"], 2);
}

#[actix_web::test]
async fn a_segment_that_was_changed_meanwhile_is_not_overwritten() {
    let api = Api::start().await;
    api.made(SEGMENTS, json!({"name": "Sales"})).await;
    let path = format!("{SEGMENTS}/1");
    let told = api.get(&path).await;
    let tag = told.answer.header("etag").unwrap().to_owned();
    let headers = [("if-match", tag.as_str())];
    for (name, status) in [("First", 200), ("Second", 412)] {
        let body = Some(json!({ "name": name }));
        let told = api.call_with(Method::PUT, &path, body, &api.key, &headers);
        told.await.expect(status);
    }
    let shown = api.get(&path).await.expect(200);
    assert_eq!(shown["data"]["name"], "First");
}

#[actix_web::test]
async fn a_key_of_a_segment_sees_it_and_what_lies_below_and_makes_segments_there_alone() {
    let api = Api::start().await;
    for parent in [0, 1, 0] {
        api.made(SEGMENTS, json!({"name": "Some", "parentId": parent}))
            .await;
    }
    let wish = json!({"role": "admin", "segmentIds": [1]});
    let key = api.made(KEYS, wish).await["key"]
        .as_str()
        .unwrap()
        .to_owned();
    let limited = Api {
        key,
        server: api.server,
    };
    let listed = limited.get(SEGMENTS).await.expect(200);
    let ids: Vec<_> = listed["data"]["items"].as_array().unwrap().iter().collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|segment| segment["id"] != 3));
    limited.get(&format!("{SEGMENTS}/3")).await.expect(404);
    for (parent, status) in [(0, 403), (3, 403), (2, 200)] {
        let told = limited.post(SEGMENTS, json!({"name": "New", "parentId": parent}));
        told.await.expect(status);
    }
    let told = limited
        .put(&format!("{SEGMENTS}/2"), json!({"parentId": 0}))
        .await;
    told.expect(403);
    let told = limited.delete(&format!("{SEGMENTS}/1")).await.expect(409);
    let message = told["error"]["message"].as_str().unwrap();
    assert!(message.contains("child segments"), "{message}");
}
