//! Paths and hrefs (RFC 3986): one parser, one printer. Compared decoded, answered as the client wrote them.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::resource::{Kind, Kinds, circle_kind};
use super::trash::{self, TRASH};
use super::writer::Writer;
use crate::http::{self, Origin, Request, header};
use crate::model::Circle;

/// Bytes of a decoded segment: what a name can have. Longer ones are 414 wherever they are sent, for nothing can stand
/// there (RFC 9110 section 15.5.15).
const MAX_SEGMENT: usize = 255;

/// The collection in a home in which its owner is told things.
const NOTIFICATIONS: &str = "notifications";

/// What a path names, whether it exists or not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    Server,
    Root,
    Principals,
    Users,
    User(String),
    Circle {
        owner: String,
        circle: Circle,
    },
    Groups,
    Group(String),
    Homes,
    Home(String),
    Layer {
        owner: String,
        layer: String,
    },
    Item {
        owner: String,
        layer: String,
        name: String,
    },
    /// What an account has deleted. No path is read as this: [`Target::in_trash`] makes it, for those who may know of it.
    Trash {
        owner: String,
        place: trash::Place,
    },
    /// Deep in the trash, for those who may know of it; to everybody else it is nowhere.
    Deep {
        owner: String,
        place: trash::Place,
    },
    /// What an account is told.
    Notifications(String),
    Notification {
        owner: String,
        name: String,
    },
    /// Nothing can ever stand there.
    Nowhere,
}

impl Target {
    pub fn kind(&self) -> Option<Kind> {
        Some(match self {
            Self::Server => Kind::Server,
            Self::Root => Kind::Root,
            Self::Principals => Kind::Principals,
            Self::Users => Kind::Users,
            Self::User(_) => Kind::User,
            Self::Circle { circle, .. } => circle_kind(*circle),
            Self::Groups => Kind::Groups,
            Self::Group(_) => Kind::Group,
            Self::Homes => Kind::Homes,
            Self::Home(_) => Kind::Home,
            Self::Layer { .. } => Kind::Layer,
            Self::Item { .. } => Kind::Item,
            Self::Trash { place, .. } => place.kind(),
            Self::Notifications(_) => Kind::Notifications,
            Self::Notification { .. } => Kind::Notification,
            Self::Deep { .. } | Self::Nowhere => return None,
        })
    }

    /// What the path names to the owner of the trash, when it leads there: to everybody else it is the path of a calendar
    /// that never was.
    pub fn in_trash(&self) -> Option<(&str, Self)> {
        let (owner, place) = match self {
            Self::Layer { owner, layer } if layer == TRASH => (owner, trash::Place::Whole),
            Self::Item { owner, layer, name } if layer == TRASH => {
                (owner, trash::Place::read(&[name])?)
            }
            Self::Deep { owner, place } => (owner, place.clone()),
            _ => return None,
        };
        let target = Self::Trash {
            owner: owner.clone(),
            place,
        };
        Some((owner, target))
    }
}

/// What the groups around an account are called below its principal (caldav-proxy section 5.2).
const CIRCLES: [(&str, Circle); 3] = [
    ("friends", Circle::Friends),
    ("calendar-proxy-read", Circle::Proxies { write: false }),
    ("calendar-proxy-write", Circle::Proxies { write: true }),
];

pub fn circle_name(circle: Circle) -> &'static str {
    CIRCLES
        .iter()
        .find(|(_, known)| *known == circle)
        .map_or("", |(name, _)| name)
}

fn circle_named(name: &str) -> Option<Circle> {
    CIRCLES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, circle)| *circle)
}

/// Why a path cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    #[error("the path is not percent-encoded UTF-8")]
    Encoding,
    #[error("a path segment may not hold a slash or a NUL")]
    Character,
    #[error("dot segments are to be resolved by the client (RFC 3986 section 5.2.4)")]
    Dots,
    #[error("a path segment is too long")]
    TooLong,
}

