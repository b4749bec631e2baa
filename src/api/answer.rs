//! What a handler answers when all went well.

use serde::Serialize;

use super::problem::{Error, Result};
use crate::calendar::Kept;
use crate::http::{EntityTag, HeaderValue, Reply, Request, StatusCode, has_already, header};

/// JSON with its status and its entity tag.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    tag: Option<EntityTag>,
    /// Where the new one stands, below the base path.
    location: Option<String>,
    body: Vec<u8>,
    /// What is kept for a repeated request, when that is less.
    kept: Option<Vec<u8>>,
}

/// A page of a list: where the next one begins, unless it is the last.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a, T> {
    items: &'a [T],
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

impl Answer {
    /// 200 with a body.
    pub fn of(body: &impl Serialize) -> Result<Self> {
        Self::with(StatusCode::OK, body)
    }

    /// 201 with a body, and where it stands: a path as clients ask for it.
    pub fn created(location: impl Into<String>, body: &impl Serialize) -> Result<Self> {
        Ok(Self {
            location: Some(location.into()),
            ..Self::with(StatusCode::CREATED, body)?
        })
    }

    pub fn with(status: StatusCode, body: &impl Serialize) -> Result<Self> {
        Ok(Self {
            status,
            tag: None,
            location: None,
            body: json(body)?,
            kept: None,
        })
    }

    /// 204.
    pub fn nothing() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            tag: None,
            location: None,
            body: Vec::new(),
            kept: None,
        }
    }

    /// 200 with one page of a list; `next` is the cursor of the page that follows.
    pub fn page<T: Serialize>(items: &[T], next: Option<String>) -> Result<Self> {
        Self::of(&Page {
            items,
            next_cursor: next,
        })
    }

    /// The entity tag of what the body shows; without one, a 200 is tagged by its bytes.
    #[must_use]
    pub fn tagged(self, tag: EntityTag) -> Self {
        Self {
            tag: Some(tag),
            ..self
        }
    }

    /// A body that shows a secret once: a repeated request is answered with this one instead.
    pub fn repeated_as(self, body: &impl Serialize) -> Result<Self> {
        Ok(Self {
            kept: Some(json(body)?),
            ..self
        })
    }

    /// As it is kept for a repeated request.
    pub(super) fn to_keep(&self) -> Kept {
        Kept {
            request: Vec::new(),
            status: self.status.as_u16(),
            location: self.location.clone(),
            tag: self.tag.as_ref().map(|tag| tag.opaque.clone()),
            body: self.kept.clone().unwrap_or_else(|| self.body.clone()),
        }
    }

    pub(super) fn again(kept: Kept) -> Self {
        Self {
            status: StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK),
            tag: kept.tag.map(EntityTag::strong),
            location: kept.location,
            body: kept.body,
            kept: None,
        }
    }

    /// The reply, or 304 to who has it already.
    pub(super) fn into_reply(self, request: &Request) -> Reply {
        let reads = matches!(request.method.as_str(), "GET" | "HEAD");
        let tag = match self.tag {
            None if reads && self.status == StatusCode::OK => Some(tag_of_bytes(&self.body)),
            tag => tag,
        };
        let value = tag
            .as_ref()
            .and_then(|tag| HeaderValue::try_from(tag.to_string()).ok());
        let has_it = tag
            .as_ref()
            .is_some_and(|tag| has_already(&request.headers, tag));
        let mut reply = if reads && has_it && self.status == StatusCode::OK {
            Reply::new(StatusCode::NOT_MODIFIED)
        } else if self.body.is_empty() {
            Reply::new(self.status)
        } else {
            Reply::new(self.status).content("application/json; charset=utf-8", self.body)
        };
        if let Some(value) = value {
            reply.headers.insert(header::ETAG, value);
        }
        let location = self
            .location
            .map(|path| HeaderValue::try_from(format!("{}{path}", request.origin.base_path)));
        if let Some(Ok(location)) = location {
            reply.headers.insert(header::LOCATION, location);
        }
        reply
    }
}

fn json(body: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(body).map_err(|error| Error::Fault(error.to_string()))
}

/// The entity tag of something that is shown as JSON.
pub fn tag_of(shown: &impl Serialize) -> Result<EntityTag> {
    Ok(tag_of_bytes(&json(shown)?))
}

fn tag_of_bytes(bytes: &[u8]) -> EntityTag {
    let hash = blake3::hash(bytes).to_hex();
    EntityTag::strong(hash.get(..32).unwrap_or_default())
}
