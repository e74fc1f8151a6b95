//! A directory of another make: `OpenLDAP`'s `slapd` as a process of its own, that can be stopped and killed.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;

use crate::openssl::skip;

pub(super) const BASE: &str = "dc=contoso,dc=example";
pub(super) const READER: &str = "cn=reader,dc=contoso,dc=example";
/// The password of [`READER`].
pub(super) const READS: &str = "canary-bind-b1f0";
/// The password of everybody who has one.
pub(super) const PASSWORD: &str = "canary-open-s35ame";

/// The server and its data.
pub(super) struct Slapd {
    folder: TempDir,
    running: Option<Child>,
    /// The port of `ldap://`.
    pub(super) plain: u16,
    /// The port of `ldaps://`.
    pub(super) tls: u16,
    /// What its certificate comes from, in PEM.
    pub(super) certificate: String,
    referred: TcpListener,
}

impl Slapd {
    /// A directory whose certificate is of `localhost`; none, said aloud, where slapd is not installed.
    pub(super) fn start() -> Option<Self> {
        Self::with("localhost", "")
    }

    /// The same with a certificate of another name.
    pub(super) fn named(host: &str) -> Option<Self> {
        Self::with(host, "")
    }

    /// The same that answers one entry and no more.
    pub(super) fn limited() -> Option<Self> {
        Self::with("localhost", "sizelimit 1\n")
    }

    fn with(host: &str, more: &str) -> Option<Self> {
        if !program("slapd").exists() {
            skip("slapd is not installed");
            return None;
        }
        let folder = TempDir::new().unwrap();
        let signed = rcgen::generate_simple_self_signed(vec![host.to_owned()]).unwrap();
        let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
        write("cert.pem", signed.cert.pem());
        write("key.pem", signed.signing_key.serialize_pem());
        fs::create_dir(folder.path().join("db")).unwrap();
        let referred = TcpListener::bind("127.0.0.1:0").unwrap();
        referred.set_nonblocking(true).unwrap();
        let port = referred.local_addr().unwrap().port();
        write("ad.schema", AD_SCHEMA.to_owned());
        write("slapd.conf", configuration(folder.path()) + more);
        write(
            "init.ldif",
            PEOPLE.replace("REFERRED", &port.to_string()) + &groups(),
        );
        let mut server = Self {
            certificate: signed.cert.pem(),
            folder,
            running: None,
            plain: 0,
            tls: 0,
            referred,
        };
        let filled = server
            .command("slapadd")
            .args(["-q", "-l"])
            .arg(server.folder.path().join("init.ldif"))
            .output()
            .unwrap();
        assert!(filled.status.success(), "{filled:?}");
        server.run();
        Some(server)
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(program(name));
        command.arg("-f").arg(self.folder.path().join("slapd.conf"));
        command
    }

