//! Serving one SOAP exchange: bytes in, the exchange's own reply or a fault out, and a record of it either way.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, USER_AGENT};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use uuid::Uuid;

use crate::app::App;
use crate::attempt::{self, Learned, Outcome, Record, Step, Told};
use crate::enrollment::Caller;
use crate::id::ObjectId;
use crate::language::Language;
use crate::refusal::Refusal;
use crate::soap::{self, Envelope, Exchange, Fault, Header, Reply, ReplyHeader, Window};
use crate::xml::Limits;

use super::connection::Peer;
use super::error::{fault, unreadable};

/// The media type of SOAP 1.2 (RFC 3902), which Windows sends and expects.
const SOAP_XML: &str = "application/soap+xml; charset=utf-8";

/// What a service is given beside the message.
pub(super) struct Context {
    /// The walk that the exchange belongs to.
    pub(super) attempt: ObjectId,
    /// The template that the address names.
    pub(super) template: Option<ObjectId>,
    /// The request's header.
    header: Header,
    /// The far end of its connection.
    peer: Option<Peer>,
    /// What becomes known on the way.
    pub(super) learned: Learned,
}

impl Context {
    /// Who is asking, and what becomes known of it.
    pub(super) fn parts(&mut self) -> (Caller<'_>, &mut Learned) {
        let caller = Caller {
            attempt: self.attempt,
            template: self.template,
            security: self.header.security.as_ref(),
            certificate: self
                .peer
                .as_ref()
                .and_then(|peer| peer.certificate.as_deref()),
            address: self.peer.as_ref().map(|peer| peer.address.ip()),
        };
        (caller, &mut self.learned)
    }
}

/// How an exchange ended, before it is written.
struct Served<R> {
    result: Result<R, Refusal>,
    message_id: Option<String>,
    learned: Learned,
}

/// Reads the exchange `E` from `body`, lets `serve` answer it, and writes what comes of it.
pub(super) async fn respond<E, F>(
    app: &App,
    request: &HttpRequest,
    body: &Bytes,
    step: Step,
    serve: F,
) -> HttpResponse
where
    E: Exchange,
    F: AsyncFnOnce(E, &mut Context) -> Result<E::Reply, Refusal>,
{
    if let Some(refused) = refuse_transport(request) {
        return refused;
    }
    let (started, trace_id) = (Instant::now(), Uuid::new_v4());
    let (attempt, template) = named(app, request);
    let peer = Peer::of(request);
    let address = peer.as_ref().map(|peer| peer.address.ip());
    let served = AssertUnwindSafe(exchange::<E, F>((attempt, template), peer, body, serve))
        .catch_unwind()
        .await;
    let served = served.unwrap_or_else(|_| {
        tracing::error!(%trace_id, ?step, "a panic in a request");
        Served {
            result: Err(Refusal::Internal),
            message_id: None,
            learned: Learned::default(),
        }
    });
    let mut header = ReplyHeader {
        relates_to: served.message_id.clone(),
        activity_id: Some(trace_id.to_string()),
        timestamp: None,
    };
    let (status, text, told) = match &served.result {
        Ok(reply) => {
            if step == Step::RequestSecurityToken {
                header.timestamp = Some(window(app.clock.now()));
            }
            (StatusCode::OK, soap::write_reply(reply, &header), None)
        }
        Err(refusal) => {
            let fault = fault(refusal, trace_id);
            (
                status_of_faults(app),
                fault.write(E::Reply::ACTION, &header),
                Some(told(refusal, &fault)),
            )
        }
    };
    let exchange = attempt::Exchange {
        step,
        at: app.clock.now(),
        trace_id,
        status: status.as_u16(),
        request_bytes: body.len(),
        reply_bytes: text.len(),
        microseconds: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        remote: address.map(|address| address.to_string()),
        user_agent: header_text(request, &USER_AGENT),
        message_id: served.message_id,
        notes: served.learned.notes.clone(),
    };
    log(&exchange, attempt, told.as_ref());
    let outcome = match (&told, step) {
        (Some(_), _) => Outcome::Refused,
        (None, Step::RequestSecurityToken) => Outcome::Enrolled,
        (None, _) => Outcome::Open,
    };
    app.recorder.record(Record {
        attempt,
        exchange,
        outcome,
        told,
        learned: served.learned,
    });
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, SOAP_XML))
        .body(text)
}

