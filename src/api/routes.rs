//! The one table of routes.
//!
//! A noun is a file beside this one with a function `routes() -> Vec<Route>`, and a line in [`NOUNS`]. A row says all there
//! is to say of a route; matching, `Allow`, credentials and the OpenAPI document are read off it:
//!
//! ```text
//! get("/layers", "The layers of the account", list)       a path below /api/v1/calendar (and its alias /api/calendar),
//!                                                         or a whole one that begins with /api/; parameters in {braces}
//!     .query::<Listing>()                                 what Call::query reads: Deserialize, IntoParams
//!     .paged()                                            with limit and cursor: Call::filtered, Call::paging
//!     .answers_page::<Layer>()                            200 with {"items": […], "nextCursor": …}
//! post("/layers", "Make a layer", create)
//!     .reads::<NewLayer>()                                what Call::body reads: Deserialize, ToSchema
//!     .answers::<Layer>(201)                              Serialize, ToSchema
//!     .repeatable()                                       the handler goes through Call::create: Idempotency-Key
//! delete("/layers/{layer}", "Delete a layer", remove).answers_nothing().conditional()     Call::still: If-Match
//! ```
//!
//! The scope is read for GET and write for the rest, unless [`Route::scope`] or [`Route::open`] says otherwise.

use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::Schema;
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::call::Call;
use super::cursor::PageQuery;
use super::problem::Result;
use super::{
    availability, document, exports, feeds, friends, group_views, handed, items, layers,
    notifications, preferences, records, remarks, tokens, users, views,
};
use crate::http::Method;
use crate::model::Scope;

/// Every noun: what it is called in the document, and its rows.
pub static NOUNS: &[(&str, Rows)] = &[
    ("API", document::routes),
    ("Layers", layers::routes),
    ("Feeds", feeds::routes),
    ("Friends", friends::routes),
    ("Users", users::routes),
    ("Preferences", preferences::routes),
    ("Items", items::routes),
    ("Items shown to friends", handed::routes),
    ("Shared views", views::routes),
    ("Availability", availability::routes),
    ("Views of groups", group_views::routes),
    ("Comments and reactions", remarks::routes),
    ("Notifications", notifications::routes),
    ("Feeds out", exports::routes),
    ("Tokens", tokens::routes),
    ("Platform", records::routes),
];

/// Where the paths of rows begin.
pub const CANONICAL: &str = "/api/v1/calendar";
/// Where the same stands besides.
const ALIAS: &str = "/api/calendar";

pub type Rows = fn() -> Vec<Route>;
pub type Handler = fn(&Call) -> Result<Answer>;

/// A shape of JSON by its name in the document, with those that it names.
pub struct Shape {
    pub name: String,
    pub schema: RefOr<Schema>,
    pub named: Vec<(String, RefOr<Schema>)>,
}

impl Shape {
    fn of<T: ToSchema>() -> Self {
        let mut named = Vec::new();
        T::schemas(&mut named);
        Self {
            name: T::name().into_owned(),
            schema: T::schema(),
            named,
        }
    }
}

/// What a route answers when all goes well.
pub enum Success {
    Nothing,
    One(Shape),
    Page(Shape),
    /// JSON that is no shape of ours.
    Any,
}

/// One row.
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    /// Other paths that the same handler answers.
    pub aliases: Vec<String>,
    pub summary: &'static str,
    pub noun: &'static str,
    /// What the credential must be good for; `None`: everybody may ask.
    pub scope: Option<Scope>,
    pub run: Handler,
    pub query: Vec<Parameter>,
    pub body: Option<Shape>,
    pub success: Vec<(u16, Success)>,
    pub repeatable: bool,
    pub conditional: bool,
}

pub fn get(path: &'static str, summary: &'static str, run: Handler) -> Route {
    Route::new(Method::GET, path, summary, run)
}

pub fn post(path: &'static str, summary: &'static str, run: Handler) -> Route {
    Route::new(Method::POST, path, summary, run)
}

pub fn put(path: &'static str, summary: &'static str, run: Handler) -> Route {
    Route::new(Method::PUT, path, summary, run)
}

pub fn patch(path: &'static str, summary: &'static str, run: Handler) -> Route {
    Route::new(Method::PATCH, path, summary, run)
}

pub fn delete(path: &'static str, summary: &'static str, run: Handler) -> Route {
    Route::new(Method::DELETE, path, summary, run)
}

impl Route {
    fn new(method: Method, path: &'static str, summary: &'static str, run: Handler) -> Self {
        let scope = if method == Method::GET {
            Scope::Read
        } else {
            Scope::Write
        };
        Self {
            method,
            aliases: if path.starts_with("/api/") {
                Vec::new()
            } else {
                vec![format!("{ALIAS}{path}")]
            },
            path,
            summary,
            noun: "",
            scope: Some(scope),
            run,
            query: Vec::new(),
            body: None,
            success: Vec::new(),
            repeatable: false,
            conditional: false,
        }
    }

    #[must_use]
    pub fn query<T: IntoParams>(mut self) -> Self {
        let parameters = T::into_params(|| Some(ParameterIn::Query));
        self.query.extend(parameters);
        self
    }

