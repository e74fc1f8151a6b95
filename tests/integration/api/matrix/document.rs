//! The operations as the running server's OpenAPI document tells of them, and small bodies that its schemas accept.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Method;
use serde_json::{Map, Value as Json, json};

use crate::client::Site;

/// An identifier that nothing has.
pub(crate) const MISSING: &str = "0123456789abcdef01234567";

/// The document.
pub(crate) struct Document {
    json: Json,
    pub(crate) operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) permission: String,
    /// Media type and schema of what it reads.
    body: Option<(String, Json)>,
}

/// A contract, by its shape of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contract {
    Applivery,
    Google,
    Graph,
}

/// Values for properties, by name: what a schema cannot tell, such as the identifier of a policy that is there.
pub(crate) type Known = HashMap<String, Json>;

impl Document {
    pub(crate) async fn of(site: &Site) -> Self {
        let answer = site.get(&format!("{}/openapi.json", site.web)).await;
        let json: Json = serde_json::from_slice(&answer.body).unwrap();
        let mut operations = Vec::new();
        for (path, item) in json["paths"].as_object().unwrap() {
            for (method, told) in item.as_object().unwrap() {
                operations.push(Operation::new(path, method, told));
            }
        }
        Self { json, operations }
    }

    /// The operation with this method and path, if there is one.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Option<&Operation> {
        let mut all = self.operations.iter();
        all.find(|it| it.method == *method && it.path == path)
    }

    /// The lists: operations that show what there is of something.
    pub(crate) fn lists(&self) -> impl Iterator<Item = &Operation> {
        self.operations
            .iter()
            .filter(|it| it.method == Method::GET && !it.names_an_object())
    }

    /// A small body that the operation accepts, as far as its schema tells; none: it reads no JSON.
    pub(crate) fn body(&self, operation: &Operation, known: &Known) -> Option<Json> {
        let schema = operation.json_schema()?;
        Some(self.sample("", schema, known))
    }

    /// The properties of the operation's body with their schemas.
    pub(crate) fn properties(&self, operation: &Operation) -> Map<String, Json> {
        let schema = operation.json_schema().map(|it| self.resolved(it));
        let properties = schema.and_then(|it| it["properties"].as_object().cloned());
        let properties = properties.unwrap_or_default().into_iter();
        properties
            .map(|(name, schema)| (name, self.resolved(&schema).clone()))
            .collect()
    }

    /// The names of the parameters in the query.
    pub(crate) fn parameters(&self, operation: &Operation) -> Vec<String> {
        let method = operation.method.as_str().to_lowercase();
        let told = &self.json["paths"][&operation.path][method]["parameters"];
        let all = told.as_array().into_iter().flatten();
        all.filter(|it| it["in"] == "query")
            .filter_map(|it| it["name"].as_str().map(str::to_owned))
            .collect()
    }

    /// The schema that is meant: no reference, and not null where there is a choice.
    fn resolved<'a>(&'a self, schema: &'a Json) -> &'a Json {
        if let Some(reference) = schema["$ref"].as_str() {
            let at = reference.strip_prefix('#').unwrap();
            return self.resolved(self.json.pointer(at).unwrap());
        }
        let choice = schema["oneOf"]
            .as_array()
            .or_else(|| schema["anyOf"].as_array());
        let meant = choice.and_then(|all| all.iter().find(|it| it["type"] != "null"));
        meant.map_or(schema, |it| self.resolved(it))
    }

    fn sample(&self, name: &str, schema: &Json, known: &Known) -> Json {
        if let Some(value) = known.get(name) {
            return value.clone();
        }
        let schema = self.resolved(schema);
        if let Some(all) = schema["allOf"].as_array() {
            let mut whole = Map::new();
            for part in all {
                if let Json::Object(part) = self.sample(name, part, known) {
                    whole.extend(part);
                }
            }
            return whole.into();
        }
        if let Some(first) = schema["enum"].as_array().and_then(|all| all.first()) {
            return first.clone();
        }
        match kind(schema) {
            "object" => self.object(schema, known),
            "array" => {
                let few = schema["minItems"].as_u64().unwrap_or_default();
                let few = few.max(u64::from(INSISTED.contains(&name)));
                (0..few)
                    .map(|_| self.sample(singular(name), &schema["items"], known))
                    .collect()
            }
            "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
            "boolean" => json!(false),
            _ => json!(text(name, schema)),
        }
    }

    fn object(&self, schema: &Json, known: &Known) -> Json {
        let required = schema["required"].as_array();
        let wanted = |name: &str| {
            let required = required.is_some_and(|all| all.iter().any(|it| it == name));
            required || INSISTED.contains(&name) || known.contains_key(name)
        };
        let properties = schema["properties"].as_object();
        let given = properties
            .into_iter()
            .flatten()
            .filter(|(name, _)| wanted(name));
        given
            .map(|(name, schema)| {
                let value = match name.as_str() {
                    // A rule must assign a policy, which no schema says.
                    "rules" => json!([{ "name": "all", "winPolicyAssignments": [{
                        "winPolicyId": known.get("winPolicyId"), "priority": 1,
                    }] }]),
                    _ => self.sample(name, schema, known),
                };
                (name.clone(), value)
            })
            .collect::<Map<_, _>>()
            .into()
    }
}

