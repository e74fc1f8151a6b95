//! Three hundred devices over a rotation: of both issuing CAs there are certificates in every state, and what the server,
//! OpenSSL and pkilint say of each is the same.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use futures_util::StreamExt as _;
use portcullis::ca::Authority;
use x509_ocsp::CertStatus;

use super::fleet::{Certificate, Member, Plan, Standing, issued_to};
use super::responder::{ask, basic, request};
use super::{CODES, REASONS, crl_at, crl_url_of, read, start, write_authority};
use crate::api::Api;
use crate::openssl::{Openssl, assert_lint, linter};
use crate::pc::{bearer, pem};

/// The authority rotates before what happens on this day.
const ROTATION: u32 = 3;
const DAYS: u32 = 6;
/// Seconds.
const DAY: i64 = 24 * 60 * 60;
/// Seconds that the server's clock may be ahead of OpenSSL's, by which that judges the times of an answer.
const AHEAD: i64 = 7 * DAY;
/// Devices that do something at the same time.
const AT_ONCE: usize = 8;
/// The most certificates that one request to the responder may name.
const ASKED: usize = 20;

const fn plan(enrolls: u32, renews: &'static [u32], is_revoked: Option<u32>) -> Plan {
    Plan {
        enrolls,
        renews,
        is_revoked,
    }
}

/// A hundred devices are renewed twice, a hundred are revoked, a hundred stay as they are; the hundred is shared out evenly.
const PLANS: [&[Plan]; 3] = [
    &[
        plan(0, &[1, 2], None),
        plan(0, &[1, 3], None),
        plan(0, &[3, 4], None),
        plan(3, &[4, 5], None),
    ],
    &[
        plan(0, &[], Some(1)),
        plan(0, &[], Some(3)),
        plan(3, &[], Some(4)),
        plan(0, &[1], Some(3)),
        plan(0, &[3], Some(4)),
    ],
    &[plan(0, &[], None), plan(3, &[], None)],
];

/// An issuing CA, the folder that its certificates are judged in, and where its list is.
struct Generation {
    authority: Arc<Authority>,
    openssl: Openssl,
    list: String,
    is_first: bool,
}

impl Generation {
    fn new(api: &Api, openssl: Openssl, is_first: bool) -> Self {
        let authority = api.server.server.app.authority.current();
        write_authority(&openssl, &authority);
        Self {
            list: crl_url_of(&api.server, authority.issuing_id()),
            authority,
            openssl,
            is_first,
        }
    }

