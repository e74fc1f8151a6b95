//! Reverse proxies in front of the listeners, and what of theirs is believed.

use ipnet::IpNet;

use super::key::section;

section! {
    /// Reverse proxies that end TLS in front of the listeners (docs/PROXY.md).
    pub struct Proxy in "proxy." {
        /// Addresses and networks of the proxies, as `192.0.2.10` or `10.0.0.0/24`. From them alone `X-Forwarded-For` is
        /// believed, from the right to the first address that is none of them. Empty: nobody is believed.
        trusted: Vec<String> = Vec::new();
        /// What a proxy must send in `Portcullis-Proxy-Secret`, beside coming from such an address: 32 characters or more.
        /// Empty: the address is enough, and no certificate is taken from a header.
        secret: String = String::new() => secret;
        /// The header in which a proxy passes the client's certificate on: base64 as in RFC 9440, or PEM that is
        /// URL-encoded. Whoever else sends it is refused. Empty: certificates are taken from TLS alone.
        certificate_header: String = String::new();
    }
}

impl Proxy {
    /// What [`Self::trusted`] names, an address as a network of one; what is neither is left out.
    pub fn networks(&self) -> Vec<IpNet> {
        let named = self.trusted.iter();
        named.filter_map(|text| network(text)).collect()
    }
}

/// The network that a text names; the network of all addresses is none that could be trusted.
pub(super) fn network(text: &str) -> Option<IpNet> {
    let address = || text.parse().ok().map(|it: std::net::IpAddr| it.into());
    let network: IpNet = text.parse().ok().or_else(address)?;
    (network.prefix_len() > 0).then(|| network.trunc())
}

/// The header in which a proxy shows its secret.
pub const SECRET_HEADER: &str = "portcullis-proxy-secret";

/// Characters that a secret must have.
pub(super) const SHORTEST_SECRET: usize = 32;
