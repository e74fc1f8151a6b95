//! One walk on the sign-in page: where it is, what it is answered, and what is recorded of it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use uuid::Uuid;

use crate::app::App;
use crate::attempt::{Learned, Outcome, Record, Step};
use crate::enrollment::{SignedIn, Ways};
use crate::id::ObjectId;
use crate::refusal::Refusal;

use super::super::error::fault;
use super::super::pages::{AppUri, AskPage, AuthPage, DonePage, Error, Form, Look, reply};
use super::super::soap::told;
use super::{Pairs, on_page};

/// Where a page is: its walk, and the template that its address names.
#[derive(Clone, Copy)]
pub(in crate::http) struct Place {
    pub(in crate::http) attempt: ObjectId,
    pub(in crate::http) template: Option<ObjectId>,
}

impl Place {
    /// The walk that discovery put into the address, else a new one.
    pub(super) fn of(app: &App, request: &HttpRequest) -> Self {
        let named = |name| request.match_info().get(name)?.parse().ok();
        Self {
            attempt: named("attempt").unwrap_or_else(|| ObjectId::generate(app.clock.now())),
            template: named("template"),
        }
    }

    pub(in crate::http) fn ways(self, app: &App) -> Ways {
        let ways = app.enrollment.ways(self.template);
        ways.unwrap_or_else(|refusal| {
            tracing::warn!(
                refusal = refusal.explanation(),
                "the ways to sign in are unknown"
            );
            Ways {
                organization: self.attempt,
                ways: Vec::new(),
                several_templates: false,
            }
        })
    }

    /// The organization of the template that the address names.
    pub(in crate::http) fn organization(self, ways: &Ways) -> Option<ObjectId> {
        self.template.map(|_| ways.organization)
    }

    /// Where the page posts to.
    pub(super) fn action(self) -> String {
        let below = self.template.map(|id| format!("/{id}"));
        let below = below.unwrap_or_default();
        format!("/EnrollmentServer/Auth/{}{below}", self.attempt)
    }
}

/// One walk on the page.
pub(in crate::http) struct Walk<'a> {
    pub(in crate::http) app: &'a App,
    pub(in crate::http) request: &'a HttpRequest,
    pub(in crate::http) appru: &'a AppUri,
    pub(in crate::http) place: Place,
    pub(in crate::http) trace_id: Uuid,
}

impl Walk<'_> {
    pub(in crate::http) fn answer(
        &self,
        signed_in: Result<SignedIn, Refusal>,
        look: &Look,
        email: &str,
        code: &str,
        answers: &Pairs,
    ) -> Result<HttpResponse, Error> {
        let (appru, flow) = (self.appru, self.place.attempt.to_string());
        let action = &self.place.action();
        let own = Form::Own(appru);
        let of = |organization| super::look(self.app, self.request, Some(organization), None);
        Ok(match signed_in {
            Ok(SignedIn::Done {
                value,
                organization,
                automatic,
            }) => {
                let look = &of(organization)?;
                let page = DonePage {
                    look,
                    appru,
                    wresult: value.reveal(),
                    automatic,
                };
                reply(look, StatusCode::OK, Form::Result(appru), &page)
            }
            Ok(SignedIn::Asked(questions)) => {
                let look = &of(questions.organization)?;
                let page = AskPage {
                    look,
                    appru,
                    login_hint: email,
                    code,
                    action,
                    flow: &flow,
                    questions: &questions,
                    filled_in: answers,
                };
                reply(look, StatusCode::OK, own, &page)
            }
            // Another code or password would change nothing.
            Err(refusal @ Refusal::Draining) => {
                super::closed(look, &refusal, self.trace_id, super::IN_WINDOW)
            }
            Err(refusal) => {
                let sentence = refusal.sentence_in(look.language());
                let ways = self.place.ways(self.app);
                let page = AuthPage {
                    look,
                    appru,
                    login_hint: email,
                    code: "",
                    action,
                    ways: &ways,
                    flow: &flow,
                    error: Some(&sentence),
                    wrong_code: !code.is_empty() || ways.ways.is_empty(),
                    support_id: &self.trace_id.to_string(),
                };
                reply(look, StatusCode::OK, own, &page)
            }
        })
    }

    pub(in crate::http) fn record(&self, learned: Learned, signed_in: &Result<SignedIn, Refusal>) {
        let (request, attempt, trace_id) = (self.request, self.place.attempt, self.trace_id);
        let refusal = signed_in.as_ref().err();
        let told = refusal.map(|refusal| told(refusal, &fault(refusal, trace_id)));
        let at = self.app.clock.now();
        let mut exchange = on_page(request, Step::SignIn, StatusCode::OK, (trace_id, at));
        exchange.notes.clone_from(&learned.notes);
        match (&told, signed_in) {
            (Some(told), _) => {
                tracing::warn!(%trace_id, %attempt, refusal = told.refusal, why = told.explanation, "refused on the page");
            }
            (None, Ok(SignedIn::Asked(_))) => {
                tracing::info!(%trace_id, %attempt, "asked on the page");
            }
            (None, _) => tracing::info!(%trace_id, %attempt, "signed in on the page"),
        }
        let outcome = match told {
            Some(_) => Outcome::Refused,
            None => Outcome::Open,
        };
        self.app.recorder.record(Record {
            attempt,
            exchange,
            outcome,
            told,
            learned,
        });
    }
}
