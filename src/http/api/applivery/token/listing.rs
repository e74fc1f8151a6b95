//! Which tokens are listed, and in which order.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::admin::{PageWish, TokenFilter, TokenOrder};
use crate::id::ObjectId;

use super::super::super::Problem;
use super::super::lenient;

/// Declares a query with the filters that all lists of tokens have, and some parameters of its own.
macro_rules! listing {
    ($(#[$outer:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$outer])*
        #[derive(Debug, Deserialize, IntoParams)]
        pub(super) struct $name {
            $($own)*
            /// `createdAt`, `updatedAt`, `expireAt`, `email` or `displayName`, then `:asc`, which may be left out, or
            /// `:desc`; the newest first unless said otherwise.
            #[param(pattern = r"^(createdAt|updatedAt|expireAt|email|displayName)?((:asc)|(:desc))?$")]
            sort: Option<String>,
            /// Only this user's, by identifier or address.
            #[serde(rename = "mdm-user")]
            mdm_user: Option<String>,
            /// Only those with this policy.
            #[serde(rename = "win-policy")]
            win_policy: Option<ObjectId>,
            /// Those that were deleted as well.
            #[serde(rename = "show-deleted", default, deserialize_with = "lenient::truth")]
            #[param(value_type = Option<bool>)]
            show_deleted: bool,
        }

        impl $name {
            /// Which tokens that is.
            pub(super) fn filter(self) -> Result<TokenFilter, Problem> {
                Ok(TokenFilter {
                    user: self.mdm_user,
                    policy: self.win_policy,
                    segment: None,
                    deleted: self.show_deleted,
                    order: order(self.sort.as_deref())?,
                })
            }
        }
    };
}

listing! {
    /// A page of a list of tokens.
    Listing {
        /// The page's number, from 1.
        page: Option<u32>,
        /// Entries on it: 25 unless said otherwise, 100 at most.
        limit: Option<u32>,
    }
}

listing! {
    /// A list of tokens as one file.
    Export {}
}

impl Listing {
    /// Which page that is.
    pub(super) fn page(&self) -> PageWish {
        PageWish::new(self.page, self.limit)
    }
}

/// `email:desc` as an order.
fn order(text: Option<&str>) -> Result<TokenOrder, Problem> {
    let text = text.unwrap_or_default();
    TokenOrder::from_text(text).ok_or_else(|| {
        let reason = format!(
            "must be one of {}, alone or followed by :asc or :desc",
            TokenOrder::FIELDS.join(", ")
        );
        Problem::invalid("sort", reason)
    })
}
