//! The query of a request, decoded once, and the UTC date-times in it.

use percent_encoding::percent_decode_str;

use super::problem::Problem;
use crate::http::Request;
use crate::ical::time::{FIRST, LAST};

pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// What is not UTF-8 has no name or value that anything here is called.
    pub fn of(request: &Request) -> Self {
        let query = request.query.as_deref().unwrap_or_default();
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decoded(name), decoded(value)))
                .collect(),
        )
    }

    /// A parameter that stands at most once.
    pub fn one(&self, name: &str, otherwise: Problem) -> Result<Option<&str>, Problem> {
        let mut values = self.0.iter().filter(|(own, _)| own == name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(otherwise),
            (value, None) => Ok(value.map(|(_, value)| value.as_str())),
        }
    }

    /// A date-time of RFC 3339 that ends in `Z`, in UTC seconds (RFC 7808 section 1.1).
    pub fn moment(&self, name: &str, otherwise: Problem) -> Result<Option<i64>, Problem> {
        let Some(text) = self.one(name, otherwise)? else {
            return Ok(None);
        };
        let formed = text.len() >= 20 && text.is_ascii() && text.ends_with('Z');
        let moment = text.parse::<jiff::Timestamp>().ok().filter(|_| formed);
        let second = moment
            .map(jiff::Timestamp::as_second)
            .filter(|second| (FIRST..=LAST).contains(second));
        second.map(Some).ok_or(otherwise)
    }

    /// `start` and `end`, the first before the second.
    pub fn range(&self) -> Result<(Option<i64>, Option<i64>), Problem> {
        let start = self.moment("start", Problem::Start)?;
        let end = self.moment("end", Problem::End)?;
        match (start, end) {
            (Some(start), Some(end)) if end <= start => Err(Problem::End),
            both => Ok(both),
        }
    }
}
