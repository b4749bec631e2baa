//! The JSON API: what apps and platforms ask. Nothing here decides; it speaks to `calendar`, as one viewer.
//!
//! How a noun is added stands at the top of `routes.rs`.

mod answer;
mod availability;
mod call;
mod cursor;
mod document;
mod exports;
mod feeds;
mod friends;
mod group_views;
mod handed;
mod items;
mod layers;
mod notifications;
mod preferences;
mod problem;
mod query;
mod records;
mod remarks;
mod routes;
mod time;
mod tokens;
mod unavailable;
mod users;
mod view_links;
mod views;

#[cfg(test)]
mod tests;

use crate::auth::Refused;
use crate::calendar::{Calendars, Refusal};
use crate::connect::Sources;
use crate::http::{HeaderName, HeaderValue, Method, Reply, Request, StatusCode, header};
use crate::privacy::Viewer;
use call::Call;
use problem::{Error, Problem};
use routes::{Found, TABLE};

/// Bytes of a request's body.
const MAX_BODY: u64 = 1 << 20;

/// The room: the calendars and how they are spoken of.
#[derive(Clone)]
pub struct Api {
    pub calendars: Calendars,
    /// Who seals the addresses of others; without it nothing can be subscribed to.
    pub sources: Option<Sources>,
    cursor_key: [u8; 32],
}

impl Api {
    pub fn new(calendars: Calendars) -> Self {
        Self {
            cursor_key: calendars.key_for("cursors of the JSON API"),
            calendars,
            sources: None,
        }
    }
}

/// Answers a request for anything under `/api/`. HEAD is answered as GET: whoever sends the reply leaves its body out.
///
/// A 401 carries no challenge: whoever knows the realm adds it.
pub fn handle(api: &Api, viewer: &Viewer, request: &Request) -> Reply {
    finish(answer(api, viewer, request).unwrap_or_else(|problem| problem.into_reply()))
}

/// Looks at the head alone, so that a request that cannot succeed is refused before its body is read; else how many
/// bytes of body it may have.
///
/// # Errors
/// The reply to send.
pub fn accepts(viewer: &Viewer, request: &Request) -> Result<u64, Box<Reply>> {
    let refuse = |problem: Problem| Box::new(finish(problem.into_reply()));
    let announced = request
        .header(header::CONTENT_LENGTH)
        .and_then(|length| length.trim().parse::<u64>().ok());
    if request.method != Method::OPTIONS {
        enter(viewer, request).map_err(refuse)?;
    }
    if announced.is_some_and(|length| length > MAX_BODY) {
        return Err(Box::new(too_large()));
    }
    Ok(MAX_BODY)
}

/// The answer to a body that is larger than [`accepts`] said.
pub fn too_large() -> Reply {
    let most = format!("a body of at most {MAX_BODY} bytes");
    finish(Problem::new(&problem::TOO_LARGE).saying(most).into_reply())
}

/// What the sockets have to say of a request, in this room's words.
pub fn told(status: StatusCode, sentence: &str) -> Reply {
    let kind = match status {
        StatusCode::SERVICE_UNAVAILABLE => &problem::BUSY,
        StatusCode::INTERNAL_SERVER_ERROR => &problem::FAULT,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => &problem::MEDIA_TYPE,
        StatusCode::BAD_REQUEST => &problem::MALFORMED,
        _ => &problem::HTTP,
    };
    let problem = Problem::new(kind).saying(sentence.trim_end().to_owned());
    finish(problem.reply_as(status))
}

/// Why somebody was not let in. A 401 carries no challenge.
pub fn refused(refused: &Refused) -> Reply {
    let kind = match refused.status() {
        StatusCode::UNAUTHORIZED => &problem::UNAUTHENTICATED,
        StatusCode::TOO_MANY_REQUESTS => &problem::THROTTLED,
        StatusCode::FORBIDDEN => &problem::FORBIDDEN,
        StatusCode::SERVICE_UNAVAILABLE => &problem::BUSY,
        _ => &problem::FAULT,
    };
    let mut problem = Problem::new(kind).saying(refused.to_string());
    if let Some(seconds) = refused.retry_after() {
        problem = problem.with(header::RETRY_AFTER, seconds.into());
    }
    finish(problem.reply_as(refused.status()))
}

