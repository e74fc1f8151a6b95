//! The policy that a token is wished with.

use crate::id::ObjectId;

use super::super::{Error, Transaction};

impl Transaction<'_> {
    /// The policy of an organization with this identifier or name, in any case; the identifier wins.
    ///
    /// # Errors
    /// What the engine says.
    pub fn policy_called(
        &mut self,
        organization: ObjectId,
        id_or_name: &str,
    ) -> Result<Option<ObjectId>, Error> {
        let key = id_or_name.to_lowercase();
        self.first(
            "SELECT id FROM policy WHERE organization_id = $1 AND deleted_at IS NULL AND (id = $2 OR name_key = $2)
             ORDER BY CASE WHEN id = $2 THEN 0 ELSE 1 END LIMIT 1",
            &[(&organization.to_string()).into(), (&key).into()],
        )?
        .map(|row| row.id(0))
        .transpose()
    }
}