async fn exchange<E, F>(
    (attempt, template): (ObjectId, Option<ObjectId>),
    peer: Option<Peer>,
    body: &Bytes,
    serve: F,
) -> Served<E::Reply>
where
    E: Exchange,
    F: AsyncFnOnce(E, &mut Context) -> Result<E::Reply, Refusal>,
{
    let refused = |refusal, message_id| Served {
        result: Err(refusal),
        message_id,
        learned: Learned::default(),
    };
    let envelope = match Envelope::read(body, &Limits::SOAP) {
        Ok(envelope) => envelope,
        Err(rejected) => return refused(unreadable(&rejected.error), rejected.message_id),
    };
    let message_id = envelope.header.message_id.clone();
    let message = match E::take(&envelope) {
        Ok(message) => message,
        Err(error) => return refused(unreadable(&error), message_id),
    };
    let mut context = Context {
        attempt,
        template,
        header: envelope.header,
        peer,
        learned: Learned::default(),
    };
    let result = serve(message, &mut context).await;
    Served {
        result,
        message_id,
        learned: context.learned,
    }
}

/// What no envelope is needed to refuse: a media type that is no XML, an encoding that is not UTF-8, two actions.
fn refuse_transport(request: &HttpRequest) -> Option<HttpResponse> {
    let plain = |status, sentence: &'static str| {
        Some(
            HttpResponse::build(status)
                .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
                .body(sentence),
        )
    };
    if request.headers().get_all("SOAPAction").count() > 1 {
        return plain(
            StatusCode::BAD_REQUEST,
            "The request has two SOAPAction headers.\n",
        );
    }
    let content_type = header_text(request, &CONTENT_TYPE)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let mut parts = content_type.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    if !matches!(
        kind,
        "" | "application/soap+xml" | "text/xml" | "application/xml"
    ) {
        return plain(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Send the message as application/soap+xml.\n",
        );
    }
    let charset = parts.find_map(|part| part.strip_prefix("charset="));
    match charset.map(|charset| charset.trim_matches('"')) {
        None | Some("utf-8" | "utf8") => None,
        Some(_) => plain(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Send the message in UTF-8.\n",
        ),
    }
}

/// The walk and the template named in the address that discovery gave out; a device that came another way begins a walk.
fn named(app: &App, request: &HttpRequest) -> (ObjectId, Option<ObjectId>) {
    let named = |name: &str| {
        url::form_urlencoded::parse(request.query_string().as_bytes())
            .find(|(key, _)| key == name)
            .and_then(|(_, value)| value.parse().ok())
    };
    let attempt = named("attempt").unwrap_or_else(|| ObjectId::generate(app.clock.now()));
    let template = request.match_info().get("template");
    let template = template.and_then(|id| id.parse().ok());
    (attempt, template.or_else(|| named("template")))
}

pub(super) fn told(refusal: &Refusal, fault: &Fault) -> Told {
    Told {
        refusal: refusal.name(),
        hresult: fault.hresult(),
        sentence: fault.reason.clone(),
        sentence_in_spanish: refusal.sentence_in(Language::Es),
        explanation: refusal.explanation(),
    }
}

/// 500 as the SOAP HTTP binding says, or what the administrator configured.
fn status_of_faults(app: &App) -> StatusCode {
    StatusCode::from_u16(app.fault_status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A header of the request as text, cut to what a log line bears.
pub(super) fn header_text(
    request: &HttpRequest,
    name: &actix_web::http::header::HeaderName,
) -> Option<String> {
    let text = request.headers().get(name)?.to_str().ok()?;
    Some(text.chars().take(200).collect())
}

/// Five minutes either way, so that a device with a skewed clock still finds the reply current.
fn window(now: jiff::Timestamp) -> Window {
    let minutes = jiff::SignedDuration::from_mins(5);
    let text = |time: jiff::Timestamp| format!("{time:.3}");
    Window {
        created: text(now - minutes),
        expires: text(now + minutes),
    }
}

fn log(exchange: &attempt::Exchange, attempt: ObjectId, told: Option<&Told>) {
    let attempt::Exchange {
        step,
        trace_id,
        status,
        microseconds,
        ..
    } = exchange;
    match told {
        None => tracing::info!(%trace_id, %attempt, ?step, status, microseconds, "answered"),
        Some(told) => tracing::warn!(
            %trace_id, %attempt, ?step, status, microseconds,
            refusal = told.refusal, hresult = format_args!("0x{:08x}", told.hresult), "refused"
        ),
    }
}
