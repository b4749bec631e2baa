//! One request as a handler sees it: who asks, what the path, the query and the body say, and the calendars, opened for
//! exactly this viewer.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answer::Answer;
use super::cursor::{self, NoFilter, PageQuery, Paging};
use super::problem::{MEDIA_TYPE, Problem, Result};
use super::routes::{CANONICAL, Route};
use super::{Api, query};
use crate::calendar::{Access, Refusal, Repeat};
use crate::http::{EntityTag, Request, Tags, header};
use crate::model::Scope;
use crate::privacy::{Numbered, Viewer};

pub struct Call<'c> {
    pub api: &'c Api,
    pub viewer: &'c Viewer,
    pub request: &'c Request,
    pub route: &'c Route,
    /// The parameters of the path, decoded, in their order.
    pub parameters: Vec<(&'static str, String)>,
}

/// What is percent-encoded in a segment: all but the unreserved (RFC 3986 section 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Bytes of an `Idempotency-Key`.
const LONGEST_KEY: usize = 255;

impl Call<'_> {
    /// Is the credential good for more than this route asks?
    pub fn may(&self, scope: Scope) -> bool {
        matches!(self.viewer, Viewer::User(device) if device.scopes().contains(scope))
    }

    /// A parameter of the path, by its name in the route's pattern.
    pub fn path(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    }

    /// Where CalDAV clients find a collection: a path with the base path, and a slash at its end.
    pub fn dav_path(&self, segments: &[&str]) -> String {
        let mut path = format!("{}/dav/", self.request.origin.base_path);
        for segment in segments {
            path.extend(utf8_percent_encode(segment, ENCODED));
            path.push('/');
        }
        path
    }

    /// A path below the API's own, for `Location`: its last segment is a name.
    pub fn at(&self, path: &str, name: &str) -> String {
        format!("{CANONICAL}{path}/{}", utf8_percent_encode(name, ENCODED))
    }

    /// Where whoever holds a feed's secret finds the feed.
    pub fn feed_url(&self, user: &str, secret: &str) -> String {
        let origin = &self.request.origin;
        let user = utf8_percent_encode(user, ENCODED);
        let (scheme, base) = (origin.scheme, &origin.base_path);
        format!(
            "{scheme}://{}{base}/feed/{user}/{secret}.ics",
            origin.authority
        )
    }

    /// The same address as Apple's programs open it.
    pub fn webcal_url(url: &str) -> Option<String> {
        let (_, rest) = url.split_once("://")?;
        Some(format!("webcal://{rest}"))
    }

    /// # Errors
    /// [`super::problem::MALFORMED`].
    pub fn query<T: DeserializeOwned>(&self) -> Result<T> {
        let query = self.request.query.as_deref().unwrap_or_default();
        Ok(query::read(query).map_err(unread)?)
    }

    /// The body, which is JSON.
    ///
    /// # Errors
    /// [`MEDIA_TYPE`], [`super::problem::MALFORMED`].
    pub fn body<T: DeserializeOwned>(&self) -> Result<T> {
        let media_type = self.request.header(header::CONTENT_TYPE).unwrap_or("");
        if !is_json(media_type) {
            return Err(Problem::new(&MEDIA_TYPE).into());
        }
        if holds_nul(&self.request.body) {
            return Err(Problem::malformed("the body holds a NUL").into());
        }
        serde_json::from_slice(&self.request.body)
            .map_err(|error| Problem::malformed(format!("the body: {error}")).into())
    }

    /// Runs `work` on one snapshot, for a credential that is good for this route.
    pub fn read<T>(&self, mut work: impl FnMut(&mut Access) -> Result<T>) -> Result<T> {
        self.api.calendars.read(self.viewer, |access| {
            self.admit(access)?;
            work(access)
        })
    }

    /// Runs `work` in one transaction: all of it happens, or nothing. An account's requests to change something follow each
    /// other, so that what a condition was asked of, or what a patch leaves as it was, is what stands.
    pub fn write<T>(&self, mut work: impl FnMut(&mut Access) -> Result<T>) -> Result<T> {
        self.api.calendars.write(self.viewer, |access| {
            self.admit(access)?;
            access.act_alone()?;
            work(access)
        })
    }

    /// As [`Call::write`], for what makes something new: a request that is sent again with the same `Idempotency-Key` is
    /// answered as before, and nothing is made twice. What was refused is tried anew.
    pub fn create(&self, mut work: impl FnMut(&mut Access) -> Result<Answer>) -> Result<Answer> {
        let Some((key, request)) = self.repeat()? else {
            return self.write(work);
        };
        let repeat = Repeat {
            key: &key,
            request: &request,
        };
        self.write(|access| {
            if let Some(kept) = access.answered_before(repeat)? {
                return Ok(Answer::again(kept));
            }
            let answer = work(access)?;
            access.keep_answer(repeat, answer.to_keep())?;
            Ok(answer)
        })
    }

    fn admit(&self, access: &mut Access) -> Result<()> {
        match self.route.scope {
            Some(scope) => Ok(access.demand(scope)?),
            None => Ok(()),
        }
    }

    /// Refuses a change of what is not any more as the client believes (`If-Match`). To be asked in the transaction that
    /// changes it.
    ///
    /// # Errors
    /// [`Refusal::Stale`].
    pub fn still(&self, stands: &EntityTag) -> Result<()> {
        if self.admits(Some(stands))? {
            Ok(())
        } else {
            Err(Refusal::Stale.into())
        }
    }

    /// Is the change of something asked for that has no entity tag, while it has a certain one (RFC 9110 section 13.1.1)?
    ///
    /// # Errors
    /// [`super::problem::MALFORMED`].
    pub fn names_a_tag_of_nothing(&self) -> std::result::Result<bool, Problem> {
        let changes = matches!(self.request.method.as_str(), "PUT" | "PATCH" | "DELETE");
        if self.route.conditional || !changes {
            return Ok(false);
        }
        let wanted = Tags::read(&self.request.headers, &header::IF_MATCH);
        let wanted = wanted.map_err(|_| Problem::malformed("the If-Match header is malformed"))?;
        Ok(matches!(wanted, Some(Tags::These(_))))
    }

    /// Does what stands there meet the request's conditions?
    ///
    /// # Errors
    /// [`super::problem::MALFORMED`].
    pub fn admits(&self, stands: Option<&EntityTag>) -> Result<bool> {
        let read = |name| {
            Tags::read(&self.request.headers, &name)
                .map_err(|_| Problem::malformed(format!("the {name} header is malformed")))
        };
        let (wanted, unwanted) = (read(header::IF_MATCH)?, read(header::IF_NONE_MATCH)?);
        let exists = stands.is_some();
        Ok(wanted.is_none_or(|tags| tags.name(exists, stands))
            && !unwanted.is_some_and(|tags| tags.name(exists, stands)))
    }

    /// Where the asked page of a list without filters begins, and how long it is.
    ///
    /// # Errors
    /// As [`Call::filtered`].
    pub fn paging<K: DeserializeOwned>(&self) -> Result<Paging<K>> {
        let (NoFilter {}, paging) = self.filtered()?;
        Ok(paging)
    }

    /// The filters of a list, and the page of it that is asked for.
    ///
    /// # Errors
    /// [`super::problem::MALFORMED`], a limit out of bounds, a cursor of another list.
    pub fn filtered<T: DeserializeOwned, K: DeserializeOwned>(&self) -> Result<(T, Paging<K>)> {
        let query = self.request.query.as_deref().unwrap_or_default();
        let read = || {
            let mut filters = query::Parameters::of(query)?;
            let page: PageQuery = filters.take(&PageQuery::NAMES).read()?;
            Ok::<_, String>((filters.read()?, page))
        };
        let (filters, PageQuery { limit, cursor }) = read().map_err(unread)?;
        let limit = limit.unwrap_or(cursor::USUAL);
        if !(1..=cursor::MOST).contains(&limit) {
            let why = format!("limit is between 1 and {}", cursor::MOST);
            return Err(Problem::malformed(why).into());
        }
        let open = |cursor: String| cursor::open(&self.api.cursor_key, &self.list(), &cursor);
        let paging = Paging {
            limit: limit as usize,
            after: cursor.map(open).transpose()?,
        };
        Ok((filters, paging))
    }

    /// A page of `found`, which begins after the cursor and is one longer than the limit where there is more. `key` names a
    /// member's place in the list.
    pub fn page<T: Serialize, K: Serialize>(
        &self,
        limit: usize,
        found: &[T],
        key: impl Fn(&T) -> K,
    ) -> Result<Answer> {
        let next = self.next(limit, found, key);
        Answer::page(found.get(..limit).unwrap_or(found), next)
    }

    /// The cursor of the page after the first `limit` of `found`, where there is one.
    pub fn next<T, K: Serialize>(
        &self,
        limit: usize,
        found: &[T],
        key: impl Fn(&T) -> K,
    ) -> Option<String> {
        let last = found.get(..limit)?.last()?;
        match found.len() > limit {
            true => cursor::seal(&self.api.cursor_key, &self.list(), &key(last)),
            false => None,
        }
    }

    /// What a row is called outside.
    pub fn handle<T: Numbered>(&self, id: T) -> String {
        self.api.calendars.handles().of(id)
    }

    /// The row that a part of the path names; what never was is told like what is not there.
    pub fn named<T: Numbered>(&self, parameter: &str) -> Result<T> {
        let found = self.api.calendars.handles().read(self.path(parameter));
        Ok(found.ok_or(Refusal::NotFound)?)
    }

    /// A cursor to a place that the calendars have named.
    pub fn cursor(&self, place: &impl Serialize) -> Option<String> {
        cursor::seal(&self.api.cursor_key, &self.list(), place)
    }

    /// The list that the request is about: its path and its filters, as one viewer sees them.
    fn list(&self) -> [u8; 32] {
        let query = self.request.query.as_deref().unwrap_or_default();
        let pages = |pair: &str| {
            let name = pair.split('=').next();
            name.is_some_and(|name| PageQuery::NAMES.contains(&name))
        };
        let mut filters: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.is_empty() && !pages(pair))
            .collect();
        filters.sort_unstable();
        let viewer = self.viewer.user().map_or(0, |user| user.0);
        let mut parts = vec![self.route.path.as_bytes()];
        let viewer = viewer.to_le_bytes();
        parts.push(&viewer);
        parts.extend(self.parameters.iter().map(|(_, value)| value.as_bytes()));
        parts.extend(filters.iter().map(|filter| filter.as_bytes()));
        digest(&parts)
    }

    /// How a repeated request is known: hashes of its key with its credential, and of all that it asks.
    fn repeat(&self) -> Result<Option<([u8; 32], [u8; 32])>> {
        let mut keys = self.request.headers.get_all("idempotency-key").iter();
        let Some(key) = keys.next() else {
            return Ok(None);
        };
        let key = key.as_bytes();
        if keys.next().is_some() || key.is_empty() || key.len() > LONGEST_KEY {
            let why = format!("one Idempotency-Key of between 1 and {LONGEST_KEY} bytes");
            return Err(Problem::malformed(why).into());
        }
        let Viewer::User(device) = self.viewer else {
            return Err(Refusal::Unauthenticated.into());
        };
        let secret = match (device.token, device.app_password) {
            (Some(token), _) => ("token", token.id.0),
            (None, Some(password)) => ("app password", password.0),
            (None, None) => ("password", 0),
        };
        let key = digest(&[secret.0.as_bytes(), &secret.1.to_le_bytes(), key]);
        let mut asked = vec![self.route.path.as_bytes()];
        asked.extend(self.parameters.iter().map(|(_, value)| value.as_bytes()));
        let query = self.request.query.as_deref().unwrap_or_default();
        asked.extend([query.as_bytes(), &self.request.body[..]]);
        Ok(Some((key, digest(&asked))))
    }
}

