//! Values that go into a statement and rows that come out, the same for every engine.

use jiff::Timestamp;

use crate::id::ObjectId;

use super::Error;

/// A value of a statement.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// A whole number; times are milliseconds since 1970.
    Integer(i64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

/// One column of a row.
#[derive(Debug, Clone)]
pub(super) enum Column {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// One row of a result.
#[derive(Debug, Clone)]
pub struct Row(pub(super) Vec<Column>);

/// What `LIKE … ESCAPE '!'` finds a part of a text by, in lower case.
pub(super) fn part(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for c in text.to_lowercase().chars() {
        if matches!(c, '!' | '%' | '_') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// A value as the JSON that a column holds.
pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| Error::Row("a value is not writable as JSON"))
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Integer(i64::from(number))
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(time: Timestamp) -> Self {
        Self::Integer(time.as_millisecond())
    }
}

impl<'a, T: Into<Self>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Row {
    /// The number in column `index`, if there is one.
    pub(super) fn optional_integer(&self, index: usize) -> Result<Option<i64>, Error> {
        match self.0.get(index) {
            Some(Column::Integer(number)) => Ok(Some(*number)),
            Some(Column::Null) => Ok(None),
            _ => Err(Error::Row("a number is no number")),
        }
    }

    /// The number in column `index`.
    pub(super) fn integer(&self, index: usize) -> Result<i64, Error> {
        self.optional_integer(index)?
            .ok_or(Error::Row("a number is missing"))
    }

    /// The small number in column `index`, if there is one.
    pub(super) fn optional_count(&self, index: usize) -> Result<Option<u32>, Error> {
        self.optional_integer(index)?
            .map(|number| u32::try_from(number).map_err(|_| Error::Row("a number is out of range")))
            .transpose()
    }

    /// The text in column `index`.
    pub(super) fn text(&self, index: usize) -> Result<String, Error> {
        self.optional_text(index)?
            .ok_or(Error::Row("a text is missing"))
    }

    /// The text in column `index`, if there is one.
    pub(super) fn optional_text(&self, index: usize) -> Result<Option<String>, Error> {
        match self.0.get(index) {
            Some(Column::Text(text)) => Ok(Some(text.clone())),
            Some(Column::Null) => Ok(None),
            _ => Err(Error::Row("a text is no text")),
        }
    }

    /// The bytes in column `index`.
    pub(super) fn blob(&self, index: usize) -> Result<Vec<u8>, Error> {
        self.optional_blob(index)?
            .ok_or(Error::Row("bytes are missing"))
    }

    /// The bytes in column `index`, if there are any.
    pub(super) fn optional_blob(&self, index: usize) -> Result<Option<Vec<u8>>, Error> {
        match self.0.get(index) {
            Some(Column::Blob(bytes)) => Ok(Some(bytes.clone())),
            Some(Column::Null) => Ok(None),
            _ => Err(Error::Row("bytes are no bytes")),
        }
    }

    /// The time in column `index`.
    pub(super) fn time(&self, index: usize) -> Result<Timestamp, Error> {
        self.optional_time(index)?
            .ok_or(Error::Row("a time is missing"))
    }

    /// The time in column `index`, if there is one.
    pub(super) fn optional_time(&self, index: usize) -> Result<Option<Timestamp>, Error> {
        self.optional_integer(index)?
            .map(|ms| {
                Timestamp::from_millisecond(ms).map_err(|_| Error::Row("a time is out of range"))
            })
            .transpose()
    }

    /// The identifier in column `index`.
    pub(super) fn id(&self, index: usize) -> Result<ObjectId, Error> {
        self.optional_id(index)?
            .ok_or(Error::Row("an id is missing"))
    }

    /// The identifier in column `index`, if there is one.
    pub(super) fn optional_id(&self, index: usize) -> Result<Option<ObjectId>, Error> {
        match self.0.get(index) {
            Some(Column::Text(text)) => text
                .parse()
                .map(Some)
                .map_err(|_| Error::Row("an id is no id")),
            Some(Column::Null) => Ok(None),
            _ => Err(Error::Row("an id is no id")),
        }
    }

    /// The JSON in column `index` as a value of type `T`.
    pub(super) fn json<T: serde::de::DeserializeOwned>(&self, index: usize) -> Result<T, Error> {
        match self.0.get(index) {
            Some(Column::Text(text)) => {
                serde_json::from_str(text).map_err(|_| Error::Row("JSON is not readable"))
            }
            _ => Err(Error::Row("JSON is missing")),
        }
    }

    pub(super) fn optional_json<T: serde::de::DeserializeOwned>(
        &self,
        index: usize,
    ) -> Result<Option<T>, Error> {
        match self.optional_text(index)? {
            Some(_) => self.json(index).map(Some),
            None => Ok(None),
        }
    }
}
