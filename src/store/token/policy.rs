//! Policies by what tokens and rules call them.

use crate::id::ObjectId;
use crate::policy::Assignment;

use super::super::{Error, Transaction};

/// The policy of whoever is left without one.
const DEFAULT: &str = "default";

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

    /// The assignments whose policies are there still; where none of several is left, the policy called `default`, if
    /// the organization has one.
    ///
    /// # Errors
    /// What the engine says.
    pub fn present_policies(
        &mut self,
        organization: ObjectId,
        assigned: &[Assignment],
    ) -> Result<Vec<Assignment>, Error> {
        let mut present = Vec::new();
        for assignment in assigned {
            let id = assignment.win_policy_id;
            if self.policy_called(organization, &id.to_string())? == Some(id) {
                present.push(*assignment);
            }
        }
        if present.is_empty()
            && !assigned.is_empty()
            && let Some(win_policy_id) = self.policy_called(organization, DEFAULT)?
        {
            present.push(Assignment {
                win_policy_id,
                priority: Assignment::USUAL,
            });
        }
        Ok(present)
    }
}