/// Reads a path that begins with `/` and no longer holds the base path. Empty segments count for nothing.
pub fn target(path: &str) -> Result<Target, BadPath> {
    let mut segments = Vec::with_capacity(6);
    for raw in path.split('/').filter(|segment| !segment.is_empty()) {
        segments.push(decode(raw)?);
        if segments.len() > 8 {
            return Ok(Target::Nowhere);
        }
    }
    let names: Vec<&str> = segments.iter().map(Cow::as_ref).collect();
    Ok(match names.as_slice() {
        // Apple's clients guess at the second when the first, or the well-known address, fails them.
        [] | ["principals"] => Target::Server,
        ["dav"] => Target::Root,
        ["dav", "principals"] => Target::Principals,
        ["dav", "principals", "users"] => Target::Users,
        ["dav", "principals", "users", name] => Target::User((*name).to_owned()),
        ["dav", "principals", "users", name, circle] => match circle_named(circle) {
            Some(circle) => Target::Circle {
                owner: (*name).to_owned(),
                circle,
            },
            None => Target::Nowhere,
        },
        ["dav", "principals", "groups"] => Target::Groups,
        ["dav", "principals", "groups", name] => Target::Group((*name).to_owned()),
        ["dav", "calendars"] => Target::Homes,
        ["dav", "calendars", owner] => Target::Home((*owner).to_owned()),
        ["dav", "calendars", owner, NOTIFICATIONS] => Target::Notifications((*owner).to_owned()),
        ["dav", "calendars", owner, NOTIFICATIONS, name] => Target::Notification {
            owner: (*owner).to_owned(),
            name: (*name).to_owned(),
        },
        ["dav", "calendars", owner, layer] => Target::Layer {
            owner: (*owner).to_owned(),
            layer: (*layer).to_owned(),
        },
        ["dav", "calendars", owner, layer, name] => Target::Item {
            owner: (*owner).to_owned(),
            layer: (*layer).to_owned(),
            name: (*name).to_owned(),
        },
        ["dav", "calendars", owner, TRASH, below @ ..] => match trash::Place::read(below) {
            Some(place) => Target::Deep {
                owner: (*owner).to_owned(),
                place,
            },
            None => Target::Nowhere,
        },
        _ => Target::Nowhere,
    })
}

/// One segment, decoded once. `%2F` and NUL are refused, for no name may hold them; a line end is as good as any other
/// character (vdirsyncer names resources by their UID), and is never written but encoded.
fn decode(raw: &str) -> Result<Cow<'_, str>, BadPath> {
    let bytes = raw.as_bytes();
    let broken = bytes.iter().enumerate().any(|(at, byte)| {
        *byte == b'%'
            && !(bytes.get(at + 1).is_some_and(u8::is_ascii_hexdigit)
                && bytes.get(at + 2).is_some_and(u8::is_ascii_hexdigit))
    });
    if broken {
        return Err(BadPath::Encoding);
    }
    let segment = percent_decode_str(raw)
        .decode_utf8()
        .map_err(|_| BadPath::Encoding)?;
    if segment.contains(['/', '\0']) {
        return Err(BadPath::Character);
    }
    if segment == "." || segment == ".." {
        return Err(BadPath::Dots);
    }
    if segment.len() > MAX_SEGMENT {
        return Err(BadPath::TooLong);
    }
    Ok(segment)
}