    /// It comes in pages.
    #[must_use]
    pub fn paged(self) -> Self {
        self.query::<PageQuery>()
    }

    #[must_use]
    pub fn reads<T: ToSchema>(mut self) -> Self {
        self.body = Some(Shape::of::<T>());
        self
    }

    #[must_use]
    pub fn answers<T: ToSchema>(mut self, status: u16) -> Self {
        self.success.push((status, Success::One(Shape::of::<T>())));
        self
    }

    #[must_use]
    pub fn answers_page<T: ToSchema>(mut self) -> Self {
        self.success.push((200, Success::Page(Shape::of::<T>())));
        self
    }

    #[must_use]
    pub fn answers_nothing(mut self) -> Self {
        self.success.push((204, Success::Nothing));
        self
    }

    #[must_use]
    pub fn answers_any(mut self) -> Self {
        self.success.push((200, Success::Any));
        self
    }

    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Everybody may ask, without saying who they are.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.scope = None;
        self
    }

    #[must_use]
    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    #[must_use]
    pub fn conditional(mut self) -> Self {
        self.conditional = true;
        self
    }

    /// Another path for the same, with the same parameters.
    #[must_use]
    pub fn alias(mut self, path: &str) -> Self {
        self.aliases.push(path.to_owned());
        self
    }

    /// The path as clients ask for it.
    pub fn canonical(&self) -> String {
        if self.path.starts_with("/api/") {
            self.path.to_owned()
        } else {
            format!("{CANONICAL}{}", self.path)
        }
    }

    /// Every path that it answers, the canonical one first.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.canonical()).chain(self.aliases.iter().cloned())
    }
}

/// A path of a route, cut at its slashes.
struct Pattern {
    segments: Vec<Segment>,
    route: usize,
}

enum Segment {
    Literal(&'static str),
    Parameter(&'static str),
}

pub struct Table {
    pub routes: Vec<Route>,
    patterns: Vec<Pattern>,
}

pub static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

/// What stands at a path.
pub enum Found {
    Nowhere,
    /// Somewhere, but not with this method: those that it takes.
    Otherwise(Vec<Method>),
    Here(&'static Route, Vec<(&'static str, String)>),
}

/// Bytes of one parameter of a path, decoded.
const LONGEST: usize = 2_048;

impl Table {
    fn new() -> Self {
        let mut routes = Vec::new();
        for (noun, rows) in NOUNS {
            routes.extend(rows().into_iter().map(|row| Route { noun, ..row }));
        }
        let mut patterns = Vec::new();
        for (number, route) in routes.iter().enumerate() {
            for path in route.paths() {
                // The table is made once and stands as long as the process.
                let path: &'static str = Box::leak(path.into_boxed_str());
                patterns.push(Pattern {
                    segments: segments(path).map(Segment::of).collect(),
                    route: number,
                });
            }
        }
        // Where a literal and a parameter both fit, the literal is meant.
        patterns.sort_by_key(Pattern::shape);
        Self { routes, patterns }
    }

    /// HEAD is asked as GET.
    pub fn find(&'static self, method: &Method, path: &str) -> Found {
        let asked: Vec<&str> = segments(path).collect();
        let wanted = if *method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let mut taken = Vec::new();
        let mut meant = None;
        for pattern in &self.patterns {
            let Some(parameters) = pattern.fits(&asked) else {
                continue;
            };
            // Whatever has a word of its own is not also a member of the list beside it.
            if *meant.get_or_insert_with(|| pattern.shape()) != pattern.shape() {
                continue;
            }
            let Some(route) = self.routes.get(pattern.route) else {
                continue;
            };
            if route.method == *wanted {
                return Found::Here(route, parameters);
            }
            taken.push(route.method.clone());
        }
        if taken.is_empty() {
            Found::Nowhere
        } else {
            Found::Otherwise(taken)
        }
    }
}

impl Pattern {
    /// Which of its segments are parameters.
    fn shape(&self) -> Vec<bool> {
        let parameter = |segment: &Segment| matches!(segment, Segment::Parameter(_));
        self.segments.iter().map(parameter).collect()
    }

    fn fits(&self, asked: &[&str]) -> Option<Vec<(&'static str, String)>> {
        if self.segments.len() != asked.len() {
            return None;
        }
        let mut parameters = Vec::new();
        for (segment, asked) in self.segments.iter().zip(asked) {
            match segment {
                Segment::Literal(literal) if literal == asked => {}
                Segment::Literal(_) => return None,
                Segment::Parameter(name) => parameters.push((*name, decode(asked)?)),
            }
        }
        Some(parameters)
    }
}

impl Segment {
    fn of(text: &'static str) -> Self {
        match text.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
            Some(name) => Self::Parameter(name),
            None => Self::Literal(text),
        }
    }
}

/// A parameter that cannot be one names nothing that there is.
fn decode(segment: &str) -> Option<String> {
    let decoded = percent_decode_str(segment).decode_utf8().ok()?;
    let fits = decoded.len() <= LONGEST && !decoded.chars().any(char::is_control);
    fits.then(|| decoded.into_owned())
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}
