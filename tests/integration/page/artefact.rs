//! Files for PCs that nobody types at: what they hold is what LINKS 3 and 4 name.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::api::Api;
use crate::clients::python;
use crate::server::{Data, portcullis};

use super::{BASE, asking};

/// What a QR code says, read by a decoder.
fn decoded(png: &[u8]) -> String {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    let (width, height) = (frame.width as usize, frame.height as usize);
    let grey = |x: usize, y: usize| pixels[y * width + x];
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
    let grids = image.detect_grids();
    grids[0].decode().unwrap().1
}

#[actix_web::test]
async fn a_template_gives_link_qr_answer_file_and_script() {
    let api = Api::start().await;
    let template = asking(&api, true).await;
    let path = format!(
        "{BASE}/enrollment-templates/{}",
        template["id"].as_str().unwrap()
    );
    let token = template["winEnrollmentToken"]["token"].as_str().unwrap();
    let link = api.get(&format!("{path}/deeplink")).await.expect(200)["data"].clone();
    let png = api.get(&format!("{path}/qr.png")).await.answer;
    assert_eq!(decoded(&png.body), link["enrollmentLink"].as_str().unwrap());
    let svg = api.get(&format!("{path}/qr.svg")).await.answer;
    assert!(svg.text().contains("<svg"));

    let body = json!({ "wifi": { "ssid": "Guests", "key": "a long password" } });
    let package = api.post(&format!("{path}/ppkg"), body).await.expect(200)["data"].clone();
    let xml = package["customizations"].as_str().unwrap();
    for part in [
        token,
        "OnPremise",
        "/EnrollmentServer/Discovery.svc",
        "root.crt",
        "Guests",
        "a long password",
    ] {
        assert!(xml.contains(part), "{part} in {xml}");
    }
    let script = package["script"].as_str().unwrap();
    assert!(script.contains("RegisterDeviceWithManagement($Upn, $discovery, $token)"));
    assert!(script.contains(&format!("'{token}'")));
    let plain = api.get(&format!("{path}/customizations.xml")).await.answer;
    assert!(plain.text().contains(token) && !plain.text().contains("Guests"));
    for wifi in [
        json!({ "ssid": "" }),
        json!({ "ssid": "x", "key": "short" }),
        json!({ "ssid": "x".repeat(33) }),
    ] {
        api.post(&format!("{path}/ppkg"), json!({ "wifi": wifi }))
            .await
            .expect(400);
    }
}

#[actix_web::test]
async fn the_command_writes_the_same_files_for_their_owner_alone() {
    let api = Api::start().await;
    asking(&api, true).await;
    let folder = tempfile::TempDir::new().unwrap();
    let to = folder.path().join("office");
    let data = api.server.data();
    let folder = to.display().to_string();
    let arguments = [
        "ppkg",
        "--template",
        "office",
        "--wifi-ssid",
        "Guests",
        "--folder",
        &folder,
    ];
    let output = data.command(&arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    for name in ["customizations.xml", "root.crt", "build.cmd", "enroll.ps1"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(to.join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
    let xml = std::fs::read_to_string(to.join("customizations.xml")).unwrap();
    assert!(
        xml.contains("Guests") && xml.contains("<SecurityType>Open"),
        "{xml}"
    );
    let missing = portcullis(&["ppkg"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn every_powershell_file_is_powershell() {
    let Some(python) = python() else {
        return;
    };
    let module = "packaging/windows/Portcullis.Enrollment";
    let mut files = vec![PathBuf::from("src/admin/template/package/enroll.ps1")];
    for folder in [".", "Public", "Private"] {
        let listed = std::fs::read_dir(Path::new(module).join(folder)).unwrap();
        let paths = listed.map(|it| it.unwrap().path());
        files.extend(paths.filter(|it| it.extension().is_some()));
    }
    assert!(files.len() > 12, "{files:?}");
    let check = |files: &[PathBuf]| {
        let mut command = Command::new(&python);
        command.arg("tests/clients/powershell.py").args(files);
        command.output().unwrap()
    };
    let output = check(&files);
    assert!(output.status.success(), "{output:?}");
    let folder = tempfile::TempDir::new().unwrap();
    let broken = folder.path().join("broken.ps1");
    std::fs::write(&broken, "function X { if ($a { }").unwrap();
    assert!(!check(&[broken]).status.success());
}

#[test]
fn tokens_are_made_of_a_table_and_of_more_addresses_than_one_request_takes() {
    let data = Data::new();
    let folder = tempfile::TempDir::new().unwrap();
    let table = folder.path().join("people.csv");
    std::fs::write(&table, "email;language\nana@contoso.example;es\nnobody\n").unwrap();
    let file = table.display().to_string();
    let output = data.run(&["token", "bulk", &file, "--csv", "--output", "json"]);
    assert_eq!(output.status.code(), Some(1), "one row has no address");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["success"], &told["fail"]), (&json!(1), &json!(1)));
    let list = folder.path().join("people.txt");
    let emails: Vec<_> = (0..1_200)
        .map(|n| format!("p{n}@contoso.example"))
        .collect();
    std::fs::write(&list, emails.join("\n")).unwrap();
    let file = list.display().to_string();
    assert_eq!(data.json(&["token", "bulk", &file])["total"], 1_200);
}