    /// What it issued.
    fn certificates<'a>(&self, fleet: &'a [Member]) -> Vec<&'a Certificate> {
        let all = fleet.iter().flat_map(|member| &member.certificates);
        all.filter(|it| (it.day < ROTATION) == self.is_first)
            .collect()
    }

    /// Fails unless list and responder say of each certificate what is to be said, as OpenSSL reads them.
    async fn judge(&self, api: &Api, fleet: &[Member]) {
        let certificates = self.certificates(fleet);
        for it in &certificates {
            self.openssl.write(&it.file(), pem("CERTIFICATE", &it.der));
            let issuer = issued_to(api, &it.der).await.issuer;
            assert_eq!(issuer, self.authority.issuing_id());
        }
        let list = crl_at(&api.server, &self.list).await;
        self.openssl.write("crl.der", &list.body);
        self.openssl.write("crl.pem", pem("X509 CRL", &list.body));
        let revoked = certificates
            .iter()
            .filter_map(|it| Some((it.serial.clone(), code(it)?)));
        let mut revoked: Vec<_> = revoked.collect();
        revoked.sort();
        assert_eq!(read(&list.body).1, revoked);
        // A list is good from the second after it was made.
        let at = api.server.clock.now().as_second() + 1;
        self.verify(at, &certificates);
        for (number, asked) in certificates.chunks(ASKED).enumerate() {
            let hash = ["-sha1", "-sha256"][number % 2];
            self.ask(api, at, hash, asked).await;
        }
    }

    /// `openssl verify` with the list, over all at once.
    fn verify(&self, at: i64, certificates: &[&Certificate]) {
        let files: Vec<_> = certificates.iter().map(|it| it.file()).collect();
        let judged = self.openssl.run(&format!(
            "verify -x509_strict -purpose sslclient -crl_check -attime {at} -CAfile root.pem -untrusted issuing.pem \
             -CRLfile crl.pem {}",
            files.join(" ")
        ));
        let (good, bad) = (text(&judged.stdout), text(&judged.stderr));
        let mut told: BTreeMap<&str, &str> = good
            .lines()
            .filter_map(|line| line.rsplit_once(": "))
            .collect();
        let mut why = "";
        for line in bad.lines() {
            match line.strip_suffix(": verification failed") {
                Some(file) => drop(told.insert(file.trim_start_matches("error "), why)),
                None => why = line.split_once(" lookup: ").map_or(why, |(_, why)| why),
            }
        }
        let expected = certificates.iter().map(|it| match it.is_revoked() {
            true => (it.file(), "certificate revoked"),
            false => (it.file(), "OK"),
        });
        let told = told.into_iter().map(|(file, why)| (file.to_owned(), why));
        let told: BTreeMap<_, _> = told.collect();
        assert_eq!(told, expected.collect(), "{bad}");
    }

    /// `openssl ocsp` over the answer to one request.
    async fn ask(&self, api: &Api, at: i64, hash: &str, certificates: &[&Certificate]) {
        let asked: Vec<_> = certificates
            .iter()
            .map(|it| format!("{hash} -cert {}", it.file()))
            .collect();
        let asked = format!("-no_nonce {}", asked.join(" "));
        let answer = ask(api, request(&self.openssl, &asked)).await;
        self.openssl.write("resp.der", &answer.body);
        let judged = self.openssl.run(&format!(
            "ocsp -issuer issuing.pem {asked} -respin resp.der -CAfile both.pem -validity_period {AHEAD} -attime {at}"
        ));
        let (told, verdict) = (text(&judged.stdout), text(&judged.stderr));
        assert!(verdict.contains("Response verify OK"), "{verdict}");
        let told = told
            .lines()
            .filter_map(|line| line.split_once(".pem: "))
            .map(|(serial, status)| (format!("{serial}.pem"), status));
        let expected: Vec<_> = certificates
            .iter()
            .map(|it| match it.is_revoked() {
                true => (it.file(), "revoked"),
                false => (it.file(), "good"),
            })
            .collect();
        assert_eq!(told.collect::<Vec<_>>(), expected);
        let responses = basic(&answer).tbs_response_data.responses;
        let codes = responses.iter().map(|it| match &it.cert_status {
            CertStatus::Good(_) => None,
            CertStatus::Revoked(it) => Some(it.revocation_reason.map_or(0, |it| it as u8)),
            CertStatus::Unknown(_) => panic!("{it:?}"),
        });
        let expected: Vec<_> = certificates.iter().map(|it| code(it)).collect();
        assert_eq!(codes.collect::<Vec<_>>(), expected);
    }

    /// Fails unless pkilint finds nothing on the list, on an answer of each kind, and on the chains.
    async fn lint(&self, api: &Api, fleet: &[Member]) {
        let names = ["lint_crl", "lint_ocsp_response", "lint_pkix_cert"];
        let [Some(list), Some(response), Some(certificate)] = names.map(linter) else {
            return;
        };
        let Some(chain) = linter("lint_pkix_signer_signee_cert_chain") else {
            return;
        };
        let path = |name: &str| self.openssl.path(name);
        assert_lint(&list, &["-t", "CRL", "-p", "PKIX"], &[&path("crl.der")]);
        let signer = self
            .authority
            .ocsp_signer(self.authority.issuing_id(), api.server.clock.now());
        let signer = pem("CERTIFICATE", signer.unwrap().certificate());
        self.openssl.write("signer.pem", signer);
        let certificates = self.certificates(fleet);
        let mut leaves = Vec::new();
        for standing in [
            Standing::Current,
            Standing::Superseded,
            Standing::Revoked(1),
        ] {
            let one = certificates.iter().find(|it| it.standing == standing);
            let file = one.unwrap().file();
            let asked = format!("-no_nonce -cert {file}");
            let answer = ask(api, request(&self.openssl, &asked)).await;
            let answer = self.openssl.write("resp.der", &answer.body);
            assert_lint(&response, &[], &[&answer]);
            leaves.push(file);
        }
        let lint_chain = |issuer: &str, subject: &str| {
            let (issuer, subject): (&Path, &Path) = (&path(issuer), &path(subject));
            assert_lint(&chain, &[], &[issuer, subject]);
            assert_lint(&certificate, &[], &[subject]);
        };
        lint_chain("root.pem", "issuing.pem");
        lint_chain("issuing.pem", "signer.pem");
        lint_chain("issuing.pem", &leaves[0]);
    }
}

