//! The sign-in inside the enrollment window (MS-MDE2 3.2): a code, and what the template asks, for the result that Windows
//! takes along.

use actix_web::http::StatusCode;
use actix_web::http::header::USER_AGENT;
use actix_web::web::{self, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use uuid::Uuid;

use crate::app::App;
use crate::attempt::{Exchange, Learned, Outcome, Record, Step};
use crate::enrollment::{Brought, SignedIn};
use crate::id::ObjectId;
use crate::language::Language;
use crate::refusal::Refusal;

use super::connection::Peer;
use super::error::fault;
use super::pages::{AppUri, AskPage, AuthPage, DonePage, Error, ErrorPage, Form, Look, reply};
use super::soap::{header_text, told};

/// Names and values of a query or of a form.
type Pairs = Vec<(String, String)>;

/// What begins the name of an answer.
const FIELD: &str = "field.";

/// The value of a name, whatever its case: links write them differently (LINKS 2).
fn value<'a>(pairs: &'a Pairs, name: &str) -> &'a str {
    let found = pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str()).unwrap_or_default()
}

/// How a page of an organization looks to whoever asks; none: of the one that exists from the first start.
pub(super) fn look(
    app: &App,
    request: &HttpRequest,
    organization: Option<ObjectId>,
    language: Option<Language>,
) -> Result<Look, Error> {
    let face = app.admin.face(organization)?;
    Look::of(request.headers(), face, language)
}

/// Shows the form.
pub(super) async fn form(
    app: Data<App>,
    request: HttpRequest,
    walk: Option<Path<String>>,
    asked: Query<Pairs>,
) -> HttpResponse {
    // A deep link's token, which Windows may hand on (LINKS 2).
    let code = value(&asked, "accesstoken");
    let organization = match code {
        "" => None,
        code => app.enrollment.invitation(code, address(&request)).ok(),
    };
    let organization = organization.map(|token| token.organization_id);
    let look = match look(&app, &request, organization, None) {
        Ok(look) => look,
        Err(error) => return error.error_response(),
    };
    let Some(appru) = app_uri(&app, value(&asked, "appru")) else {
        return not_windows(&look);
    };
    let page = AuthPage {
        look: &look,
        appru: &appru,
        login_hint: value(&asked, "login_hint"),
        code: organization.map_or("", |_| code),
        flow: &walk_of(&app, walk).to_string(),
        error: None,
        support_id: "",
    };
    reply(&look, StatusCode::OK, Form::Own(&appru), &page)
}

/// Takes code and answers; hands the result to Windows, or asks for what is missing.
pub(super) async fn submit(
    app: Data<App>,
    request: HttpRequest,
    walk: Option<Path<String>>,
    typed: web::Form<Pairs>,
) -> HttpResponse {
    let typed = typed.into_inner();
    let look = match look(&app, &request, None, None) {
        Ok(look) => look,
        Err(error) => return error.error_response(),
    };
    let Some(appru) = app_uri(&app, value(&typed, "appru")) else {
        return not_windows(&look);
    };
    let attempt = walk_of(&app, walk);
    let (email, code) = (value(&typed, "email"), value(&typed, "code"));
    let answers = typed
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(FIELD)?.to_owned(), value.clone())));
    let answers: Pairs = answers.collect();
    let brought = Brought {
        code,
        email: Some(email.trim()).filter(|email| !email.is_empty()),
        address: address(&request),
        attempt,
        language: look.language(),
        filled_in: Some(answers.as_slice()).filter(|_| !value(&typed, "asked").is_empty()),
        accepted: value(&typed, "accepted").parse().ok(),
    };
    let mut learned = Learned {
        username: Some(email.to_owned()).filter(|email| !email.is_empty()),
        ..Learned::default()
    };
    let signed_in = app.enrollment.sign_in(brought, &mut learned).await;
    let walk = Walk {
        app: &app,
        request: &request,
        appru: &appru,
        attempt,
        trace_id: Uuid::new_v4(),
    };
    walk.record(learned, &signed_in);
    match walk.answer(signed_in, &look, email, code, &answers) {
        Ok(reply) => reply,
        Err(error) => error.error_response(),
    }
}

/// One walk on the page.
struct Walk<'a> {
    app: &'a App,
    request: &'a HttpRequest,
    appru: &'a AppUri,
    attempt: ObjectId,
    trace_id: Uuid,
}

impl Walk<'_> {
    fn answer(
        &self,
        signed_in: Result<SignedIn, Refusal>,
        look: &Look,
        email: &str,
        code: &str,
        answers: &Pairs,
    ) -> Result<HttpResponse, Error> {
        let (appru, flow) = (self.appru, self.attempt.to_string());
        let own = Form::Own(appru);
        let of = |organization| self::look(self.app, self.request, Some(organization), None);
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
                    flow: &flow,
                    questions: &questions,
                    filled_in: answers,
                };
                reply(look, StatusCode::OK, own, &page)
            }
            Err(refusal) => {
                let sentence = refusal.sentence_in(look.language());
                let page = AuthPage {
                    look,
                    appru,
                    login_hint: email,
                    code: "",
                    flow: &flow,
                    error: Some(&sentence),
                    support_id: &self.trace_id.to_string(),
                };
                reply(look, StatusCode::OK, own, &page)
            }
        })
    }

    fn record(&self, learned: Learned, signed_in: &Result<SignedIn, Refusal>) {
        let (request, attempt, trace_id) = (self.request, self.attempt, self.trace_id);
        let refusal = signed_in.as_ref().err();
        let told = refusal.map(|refusal| told(refusal, &fault(refusal, trace_id)));
        let exchange = Exchange {
            step: Step::SignIn,
            at: self.app.clock.now(),
            trace_id,
            status: StatusCode::OK.as_u16(),
            request_bytes: 0,
            reply_bytes: 0,
            microseconds: 0,
            remote: address(request).map(|address| address.to_string()),
            user_agent: header_text(request, &USER_AGENT),
            message_id: None,
            notes: learned.notes.clone(),
        };
        match (&told, signed_in) {
            (Some(told), _) => {
                tracing::warn!(%trace_id, %attempt, refusal = told.refusal, "refused on the page");
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

pub(super) fn address(request: &HttpRequest) -> Option<std::net::IpAddr> {
    request.conn_data::<Peer>().map(|peer| peer.address.ip())
}

fn app_uri(app: &App, text: &str) -> Option<AppUri> {
    let schemes: Vec<&str> = app.app_schemes.iter().map(String::as_str).collect();
    AppUri::parse(text, &schemes)
}

/// The walk that discovery put into the address, else a new one.
fn walk_of(app: &App, walk: Option<Path<String>>) -> ObjectId {
    walk.and_then(|walk| walk.parse().ok())
        .unwrap_or_else(|| ObjectId::generate(app.clock.now()))
}

fn not_windows(look: &Look) -> HttpResponse {
    let page = ErrorPage {
        look,
        sentence: look.not_windows(),
        support_id: "",
    };
    reply(look, StatusCode::BAD_REQUEST, Form::None, &page)
}
