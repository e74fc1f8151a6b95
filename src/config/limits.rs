//! The limits. In each of them 0 turns the limit off.

use super::key::section;

section! {
    /// The limits; 0 turns one off.
    pub struct Limits in "limits." {
        /// Bytes of a request's body.
        body_bytes: u32 = 131_072;
        /// Bytes of a package of a management session, which may bring long lists. More than 4 MiB is not read in any case.
        management_body_bytes: u32 = 4_194_304;
        /// Seconds in which a request's body must have arrived.
        body_seconds: u32 = 15;
        /// Seconds in which a request's header must have arrived.
        header_seconds: u32 = 5;
        /// Seconds in which the TLS handshake must be done.
        handshake_seconds: u32 = 3;
        /// Seconds that an idle connection is kept.
        keep_alive_seconds: u32 = 15;
        /// Connections open at a time from one address.
        connections_per_ip: u32 = 64;
        /// Connections open at a time from an address of this machine, or of a trusted proxy.
        /// Off, since a reverse proxy carries everybody's connections.
        connections_per_loopback_ip: u32 = 0;
        /// Seconds between reporting unreadiness and refusing new connections, when stopping.
        drain_delay_seconds: u32 = 5;
        /// Seconds that requests under way are given to end, when stopping.
        shutdown_seconds: u32 = 25;
        /// Wrong credentials for one account within the window before it is locked out.
        /// Off, since codes have 60 random bits and a stranger could lock a user out. Passwords have a limit of their own.
        credential_failures_per_account: u32 = 0;
        /// Wrong passwords for one person, and for one name as it was typed, within the window before nobody is asked.
        password_failures_per_account: u32 = 10;
        /// Wrong credentials from one address within the window before it is locked out.
        /// Addresses of this machine are not counted.
        credential_failures_per_ip: u32 = 100;
        /// Wrong digests in management sessions of one device within the window before none is looked at.
        /// Off, since secrets have 256 random bits and a stranger could lock a device out.
        digest_failures_per_device: u32 = 0;
        /// Minutes of the window in which wrong credentials are counted.
        credential_window_minutes: u32 = 15;
        /// Requests to the API in a minute with one key.
        api_requests_per_minute: u32 = 600;
        /// Mails in an hour to one address of an organization; more of them wait.
        mail_per_recipient_per_hour: u32 = 3;
        /// Mails in an hour from one organization; more of them wait.
        mail_per_organization_per_hour: u32 = 200;
    }
}
