//! The issuing CA's key in a PKCS#11 token, here SoftHSM, which OpenSSL and SoftHSM's own tools look at.

mod failure;
mod life;
mod softhsm;

use std::fs;
use std::process::Output;

use serde_json::Value as Json;

use crate::openssl::Openssl;
use crate::pc::{Pc, bearer, pem};
use crate::server::{Data, ProcessServer};

use softhsm::SoftHsm;

/// An installation whose issuing CAs have their keys in the token.
struct Site {
    hsm: SoftHsm,
    data: Data,
    more: Vec<(&'static str, String)>,
}

impl Site {
    fn new() -> Option<Self> {
        Some(Self {
            hsm: SoftHsm::new()?,
            data: Data::new(),
            more: Vec::new(),
        })
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        [self.hsm.environment(), self.more.clone()].concat()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        run(&self.data, arguments, &self.environment())
    }

    fn json(&self, arguments: &[&str]) -> Json {
        json(&self.data, arguments, &self.environment())
    }

    /// Starts the server, and makes a token for devices.
    fn serve(self) -> (Served, String) {
        let environment = self.environment();
        let server = start(self.data, &environment);
        let served = Served {
            hsm: self.hsm,
            server,
            environment,
        };
        let made = served.json(&["token", "create", "--uses", "unlimited"]);
        let token = made["token"].as_str().unwrap().to_owned();
        (served, token)
    }

    /// The file that names the key of the active issuing CA.
    fn key_file(&self) -> String {
        key_file(&self.data)
    }
}

/// The same with its server.
struct Served {
    hsm: SoftHsm,
    server: ProcessServer,
    environment: Vec<(&'static str, String)>,
}

impl Served {
    fn run(&self, arguments: &[&str]) -> Output {
        run(self.server.data(), arguments, &self.environment)
    }

    fn json(&self, arguments: &[&str]) -> Json {
        json(self.server.data(), arguments, &self.environment)
    }

    fn restart(self) -> Self {
        let data = self.server.kill();
        let server = start(data, &self.environment);
        Self { server, ..self }
    }

    /// Enrolls a PC, and lets OpenSSL judge its certificate by chain, list and responder.
    async fn enroll(&self, openssl: &Openssl, token: &str) {
        let enrolled = Pc::new().enroll(&self.server, &bearer(token)).await;
        openssl.write("leaf.pem", pem("CERTIFICATE", enrolled.certificate()));
        let shown = self.json(&["ca", "show"]);
        let bundle = self.run(&["ca", "export"]).stdout;
        let bundle = String::from_utf8(bundle).unwrap();
        let blocks: Vec<String> = bundle
            .split_inclusive("-----END CERTIFICATE-----\n")
            .map(str::to_owned)
            .collect();
        openssl.write("root.pem", &blocks[0]);
        openssl.write("issuing.pem", &blocks[1]);
        openssl.write("both.pem", format!("{}{}", blocks[0], blocks[1]));
        let issuer = shown["issuingSha256"].as_str().unwrap();
        let url = format!("{}/crl/{issuer}.crl", self.server.web);
        let list = self.server.get(&url).await;
        assert_eq!(list.status, 200, "{}", list.text());
        openssl.write("crl.pem", pem("X509 CRL", &list.body));
        let judge = |arguments: &str| {
            let output = openssl.run(arguments);
            let told = String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{arguments}: {told}");
            told
        };
        judge(
            "verify -x509_strict -purpose sslclient -crl_check -CAfile root.pem -untrusted issuing.pem -CRLfile crl.pem leaf.pem",
        );
        judge("crl -in crl.pem -noout -CAfile issuing.pem -verify");
        judge("ocsp -issuer issuing.pem -cert leaf.pem -no_nonce -reqout req.der");
        let request = fs::read(openssl.path("req.der")).unwrap();
        let url = format!("{}/ocsp", self.server.web);
        let answer = self
            .server
            .post(&url, "application/ocsp-request", request)
            .await;
        openssl.write("resp.der", &answer.body);
        let told = judge(
            "ocsp -issuer issuing.pem -cert leaf.pem -no_nonce -respin resp.der -CAfile both.pem",
        );
        assert!(told.contains("Response verify OK"), "{told}");
        assert!(told.contains("leaf.pem: good"), "{told}");
    }
}

fn start(data: Data, environment: &[(&'static str, String)]) -> ProcessServer {
    let environment: Vec<(&str, &str)> = environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    data.serve(&environment)
}

fn run(data: &Data, arguments: &[&str], environment: &[(&'static str, String)]) -> Output {
    let mut command = data.command(arguments);
    command.envs(environment.iter().map(|(name, value)| (*name, value)));
    command.output().unwrap()
}

fn json(data: &Data, arguments: &[&str], environment: &[(&'static str, String)]) -> Json {
    let output = run(
        data,
        &[arguments, &["--output", "json"]].concat(),
        environment,
    );
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn key_file(data: &Data) -> String {
    fs::read_to_string(data.path().join("certs/issuing.key")).unwrap()
}
