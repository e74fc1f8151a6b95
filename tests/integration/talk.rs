//! A management session as a test holds it, message by message.

use portcullis::protocol::syncml::{
    Alert, Command, Item, Location, Meta, Operation, Results, Status, SyncBody, SyncHdr, SyncMl,
};

use crate::client::Site;

/// How the device answers one command.
#[derive(Debug, Clone, Default)]
pub(crate) struct Says {
    pub(crate) status: u16,
    pub(crate) original_error: Option<String>,
    pub(crate) value: Option<String>,
}

impl Says {
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    pub(crate) fn value(value: &str) -> Self {
        Self {
            value: Some(value.to_owned()),
            ..Self::status(200)
        }
    }
}

/// A session of one device, which speaks over `site`.
pub(crate) struct Talk {
    site: Site,
    device_id: String,
    session: String,
    /// The number of the latest message.
    pub(crate) message: u32,
    /// `LoginStatus`.
    pub(crate) login: &'static str,
    /// `MaxMsgSize`.
    pub(crate) max_msg_size: Option<u32>,
    /// What the latest reply told the device.
    pub(crate) told: Vec<Command>,
    /// The status of the header in the latest reply.
    pub(crate) header: String,
}

impl Talk {
    pub(crate) fn new(site: Site, device_id: &str, session: &str) -> Self {
        Self {
            site,
            device_id: device_id.to_owned(),
            session: session.to_owned(),
            message: 0,
            login: "user",
            max_msg_size: None,
            told: Vec::new(),
            header: String::new(),
        }
    }

    /// The package around these commands, which are numbered here.
    pub(crate) fn package(&self, message: u32, commands: Vec<Command>) -> SyncMl {
        let mut body = SyncBody {
            commands,
            is_final: true,
        };
        for (number, command) in (2_u32..).zip(&mut body.commands) {
            give_number(command, number);
        }
        SyncMl {
            header: SyncHdr {
                ver_dtd: "1.2".to_owned(),
                ver_proto: "DM/1.2".to_owned(),
                session_id: self.session.clone(),
                msg_id: message.to_string(),
                target: Location::from(self.site.management()),
                source: Location::from(self.device_id.as_str()),
                cred: None,
                meta: self.max_msg_size.map(|bytes| Meta {
                    max_msg_size: Some(bytes.to_string()),
                    ..Meta::default()
                }),
            },
            body,
        }
    }

    /// Sends the next message.
    pub(crate) async fn send(&mut self, commands: Vec<Command>) -> SyncMl {
        self.message += 1;
        let package = self.package(self.message, commands);
        self.post(&package).await
    }

    /// Sends a package as it is.
    pub(crate) async fn post(&mut self, package: &SyncMl) -> SyncMl {
        let reply = self.site.manage(package.write()).await;
        let Some(Command::Status(first)) = reply.body.commands.first() else {
            panic!("{reply:?}");
        };
        assert_eq!(
            (first.cmd.as_str(), first.cmd_ref.as_str()),
            ("SyncHdr", "0")
        );
        self.header.clone_from(&first.data);
        let commands = reply.body.commands.iter();
        let told = commands.filter(|it| !matches!(it, Command::Status(_)));
        self.told = told.cloned().collect();
        reply
    }

    /// The first message, and what the device is told.
    pub(crate) async fn hello(&mut self) -> &[Command] {
        let package = vec![
            alert("1201", None),
            alert("1224", Some(("com.microsoft/MDM/LoginStatus", self.login))),
            dev_info(&self.device_id),
        ];
        self.send(package).await;
        &self.told
    }

    /// Answers everything of the latest reply, and what the device is told next.
    pub(crate) async fn answer(
        &mut self,
        says: impl FnMut(&str, &Operation) -> Says,
    ) -> &[Command] {
        let answers = self.answers(says);
        self.send(answers).await;
        &self.told
    }

