//! Corporate identifiers as another contract has them: with what is known of their device, taken over and found in lists.

use crate::device::{Device, State, imei_key, serial_key};
use crate::id::ObjectId;
use crate::identifier::{CORPORATE, Identifier, Kind};
use crate::identity::{Actor, Permission};
use crate::store::{self, IdentifierFilter, IdentifierRow, Transaction};

use super::super::segment::whole;
use super::super::{Admin, Error};
use super::{CreateIdentifier, ShownIdentifier};

/// What is known of the device that an identifier marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    /// Nothing can be known: devices do not tell such an identifier.
    Unknown,
    /// It is enrolled.
    Enrolled,
    /// It has not enrolled yet, or has left.
    NotContacted,
}

/// An identifier with what is known of its device.
#[derive(Debug)]
pub struct Marked {
    /// The identifier.
    pub identifier: ShownIdentifier,
    /// What is known of its device.
    pub contact: Contact,
}

/// What came of one identifier of a list: it, and whether it was taken over; none when it is not acceptable.
pub type Taken = Option<(Marked, bool)>;

impl Admin {
    /// So many of the organization's identifiers, from an offset, and how many they are in all.
    ///
    /// # Errors
    /// What the store says.
    pub async fn some_identifiers(
        &self,
        actor: &Actor,
        filter: IdentifierFilter,
        (limit, offset): (u32, i64),
    ) -> Result<(Vec<Marked>, u64), Error> {
        let organization = actor.organization;
        let found = self.store.read::<_, store::Error, _>(move |tx| {
            let rows = tx.identifiers(organization, &filter, limit, offset)?;
            let total = tx.count_identifiers(organization, &filter)?;
            let marked = rows.into_iter().map(|row| mark(tx, row));
            Ok((marked.collect::<Result<Vec<_>, _>>()?, total))
        });
        Ok(found.await?)
    }

    /// One corporate identifier of the organization, with what is known of its device.
    ///
    /// # Errors
    /// [`Error::NotFound`] for any other, those of other lists included.
    pub async fn corporate_identifier(&self, actor: &Actor, id: ObjectId) -> Result<Marked, Error> {
        let organization = actor.organization;
        let found = self.store.read::<_, store::Error, _>(move |tx| {
            let row = tx.identifier(organization, id)?;
            let row = row.filter(|row| row.list == CORPORATE);
            row.map(|row| mark(tx, row)).transpose()
        });
        found.await?.ok_or(Error::NotFound("identifier"))
    }

    /// Gives a corporate identifier another description, or none.
    ///
    /// # Errors
    /// [`Error::NotFound`], and [`Error::Invalid`] for too long a one.
    pub async fn describe_identifier(
        &self,
        actor: &Actor,
        id: ObjectId,
        description: Option<String>,
    ) -> Result<Marked, Error> {
        whole(actor)?;
        let description = description.filter(|text| !text.is_empty());
        let text = description.as_deref().unwrap_or_default();
        if text.chars().count() > super::DESCRIPTION {
            return Err(Error::invalid(
                "description",
                "has more than 256 characters",
            ));
        }
        self.corporate_identifier(actor, id).await?;
        let (organization, now) = (actor.organization, self.clock.now());
        let changed = self.store.write::<_, store::Error, _>(move |tx| {
            tx.update_identifier_description(organization, id, description.as_deref(), now)
        });
        match changed.await? {
            true => self.corporate_identifier(actor, id).await,
            false => Err(Error::NotFound("identifier")),
        }
    }

    /// Takes a list of identifiers over in one step, each for itself; with `overwrite` those that are there receive the
    /// list's descriptions.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for a key that may not overwrite.
    pub async fn take_identifiers(
        &self,
        actor: &Actor,
        list: Vec<CreateIdentifier>,
        overwrite: bool,
    ) -> Result<Vec<Taken>, Error> {
        whole(actor)?;
        if overwrite && !actor.may(Permission::IdentifierUpdate) {
            let missing = Permission::IdentifierUpdate.name();
            let message = format!("Unauthorized: missing permission {missing}");
            return Err(Error::Forbidden(message));
        }
        let (organization, now) = (actor.organization, self.clock.now());
        let rows = list.into_iter().map(|wish| wish.ready(organization, now));
        let rows: Vec<_> = rows.map(Result::ok).collect();
        let taken = self.store.write::<_, store::Error, _>(move |tx| {
            let taken = rows
                .into_iter()
                .map(|row| row.map(|row| take(tx, row, overwrite)).transpose());
            taken.collect()
        });
        Ok(taken.await?)
    }

    /// Those of a list that the organization has.
    ///
    /// # Errors
    /// What the store says.
    pub async fn find_identifiers(
        &self,
        actor: &Actor,
        list: Vec<(Kind, String)>,
    ) -> Result<Vec<Marked>, Error> {
        let organization = actor.organization;
        let wanted = list
            .into_iter()
            .filter_map(|(kind, value)| Identifier::normalise(kind, &value).ok());
        let wanted: Vec<Identifier> = wanted.collect();
        let found = self.store.read::<_, store::Error, _>(move |tx| {
            let mut found = Vec::new();
            for identifier in wanted {
                if let Some(row) = tx.find_identifier(organization, CORPORATE, &identifier)? {
                    found.push(mark(tx, row)?);
                }
            }
            Ok(found)
        });
        Ok(found.await?)
    }
}

fn take(
    tx: &mut Transaction<'_>,
    row: IdentifierRow,
    overwrite: bool,
) -> Result<(Marked, bool), store::Error> {
    if tx.insert_identifier(&row)? {
        return Ok((mark(tx, row)?, true));
    }
    let (organization, identifier) = (row.organization_id, &row.identifier);
    let known = tx.find_identifier(organization, CORPORATE, identifier)?;
    let known = known.ok_or(store::Error::Row("an identifier is gone"))?;
    if overwrite {
        let description = row.description.as_deref();
        tx.update_identifier_description(organization, known.id, description, row.updated_at)?;
        let known = tx.identifier(organization, known.id)?;
        let known = known.ok_or(store::Error::Row("an identifier is gone"))?;
        return Ok((mark(tx, known)?, true));
    }
    Ok((mark(tx, known)?, false))
}

fn mark(tx: &mut Transaction<'_>, row: IdentifierRow) -> Result<Marked, store::Error> {
    let (organization, value) = (row.organization_id, row.identifier.value.as_str());
    let devices = match row.identifier.kind {
        Kind::Serial => Some(tx.devices_with_serial(organization, None, &serial_key(value))?),
        Kind::Imei => Some(tx.devices_with_imei(organization, None, &imei_key(value))?),
        Kind::Mms => {
            let serial = value.rsplit(',').next().unwrap_or_default();
            Some(tx.devices_with_serial(organization, None, &serial_key(serial))?)
        }
        _ => None,
    };
    let present = |device: &Device| device.state != State::Deleted;
    let contact = match devices {
        None => Contact::Unknown,
        Some(devices) if devices.iter().any(present) => Contact::Enrolled,
        Some(_) => Contact::NotContacted,
    };
    Ok(Marked {
        identifier: row.into(),
        contact,
    })
}
