//! The link of a shared view: whether it has one, and the secret in it, shown once (E-066, E-067).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::call::Call;
use super::problem::{Error, Result};
use crate::auth::FeedSecret;
use crate::calendar::Access;
use crate::model::ViewId;

/// Who may look at a view: its members, or whoever holds its link besides.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ShareScope {
    Members,
    Public,
}

impl ShareScope {
    pub fn of(access: &mut Access, view: ViewId) -> Result<Self> {
        Ok(match access.view_link(view)? {
            Some(_) => Self::Public,
            None => Self::Members,
        })
    }
}

/// A view's link as its owner is shown it, who has just made the view public; absent at any other time.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShareLink {
    /// The secret in the link.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    share_token: Option<String>,
    /// For Google Calendar and Outlook.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    share_url: Option<String>,
    /// The same, as Apple's programs open it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    share_webcal_url: Option<String>,
}

impl ShareLink {
    fn new(call: &Call, owner: &str, secret: &FeedSecret) -> Self {
        let url = call.feed_url(owner, &secret.shown);
        Self {
            share_token: Some(secret.shown.clone()),
            share_webcal_url: Call::webcal_url(&url),
            share_url: Some(url),
        }
    }
}

/// A scope that somebody asks for, with the secret of the link that it may come to.
pub struct Wish {
    scope: Option<ShareScope>,
    secret: FeedSecret,
}

impl Wish {
    pub fn new(scope: Option<ShareScope>) -> Result<Self> {
        let secret = FeedSecret::new().map_err(|error| Error::Fault(error.to_string()))?;
        Ok(Self { scope, secret })
    }

    /// Brings a view to the scope. What was public stays so under the same link.
    pub fn grant(&self, call: &Call, access: &mut Access, view: ViewId) -> Result<ShareLink> {
        match self.scope {
            Some(ShareScope::Public) if access.view_link(view)?.is_none() => {
                access.open_view(view, &self.secret.hash)?;
                let owner = access.view_owner(view)?;
                Ok(ShareLink::new(call, &owner.name, &self.secret))
            }
            Some(ShareScope::Members) => {
                access.close_view(view)?;
                Ok(ShareLink::default())
            }
            Some(ShareScope::Public) | None => Ok(ShareLink::default()),
        }
    }
}
