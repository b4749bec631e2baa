//! What accounts are told, by mail too. A letter goes to the mail server once: that it goes is noted just before its text does,
//! so a server that dies in between, or hears nothing back, does not send it again.

use super::letter::{Desk, write};
use super::{Kind, Outcome};
use crate::calendar::{Calendars, Letter, Refusal};
use crate::connect::{Post, Undelivered};
use crate::model::{Instant, NoteId, NoteKind};
use crate::store::jobs::Job;
use crate::store::letters::LETTER;

/// While the server stops nothing more is sent; whoever starts next goes on.
const STOPPED: Instant = 5;
/// What nobody has taken for so long is not news any more; of a reminder that is sooner.
const STALE: Instant = 86_400;
const STALE_REMINDER: Instant = 3_600;

/// Sends letters.
pub struct Letters {
    pub calendars: Calendars,
    /// `None`: there is no mail server, and what waits for one is forgotten.
    pub by: Option<Mailer>,
}

/// Who writes them, and who carries them.
pub struct Mailer {
    pub desk: Desk,
    pub post: Box<dyn Post>,
}

impl Kind for Letters {
    fn name(&self) -> &'static str {
        LETTER
    }

    fn run(&self, job: &Job, now: Instant) -> Outcome {
        let Some(mailer) = &self.by else {
            return Outcome::Done;
        };
        let letter = match self.calendars.letter(NoteId(job.subject)) {
            Ok(Some(letter)) => letter,
            Ok(None) => return Outcome::Done,
            Err(error) => {
                if !matches!(error, crate::calendar::Error::Refused(Refusal::Unavailable)) {
                    tracing::error!(%error, "a letter could not be written");
                }
                return failed();
            }
        };
        if letter.noted.note.at < now.saturating_sub(patience_for(letter.noted.note.kind)) {
            tracing::warn!(
                failures = job.failures,
                "the mail server did not take a letter in time: given up"
            );
            return Outcome::Done;
        }
        match self.send(mailer, &letter, now) {
            Ok(()) | Err(Undelivered::CalledOff) => Outcome::Done,
            Err(Undelivered::Stopping) => Outcome::Later(now + STOPPED),
            Err(why @ (Undelivered::ForGood(_) | Undelivered::Unknown(_))) => {
                tracing::warn!(user = letter.to.name, "a letter is given up: {why}");
                Outcome::Done
            }
            Err(Undelivered::ForNow(why)) => {
                tracing::info!(failures = job.failures + 1, "mail: {why}");
                failed()
            }
        }
    }

    fn patience(&self) -> (Instant, Instant) {
        (30, 3_600)
    }
}

fn failed() -> Outcome {
    Outcome::Failed { not_before: None }
}

fn patience_for(kind: NoteKind) -> Instant {
    match kind {
        NoteKind::Reminder => STALE_REMINDER,
        NoteKind::ViewInvite
        | NoteKind::ViewAccepted
        | NoteKind::EventInvite
        | NoteKind::MassLoss => STALE,
    }
}

impl Letters {
    fn send(&self, mailer: &Mailer, letter: &Letter, now: Instant) -> Result<(), Undelivered> {
        let id = letter.noted.note.id;
        let message = write(&mailer.desk, letter).map_err(Undelivered::ForGood)?;
        let mut is_given = false;
        let sent = mailer.post.deliver(&message, &mut || {
            is_given = self.calendars.mailing(id, now).unwrap_or_else(|error| {
                tracing::error!(%error, "it could not be noted that a letter goes out");
                false
            });
            is_given
        });
        // It has said that it did not take it: then it may have it again.
        if let (true, Err(Undelivered::ForNow(_))) = (is_given, &sent)
            && let Err(error) = self.calendars.not_mailed(id)
        {
            tracing::error!(%error, "a letter that was not taken is not sent again");
        }
        sent
    }
}
