//! Segments, users, corporate identifiers, settings and keys: what people and machines of an organization lie in and
//! are known by.

use portcullis::protocol::policy::GetPolicies;
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{Api, Told};
use crate::pc::{Pc, password, typed};
use crate::server::ProcessServer;

const SEGMENTS: &str = "/v1/organizations/default/segments";
const USERS: &str = "/v1/organizations/default/mdm-users";
const IDENTIFIERS: &str = "/v1/organizations/default/identifiers";
const SETTINGS: &str = "/v1/organizations/default/settings";
const KEYS: &str = "/v1/organizations/default/api-keys";

impl Api {
    async fn put(&self, path: &str, body: Json) -> Told {
        self.call(Method::PUT, path, Some(body)).await
    }

    async fn delete(&self, path: &str) -> Told {
        self.call(Method::DELETE, path, None).await
    }

    /// Sends a file.
    async fn import(&self, path: &str, file: &str) -> Json {
        let headers = [
            ("authorization", format!("Bearer {}", self.key)),
            ("content-type", "text/csv".to_owned()),
        ];
        let url = format!("{}{path}", self.server.web);
        let answer = self
            .server
            .send(Method::POST, &url, &headers, file.to_owned());
        let answer = answer.await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        serde_json::from_slice::<Json>(&answer.body).unwrap()["data"].clone()
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

#[actix_web::test]
async fn what_the_whole_organization_goes_by_is_not_changed_by_a_key_of_a_segment() {
    let api = Api::start().await;
    api.made(SEGMENTS, json!({"name": "Sales"})).await;
    let enterprise = "/v1/organizations/default/mdm/windows/enterprise";
    let settings =
        json!({ "type": "oidc", "issuer": "https://id.contoso.example", "clientId": "c" });
    let provider = json!({ "name": "Contoso", "settings": settings, "secret": "s" });
    let wishes = [
        (format!("{enterprise}/identity-providers"), provider),
        (
            format!("{enterprise}/policies"),
            json!({ "name": "Base", "settings": [] }),
        ),
    ];
    let mut made = Vec::new();
    for (path, wish) in &wishes {
        let id = api.made(path, wish.clone()).await["id"].clone();
        made.push(format!("{path}/{}", id.as_str().unwrap()));
    }
    let wish = json!({"role": "admin", "segmentIds": [1]});
    let key = api.made(KEYS, wish).await["key"].clone();
    let key = key.as_str().unwrap().to_owned();
    let limited = Api {
        key,
        server: api.server,
    };
    for ((path, wish), one) in wishes.iter().zip(&made) {
        limited.get(one).await.expect(200);
        let mut another = wish.clone();
        another["name"] = json!("Another");
        limited.post(path, another.clone()).await.expect(403);
        limited.put(one, another).await.expect(403);
        limited.delete(one).await.expect(403);
    }
    let test = format!("{}/test", made[0]);
    limited.post(&test, json!({})).await.expect(403);
}

#[actix_web::test]
async fn a_users_address_is_one_whatever_its_case_and_a_list_finds_it_by_any_part() {
    let api = Api::start().await;
    for (email, name) in [
        ("ana@contoso.example", "Ana"),
        ("Ben@contoso.example", "B_n"),
    ] {
        let wish = json!({"email": email, "firstName": name, "tags": ["x", "X ", ""]});
        let made = api.made(USERS, wish).await;
        assert_eq!(
            (&made["tags"], &made["enabled"]),
            (&json!(["x"]), &json!(true))
        );
    }
    let again = json!({"email": "ANA@contoso.example"});
    let told = api.post(USERS, again.clone()).await.expect(409);
    assert_eq!(told["error"]["code"], 9409);
    for (query, found) in [
        ("search=BEN%40", 1),
        ("search=b_n", 1),
        ("search=a_a", 0),
        ("sort=email:desc", 2),
        ("enabled=false", 0),
        ("segmentId=1", 0),
    ] {
        let listed = api.get(&format!("{USERS}?{query}")).await.expect(200);
        assert_eq!(listed["data"]["totalDocs"], found, "{query}");
    }
    let listed = api
        .get(&format!("{USERS}?sort=email:desc"))
        .await
        .expect(200);
    let ben = &listed["data"]["items"][0];
    assert_eq!(ben["email"], "Ben@contoso.example");
    let path = format!("{USERS}/{}", ben["id"].as_str().unwrap());
    api.put(&path, again).await.expect(409);
    api.put(&path, json!({"segmentId": 7})).await.expect(404);
    let changed = json!({"email": "benno@contoso.example", "firstName": ""});
    let changed = api.put(&path, changed).await.expect(200)["data"].clone();
    assert_eq!(changed["email"], "benno@contoso.example");
    assert_eq!(changed["firstName"], Json::Null);
}

#[actix_web::test]
async fn a_disabled_users_token_is_refused_until_the_user_is_enabled_again() {
    let api = Api::start().await;
    let token = api.server.token().await;
    let path = format!("{USERS}/{}", token.record.mdm_user_id.unwrap());
    api.put(&path, json!({"enabled": false})).await.expect(200);
    let shows = typed(&token);
    let fault = Pc::new()
        .try_enroll(&api.server, &shows)
        .await
        .err()
        .unwrap();
    assert_eq!(api.server.refusal(&fault).await, "not-allowed");
    api.put(&path, json!({"lastName": "X"})).await.expect(200);
    assert!(Pc::new().try_enroll(&api.server, &shows).await.is_err());

    api.put(&path, json!({"enabled": true})).await.expect(200);
    Pc::new().enroll(&api.server, &shows).await;
}

#[actix_web::test]
async fn a_deleted_users_tokens_are_revoked() {
    let api = Api::start().await;
    let token = api.server.token().await;
    let path = format!("{USERS}/{}", token.record.mdm_user_id.unwrap());
    api.delete(&path).await.expect(200);
    api.get(&path).await.expect(404);
    let fault = Pc::new().try_enroll(&api.server, &typed(&token)).await;
    let refusal = api.server.refusal(&fault.err().unwrap()).await;
    assert_eq!(refusal, "token-revoked");
}

#[actix_web::test]
async fn a_file_of_users_makes_new_ones_changes_known_ones_and_tells_of_each_bad_row() {
    let api = Api::start().await;
    let wish = json!({"email": "ana@contoso.example", "lastName": "Ray"});
    api.made(USERS, wish).await;
    let file = "email;first_name;tags;segment\n\
        Ana@contoso.example;Ana;x|y;\n\
        ben@contoso.example;=Ben;;\n\
        nobody;;;\n\
        BEN@contoso.example;;;\n\
        carl@contoso.example;;;9\n";
    let told = api
        .import(&format!("{USERS}/import?details=true"), file)
        .await;
    assert_eq!((&told["total"], &told["success"]), (&json!(5), &json!(2)));
    let rows = told["items"].as_array().unwrap().iter();
    let codes: Vec<_> = rows.map(|item| item["error"]["code"].as_u64()).collect();
    assert_eq!(codes, [None, None, Some(5209), Some(9409), Some(3001)]);
    assert_eq!(told["items"][2]["line"], 4);

    let told = api.get(&format!("{USERS}/export.csv")).await;
    assert_eq!(told.answer.header("content-type"), Some("text/csv"));
    let text = told.answer.text();
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[1].starts_with("Ana@contoso.example,Ana,Ray,x|y,0,"),
        "{text}"
    );
    assert!(
        lines[2].starts_with("ben@contoso.example,'=Ben,,,0,"),
        "{text}"
    );
    let told = api.import(&format!("{USERS}/import"), &text).await;
    assert_eq!(told, json!({"total": 2, "success": 2, "fail": 0}));
}

#[actix_web::test]
async fn an_identifier_is_one_however_it_is_written_and_a_placeholder_is_none() {
    let api = Api::start().await;
    let wish = |value: &str| json!({"type": "serial", "value": value});
    let made = api.made(IDENTIFIERS, wish(" pf3 ab.1")).await;
    assert_eq!(
        (&made["value"], &made["platform"]),
        (&json!("PF3AB1"), &json!("windows"))
    );
    api.post(IDENTIFIERS, wish("PF3AB1")).await.expect(409);
    for value in ["To be filled by O.E.M.", "000", ""] {
        let told = api.post(IDENTIFIERS, wish(value)).await.expect(400);
        assert_eq!(told["error"]["details"][0]["path"], "value", "{value}");
    }
    let mac = json!({"type": "mac", "value": "A2-19-7D-41-B3-9C", "description": "Dock 50%"});
    api.made(IDENTIFIERS, mac).await;
    for (query, found) in [
        ("type=mac", 1),
        ("search=50%25", 1),
        ("search=pf3", 1),
        ("", 2),
    ] {
        let listed = api.get(&format!("{IDENTIFIERS}?{query}")).await.expect(200);
        assert_eq!(listed["data"]["totalDocs"], found, "{query}");
    }
    let path = format!("{IDENTIFIERS}/{}", made["id"].as_str().unwrap());
    api.get(&path).await.expect(200);
    api.delete(&path).await.expect(200);
    api.get(&path).await.expect(404);
}

#[actix_web::test]
async fn a_file_of_identifiers_is_ours_or_intunes_and_overwrites_descriptions_when_asked() {
    let api = Api::start().await;
    let path = format!("{IDENTIFIERS}/import");
    let file = "serial,pf3,first\nmac,nothing,\n";
    let told = api.import(&format!("{path}?details=true"), file).await;
    assert_eq!((&told["success"], &told["fail"]), (&json!(1), &json!(1)));
    assert_eq!(told["items"][1]["error"]["code"], 5209);
    for (query, success, description) in [("", 0, "first"), ("?overwrite=true", 1, "second")] {
        let told = api
            .import(&format!("{path}{query}"), "serial,PF 3,second\n")
            .await;
        assert_eq!(told["success"], success);
        let listed = api.get(IDENTIFIERS).await.expect(200);
        assert_eq!(listed["data"]["items"][0]["description"], description);
    }
    let told = api
        .import(&path, "Contoso,Book,SN1\nContoso,Book,SN2\n")
        .await;
    assert_eq!(told["success"], 2);
    let listed = api
        .get(&format!("{IDENTIFIERS}?type=mms"))
        .await
        .expect(200);
    assert_eq!(listed["data"]["totalDocs"], 2);
}

#[actix_web::test]
async fn an_identifier_lies_on_several_lists_and_its_type_is_told_by_its_shape() {
    let api = Api::start().await;
    for (value, list, kind) in [
        ("PF3AB1", "stolen", "serial"),
        ("PF3AB1", "corporate", "serial"),
        ("Contoso,Book,SN1", "stolen", "mms"),
        ("A2-19-7D-41-B3-9C", "stolen", "mac"),
    ] {
        let made = api
            .made(IDENTIFIERS, json!({ "value": value, "list": list }))
            .await;
        assert_eq!((&made["type"], &made["list"]), (&json!(kind), &json!(list)));
    }
    let again = json!({ "value": "pf3ab1", "list": "stolen" });
    api.post(IDENTIFIERS, again).await.expect(409);
    let unnamed = json!({ "value": "pf3ab1", "list": "Not a list" });
    let told = api.post(IDENTIFIERS, unnamed).await.expect(400);
    assert_eq!(told["error"]["details"][0]["path"], "list");
    for (query, found) in [("list=stolen", 3), ("list=corporate", 1), ("list=none", 0)] {
        let listed = api.get(&format!("{IDENTIFIERS}?{query}")).await.expect(200);
        assert_eq!(listed["data"]["totalDocs"], found, "{query}");
    }
}

#[actix_web::test]
async fn a_dry_run_tells_of_each_row_and_writes_nothing() {
    let api = Api::start().await;
    let path = format!("{IDENTIFIERS}/import?details=true&list=stolen");
    let file =
        "value,description,list\nPF3,mine,\nA2:19:7D:41:B3:9C,dock,lost\nNone,,\nPF3,again,\n";
    let told = api.import(&format!("{path}&dryRun=true"), file).await;
    assert_eq!((&told["success"], &told["fail"]), (&json!(2), &json!(2)));
    assert_eq!(told["items"][0]["id"], Json::Null);
    let codes = [2, 3].map(|row: usize| told["items"][row]["error"]["code"].clone());
    assert_eq!(codes, [json!(5209), json!(9409)]);
    let listed = api.get(IDENTIFIERS).await.expect(200);
    assert_eq!(listed["data"]["totalDocs"], 0);
    let done = api.import(&path, file).await;
    assert_eq!((&done["success"], &done["fail"]), (&json!(2), &json!(2)));
    let listed = api
        .get(&format!("{IDENTIFIERS}?list=lost"))
        .await
        .expect(200);
    assert_eq!(listed["data"]["items"][0]["type"], "mac");
    let told = api
        .import(&format!("{path}&dryRun=true"), "value\nPF3\n")
        .await;
    assert_eq!(told["items"][0]["error"]["code"], 9409, "{told}");
}

#[actix_web::test]
async fn settings_change_where_they_are_named_and_null_brings_the_default_back() {
    let api = Api::start().await;
    let told = api.get(SETTINGS).await;
    let tag = told.answer.header("etag").unwrap().to_owned();
    let settings = told.expect(200)["data"].clone();
    assert_eq!(settings["defaultLanguage"], Json::Null);
    let wish = json!({"defaultLanguage": "es", "supportContact": "it@contoso.example"});
    let headers = [("if-match", tag.as_str())];
    for status in [200, 412] {
        let told = api.call_with(
            Method::PUT,
            SETTINGS,
            Some(wish.clone()),
            &api.key,
            &headers,
        );
        told.await.expect(status);
    }
    api.put(SETTINGS, json!({"defaultLanguage": null}))
        .await
        .expect(200);
    let settings = api.get(SETTINGS).await.expect(200)["data"].clone();
    assert_eq!(settings["defaultLanguage"], Json::Null);
    assert_eq!(settings["supportContact"], "it@contoso.example");
    for bad in [
        json!({"defaultLanguage": "fr"}),
        json!({"supportContact": "x".repeat(257)}),
        json!({"enrollmentDisplayName": 1}),
        json!({"colour": "red"}),
    ] {
        api.put(SETTINGS, bad).await.expect(400);
    }
}

#[actix_web::test]
async fn a_key_is_changed_within_the_callers_reach_and_the_last_whole_owner_stays_whole() {
    let api = Api::start().await;
    let own = api.get(KEYS).await.expect(200)["data"]["items"][0].clone();
    let own = format!("{KEYS}/{}", own["id"].as_str().unwrap());
    let get = "mdm.windows.apiKey.get";
    let narrow = json!({"scopes": [get, "mdm.windows.apiKey.update"]});
    for wish in [
        narrow.clone(),
        json!({"expiresIn": 60}),
        json!({"segmentIds": []}),
    ] {
        let told = api.put(&own, wish).await.expect(409);
        assert_eq!(told["error"]["code"], 9409);
    }
    let named = api.put(&own, json!({"name": "ci"})).await.expect(200);
    assert_eq!(
        (&named["data"]["name"], &named["data"]["scopes"]),
        (&json!("ci"), &Json::Null)
    );

    let made = api.made(KEYS, json!({"role": "owner"})).await;
    let other = format!("{KEYS}/{}", made["id"].as_str().unwrap());
    api.put(&other, json!({"segmentIds": [4]}))
        .await
        .expect(404);
    api.put(&other, json!({"expiresIn": 59})).await.expect(400);
    let shown = api.put(&other, narrow).await.expect(200);
    assert_eq!(shown["data"]["scopes"][0], get);
    let limited = Api {
        key: made["key"].as_str().unwrap().to_owned(),
        server: api.server,
    };
    limited
        .put(&own, json!({"scopes": [get]}))
        .await
        .expect(403);
    limited
        .put(&other, json!({"scopes": null}))
        .await
        .expect(403);
    limited
        .put(&other, json!({"scopes": [get]}))
        .await
        .expect(200);
    limited
        .put(&other, json!({"scopes": [get]}))
        .await
        .expect(403);
}

#[test]
fn keys_are_listed_and_revoked_on_the_command_line_beside_the_data_and_through_a_server() {
    let server = ProcessServer::start(&[]);
    let data = server.data();
    let owner = data.json(&["admin", "create-key", "--role", "owner", "--name", "ci"]);
    let file = data.path().join("owner.key");
    std::fs::write(&file, owner["key"].as_str().unwrap()).unwrap();
    let file = file.display().to_string();
    let remote = ["--server", &server.web, "--key-file", &file];
    for here in [true, false] {
        let made = data.json(&["admin", "create-key", "--role", "auditor"]);
        let id = made["id"].as_str().unwrap();
        let run = |arguments: &[&str]| match here {
            true => data.json(arguments),
            false => data.json(&[arguments, &remote].concat()),
        };
        let listed = run(&["admin", "list-keys", "--organization", "default"]);
        let listed = listed.as_array().unwrap().clone();
        let found = listed.iter().find(|key| key["id"] == id).unwrap();
        assert_eq!(
            (&found["role"], &found["revokedAt"]),
            (&json!("auditor"), &Json::Null)
        );
        let revoked = run(&["admin", "revoke-key", id]);
        assert_ne!(revoked["revokedAt"], Json::Null);
    }
    let nobody = "0".repeat(24);
    for arguments in [
        &["admin", "revoke-key", &nobody][..],
        &["admin", "list-keys", "--organization", "other"],
    ] {
        for arguments in [arguments, &[arguments, &remote].concat()] {
            assert_eq!(data.run(arguments).status.code(), Some(1), "{arguments:?}");
        }
    }
}

#[actix_web::test]
async fn a_users_password_is_set_changed_and_taken_away_and_never_shown() {
    let api = Api::start().await;
    let word = "correct horse battery";
    let body = json!({ "email": "ana@contoso.example", "password": word });
    let made = api.made(USERS, body).await;
    assert_eq!(made["hasPassword"], true);
    let one = format!("{USERS}/{}", made["id"].as_str().unwrap());
    let id = made["id"].as_str().unwrap().parse().unwrap();
    let store = &api.server.server.app.store;
    let hash = || store.look::<_, portcullis::store::Error, _>(|tx| tx.user_password(id));
    let first = hash().unwrap().unwrap();
    assert!(first.starts_with("$argon2id$"), "{first}");

    api.put(&one, json!({ "firstName": "Ana" }))
        .await
        .expect(200);
    assert_eq!(
        hash().unwrap().as_ref(),
        Some(&first),
        "what is not named stays"
    );
    api.put(&one, json!({ "password": "another horse" }))
        .await
        .expect(200);
    assert_ne!(hash().unwrap(), Some(first));
    for word in ["too short", "            ", &"x".repeat(257)] {
        let told = api.put(&one, json!({ "password": word })).await.expect(400);
        assert_eq!(told["error"]["details"][0]["path"], "password");
    }
    let file = "email,first_name\nana@contoso.example,Anna";
    api.import(&format!("{USERS}/import"), file).await;
    let shown = api.get(&one).await;
    assert_eq!(shown.json["data"]["hasPassword"], true, "a file leaves it");
    let export = api.get(&format!("{USERS}/export.csv")).await;
    for answer in [&shown.answer, &export.answer] {
        let text = answer.text();
        assert!(
            !text.contains("argon2id") && !text.contains("horse"),
            "{text}"
        );
    }
    for none in [json!(""), Json::Null] {
        api.put(&one, json!({ "password": word })).await.expect(200);
        let told = api.put(&one, json!({ "password": none })).await.expect(200);
        assert_eq!(told["data"]["hasPassword"], false);
        assert_eq!(hash().unwrap(), None);
    }
}

#[actix_web::test]
async fn a_user_enrolls_by_the_password_that_was_set_where_a_template_offers_local_and_not_by_another()
 {
    let api = Api::start().await;
    let (email, word) = ("ana@contoso.example", "correct horse battery");
    let user = api
        .made(USERS, json!({ "email": email, "password": word }))
        .await;
    let policy = super::template::policy(&api, "Corporate").await;
    let templates = "/v1/organizations/default/mdm/windows/enterprise/enrollment-templates";
    let wish = json!({ "name": "Staff", "rules": [{ "winPolicyId": policy }], "loginProviderTypes": ["local"] });
    api.made(templates, wish.clone()).await;
    Pc::new().enroll(&api.server, &password(email, word)).await;
    let devices = api.server.devices().await;
    assert_eq!(devices[0].owner.as_deref(), Some(email), "{devices:?}");
    for wrong in ["correct horse batteries", ""] {
        let shows = password(email, wrong);
        assert!(
            Pc::new().try_enroll(&api.server, &shows).await.is_err(),
            "{wrong}"
        );
    }
    // By the address of a template that is gone nobody is asked for a password, of whatever organization.
    let mut other = wish;
    other["name"] = json!("Gone");
    let gone = api.made(templates, other).await["id"].clone();
    let gone = gone.as_str().unwrap();
    let url = format!("{}/e/{gone}/EnrollmentServer/Policy.svc", api.server.device);
    for (there, known) in [(true, true), (false, false)] {
        let shows = Some(password(email, word));
        let request = GetPolicies::default();
        let answer = api.server.exchange(&url, &request, shows).await;
        let outcome = answer.outcome::<GetPolicies>().1;
        assert_eq!(outcome.is_ok(), known, "there: {there}");
        if there {
            api.delete(&format!("{templates}/{gone}")).await.expect(200);
        }
    }
    let one = format!("{USERS}/{}", user["id"].as_str().unwrap());
    api.put(&one, json!({ "password": null })).await.expect(200);
    let shows = password(email, word);
    assert!(Pc::new().try_enroll(&api.server, &shows).await.is_err());
}
