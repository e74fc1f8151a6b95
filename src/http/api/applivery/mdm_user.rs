//! Users: the people who enroll.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::admin::{Import, MdmUser, MdmUserWish, Page, PageWish, UserFilter, UserOrder};
use crate::identity::grant;
use crate::lenient;
use crate::secret::Secret;

use super::super::answer::{Tagged, TextCsv};
use super::super::{Api, Body, Csv, Envelope, File, IfMatch, Path, Permitted, Problem, Query};
use super::One;

pub(super) fn operations(api: &mut Api) {
    const USERS: &str = concat!(organization!(), "/mdm-users");
    const USER: &str = concat!(organization!(), "/mdm-users/{id}");
    api.get(USERS, list)
        .id("listMdmUsers")
        .summary("Lists users");
    api.post(USERS, create)
        .id("createMdmUser")
        .summary("Makes a user");
    api.post(concat!(organization!(), "/mdm-users/import"), import)
        .id("importMdmUsers")
        .summary("Makes users of a file, or changes those whose address is known");
    api.get(concat!(organization!(), "/mdm-users/export.csv"), export)
        .id("exportMdmUsers")
        .summary("Writes users into a file");
    api.get(USER, get).id("getMdmUser").summary("Shows a user");
    api.put(USER, update)
        .id("updateMdmUser")
        .summary("Changes a user; while one is disabled, its tokens are refused");
    api.delete(USER, remove)
        .id("deleteMdmUser")
        .summary("Deletes a user and revokes the tokens that it could still use");
}

/// Which users to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(rename_all = "camelCase")]
struct Listing {
    /// The page's number, from 1.
    #[param(nullable = false)]
    page: Option<u32>,
    /// Entries on it: 25 unless said otherwise, 100 at most.
    #[param(nullable = false)]
    limit: Option<u32>,
    /// Only those with this text in their address or their names.
    #[param(nullable = false)]
    search: Option<String>,
    /// Only those in this segment.
    #[serde(default, deserialize_with = "lenient::number")]
    #[param(nullable = false, value_type = Option<u32>)]
    segment_id: Option<u32>,
    /// Only those who may enroll, or may not.
    #[param(nullable = false)]
    enabled: Option<bool>,
    /// The order, the newest first unless said otherwise.
    #[param(inline, nullable = false)]
    sort: Option<Sort>,
}

/// The orders of a list of users.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
enum Sort {
    #[serde(rename = "createdAt:desc", alias = "createdAt")]
    Newest,
    #[serde(rename = "createdAt:asc")]
    Oldest,
    #[serde(rename = "email:asc", alias = "email")]
    Email,
    #[serde(rename = "email:desc")]
    EmailDescending,
}

impl From<Sort> for UserOrder {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Newest => Self::Newest,
            Sort::Oldest => Self::Oldest,
            Sort::Email => Self::Email,
            Sort::EmailDescending => Self::EmailDescending,
        }
    }
}

/// Declares a body with the fields of users, the address as given.
macro_rules! user_body {
    ($(#[$outer:meta])* $name:ident { $($email:tt)* }) => {
        $(#[$outer])*
        #[derive(Deserialize, ToSchema)]
        #[serde(deny_unknown_fields, rename_all = "camelCase")]
        struct $name {
            /// The address.
            #[schema(max_length = 254, pattern = r"^[^@\s<>()\[\]\\,;:\x22\x00-\x1f\x7f-\x9f]+@[^@.\s<>()\[\]\\,;:\x22\x00-\x1f\x7f-\x9f][^@\s<>()\[\]\\,;:\x22\x00-\x1f\x7f-\x9f]*[.][^@\s<>()\[\]\\,;:\x22\x00-\x1f\x7f-\x9f]*$")]
            $($email)*,
            /// The first name; empty: none.
            #[schema(max_length = 128)]
            first_name: Option<String>,
            /// The last name; empty: none.
            #[schema(max_length = 128)]
            last_name: Option<String>,
            /// Its tags; empty ones are dropped.
            #[schema(max_items = 50, value_type = Option<Vec<TagOfUser>>)]
            tags: Option<Vec<String>>,
            /// The segment that it lies in; 0: the whole organization.
            #[schema(minimum = 0, maximum = 4_294_967_295_i64, format = "int64")]
            segment_id: Option<u32>,
            /// Whether it may enroll.
            enabled: Option<bool>,
            /// Its password, to sign in by where a template offers `local`: 12 to 256 characters, not all blank. An empty
            /// text or null takes it away. It is never shown again.
            #[serde(default, deserialize_with = "lenient::named")]
            #[schema(write_only, value_type = Option<String>, max_length = 256, pattern = r"^$|^[\s\S]{12,256}$")]
            password: Option<Option<String>>,
        }
    };
}

user_body! {
    /// A user to make.
    NewMdmUser { email: String }
}

user_body! {
    /// What is to be changed of a user.
    ChangedMdmUser { email: Option<String> }
}

/// A tag.
#[derive(ToSchema)]
#[schema(max_length = 128)]
#[expect(
    dead_code,
    reason = "it describes itself in the OpenAPI document alone"
)]
struct TagOfUser(String);

