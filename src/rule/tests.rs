mod edge;
mod example;
mod property;

use serde_json::Value as Json;

use super::*;
use crate::template::Body;

/// Rules compiled of a template's JSON.
fn rules(body: Json) -> (Rules, Body) {
    let body: Body = serde_json::from_value(body).unwrap();
    match Rules::compile(&body) {
        Ok(rules) => (rules, body),
        Err(faults) => panic!("{:?}", faults.into_result()),
    }
}

/// Facts of names and values; `tag` and `aux.key` are told apart.
fn facts(told: &[(&str, &str)]) -> Facts {
    let mut facts = Facts::default();
    for (name, value) in told {
        match name.split_once('.') {
            _ if *name == "tag" => facts.tag(value),
            _ if *name == "list" => facts.list(value),
            Some(("aux", key)) => facts.fill_in(key, value),
            _ => facts.say(name, value, Trust::Asserted),
        }
    }
    facts
}
