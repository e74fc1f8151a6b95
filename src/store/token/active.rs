//! Tokens that may be used now, in pages that each begin behind the last entry of the one before. Those that templates
//! own are left out: they come and go with their templates.

use jiff::Timestamp;

use crate::id::ObjectId;

use super::super::{Error, Transaction};
use super::{SealedToken, from_row};

/// Which rows may be used at `$2`, in organization `$1` and segments `$3`.
macro_rules! active {
    () => {
        " FROM token WHERE organization_id = $1 AND state = 'PENDING' AND blocked = 0 AND kind <> 'template'
            AND (expires_at IS NULL OR expires_at > $2)
            AND ($3 IS NULL OR $3 LIKE '%,' || segment_id || ',%')"
    };
}

impl Transaction<'_> {
    /// The tokens that may be used at `now`, the newest first, behind `after`, within `segments` (see
    /// [`Segments::listed`](crate::identity::Segments::listed)).
    ///
    /// # Errors
    /// What the engine says.
    pub fn active_tokens(
        &mut self,
        organization: ObjectId,
        segments: Option<&str>,
        now: Timestamp,
        after: Option<ObjectId>,
        limit: u32,
    ) -> Result<Vec<SealedToken>, Error> {
        let after = after.map(|id| id.to_string());
        self.query(
            concat!(
                "SELECT ",
                token_columns!(),
                active!(),
                " AND ($4 IS NULL OR id < $4) ORDER BY id DESC LIMIT $5"
            ),
            &[
                (&organization.to_string()).into(),
                now.into(),
                segments.into(),
                after.as_deref().into(),
                limit.into(),
            ],
        )?
        .iter()
        .map(from_row)
        .collect()
    }

    /// The token of this identifier, if it may be used at `now`, within `segments`.
    ///
    /// # Errors
    /// What the engine says.
    pub fn active_token(
        &mut self,
        organization: ObjectId,
        segments: Option<&str>,
        now: Timestamp,
        id: ObjectId,
    ) -> Result<Option<SealedToken>, Error> {
        self.first(
            concat!("SELECT ", token_columns!(), active!(), " AND id = $4"),
            &[
                (&organization.to_string()).into(),
                now.into(),
                segments.into(),
                (&id.to_string()).into(),
            ],
        )?
        .as_ref()
        .map(from_row)
        .transpose()
    }

    /// What was attached to a token of an organization, whatever its state.
    ///
    /// # Errors
    /// What the engine says.
    pub fn token_data(
        &mut self,
        organization: ObjectId,
        id: ObjectId,
    ) -> Result<Option<String>, Error> {
        self.first(
            "SELECT additional_data FROM token WHERE id = $1 AND organization_id = $2",
            &[(&id.to_string()).into(), (&organization.to_string()).into()],
        )?
        .map(|row| row.optional_text(0))
        .transpose()
        .map(Option::flatten)
    }
}
