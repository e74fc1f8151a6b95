//! What is allowed in a configuration but may not be what was wanted.

use std::fmt;

use super::{Config, ISSUER, ManagementMode, SmtpTls, Source, Sources};

/// One doubt about a configuration.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Warning {
    /// The dotted key.
    pub key: &'static str,
    /// What may be wrong with its value.
    pub text: &'static str,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.text)
    }
}

impl Config {
    /// What is allowed but may not be what was wanted.
    pub fn warnings(&self, sources: &Sources) -> Vec<Warning> {
        let mut found = self.address_warnings();
        if ["p256", "p384"].contains(&self.ca.issuing_key.as_str()) {
            found.push(Warning {
                key: "ca.issuing_key",
                text: "an elliptic-curve issuing CA has not yet been seen to work with a real device",
            });
        }
        found.extend(self.one_file_for_all());
        if self.provisioning.poll.first_retries == 0 {
            found.push(Warning {
                key: "provisioning.poll.first_retries",
                text: "the specification wants retries in the first phase; 0 makes that phase endless or drops it",
            });
        }
        if self.enrollment.draining {
            found.push(Warning {
                key: "enrollment.draining",
                text: "is on, so no new device can enroll; devices that are enrolled are served",
            });
        }
        if self.smtp.tls == SmtpTls::None && !self.smtp.host.is_empty() {
            found.push(Warning {
                key: "smtp.tls",
                text: "is none, so codes and the password can be read on the way to the mail server",
            });
        }
        found.extend(self.handover_warning());
        found.extend(self.limits_turned_off(sources));
        found
    }

    fn handover_warning(&self) -> Option<Warning> {
        let it = &self.management;
        let (key, text) = match it.mode {
            ManagementMode::Builtin if !it.url.is_empty() => (
                "management.url",
                "is set, but management.mode is builtin, so devices are managed here",
            ),
            ManagementMode::External if it.webhook_url.is_empty() => (
                "management.webhook_url",
                "is not set, so the server that manages the devices is not told of them, nor how they prove themselves",
            ),
            ManagementMode::Builtin | ManagementMode::External => return None,
        };
        Some(Warning { key, text })
    }

    /// A list or a certificate is one issuing CA's, and after a rotation there are two.
    fn one_file_for_all(&self) -> impl Iterator<Item = Warning> {
        let files = [
            ("ca.crl_url", &self.ca.crl_url),
            ("ca.issuer_url", &self.ca.issuer_url),
        ];
        let lacks = |(_, url): &(_, &String)| !url.is_empty() && !url.contains(ISSUER);
        files.into_iter().filter(lacks).map(|(key, _)| Warning {
            key,
            text: "has no {issuer}, so the certificates of every issuing CA point at the same file",
        })
    }

    fn address_warnings(&self) -> Vec<Warning> {
        let mut found = Vec::new();
        let listeners = [
            ("web.public_url", self.web.listen, &self.web.public_url),
            (
                "device.public_url",
                self.device.listen,
                &self.device.public_url,
            ),
        ];
        let any_public = listeners.iter().any(|(_, _, url)| !url.is_empty());
        for (key, listen, url) in listeners {
            if url.is_empty() && (any_public || !listen.ip().is_loopback()) {
                found.push(Warning {
                    key,
                    text: "is not set, so devices are sent to https://localhost, which only this machine answers",
                });
            }
        }
        if any_public && self.web.public_url == self.device.public_url {
            found.push(Warning {
                key: "device.public_url",
                text: "is the web listener's; browsers will be asked for a client certificate, or devices will not",
            });
        }
        if any_public && self.web.tls_certificate.as_os_str().is_empty() {
            found.push(Warning {
                key: "web.tls_certificate",
                text: "is not set; devices must trust the installation's own authority before they can connect",
            });
        }
        found
    }

    fn limits_turned_off(&self, sources: &Sources) -> Vec<Warning> {
        Self::keys()
            .into_iter()
            .zip(self.values())
            .filter(|(key, value)| {
                key.section() == "limits"
                    && value.as_integer() == Some(0)
                    && *sources.of(key.name) != Source::Default
                    && !MAY_BE_OFF.contains(&key.name)
            })
            .map(|(key, _)| Warning {
                key: key.name,
                text: "this limit is off",
            })
            .collect()
    }
}

/// Limits that are no protection, or are off by default.
const MAY_BE_OFF: [&str; 3] = [
    "limits.connections_per_loopback_ip",
    "limits.drain_delay_seconds",
    "limits.keep_alive_seconds",
];
