//! The OpenAPI 3.1 document, read off the table of routes.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::Call;
use super::problem::{Details, Result};
use super::routes::{NOUNS, Route, Shape, Success, TABLE, get};
use utoipa::ToSchema;

pub fn routes() -> Vec<Route> {
    vec![
        get("/api/openapi.json", "This document", show)
            .open()
            .answers_any(),
    ]
}

fn show(_: &Call) -> Result<Answer> {
    Answer::of(&*DOCUMENT)
}

pub static DOCUMENT: LazyLock<Value> = LazyLock::new(write);

const ABOUT: &str = "Calendars of layers over JSON: the same layers, items and rules that CalDAV clients see. \
Failures are problem details (RFC 9457) with a stable `code`. What one may not know of answers 404, like what never was.";

fn write() -> Value {
    let mut schemas = Map::new();
    name::<Details>(&mut schemas);
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for route in &TABLE.routes {
        for shape in shapes(route) {
            enter(&mut schemas, shape);
        }
        for (number, path) in route.paths().enumerate() {
            let method = route.method.as_str().to_ascii_lowercase();
            let operation = operation(route, &path, number);
            paths.entry(path).or_default().insert(method, operation);
        }
    }
    let tags: Vec<Value> = NOUNS
        .iter()
        .map(|(noun, _)| json!({ "name": noun }))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Strata",
            "description": ABOUT,
            "version": env!("CARGO_PKG_VERSION"),
        },
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": { "Problem": {
                "description": "What went wrong",
                "content": { "application/problem+json": { "schema": reference("Problem") } },
            } },
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "An API token, strata_…" },
                "password": { "type": "http", "scheme": "basic", "description": "An account's password or an app password" },
            },
        },
    })
}

fn shapes(route: &Route) -> impl Iterator<Item = &Shape> {
    let answers = route
        .success
        .iter()
        .filter_map(|(_, success)| match success {
            Success::One(shape) | Success::Page(shape) => Some(shape),
            Success::Nothing | Success::Any => None,
        });
    route.body.iter().chain(answers)
}

fn name<T: ToSchema>(schemas: &mut Map<String, Value>) {
    schemas.insert(T::name().into_owned(), value(&T::schema()));
}

fn enter(schemas: &mut Map<String, Value>, shape: &Shape) {
    schemas.insert(shape.name.clone(), value(&shape.schema));
    for (name, schema) in &shape.named {
        schemas.insert(name.clone(), value(schema));
    }
}

/// Shapes are plain data: they are always JSON.
fn value(schema: &impl serde::Serialize) -> Value {
    serde_json::to_value(schema).unwrap_or_default()
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn operation(route: &Route, path: &str, number: usize) -> Value {
    let mut operation = json!({
        "operationId": identity(route, number),
        "tags": [route.noun],
        "summary": route.summary,
        "parameters": parameters(route, path),
        "responses": responses(route),
    });
    if let Some(body) = &route.body {
        operation["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": reference(&body.name) } },
        });
    }
    operation["security"] = match route.scope {
        Some(scope) => {
            operation["x-scope"] = json!(scope.word());
            json!([{ "token": [] }, { "password": [] }])
        }
        None => json!([]),
    };
    if number > 0 {
        operation["deprecated"] = json!(true);
    }
    operation
}

/// The method and the path in one word.
fn identity(route: &Route, number: usize) -> String {
    let mut words = vec![route.method.as_str().to_ascii_lowercase()];
    let segments = route.path.split('/').filter(|segment| !segment.is_empty());
    words.extend(segments.map(|segment| segment.replace(['{', '}', '.', '-'], "_")));
    if number > 0 {
        words.push(format!("alias{number}"));
    }
    words.join("_").replace("__", "_")
}

fn parameters(route: &Route, path: &str) -> Vec<Value> {
    let mut parameters: Vec<Value> = path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            json!({
                "name": name, "in": "path", "required": true,
                "schema": { "type": "string", "minLength": 1, "maxLength": 2048 },
            })
        })
        .collect();
    parameters.extend(route.query.iter().map(value));
    let header = |name: &str, about: &str, longest: u32| {
        json!({
            "name": name, "in": "header", "required": false, "description": about,
            "schema": { "type": "string", "minLength": 1, "maxLength": longest },
        })
    };
    if route.repeatable {
        parameters.push(header(
            "Idempotency-Key",
            "The same key with the same request is answered as before, for 24 hours",
            255,
        ));
    }
    if route.conditional {
        parameters.push(header(
            "If-Match",
            "Only while it has this entity tag; otherwise 412",
            255,
        ));
    }
    parameters
}

fn responses(route: &Route) -> Value {
    let mut responses = Map::new();
    for (status, success) in &route.success {
        let schema = match success {
            Success::Nothing => None,
            Success::One(shape) => Some(reference(&shape.name)),
            Success::Page(shape) => Some(json!({
                "type": "object",
                "required": ["items"],
                "properties": {
                    "items": { "type": "array", "items": reference(&shape.name) },
                    "nextCursor": { "type": "string", "description": "Where the next page begins; absent on the last" },
                },
            })),
            Success::Any => Some(json!({ "type": "object" })),
        };
        let mut response = json!({ "description": described(*status) });
        if let Some(schema) = schema {
            response["content"] = json!({ "application/json": { "schema": schema } });
        }
        responses.insert(status.to_string(), response);
    }
    responses.insert(
        "default".to_owned(),
        json!({ "$ref": "#/components/responses/Problem" }),
    );
    Value::Object(responses)
}

fn described(status: u16) -> &'static str {
    match status {
        201 => "It was made; Location says where it stands",
        202 => "It was taken up and is done later",
        204 => "Done; there is nothing to say",
        _ => "Done",
    }
}
