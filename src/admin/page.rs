//! Lists in pages, in the shape of the published contract.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which page of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageWish {
    page: u32,
    limit: u32,
}

impl PageWish {
    /// Entries on a page when nobody says.
    pub const USUAL: u32 = 25;
    /// Entries on a page at most.
    pub const MOST: u32 = 100;

    /// Page `page`, from 1, of `limit` entries, both brought within their limits.
    pub fn new(page: Option<u32>, limit: Option<u32>) -> Self {
        Self {
            page: page.unwrap_or(1).max(1),
            limit: limit.unwrap_or(Self::USUAL).clamp(1, Self::MOST),
        }
    }

    /// How many entries to take.
    pub fn limit(self) -> u32 {
        self.limit
    }

    /// How many entries to pass over.
    pub fn offset(self) -> i64 {
        i64::from(self.page - 1) * i64::from(self.limit)
    }

    /// The page of `items`, of `total` in all.
    pub fn of<T>(self, items: Vec<T>, total: u64) -> Page<T> {
        let pages = total.div_ceil(u64::from(self.limit)).max(1);
        let total_pages = u32::try_from(pages).unwrap_or(u32::MAX);
        let (previous, next) = (self.page > 1, self.page < total_pages);
        Page {
            items,
            total_docs: total,
            limit: self.limit,
            has_prev_page: previous,
            has_next_page: next,
            page: self.page,
            total_pages,
            prev_page: previous.then(|| self.page - 1),
            next_page: next.then(|| self.page + 1),
            lean: true,
        }
    }
}

impl Default for PageWish {
    fn default() -> Self {
        Self::new(None, None)
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// Its entries.
    pub items: Vec<T>,
    /// Entries on all pages together.
    pub total_docs: u64,
    /// Entries on a page at most.
    pub limit: u32,
    /// Whether a page stands before it.
    pub has_prev_page: bool,
    /// Whether a page follows.
    pub has_next_page: bool,
    /// Its number, from 1.
    pub page: u32,
    /// How many pages there are.
    pub total_pages: u32,
    /// The number of the page before.
    pub prev_page: Option<u32>,
    /// The number of the page that follows.
    pub next_page: Option<u32>,
    /// Always true: entries are plain values.
    pub lean: bool,
}

impl<T> Page<T> {
    /// The page with each entry turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(turn).collect(),
            total_docs: self.total_docs,
            limit: self.limit,
            has_prev_page: self.has_prev_page,
            has_next_page: self.has_next_page,
            page: self.page,
            total_pages: self.total_pages,
            prev_page: self.prev_page,
            next_page: self.next_page,
            lean: self.lean,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_at_the_ends_have_no_neighbours() {
        let first = PageWish::new(Some(1), Some(2)).of(vec![1, 2], 5);
        assert_eq!((first.prev_page, first.next_page), (None, Some(2)));
        let last = PageWish::new(Some(3), Some(2)).of(vec![5], 5);
        assert_eq!((last.prev_page, last.next_page), (Some(2), None));
        assert_eq!((last.total_pages, last.total_docs), (3, 5));
    }

    #[test]
    fn page_and_limit_are_brought_within_their_limits() {
        let wish = PageWish::new(Some(0), Some(5_000));
        assert_eq!((wish.limit(), wish.offset()), (100, 0));
        assert_eq!(PageWish::new(Some(3), Some(0)).offset(), 2);
    }
}