fn unread(why: String) -> Problem {
    Problem::malformed(format!("the query: {why}"))
}

/// `application/json`, with or without parameters; a patch may say that it is one (RFC 7396).
fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or("").trim();
    ["application/json", "application/merge-patch+json"]
        .iter()
        .any(|known| essence.eq_ignore_ascii_case(known))
}

/// Does a text of some JSON hold U+0000, which not every database can keep? It can only be written as an escape there
/// (RFC 8259 section 7).
fn holds_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let escape = rest.get(at + 1..).unwrap_or_default();
        if escape.starts_with(b"u0000") {
            return true;
        }
        rest = escape.get(1..).unwrap_or_default();
    }
    false
}

/// A hash over parts, each with its length, so that no two lists of parts meet.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

/// For a field of a patch: absent leaves as it is (`None`), `null` takes away (`Some(None)`). With
/// `#[serde(default, deserialize_with = "some")]`.
pub fn some<'de, T, D>(value: D) -> std::result::Result<Option<Option<T>>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    serde::Deserialize::deserialize(value).map(Some)
}

/// For a field of a patch that is always there: absent leaves as it is, `null` is refused. With
/// `#[serde(default, deserialize_with = "given")]`.
pub fn given<'de, T, D>(value: D) -> std::result::Result<Option<T>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    serde::Deserialize::deserialize(value).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_is_read() {
        for good in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/merge-patch+json",
        ] {
            assert!(is_json(good), "{good}");
        }
        for bad in ["", "text/plain", "application/jsonx", "text/json"] {
            assert!(!is_json(bad), "{bad}");
        }
    }
}
