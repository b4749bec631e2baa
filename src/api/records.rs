//! What a platform keeps of its users' time, written here by the platform itself (E-012, E-022 to E-026): for credentials of the
//! scope `platform`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Answer;
use super::call::Call;
use super::problem::{Problem, Result};
use super::routes::{Route, delete, get, post, put};
use super::time;
use crate::calendar::Refusal;
use crate::calendar::system::{MAX_BATCH, RecordDraft, RecordState};
use crate::http::EntityTag;
use crate::model::{RecordStatus, Scope};

const ONE: &str = "/api/platform/records/{kind}/{id}";

pub fn routes() -> Vec<Route> {
    let routes = vec![
        get(ONE, "One record of the platform, as it was taken in", show).answers::<Record>(200),
        put(
            ONE,
            "Write a record of the platform, new or over what stands; of a sensitive one no word is taken in",
            write,
        )
        .reads::<NewRecord>()
        .answers::<Record>(200)
        .answers::<Record>(201)
        .conditional(),
        delete(ONE, "Take a record of the platform away", remove)
            .answers_nothing()
            .conditional(),
        post(
            "/api/platform/records/batch",
            "Write and take away many records, all of it or nothing",
            batch,
        )
        .reads::<Batch>()
        .answers::<Done>(200),
    ];
    let of_platform = |route: Route| route.scope(Scope::Platform);
    routes.into_iter().map(of_platform).collect()
}

/// Does it take place?
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = RecordStatus)]
enum Status {
    Confirmed,
    Tentative,
    Cancelled,
}

