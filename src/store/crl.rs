//! The revocation list of each issuing CA in the store: its number, what it covers, its bytes.
//!
//! Numbers are given before a list is made and never twice, whatever happens to the list, and to however many processes
//! over one database: a list takes the place of another only if its number is higher.

use jiff::Timestamp;

use super::{Error, Row, Transaction};

/// Which revocation list is published, and how far it is behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlRow {
    /// How often certificates of the issuing CA ended so far.
    pub changes: i64,
    /// How many of those the published list knows.
    pub covered: i64,
    /// The published list's number; 0: there is none yet.
    pub published: i64,
    /// When the published list was made.
    pub this_update: Option<Timestamp>,
}

/// A revocation list to publish.
#[derive(Debug, Clone)]
pub struct NewCrl<'a> {
    /// The issuing CA, by the SHA-256 of its certificate.
    pub issuer: &'a str,
    /// Its number.
    pub number: i64,
    /// How many changes it knows.
    pub covered: i64,
    /// When it was made.
    pub this_update: Timestamp,
    /// Until when the next one is there.
    pub next_update: Timestamp,
    /// The list.
    pub der: &'a [u8],
}

/// A published revocation list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCrl {
    /// Its number.
    pub number: i64,
    /// When it was made.
    pub this_update: Timestamp,
    /// Until when the next one is there.
    pub next_update: Timestamp,
    /// The list.
    pub der: Vec<u8>,
}

impl Transaction<'_> {
    /// How the revocation list of an issuing CA stands; none before the first number was given.
    ///
    /// # Errors
    /// What the engine says.
    pub fn crl_row(&mut self, issuer: &str) -> Result<Option<CrlRow>, Error> {
        self.first(
            "SELECT changes, covered, published, this_update FROM crl WHERE issuer = $1",
            &[issuer.into()],
        )?
        .map(|row| {
            Ok(CrlRow {
                changes: number(&row, 0)?,
                covered: number(&row, 1)?,
                published: number(&row, 2)?,
                this_update: row.optional_time(3)?,
            })
        })
        .transpose()
    }

    /// Gives the next number of an issuing CA: higher than all before, and never given again.
    ///
    /// # Errors
    /// What the engine says.
    pub fn next_crl_number(&mut self, issuer: &str) -> Result<i64, Error> {
        let given = self.first(
            "INSERT INTO crl (issuer, number) VALUES ($1, 1)
             ON CONFLICT (issuer) DO UPDATE SET number = number + 1 RETURNING number",
            &[issuer.into()],
        )?;
        number(&given.ok_or(Error::Row("no number was given"))?, 0)
    }

    /// Publishes a list. False: one with a higher number was published meanwhile.
    ///
    /// # Errors
    /// What the engine says.
    pub fn publish_crl(&mut self, new: &NewCrl<'_>) -> Result<bool, Error> {
        let published = self.execute(
            "UPDATE crl SET published = $2, covered = $3, this_update = $4, next_update = $5, der = $6
             WHERE issuer = $1 AND published < $2",
            &[
                new.issuer.into(),
                new.number.into(),
                new.covered.into(),
                new.this_update.into(),
                new.next_update.into(),
                new.der.into(),
            ],
        )?;
        Ok(published > 0)
    }

    /// The published list of an issuing CA.
    ///
    /// # Errors
    /// What the engine says.
    pub fn published_crl(&mut self, issuer: &str) -> Result<Option<StoredCrl>, Error> {
        self.first(
            "SELECT published, this_update, next_update, der FROM crl WHERE issuer = $1 AND published > 0",
            &[issuer.into()],
        )?
        .map(|row| {
            Ok(StoredCrl {
                number: number(&row, 0)?,
                this_update: row.time(1)?,
                next_update: row.time(2)?,
                der: row.blob(3)?,
            })
        })
        .transpose()
    }
}

fn number(row: &Row, column: usize) -> Result<i64, Error> {
    row.optional_integer(column)?
        .ok_or(Error::Row("a revocation list without a number"))
}