/// Lists that must have an entry although their schemas let them be empty or absent.
const INSISTED: [&str; 2] = ["rules", "importedDeviceIdentities"];

fn kind(schema: &Json) -> &str {
    let types = &schema["type"];
    let untyped = match schema["properties"].is_object() {
        true => "object",
        false => "string",
    };
    let mut several = types
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(Json::as_str);
    types
        .as_str()
        .or_else(|| several.find(|it| *it != "null"))
        .unwrap_or(untyped)
}

fn singular(name: &str) -> &str {
    name.strip_suffix('s').unwrap_or(name)
}

/// A text that differs from all others, of the form that its pattern asks for.
fn text(name: &str, schema: &Json) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let pattern = schema["pattern"].as_str().unwrap_or_default();
    let email = name.to_lowercase().ends_with("email") || name.ends_with("rincipalName");
    let text = match schema["format"].as_str() {
        Some("uuid") => "00000000-0000-4000-8000-000000000000".to_owned(),
        Some("date-time") => "2030-01-01T00:00:00Z".to_owned(),
        _ if pattern.contains("{24}") => MISSING.to_owned(),
        _ if pattern.contains("{64}") => format!("{number:064x}"),
        _ if pattern.contains('@') || email => format!("user{number}@contoso.example"),
        _ if pattern.starts_with("^[a-z0-9-]") => format!("sample-{number}"),
        _ if pattern.starts_with("^ldaps?://") => "ldaps://directory.contoso.example".to_owned(),
        _ if pattern.starts_with("^(") => choice(pattern),
        _ => format!("Sample{number}"),
    };
    let most = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
    text.chars()
        .take(usize::try_from(most).unwrap_or(usize::MAX))
        .collect()
}

/// The first of the words that `^(a|b)$` allows.
fn choice(pattern: &str) -> String {
    let inner = pattern.trim_start_matches("^(");
    inner
        .split(['|', ')'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

impl Operation {
    fn new(path: &str, method: &str, told: &Json) -> Self {
        let text = |key: &str| {
            let found = told[key].as_str().filter(|text| !text.is_empty());
            found
                .unwrap_or_else(|| panic!("{method} {path} has no {key}"))
                .to_owned()
        };
        let content = told["requestBody"]["content"].as_object();
        let body = content.and_then(|content| content.iter().next());
        Self {
            method: method.to_uppercase().parse().unwrap(),
            path: path.to_owned(),
            id: text("operationId"),
            permission: text("x-permission"),
            body: body.map(|(media, it)| (media.clone(), it["schema"].clone())),
        }
    }

    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The media type that it reads.
    pub(crate) fn media(&self) -> Option<&str> {
        self.body.as_ref().map(|(media, _)| media.as_str())
    }

    fn json_schema(&self) -> Option<&Json> {
        let body = self.body.as_ref();
        body.filter(|(media, _)| media == "application/json")
            .map(|(_, schema)| schema)
    }

    pub(crate) fn names_an_organization(&self) -> bool {
        self.path.contains(ORGANIZATION)
    }

    /// Whether its path names something inside the organization.
    pub(crate) fn names_an_object(&self) -> bool {
        self.path.replace(ORGANIZATION, "").contains('{')
    }

    /// Its path for an organization, all other variables standing for `object`.
    pub(crate) fn at(&self, organization: &str, object: &str) -> String {
        let path = self.path.replace(ORGANIZATION, organization);
        let segments = path.split('/').map(|segment| match segment {
            variable if variable.starts_with('{') => object,
            fixed => fixed,
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// The path of the list that holds what it names.
    pub(crate) fn collection(&self) -> String {
        let hidden = self.path.replace(ORGANIZATION, "<organization>");
        let list = hidden.split("/{").next().unwrap_or_default();
        list.replace("<organization>", ORGANIZATION)
    }

    pub(crate) fn contract(&self) -> Contract {
        if self.path.starts_with("/v1/enterprises") {
            Contract::Google
        } else if self.path.starts_with("/beta") || self.path.starts_with("/v1.0") {
            Contract::Graph
        } else {
            Contract::Applivery
        }
    }
}

const ORGANIZATION: &str = "{organization}";