impl From<RecordStatus> for Status {
    fn from(status: RecordStatus) -> Self {
        match status {
            RecordStatus::Confirmed => Self::Confirmed,
            RecordStatus::Tentative => Self::Tentative,
            RecordStatus::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Status> for RecordStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Confirmed => Self::Confirmed,
            Status::Tentative => Self::Tentative,
            Status::Cancelled => Self::Cancelled,
        }
    }
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewRecord {
    /// The account that it belongs to; without one it is everybody's.
    #[schema(min_length = 1, max_length = 255)]
    user_id: Option<String>,
    /// RFC 3339, a date, or a local time by the clock of `timeZone`
    #[schema(min_length = 1, max_length = 40, example = "2026-12-01T10:00:00Z")]
    start: String,
    /// Exclusive; without one it has no length, or is one day long.
    #[schema(min_length = 1, max_length = 40)]
    end: Option<String>,
    /// An IANA name, such as Europe/Oslo
    #[schema(max_length = 100)]
    time_zone: Option<String>,
    #[serde(default)]
    is_all_day: bool,
    #[schema(max_length = 2000)]
    title: Option<String>,
    #[schema(max_length = 32000)]
    description: Option<String>,
    #[schema(max_length = 2000)]
    location: Option<String>,
    #[schema(max_length = 2000)]
    url: Option<String>,
    status: Option<Status>,
    /// Shown with the generic label of its kind alone, to its user too; none of the texts is kept.
    #[serde(default)]
    is_sensitive: bool,
    /// When the platform last changed it.
    #[schema(max_length = 40)]
    updated_at: Option<String>,
}

impl NewRecord {
    fn draft(self, id: String) -> RecordDraft {
        RecordDraft {
            id,
            owner: self.user_id,
            start: self.start,
            end: self.end,
            zone: self.time_zone,
            all_day: self.is_all_day,
            title: self.title,
            description: self.description,
            location: self.location,
            url: self.url,
            status: self.status.map(Into::into).unwrap_or_default(),
            sensitive: self.is_sensitive,
            updated: self.updated_at,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Record {
    kind: String,
    id: String,
    user_id: Option<String>,
    /// RFC 3339, or a date of one that takes whole days.
    start: String,
    end: String,
    time_zone: Option<String>,
    is_all_day: bool,
    title: Option<String>,
    description: Option<String>,
    location: Option<String>,
    url: Option<String>,
    status: Status,
    is_sensitive: bool,
    #[schema(format = DateTime)]
    updated_at: Option<String>,
    /// Changes with anything of the above; for `If-Match`.
    etag: String,
}

impl Record {
    fn of(kind: &str, state: RecordState) -> Self {
        let record = state.record;
        let at = |moment| match record.all_day {
            true => time::rfc3339(moment).chars().take(10).collect(),
            false => time::rfc3339(moment),
        };
        Self {
            kind: kind.to_owned(),
            user_id: state.owner,
            start: at(record.start),
            end: at(record.end),
            id: record.id,
            time_zone: record.zone,
            is_all_day: record.all_day,
            title: record.title,
            description: record.description,
            location: record.location,
            url: record.url,
            status: record.status.into(),
            is_sensitive: record.sensitive,
            updated_at: record.updated.map(time::rfc3339),
            etag: EntityTag::strong(state.tag).to_string(),
        }
    }
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Named {
    #[schema(min_length = 1, max_length = 40)]
    kind: String,
    #[schema(min_length = 1, max_length = 200)]
    id: String,
    record: NewRecord,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Gone {
    #[schema(min_length = 1, max_length = 40)]
    kind: String,
    #[schema(min_length = 1, max_length = 200)]
    id: String,
}

/// At most 1,000 together; what is taken away goes first.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = RecordBatch)]
struct Batch {
    #[serde(default)]
    #[schema(max_items = 1000)]
    put: Vec<Named>,
    #[serde(default)]
    #[schema(max_items = 1000)]
    delete: Vec<Gone>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RecordBatchDone)]
struct Done {
    created: usize,
    updated: usize,
    deleted: usize,
}

fn show(call: &Call) -> Result<Answer> {
    let (kind, id) = (call.path("kind"), call.path("id"));
    let state = call.read(|access| Ok(access.record(kind, id)?))?;
    let tag = EntityTag::strong(&state.tag);
    Ok(Answer::of(&Record::of(kind, state))?.tagged(tag))
}

fn write(call: &Call) -> Result<Answer> {
    let (kind, id) = (call.path("kind"), call.path("id"));
    let draft = call.body::<NewRecord>()?.draft(id.to_owned());
    let (is_new, state) = call.write(|access| {
        let stands = match access.record(kind, id) {
            Ok(state) => Some(EntityTag::strong(state.tag)),
            Err(crate::calendar::Error::Refused(Refusal::NotFound)) => None,
            Err(error) => return Err(error.into()),
        };
        if !call.admits(stands.as_ref())? {
            return Err(Refusal::Stale.into());
        }
        access.put_record(kind, &draft)?;
        Ok((stands.is_none(), access.record(kind, id)?))
    })?;
    let tag = EntityTag::strong(&state.tag);
    let shown = Record::of(kind, state);
    let answer = match is_new {
        true => Answer::created(call.request.path.clone(), &shown)?,
        false => Answer::of(&shown)?,
    };
    Ok(answer.tagged(tag))
}

fn remove(call: &Call) -> Result<Answer> {
    let (kind, id) = (call.path("kind"), call.path("id"));
    call.write(|access| {
        let stands = access.record(kind, id)?;
        call.still(&EntityTag::strong(stands.tag))?;
        access.delete_record(kind, id)?;
        Ok(())
    })?;
    Ok(Answer::nothing())
}

fn batch(call: &Call) -> Result<Answer> {
    let batch: Batch = call.body()?;
    if batch.put.len() + batch.delete.len() > MAX_BATCH {
        return Err(Problem::invalid(format!("at most {MAX_BATCH} records at once")).into());
    }
    let put: Vec<(String, RecordDraft)> = batch
        .put
        .into_iter()
        .map(|it| (it.kind, it.record.draft(it.id)))
        .collect();
    let done = call.write(|access| {
        let mut done = Done {
            created: 0,
            updated: 0,
            deleted: 0,
        };
        for gone in &batch.delete {
            done.deleted += usize::from(access.delete_record(&gone.kind, &gone.id)?);
        }
        for (kind, draft) in &put {
            match access.put_record(kind, draft)? {
                true => done.created += 1,
                false => done.updated += 1,
            }
        }
        Ok(done)
    })?;
    Answer::of(&done)
}
