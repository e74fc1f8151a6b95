//! Templates in pages.

use crate::id::ObjectId;

use super::super::row::part;
use super::super::{Error, Transaction, Value};
use super::{StoredTemplate, from_row};

/// Which templates to list.
#[derive(Debug, Clone, Default)]
pub struct TemplateFilter {
    /// This one alone.
    pub id: Option<ObjectId>,
    /// A part of the name, in any case.
    pub search: Option<String>,
    /// The whole name, in any case.
    pub name: Option<String>,
    /// The whole description.
    pub description: Option<String>,
    /// Only those in these segments: `,1,5,`.
    pub segments: Option<String>,
    /// In which order.
    pub order: TemplateOrder,
}

/// The order of a list of templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TemplateOrder {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
    /// By name.
    Name,
    /// By name, backwards.
    NameBackwards,
    /// The latest change first.
    Changed,
    /// The latest change last.
    ChangedLast,
}

macro_rules! matching {
    () => {
        " FROM template WHERE organization_id = $1 AND deleted_at IS NULL
            AND ($2 IS NULL OR $2 LIKE '%,' || segment_id || ',%')
            AND ($3 IS NULL OR $3 LIKE '%,' || segment_id || ',%')
            AND ($4 IS NULL OR id = $4)
            AND ($5 IS NULL OR name_key LIKE $5 ESCAPE '!')
            AND ($6 IS NULL OR name_key = $6)
            AND ($7 IS NULL OR description = $7)"
    };
}

macro_rules! ordered {
    ($order:literal) => {
        concat!(
            "SELECT ",
            template_columns!(),
            matching!(),
            " ORDER BY ",
            $order,
            " LIMIT $8 OFFSET $9"
        )
    };
}

impl TemplateOrder {
    const fn sql(self) -> &'static str {
        match self {
            Self::Newest => ordered!("created_at DESC, id DESC"),
            Self::Oldest => ordered!("created_at, id"),
            Self::Name => ordered!("name_key"),
            Self::NameBackwards => ordered!("name_key DESC"),
            Self::Changed => ordered!("updated_at DESC, id DESC"),
            Self::ChangedLast => ordered!("updated_at, id"),
        }
    }
}

impl Transaction<'_> {
    /// The templates of an organization that a filter finds within `segments` (see
    /// [`Segments::listed`](crate::identity::Segments::listed)), so many from an offset, and how many they are in all.
    ///
    /// # Errors
    /// What the engine says.
    pub fn templates(
        &mut self,
        organization: ObjectId,
        segments: Option<&str>,
        filter: &TemplateFilter,
        limit: u32,
        offset: i64,
    ) -> Result<(Vec<StoredTemplate>, u64), Error> {
        let (organization, id) = (organization.to_string(), filter.id.map(|id| id.to_string()));
        let search = filter.search.as_deref().map(part);
        let name = filter.name.as_deref().map(str::to_lowercase);
        let matching: [Value<'_>; 7] = [
            (&organization).into(),
            segments.into(),
            filter.segments.as_deref().into(),
            id.as_deref().into(),
            search.as_deref().into(),
            name.as_deref().into(),
            filter.description.as_deref().into(),
        ];
        let total = self.count(concat!("SELECT COUNT(*)", matching!()), &matching)?;
        let mut values = matching.to_vec();
        values.push(limit.into());
        values.push(offset.into());
        let rows = self.query(filter.order.sql(), &values)?;
        let found: Result<_, _> = rows.iter().map(from_row).collect();
        Ok((found?, total))
    }
}
