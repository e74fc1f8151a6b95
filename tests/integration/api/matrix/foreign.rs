//! What belongs to another organization, named in a path, in a list of identifiers or anywhere else in a body: it is
//! like what is not there, and stays as it is.

use serde_json::{Value as Json, json};

use super::document::{Contract, Document, MISSING, Operation};
use super::world::{Sent, Side, ask};
use super::{Api, NOWHERE, is_refusal, told};
use crate::client::{Answer, Site};

/// Our own organization and another one.
struct Both {
    own: Side,
    other: Side,
    document: Document,
}

impl Both {
    /// Both organizations, with more of everything in the other.
    async fn fill(api: &Api) -> Self {
        let document = Document::of(&api.server).await;
        let mut own = Side::new("default", &api.key);
        let mut other = Side::new("other", &api.other().await);
        own.fill(&api.server, &document, 2).await;
        other.fill(&api.server, &document, 4).await;
        api.server.server.app.recorder.flush().await;
        // What was recorded meanwhile is listed now.
        own.fill(&api.server, &document, 0).await;
        other.fill(&api.server, &document, 0).await;
        Self {
            own,
            other,
            document,
        }
    }

    async fn ask(&self, site: &Site, operation: &Operation, object: &str, sent: Sent) -> Answer {
        let path = operation.at(&self.own.slug, object);
        ask(site, operation, &path, Some(&self.own.key), sent).await
    }

    /// A body that is good but for what it refers to.
    fn body(&self, operation: &Operation) -> Sent {
        let body = self.document.body(operation, &self.own.known);
        body.map_or(Sent::Least, Sent::Json)
    }
}

/// An identifier of the form of `id` that nothing has.
fn missing_like(id: &str) -> &'static str {
    if id.bytes().all(|c| c.is_ascii_digit()) && id.len() < 12 {
        "999999"
    } else if id.len() == 36 {
        "00000000-0000-4000-8000-000000000000"
    } else {
        MISSING
    }
}

/// The same answer but for the identifiers that were asked with.
fn alike(one: &Answer, ids: &[&str], other: &Answer, others: &[&str]) -> bool {
    let plain = |answer: &Answer, ids: &[&str]| {
        let (status, json) = told(answer);
        let text = ids.iter().fold(json.to_string(), |text, id| {
            text.replace(&json!(id).to_string(), "\"id\"")
        });
        (status, text)
    };
    plain(one, ids) == plain(other, others)
}

#[actix_web::test]
async fn an_object_of_another_organization_is_like_one_that_is_not_there() {
    let api = Api::unlimited().await;
    let both = Both::fill(&api).await;
    let before = both.other.seen(&api.server, &both.document).await;
    let mut tried = 0;
    let operations = both.document.operations.iter();
    for operation in operations.filter(|it| it.names_an_object()) {
        let foreign = both.other.alone(&both.own, &operation.collection());
        let body = both.body(operation);
        for id in [foreign, missing_like(foreign)] {
            let answer = both.ask(&api.server, operation, id, body.clone()).await;
            let right = is_refusal(operation, &answer, 404, NOWHERE);
            let name = operation.name();
            assert!(right, "{name} of {id} with {body:?}: {answer:?}");
            tried += 1;
        }
    }
    assert!(tried > 0);
    assert_eq!(before, both.other.seen(&api.server, &both.document).await);
}

#[actix_web::test]
async fn a_batch_with_an_object_of_another_organization_is_like_one_with_a_missing_object() {
    let api = Api::unlimited().await;
    let both = Both::fill(&api).await;
    let before = both.other.seen(&api.server, &both.document).await;
    let mut tried = 0;
    for operation in &both.document.operations {
        if !both.document.properties(operation).contains_key("ids") {
            continue;
        }
        let list = operation.path.rsplit_once('/').unwrap().0;
        let foreign = both.other.alone(&both.own, list);
        let missing = missing_like(foreign);
        let send = async |ids: &[&str]| {
            let mut body = both.document.body(operation, &both.own.known).unwrap();
            body["ids"] = json!(ids);
            both.ask(&api.server, operation, "", Sent::Json(body)).await
        };
        let name = operation.name();
        let mut good = 0;
        for pair in both.own.objects(list).chunks_exact(2) {
            let own = both.own.seen(&api.server, &both.document).await;
            let (one, two) = (pair[0].as_str(), pair[1].as_str());
            let mut refused = true;
            for (ids, others) in [
                ([one, foreign], [two, missing]),
                ([foreign, one], [missing, two]),
            ] {
                let (answer, other) = (send(&ids).await, send(&others).await);
                let same = alike(&answer, &ids, &other, &others);
                // What cannot be had even alone, such as a template's own token, tells nothing.
                let tells = |it: &Answer| it.status == 404 || it.status < 300;
                let told = tells(&answer) || tells(&other);
                good += usize::from(told);
                assert!(same || !told, "{name}: {answer:?} but {other:?}");
                refused &= answer.status >= 400;
            }
            if refused {
                let now = both.own.seen(&api.server, &both.document).await;
                assert_eq!(own, now, "{name} did half of its work");
            }
        }
        assert!(good > 1, "{name} was refused for other reasons");
        tried += 1;
    }
    assert!(tried > 0);
    assert_eq!(before, both.other.seen(&api.server, &both.document).await);
}

/// Whether a property names one object, or several.
fn refers(schema: &Json) -> Option<bool> {
    let names = |it: &Json| {
        let pattern = it["pattern"].as_str();
        pattern.is_some_and(|it| it.contains("{24}")) || it["$ref"] == OBJECT_ID
    };
    if names(schema) {
        return Some(false);
    }
    names(&schema["items"]).then_some(true)
}

const OBJECT_ID: &str = "#/components/schemas/ObjectId";

#[actix_web::test]
async fn a_body_that_refers_to_another_organizations_object_is_refused_like_one_that_refers_to_nothing()
 {
    let api = Api::unlimited().await;
    let both = Both::fill(&api).await;
    let before = both.other.seen(&api.server, &both.document).await;
    let lists: Vec<&Operation> = both.document.lists().collect();
    let foreign: Vec<&str> = lists
        .iter()
        .filter(|it| it.contract() == Contract::Applivery)
        .filter_map(|it| both.other.objects(&it.path).first())
        .map(String::as_str)
        .filter(|id| id.len() == MISSING.len())
        .collect();
    let mut tried = 0;
    for operation in &both.document.operations {
        for (property, schema) in both.document.properties(operation) {
            let Some(several) = refers(&schema).filter(|_| property != "ids") else {
                continue;
            };
            let own = both.own.objects(&operation.collection());
            let object = own.first().map_or("", String::as_str);
            let mut answers = Vec::new();
            for id in foreign.iter().copied().chain([MISSING]) {
                let Sent::Json(mut body) = both.body(operation) else {
                    unreachable!()
                };
                body[&property] = if several { json!([id]) } else { json!(id) };
                let sent = Sent::Json(body);
                answers.push((both.ask(&api.server, operation, object, sent).await, id));
            }
            let (last, missing) = answers.pop().unwrap();
            let name = operation.name();
            assert!(last.status >= 400, "{name}, {property}: {last:?}");
            for (answer, id) in answers {
                let same = alike(&answer, &[id], &last, &[missing]);
                assert!(same, "{name}, {property}: {answer:?} but {last:?}");
            }
            tried += 1;
        }
    }
    assert!(tried > 0);
    assert_eq!(before, both.other.seen(&api.server, &both.document).await);
}
