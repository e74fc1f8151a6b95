//! Several restrictions taken together, for one device.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::id::ObjectId;
use crate::rule::{Facts, compare};

use super::{Body, Restriction};

/// Whom restrictions may concern.
#[derive(Debug, Clone, Copy)]
pub struct Concerned<'a> {
    /// The tags of the person, in lower case.
    pub tags: &'a BTreeSet<String>,
    /// The template that the device enrolls by.
    pub template: Option<ObjectId>,
}

/// A number of devices, and the restriction that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub count: u32,
    /// The restriction's name.
    pub restriction: String,
}

/// The restrictions that concern a device, the first first.
#[derive(Debug, Clone)]
pub struct Effective<'a>(Vec<&'a Restriction>);

/// Why a device may not enroll, for the administrator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Excluded {
    /// No device may.
    #[error("restriction {0:?} lets no device in")]
    Everybody(String),
    /// It is no device of the organization.
    #[error("restriction {0:?}")]
    Personal(String),
    /// Its Windows is older or newer than allowed.
    #[error("its Windows is {version}, and restriction {restriction:?} wants {wanted}")]
    Version {
        /// What it says.
        version: String,
        /// What is wanted, in words.
        wanted: String,
        /// The restriction's name.
        restriction: String,
    },
    /// Its edition of Windows is not allowed.
    #[error(
        "its edition of Windows, number {edition}, is not allowed by restriction {restriction:?}"
    )]
    Edition {
        /// What it says.
        edition: String,
        /// The restriction's name.
        restriction: String,
    },
    /// Its manufacturer is not allowed.
    #[error("its manufacturer {manufacturer:?} is blocked by restriction {restriction:?}")]
    Manufacturer {
        /// What it says.
        manufacturer: String,
        /// The restriction's name.
        restriction: String,
    },
}

impl<'a> Effective<'a> {
    /// Those of `all`, which stand in the order of their priority, that concern a device.
    pub fn of(all: &'a [Restriction], whom: Concerned<'_>) -> Self {
        let concerning = all.iter().filter(|it| concerns(&it.body, whom));
        Self(concerning.collect())
    }

