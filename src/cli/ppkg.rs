//! `ppkg`: the files of a provisioning package, and a script that enrolls at once.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use reqwest::Method;
use serde::Serialize;
use serde_json::json;

use crate::admin::{Package, ShownTemplate, WishedPackage, WishedWifi};

use super::arguments::PpkgArguments;
use super::output::Table;
use super::remote::Remote;
use super::{Context, Error, ExitCode, named};

/// What was written.
#[derive(Serialize)]
struct Written {
    files: Vec<String>,
}

/// Runs the command.
pub(super) fn run(context: &mut Context<'_>, arguments: &PpkgArguments) -> Result<ExitCode, Error> {
    let called = &arguments.template;
    let template = named::one::<ShownTemplate>(context, called)?;
    let template = template.ok_or_else(|| Error::NotFound("template", called.clone()))?;
    let package = package(context, &template, arguments)?;
    let folder = &arguments.folder;
    std::fs::create_dir_all(folder).map_err(|source| Error::Write {
        path: folder.clone(),
        source,
    })?;
    let mut files = Vec::new();
    for (name, text) in [
        ("customizations.xml", &package.customizations),
        ("root.crt", &package.root_certificate),
        ("build.cmd", &package.build),
        ("enroll.ps1", &package.script),
    ] {
        let path = folder.join(name);
        write(&path, text)?;
        files.push(path.display().to_string());
    }
    let written = Written { files };
    context.emit(&written, || {
        let mut table = Table::new(["WRITTEN"]);
        for file in &written.files {
            table.row([file.clone()]);
        }
        table
    })?;
    Ok(ExitCode::Done)
}

fn package(
    context: &Context<'_>,
    template: &ShownTemplate,
    arguments: &PpkgArguments,
) -> Result<Package, Error> {
    let key = arguments.wifi_key_file.as_deref().map(|path| {
        let read = std::fs::read_to_string(path);
        read.map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        })
    });
    let key = key
        .transpose()?
        .map(|key| key.trim_end_matches(['\r', '\n']).to_owned());
    let wifi = arguments.wifi_ssid.as_ref().map(|ssid| WishedWifi {
        ssid: ssid.clone(),
        key: key.clone(),
        hidden: arguments.wifi_hidden,
    });
    let wish = WishedPackage {
        upn: arguments.upn.clone(),
        wifi,
    };
    let body = json!(wish);
    let there = context.on_server(async |server| {
        let path = format!(
            "{}/enrollment-templates/{}/ppkg",
            Remote::WINDOWS,
            template.id
        );
        server.call(Method::POST, &path, Some(&body)).await
    })?;
    if let Some(package) = there {
        return Ok(package);
    }
    let (config, _) = context.load()?;
    let root = config.ca_directory().join("root.pem");
    let root_pem = std::fs::read_to_string(&root).map_err(|source| Error::Read {
        path: root.clone(),
        source,
    })?;
    context.on_data(async |data| {
        let package = data
            .admin
            .package(&data.actor, template.id, wish, &root_pem);
        Ok(package.await?)
    })
}

/// Writes a file that its owner alone reads: the template's token stands in it.
fn write(path: &Path, text: &str) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o600);
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| Error::Write {
        path: path.to_owned(),
        source,
    })
}
