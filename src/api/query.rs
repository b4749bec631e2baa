//! The query of a URL as a struct: each parameter once, a list as often as it has members or with commas between them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde::de::value::{Error as Wrong, MapDeserializer, SeqDeserializer};
use serde::de::{Error as _, IntoDeserializer, Visitor};

/// Parameters that a query can have.
const MOST: usize = 200;

/// Reads a query, without its `?`.
///
/// # Errors
/// A sentence that says what cannot be read.
pub fn read<'q, T: Deserialize<'q>>(query: &'q str) -> Result<T, String> {
    Parameters::of(query)?.read()
}

/// The parameters of a query by their names.
#[derive(Default)]
pub struct Parameters<'q>(BTreeMap<Cow<'q, str>, Value<'q>>);

impl<'q> Parameters<'q> {
    /// # Errors
    /// As [`read`].
    pub fn of(query: &'q str) -> Result<Self, String> {
        let mut parameters = Self::default();
        for (number, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
            if number >= MOST {
                return Err(format!("more than {MOST} parameters"));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name)?;
            // A comma that is part of a value is written %2C.
            let parts = value.split(',').map(decode);
            let parts = parts.collect::<Result<Vec<_>, _>>()?;
            let found = parameters.0.entry(name).or_default();
            found.times += 1;
            found.parts.extend(parts);
        }
        Ok(parameters)
    }

    /// Takes out those with these names.
    pub fn take(&mut self, names: &[&str]) -> Self {
        let taken = names.iter().filter_map(|name| self.0.remove_entry(*name));
        Self(taken.collect())
    }

    /// # Errors
    /// As [`read`].
    pub fn read<T: Deserialize<'q>>(self) -> Result<T, String> {
        T::deserialize(MapDeserializer::<_, Wrong>::new(self.0.into_iter()))
            .map_err(|wrong| wrong.to_string())
    }
}

fn decode(text: &str) -> Result<Cow<'_, str>, String> {
    let decoded = if text.contains('+') {
        let spaced = text.replace('+', " ");
        let decoded = percent_decode_str(&spaced).decode_utf8();
        decoded.map(|it| Cow::Owned(it.into_owned()))
    } else {
        percent_decode_str(text).decode_utf8()
    };
    let decoded = decoded.map_err(|_| "the query is not UTF-8".to_owned())?;
    if decoded.contains('\0') {
        return Err("the query holds a NUL".to_owned());
    }
    Ok(decoded)
}

/// What stands behind one name.
#[derive(Default)]
struct Value<'q> {
    /// How often the name stands.
    times: usize,
    parts: Vec<Cow<'q, str>>,
}

impl Value<'_> {
    fn one(&self) -> Result<String, Wrong> {
        if self.times > 1 {
            return Err(Wrong::custom("a parameter stands twice"));
        }
        Ok(self.parts.join(","))
    }

    fn parsed<T: std::str::FromStr>(&self, expected: &str) -> Result<T, Wrong> {
        let text = self.one()?;
        let parsed = text.parse();
        parsed.map_err(|_| Wrong::custom(format!("{text:?} is not {expected}")))
    }
}

impl<'de> IntoDeserializer<'de, Wrong> for Value<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> serde::Deserializer<'de> for Value<'de> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_string(self.one()?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_bool(self.parsed("true or false")?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_i64(self.parsed("a whole number")?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_u64(self.parsed("a whole number")?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let parts = self.parts.into_iter().filter(|part| !part.is_empty());
        let members = parts.map(|part| Value {
            times: 1,
            parts: vec![part],
        });
        visitor.visit_seq(SeqDeserializer::new(members))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let word: serde::de::value::StringDeserializer<Wrong> = self.one()?.into_deserializer();
        word.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_u64(visitor)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct
        identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
    struct Asked {
        day_start: Option<String>,
        layers: Vec<String>,
        limit: Option<u32>,
        busy: bool,
        kind: Option<Kind>,
        days: Vec<u8>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Mine,
    }

    #[test]
    fn a_query_is_read_into_its_struct() {
        let asked: Asked =
            read("dayStart=09%3A00&layers=a,b%2Cc&layers=d+e&limit=5&busy=true&kind=mine&days=1,5")
                .unwrap();
        assert_eq!(
            asked,
            Asked {
                day_start: Some("09:00".into()),
                layers: vec!["a".into(), "b,c".into(), "d e".into()],
                limit: Some(5),
                busy: true,
                kind: Some(Kind::Mine),
                days: vec![1, 5],
            }
        );
        assert_eq!(read::<Asked>("").unwrap(), Asked::default());
        let comma: Asked = read("dayStart=a,b").unwrap();
        assert_eq!(comma.day_start.as_deref(), Some("a,b"));
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for query in [
            "limit=x",
            "limit=-1",
            "limit=4294967296",
            "busy=yes",
            "limit=1&limit=2",
            "what=1",
            "dayStart=%ff",
            "dayStart=%00",
            "kind=yours",
            "days=1,x",
        ] {
            assert!(read::<Asked>(query).is_err(), "{query}");
        }
        assert!(read::<Asked>(&"layers=a&".repeat(MOST + 1)).is_err());
    }
}