/// What the list says of a certificate.
fn code(certificate: &Certificate) -> Option<u8> {
    match certificate.standing {
        Standing::Current | Standing::Superseded => None,
        Standing::Revoked(reason) => Some(CODES[reason]),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn fleet() -> Vec<Member> {
    let plans = PLANS.iter().flat_map(|plans| {
        let each = 100 / plans.len();
        let places = (0..each).flat_map(|place| plans.iter().map(move |plan| (*plan, place)));
        places.collect::<Vec<_>>()
    });
    plans
        .map(|(plan, place)| Member::new(plan, place))
        .collect()
}

/// Lets some of the devices do something, several at the same time.
async fn each<'a, F>(
    fleet: impl Iterator<Item = &'a mut Member>,
    work: impl Fn(&'a mut Member) -> F,
) where
    F: Future<Output = ()> + 'a,
{
    let all = futures_util::stream::iter(fleet);
    all.for_each_concurrent(AT_ONCE, work).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_rotation_every_certificate_stands_as_it_should_by_list_and_by_ocsp() {
    let (Some(first), Some(second)) = (Openssl::new(), Openssl::new()) else {
        return;
    };
    let api = start().await;
    let token = api
        .server
        .token_with(|wish| (wish.uses, wish.duration) = (None, None));
    let shows = bearer(&token.await.token);
    let first = Generation::new(&api, first, true);
    let mut fleet = fleet();
    assert_eq!(fleet.len(), 300);
    for day in 0..DAYS {
        if day == ROTATION {
            api.server.rotate(&[]).await;
        }
        each(fleet.iter_mut(), |it| it.live(&api, &shows, day)).await;
        api.server.clock.advance(DAY);
    }
    assert_eq!(api.server.devices().await.len(), 300);
    let second = Generation::new(&api, second, false);
    let generations = [&first, &second];
    let certificates = generations.map(|it| it.certificates(&fleet).len());
    assert_eq!(certificates, [300, 240]);
    for generation in generations {
        let certificates = generation.certificates(&fleet);
        let revoked = (0..REASONS.len()).map(Standing::Revoked);
        for standing in revoked.chain([Standing::Current, Standing::Superseded]) {
            let there = certificates.iter().any(|it| it.standing == standing);
            assert!(there, "{standing:?}");
        }
    }
    each(fleet.iter_mut(), |it| async { it.assert_shown(&api).await }).await;
    for generation in generations {
        generation.judge(&api, &fleet).await;
        generation.lint(&api, &fleet).await;
    }
    each(fleet.iter_mut(), |it| it.assert_met(&api)).await;

    // Those who waited use what they have, and nothing is superseded any more but where the newest was revoked alone.
    let current = |it: &&mut Member| it.certificates.last().unwrap().standing == Standing::Current;
    each(fleet.iter_mut().filter(current), |it| it.appear(&api)).await;
    api.server.clock.advance(60);
    each(fleet.iter_mut(), |it| async { it.assert_shown(&api).await }).await;
    for generation in generations {
        generation.judge(&api, &fleet).await;
    }
}
