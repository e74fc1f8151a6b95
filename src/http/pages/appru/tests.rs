use super::*;

#[test]
fn what_windows_sends_is_taken_byte_for_byte() {
    for text in [
        "ms-app://windows.immersivecontrolpanel",
        "ms-app://windows.immersivecontrolpanel/",
        "ms-app://s-1-15-2-1861897761-1695161497-2927542615-642690995-327840285-2659745135-2630312742",
        "ms-app://S-1-15-2-1",
        &format!("ms-app://{}", "a".repeat(200)),
    ] {
        let appru = AppUri::parse(text, APPRU_SCHEMES).unwrap();
        assert_eq!(appru.as_str(), text);
        assert_eq!(appru.scheme(), "ms-app");
    }
    let other = AppUri::parse("contoso-agent://done", &["ms-app", "contoso-agent"]);
    assert_eq!(other.unwrap().scheme(), "contoso-agent");
}

#[test]
fn nothing_hostile_is_taken() {
    for text in HOSTILE {
        assert_eq!(AppUri::parse(text, APPRU_SCHEMES), None, "{text}");
    }
    let long = format!("ms-app://{}", "a".repeat(201));
    assert_eq!(AppUri::parse(&long, APPRU_SCHEMES), None);
}

#[test]
fn a_scheme_that_runs_code_is_refused_even_when_listed() {
    let schemes = [
        "javascript",
        "data",
        "vbscript",
        "Ms-App",
        "",
        "a b",
        "file",
    ];
    for scheme in schemes {
        let text = format!("{scheme}://x");
        assert_eq!(AppUri::parse(&text, &schemes), None, "{text}");
    }
}

/// What has been tried against pages of this kind, and variations of it.
pub(in crate::http::pages) const HOSTILE: [&str; 64] = [
    "",
    "ms-app",
    "ms-app:",
    "ms-app:/",
    "ms-app://",
    "ms-app:///",
    "ms-app:x",
    "ms-app:/x",
    "ms-app:////x",
    "ms-app://x//",
    "ms-app://x/y",
    "ms-app://x/../y",
    "ms-app://x?y=z",
    "ms-app://x#y",
    "ms-app://x:80",
    "ms-app://user@x",
    "ms-app://user:password@x",
    "ms-app://x\"><script>alert(1)</script>",
    "ms-app://x'><script>alert(1)</script>",
    "ms-app://x\" onfocus=\"alert(1)",
    "ms-app://x' onmouseover='alert(1)",
    "ms-app://x` onclick=`alert(1)",
    "ms-app://x onclick=alert(1)",
    "ms-app://x&quot;&gt;",
    "ms-app://x&#34;>",
    "ms-app://x%22%3E%3Cscript%3E",
    "ms-app://x%0d%0aLocation:evil",
    "ms-app://x\r\nLocation: https://evil.example",
    "ms-app://x\n",
    "ms-app://x\t",
    "ms-app://x\0",
    "ms-app://x\u{2028}alert(1)",
    "ms-app://\u{202e}x",
    "ms-app://\u{ff1c}script\u{ff1e}",
    "ms-app://x\u{0}.evil",
    "ms-app://x;alert(1)",
    "ms-app://x,y",
    "ms-app://x_y",
    "ms-app://x~y",
    "ms-app://x+y",
    "ms-app://x\\y",
    "ms-app:\\\\x",
    "ms-app://[::1]",
    "ms-app://xn--\u{e9}",
    " ms-app://x",
    "\tms-app://x",
    "\u{feff}ms-app://x",
    "ms-app ://x",
    "MS-APP://x",
    "Ms-App://x",
    "ms-app-x://x",
    "xms-app://x",
    "ms-appx-web://x",
    "javascript:alert(1)",
    "javascript://ms-app://x%0aalert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:msgbox(1)",
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "https://ms-app://x",
];
