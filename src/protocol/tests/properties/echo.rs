//! What is echoed comes back as it was, whatever it is.

use proptest::prelude::*;

use super::*;
use crate::protocol::discovery::{AuthPolicy, Version};
use crate::protocol::enrollment::{ContextItem, RequestType, TOKEN_TYPE};
use crate::soap::{Code, ErrorType, ServiceError, Subcode};

/// Text as XML can carry it: what it cannot becomes U+FFFD.
fn carried(text: &str) -> String {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}');
    text.chars()
        .map(|c| if allowed(c) { c } else { '\u{fffd}' })
        .collect()
}

/// The same for a field that is read without surrounding white space.
fn trimmed(text: &str) -> String {
    carried(text).trim().to_owned()
}

/// Anything at all, and more of what breaks markup than chance would bring.
fn anything() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[<>&\"'/=!\\[\\]\\-;#x0-9a ]{0,40}",
        Just("]]><!--</s:Text><a xmlns='urn:x'>&amp;&#x0;\r\n\t\u{85}\u{2028}".to_owned()),
    ]
}

proptest! {
    #[test]
    fn any_text_in_a_fault_comes_back(id in anything(), reason in anything(), trace in anything()) {
        let header = ReplyHeader {
            relates_to: Some(id.clone()),
            activity_id: Some(trace.clone()),
            timestamp: None,
        };
        let fault = |reason: String, trace_id: String| Fault {
            code: Code::Receiver,
            subcode: Subcode::Authorization,
            reason: reason.clone(),
            detail: Some(ServiceError {
                error_type: Some(ErrorType::CustomServerError),
                message: reason,
                trace_id,
            }),
        };
        let written = fault(reason.clone(), trace.clone()).write("urn:action", &header);
        let (about, content) = read_reply::<DiscoverResponse>(written.as_bytes()).unwrap();
        prop_assert_eq!(about.relates_to, Some(trimmed(&id)));
        prop_assert_eq!(about.activity_id, Some(trimmed(&trace)));
        prop_assert_eq!(content, Err(fault(carried(&reason), carried(&trace))));
    }

    #[test]
    fn any_text_in_a_discover_response_comes_back(policy in anything(), url in anything()) {
        let response = |text: &dyn Fn(&str) -> String| DiscoverResponse {
            auth_policy: AuthPolicy::from(text(&policy).as_str()),
            enrollment_version: Some(Version::new(5, 0)),
            enrollment_policy_service_url: Some(text(&url)),
            enrollment_service_url: text(&url),
            authentication_service_url: Some(text(&url)),
        };
        let written = write_reply(&response(&str::to_owned), &ReplyHeader::default());
        let (_, content) = read_reply::<DiscoverResponse>(written.as_bytes()).unwrap();
        prop_assert_eq!(content, Ok(response(&trimmed)));
    }

    #[test]
    fn any_text_in_a_document_comes_back_through_the_reply(
        name in anything(), upn in anything(), device in anything(), phone in anything(),
    ) {
        let golden = String::from_utf8(fixture("wap/enrollment-user.xml")).unwrap();
        let golden = ProvisioningDocument::parse(&golden).unwrap();
        let enrollment = |text: &dyn Fn(&str) -> String| {
            let mut enrollment = Enrollment::from_document(&golden).unwrap();
            // A device has an account by its name: it is the one that must not be empty.
            enrollment.application.name = format!("x{}", text(&name));
            enrollment.dm_client.upn = Some(text(&upn));
            enrollment.dm_client.ent_device_name = text(&device);
            enrollment.dm_client.help_phone = Some(text(&phone));
            enrollment
        };
        let document = enrollment(&str::to_owned).to_document().to_text();
        let message = RequestSecurityTokenResponseCollection::new(document);
        let written = write_reply(&message, &ReplyHeader::default());
        let (_, content) =
            read_reply::<RequestSecurityTokenResponseCollection>(written.as_bytes()).unwrap();
        let received = ProvisioningDocument::parse(&content.unwrap().provisioning_document);
        let received = Enrollment::from_document(&received.unwrap()).unwrap();
        prop_assert_eq!(received, enrollment(&carried));
    }

    #[test]
    fn any_text_in_a_request_comes_back(address in anything(), name in anything(), value in anything()) {
        let discover = |text: &dyn Fn(&str) -> String| Discover {
            email_address: text(&address),
            ..Discover::default()
        };
        let header = |action: &str| Header { action: action.to_owned(), ..Header::default() };
        let written = write_request(&discover(&str::to_owned), &header(Discover::ACTION));
        let envelope = Envelope::read(written.as_bytes(), &Limits::SOAP).unwrap();
        prop_assert_eq!(Discover::take(&envelope), Ok(discover(&trimmed)));
        let token = |text: &dyn Fn(&str) -> String| RequestSecurityToken {
            token_type: TOKEN_TYPE.to_owned(),
            request_type: RequestType::Issue,
            binary_security_token: None,
            additional_context: vec![ContextItem { name: text(&name), value: text(&value) }],
            request_id: None,
        };
        let written = write_request(&token(&str::to_owned), &header(RequestSecurityToken::ACTION));
        let envelope = Envelope::read(written.as_bytes(), &Limits::SOAP).unwrap();
        prop_assert_eq!(RequestSecurityToken::take(&envelope), Ok(token(&trimmed)));
    }

    #[test]
    fn any_text_in_a_package_comes_back(uri in anything(), data in anything()) {
        let golden = SyncMl::read(&fixture("syncml/first-package.xml")).unwrap();
        let package = |uri: String, data: String| {
            let mut package = golden.clone();
            package.header.source.loc_uri = uri;
            if let Some(crate::protocol::syncml::Command::Replace(replace)) = package.body.commands.last_mut() {
                replace.items[0].data = Some(data);
            }
            package
        };
        let written = package(uri.clone(), data.clone()).write();
        let received = SyncMl::read(written.as_bytes()).unwrap();
        prop_assert_eq!(received, package(trimmed(&uri), carried(&data)));
    }
}
