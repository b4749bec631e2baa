//! What is missing from an answer because what it is read from cannot be reached just now.

use serde::Serialize;
use utoipa::ToSchema;

use crate::calendar::system::COME_BACK;
use crate::calendar::{Away, Collection};

/// A layer that cannot be read just now: the answer is right but for what it holds. Nothing of it is lost.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unavailable {
    /// In whose home it stands.
    user_id: String,
    layer_id: String,
    name: String,
    /// Seconds after which to ask again.
    #[schema(minimum = 1)]
    retry_after: u32,
}

impl From<&Collection> for Unavailable {
    fn from(of: &Collection) -> Self {
        Self {
            user_id: of.owner.name.clone(),
            layer_id: of.layer.name.clone(),
            name: of.layer.display_name.clone(),
            retry_after: COME_BACK,
        }
    }
}

impl From<&Away> for Unavailable {
    fn from(away: &Away) -> Self {
        Self {
            user_id: away.owner.clone(),
            layer_id: away.layer.clone(),
            name: away.name.clone(),
            retry_after: COME_BACK,
        }
    }
}