fn answer(api: &Api, viewer: &Viewer, request: &Request) -> Result<Reply, Problem> {
    if request.method == Method::OPTIONS {
        return options(request);
    }
    let (route, parameters) = enter(viewer, request)?;
    let call = Call {
        api,
        viewer,
        request,
        route,
        parameters,
    };
    if call.names_a_tag_of_nothing()? {
        return Err(Problem::refused(&Refusal::Stale));
    }
    // Whatever is wrong with a request is told to those alone who may ask: some of it is found before the calendars are
    // opened, and only they know whether the credential stands.
    let may_ask = |error: Error| match call.read(|_| Ok(())) {
        Err(refused) if route.scope.is_some() => refused,
        _ => error,
    };
    let answered = (route.run)(&call)
        .map_err(may_ask)
        .map_err(|error| error.into_problem(&request.id))?;
    Ok(answered.into_reply(request))
}

type Entered = (&'static routes::Route, Vec<(&'static str, String)>);

/// What the head alone decides. Whoever has not said who they are learns nothing of what there is.
fn enter(viewer: &Viewer, request: &Request) -> Result<Entered, Problem> {
    let found = TABLE.find(&request.method, &request.path);
    let open = matches!(&found, Found::Here(route, _) if route.scope.is_none());
    if *viewer == Viewer::Anyone && !open {
        return Err(Problem::new(&problem::UNAUTHENTICATED));
    }
    match found {
        Found::Nowhere => Err(Problem::new(&problem::NOT_FOUND)),
        Found::Otherwise(taken) => Err(with_allow(Problem::new(&problem::METHOD), &taken)),
        Found::Here(..) if is_cross_site(viewer, request) => {
            Err(Problem::new(&problem::CROSS_SITE))
        }
        Found::Here(route, parameters) => {
            in_scope(viewer, route)?;
            Ok((route, parameters))
        }
    }
}

/// What the credential was never good for is refused before anything is read; every transaction asks again.
fn in_scope(viewer: &Viewer, route: &routes::Route) -> Result<(), Problem> {
    match (viewer, route.scope) {
        (Viewer::User(device), Some(scope)) if !device.scopes().contains(scope) => {
            Err(Problem::refused(&Refusal::OutOfScope(scope)))
        }
        _ => Ok(()),
    }
}

fn is_cross_site(viewer: &Viewer, request: &Request) -> bool {
    !matches!(request.method.as_str(), "GET" | "HEAD") && from_another_site(viewer, request)
}

/// A browser sends a remembered password along with what any page makes it ask; a token it never remembers.
fn from_another_site(viewer: &Viewer, request: &Request) -> bool {
    let remembered = matches!(viewer, Viewer::User(device) if device.token.is_none());
    let site = request.header(HeaderName::from_static("sec-fetch-site"));
    remembered && site.is_some_and(|site| matches!(site, "cross-site" | "same-site"))
}

fn options(request: &Request) -> Result<Reply, Problem> {
    match TABLE.find(&request.method, &request.path) {
        Found::Otherwise(taken) => {
            let allow = allow(&taken);
            let reply = Reply::new(StatusCode::NO_CONTENT);
            Ok(match HeaderValue::try_from(allow) {
                Ok(allow) => reply.with(header::ALLOW, allow),
                Err(_) => reply,
            })
        }
        Found::Nowhere | Found::Here(..) => Err(Problem::new(&problem::NOT_FOUND)),
    }
}

fn with_allow(problem: Problem, taken: &[Method]) -> Problem {
    match HeaderValue::try_from(allow(taken)) {
        Ok(allow) => problem.with(header::ALLOW, allow),
        Err(_) => problem,
    }
}

fn allow(taken: &[Method]) -> String {
    let mut methods: Vec<&str> = taken.iter().map(Method::as_str).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.push("OPTIONS");
    methods.sort_unstable();
    methods.dedup();
    methods.join(", ")
}

/// What every answer carries: it is one viewer's, and it is no page.
fn finish(mut reply: Reply) -> Reply {
    let mut set = |name: HeaderName, value: &'static str| {
        reply
            .headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    set(header::CACHE_CONTROL, "private, no-cache");
    set(header::VARY, "Authorization");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    reply
}
