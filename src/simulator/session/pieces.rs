//! Large values, which come in pieces (OMA-TS-DM_Protocol 7): gathered across messages, and measured.

use super::tree::Code;
use crate::protocol::syncml::{Item, Meta};

/// The value that is coming, if one is.
#[derive(Debug, Default)]
pub(super) struct Pieces(Option<Begun>);

#[derive(Debug)]
struct Begun {
    verb: &'static str,
    uri: String,
    /// Bytes of the whole.
    size: usize,
    data: String,
}

impl Pieces {
    /// What `item` brings: the whole value, or what is to be answered instead.
    pub(super) fn take(
        &mut self,
        verb: &'static str,
        item: &Item,
        size: Option<usize>,
    ) -> Result<String, Code> {
        let uri = uri(item);
        let data = item.data.as_deref().unwrap_or_default();
        let begun = self.0.take();
        let begun = begun.filter(|begun| begun.verb == verb && begun.uri == uri);
        let Some(mut begun) = begun else {
            if !item.more_data {
                let fits = size.is_none_or(|size| size == data.len());
                return fits.then(|| data.to_owned()).ok_or(Code::OTHER_SIZE);
            }
            self.0 = Some(Begun {
                verb,
                uri: uri.to_owned(),
                size: size.ok_or(Code::NO_SIZE)?,
                data: data.to_owned(),
            });
            return Err(Code::PIECE);
        };
        begun.data.push_str(data);
        match (item.more_data, begun.data.len().cmp(&begun.size)) {
            (true, std::cmp::Ordering::Less) => {
                self.0 = Some(begun);
                Err(Code::PIECE)
            }
            (false, std::cmp::Ordering::Equal) => Ok(begun.data),
            _ => Err(Code::OTHER_SIZE),
        }
    }

    /// Whether a value is not there as a whole.
    pub(super) const fn are_missing(&self) -> bool {
        self.0.is_some()
    }

    /// Gives up a value that another command came in between of; the LocURI that it was for.
    pub(super) fn interrupt(&mut self, verb: &str, item: &Item) -> Option<String> {
        let other = |begun: &Begun| begun.verb != verb || begun.uri != uri(item);
        self.0.take_if(|begun| other(begun)).map(|begun| begun.uri)
    }
}

/// The node that an item is for.
pub(super) fn uri(item: &Item) -> &str {
    let target = item.target.as_ref();
    target.map_or("", |target| target.loc_uri.as_str())
}

/// A field of an item's `Meta`, or of the one of all items of its command.
pub(super) fn meta<'m>(
    item: &'m Item,
    all: Option<&'m Meta>,
    field: fn(&Meta) -> Option<&str>,
) -> Option<&'m str> {
    let own = item.meta.as_ref().and_then(field);
    own.or_else(|| all.and_then(field))
}
