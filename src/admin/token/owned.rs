//! The tokens that templates own: for any number of devices, and for ever unless said otherwise.

use jiff::SignedDuration;

use crate::identity::Actor;
use crate::store::NewToken;
use crate::template::Template;
use crate::token::{Kind, Token};

use super::super::Admin;
use super::CreateToken;

impl Admin {
    /// A token of a template, ready to be stored after it.
    pub(in crate::admin) fn token_of_template(
        &self,
        actor: &Actor,
        template: &Template,
        lasts: Option<SignedDuration>,
    ) -> NewToken {
        let wish = CreateToken {
            uses: None,
            duration: lasts,
            segment_id: template.segment_id,
            ..CreateToken::default()
        };
        let ready = self.ready(actor, wish, self.clock.now());
        NewToken {
            token: Token {
                kind: Kind::Template,
                template_id: Some(template.id),
                ..ready.new.token
            },
            ..ready.new
        }
    }
}