/// What is told of a file.
#[derive(Debug, Deserialize, IntoParams)]
struct Details {
    /// Whether to tell of each row.
    #[param(nullable = false)]
    details: Option<bool>,
}

async fn list(
    caller: Permitted<grant::MdmUserList>,
    Query(listing): Query<Listing>,
) -> Result<Envelope<Page<MdmUser>>, Problem> {
    let page = PageWish::new(listing.page, listing.limit);
    let filter = UserFilter {
        search: listing.search,
        segment: listing.segment_id,
        enabled: listing.enabled,
        order: listing.sort.map(UserOrder::from).unwrap_or_default(),
    };
    let users = caller.admin().mdm_users(&caller.actor, filter, page);
    Ok(Envelope(users.await?))
}

async fn create(
    caller: Permitted<grant::MdmUserCreate>,
    Body(new): Body<NewMdmUser>,
) -> Result<Tagged<Envelope<MdmUser>>, Problem> {
    let wish = MdmUserWish {
        email: Some(new.email),
        first_name: new.first_name,
        last_name: new.last_name,
        tags: new.tags,
        segment_id: new.segment_id,
        enabled: new.enabled,
        password: new.password.map(password),
    };
    let made = caller.admin().create_mdm_user(&caller.actor, wish);
    Ok(tagged(made.await?))
}

async fn import(
    caller: Permitted<grant::MdmUserCreate>,
    Query(asked): Query<Details>,
    Csv(file): Csv,
) -> Result<Envelope<Import>, Problem> {
    let imported = caller.admin().import_mdm_users(&caller.actor, &file);
    let mut imported = imported.await?;
    if asked.details != Some(true) {
        imported.items = None;
    }
    Ok(Envelope(imported))
}

async fn export(caller: Permitted<grant::MdmUserList>) -> Result<File<TextCsv>, Problem> {
    let bytes = caller.admin().export_mdm_users(&caller.actor).await?;
    Ok(File::new("mdm-users.csv", bytes))
}

async fn get(
    caller: Permitted<grant::MdmUserGet>,
    Path(one): Path<One>,
) -> Result<Tagged<Envelope<MdmUser>>, Problem> {
    let user = caller.admin().mdm_user(&caller.actor, one.id).await?;
    Ok(tagged(user))
}

async fn update(
    caller: Permitted<grant::MdmUserUpdate>,
    Path(one): Path<One>,
    IfMatch(expected): IfMatch,
    Body(changed): Body<ChangedMdmUser>,
) -> Result<Tagged<Envelope<MdmUser>>, Problem> {
    let wish = MdmUserWish {
        email: changed.email,
        first_name: changed.first_name,
        last_name: changed.last_name,
        tags: changed.tags,
        segment_id: changed.segment_id,
        enabled: changed.enabled,
        password: changed.password.map(password),
    };
    let admin = caller.admin();
    let user = admin.update_mdm_user(&caller.actor, one.id, wish, expected);
    Ok(tagged(user.await?))
}

async fn remove(
    caller: Permitted<grant::MdmUserRemove>,
    Path(one): Path<One>,
    IfMatch(expected): IfMatch,
) -> Result<Envelope<MdmUser>, Problem> {
    let admin = caller.admin();
    let removed = admin.delete_mdm_user(&caller.actor, one.id, expected);
    Ok(Envelope(removed.await?))
}

/// The password that is named; an empty one is none.
fn password(named: Option<String>) -> Secret {
    named.map(Secret::new).unwrap_or_default()
}

fn tagged(user: MdmUser) -> Tagged<Envelope<MdmUser>> {
    let revision = user.revision;
    Tagged(Envelope(user), revision)
}
