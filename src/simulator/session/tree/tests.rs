//! What Windows answers, node by node.

use super::*;
use crate::simulator::Login;

const POLICY: &str = "./Device/Vendor/MSFT/Policy/Config/Experience/AllowCortana";
const FIREWALL: &str = "./Vendor/MSFT/Firewall/MdmStore/Global/EnablePacketQueue";
const MINE: &str = "./Vendor/MSFT/DMClient/Provider/Portcullis/";

/// The tree of a PC that enrolled.
fn enrolled() -> Tree {
    let identity = Identity::random(1);
    let mut tree = Tree::bare(&identity);
    tree.put(&format!("{MINE}EntDMID"), "one", Kept::Permanent);
    tree.put(&format!("{MINE}HWDevID"), "two", Kept::ReadOnly);
    tree.put(&format!("{MINE}Unenroll"), "", Kept::Executable);
    tree.put(&format!("{RENEW}RenewPeriod"), "42", Kept::Permanent);
    tree.put(&format!("{RENEW}RenewNow"), "", Kept::Executable);
    tree
}

fn within<T>(tree: &mut Tree, login: Login, work: impl FnOnce(&mut Reach<'_>) -> T) -> T {
    let fixed = BTreeMap::new();
    work(&mut Reach {
        tree,
        fixed: &fixed,
        login,
        atomic: false,
    })
}

/// The statuses of these commands, one after the other.
fn statuses(tree: &mut Tree, commands: &[(&str, &str)]) -> Vec<u16> {
    within(tree, Login::User, |reach| {
        let done = commands.iter().map(|(verb, uri)| match *verb {
            "Add" => reach.add(uri, "1").status,
            "Replace" => reach.replace(uri, "2").status,
            "Delete" => reach.delete(uri).status,
            "Exec" => reach.exec(uri).status,
            _ => reach.get(uri).map_or_else(|code| code.status, |_| 200),
        });
        done.collect()
    })
}

fn value(tree: &mut Tree, uri: &str) -> String {
    within(tree, Login::User, |reach| reach.get(uri)).unwrap().0
}

#[test]
fn the_policy_csp_takes_replace_of_what_is_not_there_and_add_once() {
    let mut tree = enrolled();
    let other_case = "./device/VENDOR/msft/policy/config/experience/allowcortana";
    let commands = [
        ("Replace", POLICY),
        ("Replace", other_case),
        ("Add", POLICY),
        ("Delete", POLICY),
        ("Add", POLICY),
        ("Add", other_case),
        ("Replace", "./Vendor/MSFT/Policy/Config/Experience"),
    ];
    assert_eq!(
        statuses(&mut tree, &commands),
        [200, 200, 418, 200, 200, 418, 405]
    );
}

#[test]
fn another_node_is_added_before_it_is_replaced_and_removed_once() {
    let mut tree = enrolled();
    let commands = [
        ("Get", FIREWALL),
        ("Replace", FIREWALL),
        ("Delete", FIREWALL),
        ("Add", FIREWALL),
        ("Add", FIREWALL),
        ("Replace", FIREWALL),
        ("Get", FIREWALL),
        ("Delete", FIREWALL),
        ("Delete", FIREWALL),
    ];
    assert_eq!(
        statuses(&mut tree, &commands),
        [404, 404, 404, 200, 418, 200, 200, 200, 404]
    );
}

#[test]
fn the_computers_name_is_added_and_nothing_else() {
    let mut tree = enrolled();
    let name = "./Device/Vendor/MSFT/Accounts/Domain/ComputerName";
    let commands = ["Replace", "Add", "Add", "Replace", "Get", "Exec", "Delete"];
    let commands = commands.map(|verb| (verb, name));
    let expected = [405, 200, 200, 405, 405, 405, 405];
    assert_eq!(statuses(&mut tree, &commands), expected);
}

#[test]
fn what_is_in_force_is_read_where_the_policy_csp_shows_it() {
    let mut tree = enrolled();
    let result = "./Vendor/MSFT/Policy/Result/Experience/AllowCortana";
    let commands = [("Replace", POLICY), ("Get", result), ("Replace", result)];
    assert_eq!(statuses(&mut tree, &commands), [200, 200, 405]);
    assert_eq!(value(&mut tree, result), "2");
}

#[test]
fn a_users_node_is_reached_while_its_user_is_signed_in_and_is_not_the_devices() {
    let mut tree = enrolled();
    let uri = POLICY.replace("./Device", "./User");
    for login in [Login::None, Login::Others] {
        let codes = within(&mut tree, login, |reach| {
            let read = reach.get(&uri).unwrap_err();
            [reach.replace(&uri, "1"), reach.add(&uri, "1"), read]
        });
        assert_eq!(codes, [Code::NOT_ALLOWED; 3]);
    }
    let commands = [("Replace", uri.as_str()), ("Get", &uri), ("Get", POLICY)];
    assert_eq!(statuses(&mut tree, &commands), [200, 200, 404]);
}

#[test]
fn what_windows_says_of_itself_is_read_and_never_written() {
    let mut tree = enrolled();
    for uri in [
        "./DevInfo/DevId",
        "./DevInfo/DevID",
        "./DevDetail/SwV",
        "./DevDetail/HwV",
        "./DevDetail/FwV",
        "./DevDetail/Ext/Microsoft/SMBIOSSerialNumber",
    ] {
        let commands = [
            ("Get", uri),
            ("Replace", uri),
            ("Delete", uri),
            ("Add", uri),
        ];
        assert_eq!(
            statuses(&mut tree, &commands),
            [200, 405, 405, 418],
            "{uri}"
        );
    }
    let none = "./DevDetail/Ext/Microsoft/None";
    assert_eq!(
        statuses(&mut tree, &[("Get", none), ("Add", none)]),
        [404, 405]
    );
}

#[test]
fn the_servers_own_names_are_replaced_at_once_and_the_hardwares_never() {
    let mut tree = enrolled();
    let (name, hardware) = (format!("{MINE}EntDMID"), format!("{MINE}HWDevID"));
    let commands = [
        ("Replace", name.as_str()),
        ("Add", &name),
        ("Delete", &name),
        ("Get", &hardware),
        ("Replace", &hardware),
        ("Delete", "./Vendor/MSFT/DMClient"),
    ];
    assert_eq!(
        statuses(&mut tree, &commands),
        [200, 418, 405, 200, 405, 405]
    );
    assert_eq!(value(&mut tree, &name), "2");
}

#[test]
fn what_is_there_to_be_run_is_run_and_nothing_else() {
    let mut tree = enrolled();
    let (package, run) = ("./Vendor/MSFT/X/Package", "./Vendor/MSFT/X/Package/Install");
    let renew = format!("{RENEW}RenewNow");
    let commands = [
        ("Exec", run),
        ("Add", run),
        ("Exec", run),
        ("Exec", package),
        ("Exec", renew.as_str()),
        ("Get", &renew),
        ("Exec", "./DevInfo/DevId"),
    ];
    assert_eq!(
        statuses(&mut tree, &commands),
        [404, 200, 200, 200, 200, 405, 405]
    );
    let leaves = |tree: &mut Tree, uri: &str| within(tree, Login::User, |it| it.unenrolls(uri));
    assert!(leaves(&mut tree, &format!("{MINE}Unenroll")));
    assert!(leaves(&mut tree, "./Device/Vendor/MSFT/DMClient/Unenroll"));
    let other = "./Vendor/MSFT/DMClient/Provider/Other/Unenroll";
    assert!(!leaves(&mut tree, other));
    assert_eq!(statuses(&mut tree, &[("Exec", other)]), [404]);
}

#[test]
fn the_values_of_a_renewal_change_in_a_group_alone() {
    let mut tree = enrolled();
    let period = format!("{RENEW}RenewPeriod");
    assert_eq!(statuses(&mut tree, &[("Replace", &period)]), [500]);
    let inside = within(&mut tree, Login::User, |reach| {
        reach.atomic = true;
        reach.replace(&period, "60")
    });
    assert_eq!(
        (inside, value(&mut tree, &period)),
        (Code::OK, "60".to_owned())
    );
}

#[test]
fn an_inner_node_lists_what_is_right_below_it_and_goes_with_all_of_it() {
    let mut tree = enrolled();
    let commands = [
        ("Add", "./Device/Vendor/MSFT/X/b/One"),
        ("Add", "./Vendor/MSFT/X/b-c"),
        ("Add", "./vendor/msft/X/B/Two"),
    ];
    assert_eq!(statuses(&mut tree, &commands), [200; 3]);
    assert_eq!(value(&mut tree, "./Vendor/MSFT/X"), "b-c/b");
    assert_eq!(value(&mut tree, "./Vendor/MSFT/X/b"), "One/Two");
    let commands = [
        ("Replace", "./Vendor/MSFT/X"),
        ("Delete", "./Vendor/MSFT/X/b"),
        ("Get", "./Vendor/MSFT/X/b/One"),
        ("Get", "./Vendor/MSFT/X/b-c"),
    ];
    assert_eq!(statuses(&mut tree, &commands), [405, 200, 404, 200]);
}

#[test]
fn a_name_is_neither_empty_nor_an_asterisk() {
    let mut tree = enrolled();
    let commands = [
        ("Add", "./Vendor/MSFT//X"),
        ("Add", "./Vendor/MSFT/X/"),
        ("Add", "./Vendor/MSFT/*"),
    ];
    assert_eq!(statuses(&mut tree, &commands), [404; 3]);
}