/// Prints one segment: letters, digits and `-_.~!*'()` stay bare, everything else is encoded, as the browsers'
/// `encodeURIComponent` does, so that what Thunderbird sends back is what it was given. The result needs no XML escape.
pub fn encode(out: &mut Writer, name: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~!*'()".contains(&byte);
    if name.bytes().all(bare) {
        out.raw(name);
        return;
    }
    for byte in name.bytes() {
        if bare(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// Prints the hrefs of everything but what the client itself asked for.
#[derive(Clone, Debug)]
pub struct Hrefs {
    base: String,
}

impl Hrefs {
    pub fn new(origin: &Origin) -> Self {
        Self {
            base: origin.base_path.clone(),
        }
    }

    pub fn of(&self, target: &Target) -> String {
        let fixed = |path: &str| format!("{}{path}", self.base);
        match target {
            Target::Server | Target::Deep { .. } | Target::Nowhere => fixed("/"),
            Target::Root => fixed("/dav/"),
            Target::Principals => fixed("/dav/principals/"),
            Target::Users => fixed("/dav/principals/users/"),
            Target::Groups => fixed("/dav/principals/groups/"),
            Target::Homes => fixed("/dav/calendars/"),
            Target::User(name) => self.user(name),
            Target::Circle { owner, circle } => self.circle(owner, *circle),
            Target::Group(name) => self.group(name),
            Target::Home(owner) => self.home(owner),
            Target::Trash { owner, place } => self.trash(owner, place),
            Target::Layer { owner, layer } => self.layer(owner, layer),
            Target::Notifications(owner) => self.layer(owner, NOTIFICATIONS),
            Target::Notification { owner, name } => {
                let mut href = self.joined("/dav/calendars/", &[owner, NOTIFICATIONS]);
                encode(&mut href, name);
                href.into_string()
            }
            Target::Item { owner, layer, name } => {
                let mut href = self.joined("/dav/calendars/", &[owner, layer]);
                encode(&mut href, name);
                href.into_string()
            }
        }
    }

    pub fn user(&self, name: &str) -> String {
        self.joined("/dav/principals/users/", &[name]).into_string()
    }

    pub fn circle(&self, owner: &str, circle: Circle) -> String {
        self.joined("/dav/principals/users/", &[owner, circle_name(circle)])
            .into_string()
    }

    pub fn group(&self, name: &str) -> String {
        self.joined("/dav/principals/groups/", &[name])
            .into_string()
    }

    pub fn home(&self, owner: &str) -> String {
        self.joined("/dav/calendars/", &[owner]).into_string()
    }

    pub fn layer(&self, owner: &str, layer: &str) -> String {
        self.joined("/dav/calendars/", &[owner, layer])
            .into_string()
    }

    fn trash(&self, owner: &str, place: &trash::Place) -> String {
        let segments = place.segments();
        let mut names = vec![owner, TRASH];
        names.extend(segments.iter().map(String::as_str));
        let href = self.joined("/dav/calendars/", &names).into_string();
        match Kinds::LEAVES.has(place.kind()) {
            true => href.trim_end_matches('/').to_owned(),
            false => href,
        }
    }

    /// The service of time zones (RFC 7809 section 5.1).
    pub fn time_zones(&self) -> String {
        format!("{}/tzdist", self.base)
    }

    fn joined(&self, folder: &str, names: &[&str]) -> Writer {
        let mut href = Writer::default();
        href.raw(&self.base).raw(folder);
        for name in names {
            encode(&mut href, name);
            href.raw("/");
        }
        href
    }
}

/// A request's own path: what it names, and how the client wrote it.
#[derive(Clone, Debug)]
pub struct Place {
    pub target: Target,
    /// With the base path, as the client wrote it, with a slash at the end of a collection.
    pub href: String,
    /// The client left the slash off: the answer says where the collection is (RFC 4918 section 5.2).
    pub slash_added: bool,
}

impl Place {
    pub fn of(request: &Request) -> Result<Self, BadPath> {
        let target = target(&request.path)?;
        // An href that begins with `//` would name another host (RFC 3986 section 4.2).
        let path = request.path.trim_start_matches('/');
        let place = Self {
            target: Target::Nowhere,
            href: format!("{}/{path}", request.origin.base_path),
            slash_added: false,
        };
        Ok(place.leading_to(target))
    }

    /// The same path, where it names something else to whoever asks.
    #[must_use]
    pub fn leading_to(mut self, target: Target) -> Self {
        let collection = target.kind().is_some_and(|kind| !Kinds::LEAVES.has(kind));
        if collection && !self.href.ends_with('/') {
            self.slash_added = true;
            self.href.push('/');
        }
        self.target = target;
        self
    }

    /// The collection that this stands in, as the client wrote it.
    pub fn parent(&self) -> &str {
        let path = self.href.trim_end_matches('/');
        path.rfind('/')
            .and_then(|at| path.get(..=at))
            .unwrap_or("/")
    }
}

/// Where a reference in a header or a body leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A path below the base path, still encoded.
    Here(String),
    /// Another server, or a path of this one that is not ours.
    Elsewhere,
}

/// Resolves an absolute URI, an absolute path, or a path relative to the request (RFC 3986 section 5.2, without dot
/// segments). A reference is ours when its authority is the one that clients are told, or the one that the request itself
/// names; the scheme is not compared, for a proxy may end TLS without saying so.
pub fn reference(text: &str, request: &Request) -> Reference {
    let text = text.trim();
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let absolute = text.split_once("://").filter(|(scheme, _)| {
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    let path = if let Some((scheme, rest)) = absolute {
        let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        web.then(|| path_of(rest, request)).flatten()
    } else if let Some(rest) = text.strip_prefix("//") {
        path_of(rest, request)
    } else if text.starts_with('/') {
        Some(text)
    } else {
        let folder = request
            .path
            .rfind('/')
            .map_or("/", |at| &request.path[..=at]);
        return Reference::Here(format!("{folder}{text}"));
    };
    match path.and_then(|path| http::below(path, &request.origin.base_path)) {
        Some(path) => Reference::Here(path.to_owned()),
        None => Reference::Elsewhere,
    }
}

/// What follows an authority of ours.
fn path_of<'t>(text: &'t str, request: &Request) -> Option<&'t str> {
    let (authority, path) = text.find('/').map_or((text, "/"), |at| text.split_at(at));
    let is_ours = same_authority(authority, &request.origin.authority)
        || request
            .header(header::HOST)
            .is_some_and(|host| same_authority(authority, host));
    is_ours.then_some(path)
}

fn same_authority(one: &str, other: &str) -> bool {
    let bare = |authority: &str| {
        let host = authority
            .strip_suffix(":80")
            .or_else(|| authority.strip_suffix(":443"))
            .unwrap_or(authority);
        host.to_ascii_lowercase()
    };
    bare(one) == bare(other)
}

#[cfg(test)]
mod tests;