    /// What the device answers to the latest reply.
    pub(crate) fn answers(&self, mut says: impl FnMut(&str, &Operation) -> Says) -> Vec<Command> {
        let msg_ref = self.message.to_string();
        let status = |cmd_ref: &str, cmd: &str, says: &Says| {
            Command::Status(Status {
                msg_ref: msg_ref.clone(),
                cmd_ref: cmd_ref.to_owned(),
                cmd: cmd.to_owned(),
                data: says.status.to_string(),
                original_error: says.original_error.clone(),
                ..Status::default()
            })
        };
        let mut answers = vec![status("0", "SyncHdr", &Says::status(200))];
        for command in &self.told {
            if let Command::Atomic(group) = command {
                let of: Vec<_> = group
                    .commands
                    .iter()
                    .map(|it| (it, says(it.name(), operation(it))))
                    .collect();
                let failed = of.iter().any(|(_, says)| says.status >= 300);
                let whole = Says::status(if failed { 507 } else { 200 });
                answers.push(status(&group.cmd_id, "Atomic", &whole));
                answers.extend(
                    of.iter()
                        .map(|(it, says)| status(it.cmd_id().unwrap(), it.name(), says)),
                );
                continue;
            }
            let said = says(command.name(), operation(command));
            let cmd_id = command.cmd_id().unwrap();
            answers.push(status(cmd_id, command.name(), &said));
            if let Some(value) = said.value {
                answers.push(Command::Results(Results {
                    msg_ref: Some(msg_ref.clone()),
                    cmd_ref: cmd_id.to_owned(),
                    items: vec![Item {
                        source: Some(Location::from(uri(operation(command)))),
                        data: Some(value),
                        ..Item::default()
                    }],
                    ..Results::default()
                }));
            }
        }
        answers
    }

    /// The whole session, as the device answers; what it was told, in order.
    pub(crate) async fn run(
        &mut self,
        mut says: impl FnMut(&str, &Operation) -> Says,
    ) -> Vec<Command> {
        self.hello().await;
        let mut all = Vec::new();
        while !self.told.is_empty() {
            all.extend(self.told.clone());
            self.answer(&mut says).await;
        }
        all
    }
}

/// A device that does whatever it is told and knows who it is.
pub(crate) fn willing(verb: &str, operation: &Operation) -> Says {
    match (verb, uri(operation)) {
        ("Get", node) if node.ends_with("SMBIOSSerialNumber") => Says::value("PF3X17AB"),
        ("Get", "./DevDetail/SwV") => Says::value("10.0.22631.3007"),
        ("Get", _) => Says::status(404),
        // The Accounts CSP has it added, and nothing else.
        ("Replace" | "Delete", node) if node.ends_with("/Accounts/Domain/ComputerName") => {
            Says::status(405)
        }
        _ => Says::status(200),
    }
}

/// The status of the header of an ordinary session, which is held to its end.
pub(crate) async fn session(site: &Site, device_id: &str) -> String {
    let mut talk = Talk::new(site.clone(), device_id, "1");
    talk.run(willing).await;
    talk.header
}

/// What the device was told, each as the verb, the node and the data.
pub(crate) fn told(commands: &[Command]) -> Vec<(String, String, String)> {
    let one = |it: &Command| {
        let operation = operation(it);
        let data = operation.items[0].data.clone().unwrap_or_default();
        (it.name().to_owned(), uri(operation).to_owned(), data)
    };
    let flat = commands.iter().flat_map(|command| match command {
        Command::Atomic(group) => group.commands.iter().map(one).collect(),
        other => vec![one(other)],
    });
    flat.collect()
}

/// The node of a command.
pub(crate) fn uri(operation: &Operation) -> &str {
    let target = operation.items[0].target.as_ref();
    target.map_or("", |target| target.loc_uri.as_str())
}

fn operation(command: &Command) -> &Operation {
    match command {
        Command::Get(it)
        | Command::Add(it)
        | Command::Replace(it)
        | Command::Delete(it)
        | Command::Exec(it) => it,
        other => panic!("no operation: {other:?}"),
    }
}

pub(crate) fn alert(code: &str, about: Option<(&str, &str)>) -> Command {
    let item = about.map(|(kind, data)| Item {
        meta: Some(Meta {
            kind: Some(kind.to_owned()),
            ..Meta::default()
        }),
        data: Some(data.to_owned()),
        ..Item::default()
    });
    Command::Alert(Alert {
        data: Some(code.to_owned()),
        items: item.into_iter().collect(),
        ..Alert::default()
    })
}

pub(crate) fn dev_info(device_id: &str) -> Command {
    let item = |(node, value): (&str, &str)| Item {
        source: Some(Location::from(node)),
        data: Some(value.to_owned()),
        ..Item::default()
    };
    let values = [
        ("./DevInfo/DevId", device_id),
        ("./DevInfo/Man", "Contoso"),
        ("./DevInfo/Mod", "Book 9"),
        ("./DevInfo/DmV", "1.3"),
        ("./DevInfo/Lang", "en-US"),
    ];
    Command::Replace(Operation {
        items: values.map(item).to_vec(),
        ..Operation::default()
    })
}

fn give_number(command: &mut Command, number: u32) {
    let id = number.to_string();
    match command {
        Command::Status(it) => it.cmd_id = id,
        Command::Results(it) => it.cmd_id = id,
        Command::Alert(it) => it.cmd_id = id,
        Command::Replace(it) => it.cmd_id = id,
        other => panic!("a device does not send this: {other:?}"),
    }
}