    /// The first that says something, with what it says.
    fn first<T>(&self, says: impl Fn(&'a Body) -> Option<T>) -> Option<(T, String)> {
        let mut all = self.0.iter();
        all.find_map(|it| Some((says(&it.body)?, it.name.clone())))
    }

    fn limit(&self, says: impl Fn(&'a Body) -> Option<u32>) -> Option<Limit> {
        let (count, restriction) = self.first(says)?;
        Some(Limit { count, restriction })
    }

    /// How many devices one person may have.
    pub fn user_limit(&self) -> Option<Limit> {
        self.limit(|body| body.user_device_limit)
    }

    /// How many devices one token may have.
    pub fn token_limit(&self) -> Option<Limit> {
        self.limit(|body| body.token_device_limit)
    }

    /// How many devices the organization may have.
    pub fn organization_limit(&self) -> Option<Limit> {
        self.limit(|body| body.organization_device_limit)
    }

    /// Why a device may not enroll; none: it may.
    pub fn excludes(&self, facts: &Facts, corporate: bool) -> Option<Excluded> {
        if let Some((true, restriction)) = self.first(|body| body.block_all) {
            return Some(Excluded::Everybody(restriction));
        }
        if let Some((true, restriction)) = self.first(|body| body.block_personal)
            && !corporate
        {
            return Some(Excluded::Personal(restriction));
        }
        self.excludes_version(facts)
            .or_else(|| self.excludes_edition(facts))
            .or_else(|| self.excludes_manufacturer(facts))
    }

    fn excludes_version(&self, facts: &Facts) -> Option<Excluded> {
        let version = facts.first("os.version")?.to_owned();
        let outside = |bound: Option<(&String, String)>, wrong: Ordering, word: &str| {
            let (bound, restriction) = bound?;
            (compare(&version, bound) == wrong).then(|| Excluded::Version {
                version: version.clone(),
                wanted: format!("{bound} or {word}"),
                restriction,
            })
        };
        let least = self.first(|body| body.os_minimum_version.as_ref());
        let most = self.first(|body| body.os_maximum_version.as_ref());
        outside(least, Ordering::Less, "newer")
            .or_else(|| outside(most, Ordering::Greater, "older"))
    }

    fn excludes_edition(&self, facts: &Facts) -> Option<Excluded> {
        let edition = facts.first("os.edition")?;
        let number: u32 = edition.parse().ok()?;
        let some = |list: &'a Vec<u32>| (!list.is_empty()).then_some(list);
        let blocked = self.first(|body| some(&body.blocked_editions));
        let allowed = self.first(|body| some(&body.allowed_editions));
        let blocked = blocked.filter(|(list, _)| list.contains(&number));
        let (_, restriction) =
            blocked.or_else(|| allowed.filter(|(list, _)| !list.contains(&number)))?;
        Some(Excluded::Edition {
            edition: edition.to_owned(),
            restriction,
        })
    }

    fn excludes_manufacturer(&self, facts: &Facts) -> Option<Excluded> {
        let manufacturer = facts.first("device.manufacturer")?;
        let (blocked, restriction) = self.first(|body| {
            let list = &body.blocked_manufacturers;
            (!list.is_empty()).then_some(list)
        })?;
        let is = |other: &String| plain(other) == plain(manufacturer);
        blocked.iter().any(is).then(|| Excluded::Manufacturer {
            manufacturer: manufacturer.to_owned(),
            restriction,
        })
    }
}

fn concerns(body: &Body, whom: Concerned<'_>) -> bool {
    let tagged = |tag: &String| whom.tags.contains(&tag.trim().to_lowercase());
    let by_template = |id: &ObjectId| whom.template == Some(*id);
    (body.user_tags.is_empty() || body.user_tags.iter().any(tagged))
        && (body.template_ids.is_empty() || body.template_ids.iter().any(by_template))
}

/// A name in the form in which two are compared.
fn plain(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::rule::Trust;

    fn restriction(name: &str, body: Body) -> Restriction {
        let now = Timestamp::UNIX_EPOCH;
        Restriction {
            id: ObjectId::generate(now),
            organization_id: ObjectId::generate(now),
            name: name.to_owned(),
            priority: 1,
            body,
            created_at: now,
            updated_at: now,
            revision: 1,
        }
    }

    fn facts(values: &[(&str, &str)]) -> Facts {
        let mut facts = Facts::default();
        for (name, value) in values {
            facts.say(name, value, Trust::Asserted);
        }
        facts
    }

    fn excluded(body: Body, values: &[(&str, &str)]) -> bool {
        let all = [restriction("R", body)];
        let (tags, template) = (&BTreeSet::new(), None);
        let effective = Effective::of(&all, Concerned { tags, template });
        effective.excludes(&facts(values), false).is_some()
    }

    #[test]
    fn each_value_is_taken_from_the_first_restriction_that_says_something_of_it() {
        let all = [
            restriction(
                "Execs",
                Body {
                    user_tags: vec!["Executive".to_owned()],
                    user_device_limit: Some(10),
                    ..Body::default()
                },
            ),
            restriction(
                "All",
                Body {
                    user_device_limit: Some(2),
                    token_device_limit: Some(5),
                    ..Body::default()
                },
            ),
        ];
        let limits = |tags: &[&str]| {
            let tags = &tags.iter().map(|&tag| tag.to_owned()).collect();
            let effective = Effective::of(
                &all,
                Concerned {
                    tags,
                    template: None,
                },
            );
            [effective.user_limit(), effective.token_limit()].map(|it| it.unwrap().count)
        };
        assert_eq!(limits(&["executive"]), [10, 5]);
        assert_eq!(limits(&["sales"]), [2, 5]);
    }

    #[test]
    fn a_version_is_compared_as_far_as_both_sides_have_parts() {
        let between = || Body {
            os_minimum_version: Some("10.0.19045.3000".to_owned()),
            os_maximum_version: Some("10.0.22631".to_owned()),
            ..Body::default()
        };
        for (version, out) in [
            ("10.0.19044.9999", true),
            ("10.0.19045", false),
            ("10.0.19045.2999", true),
            ("10.0.22631.4169", false),
            ("10.0.26100", true),
        ] {
            assert_eq!(
                excluded(between(), &[("os.version", version)]),
                out,
                "{version}"
            );
        }
    }

    #[test]
    fn what_a_device_does_not_tell_excludes_it_from_nothing() {
        let body = || Body {
            blocked_manufacturers: vec!["Contoso  Ltd".to_owned()],
            allowed_editions: vec![48, 4],
            os_minimum_version: Some("10.0.19045".to_owned()),
            ..Body::default()
        };
        assert!(!excluded(body(), &[]));
        assert!(excluded(body(), &[("device.manufacturer", "CONTOSO LTD")]));
        assert!(!excluded(body(), &[("device.manufacturer", "Fabrikam")]));
        assert!(excluded(body(), &[("os.edition", "101")]));
        assert!(!excluded(body(), &[("os.edition", "4")]));
    }
}