    /// Starts it at two free ports; somebody else may take one first.
    fn run(&mut self) {
        for _ in 0..10 {
            (self.plain, self.tls) = (free(), free());
            let urls = format!(
                "ldap://127.0.0.1:{}/ ldaps://127.0.0.1:{}/",
                self.plain, self.tls
            );
            let log = fs::File::create(self.folder.path().join("log")).unwrap();
            let mut command = self.command("slapd");
            // With -d it stays in the foreground.
            let command = command.args(["-d", "0", "-h", &urls]).stdin(Stdio::null());
            let child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
            self.running = Some(child);
            for _ in 0..200 {
                if [self.plain, self.tls]
                    .iter()
                    .all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok())
                {
                    return;
                }
                let running = self.running.as_mut().unwrap();
                if running.try_wait().unwrap().is_some() {
                    break;
                }
                sleep(Duration::from_millis(50));
            }
            self.kill();
        }
        let log = fs::read_to_string(self.folder.path().join("log"));
        panic!("slapd does not start: {log:?}");
    }

    /// It keeps its connections and says nothing any more.
    pub(super) fn freeze(&self) {
        self.signal("-STOP");
    }

    pub(super) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.running.as_ref().unwrap().id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
    }

    pub(super) fn kill(&mut self) {
        if let Some(mut process) = self.running.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    pub(super) fn ldaps(&self) -> String {
        format!("ldaps://localhost:{}", self.tls)
    }

    /// Whether anybody followed the referral.
    pub(super) fn referral_was_followed(&self) -> bool {
        self.referred.accept().is_ok()
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Where Debian puts it, which is on the PATH of root alone.
fn program(name: &str) -> PathBuf {
    Path::new("/usr/sbin").join(name)
}

fn free() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn configuration(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        r#"include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include {folder}/ad.schema
pidfile {folder}/pid
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
moduleload ppolicy
allow bind_anon_cred bind_anon_dn
TLSCertificateFile {folder}/cert.pem
TLSCertificateKeyFile {folder}/key.pem
database mdb
maxsize 16777216
suffix "{BASE}"
rootdn "cn=root,{BASE}"
directory {folder}/db
overlay memberof
overlay ppolicy
ppolicy_default "cn=policy,{BASE}"
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{READER}" read by anonymous auth by * none
"#
    )
}

/// The attributes of Active Directory that the settings name.
const AD_SCHEMA: &str = "attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.656 NAME 'userPrincipalName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
";

/// Forty groups that hold Ana, so that nothing rests on one.
fn groups() -> String {
    let one = |n: u32| {
        format!(
            "\ndn: cn=Group {n},ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: Group {n}\nmember: uid=ana,ou=people,{BASE}\n"
        )
    };
    (0..40).map(one).collect()
}

const PEOPLE: &str = "dn: dc=contoso,dc=example
objectClass: organization
objectClass: dcObject
o: Contoso
dc: contoso

dn: cn=policy,dc=contoso,dc=example
objectClass: organizationalRole
objectClass: pwdPolicy
cn: policy
pwdAttribute: userPassword
pwdLockout: TRUE

dn: cn=reader,dc=contoso,dc=example
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: canary-bind-b1f0

dn: ou=people,dc=contoso,dc=example
objectClass: organizationalUnit
ou: people

dn: ou=alone,dc=contoso,dc=example
objectClass: organizationalUnit
ou: alone

dn: ou=groups,dc=contoso,dc=example
objectClass: organizationalUnit
ou: groups

dn: uid=ana,ou=people,dc=contoso,dc=example
objectClass: inetOrgPerson
objectClass: extensibleObject
uid: ana
cn: Ana
sn:: R2FyY8OtYQ==
givenName: Ana
mail: ana@contoso.example
objectGUID:: //79/PsREiMzRFVmd4iZqg==
userPassword: canary-open-s35ame
memberOf: cn=Sales,ou=groups,dc=contoso,dc=example
memberOf: cn=IT\\2C Kiosks,ou=groups,dc=contoso,dc=example

dn: uid=ben,ou=people,dc=contoso,dc=example
objectClass: inetOrgPerson
objectClass: extensibleObject
uid: ben
cn: Ben
sn: Ito
givenName: Ben
mail: ben@contoso.example
objectGUID: 0123456789abcdef
userPassword: canary-open-s35ame

dn: uid=carla,ou=people,dc=contoso,dc=example
objectClass: inetOrgPerson
uid: carla
cn: Carla
sn: without a password
mail: carla@contoso.example

dn: uid=dora,ou=people,dc=contoso,dc=example
objectClass: inetOrgPerson
uid: dora
cn: Dora
sn: locked
mail: dora@contoso.example
userPassword: canary-open-s35ame
pwdAccountLockedTime: 000001010000Z

dn: uid=twin,ou=people,dc=contoso,dc=example
objectClass: inetOrgPerson
uid: twin
cn: Twin
sn: One
mail: twin1@contoso.example
userPassword: canary-open-s35ame

dn: cn=Other twin,ou=people,dc=contoso,dc=example
objectClass: inetOrgPerson
uid: twin
cn: Other twin
sn: Two
mail: twin2@contoso.example
userPassword: canary-open-s35ame

dn: uid=hana,ou=people,dc=contoso,dc=example
objectClass: inetOrgPerson
uid: hana
cn: Hana
sn: Twelve
mail: hana@contoso.example
userPassword: Sommer2026xy

dn: uid=nomail,ou=people,dc=contoso,dc=example
objectClass: inetOrgPerson
uid: nomail
cn: Nomail
sn: Nobody
userPassword: canary-open-s35ame

dn: cn=Ana \\, Maria (IT)*,ou=people,dc=contoso,dc=example
objectClass: inetOrgPerson
cn: Ana , Maria (IT)*
sn: Maria
givenName: Ana Maria
uid: ana.maria
uid: maria (it)*\\
mail: ana.maria@contoso.example
userPassword: canary-open-s35ame

dn: uid=eva,ou=alone,dc=contoso,dc=example
objectClass: inetOrgPerson
uid: eva
cn: Eva
sn: Alone
mail: eva@contoso.example
userPassword: canary-open-s35ame

dn: ou=elsewhere,ou=people,dc=contoso,dc=example
objectClass: referral
objectClass: extensibleObject
ou: elsewhere
ref: ldap://127.0.0.1:REFERRED/ou=people,dc=contoso,dc=example

dn: cn=Sales,ou=groups,dc=contoso,dc=example
objectClass: groupOfNames
cn: Sales
member: uid=ana,ou=people,dc=contoso,dc=example

dn: cn=IT\\, Kiosks,ou=groups,dc=contoso,dc=example
objectClass: groupOfNames
cn: IT, Kiosks
member: cn=Ana \\, Maria (IT)*,ou=people,dc=contoso,dc=example
";
