//! The commands by which a device is told what is due: no more than a message holds, groups whole.

use jiff::Timestamp;

use crate::policy::size::{around, cost, room, weight};
use crate::policy::{Format, Verb, Wish};
use crate::protocol::syncml::{Command, Group, Item, Meta, Operation};

use super::book::{Entry, group_id};
use super::session::Session;

/// Commands of a message.
const COMMANDS: usize = 60;

/// The commands for as much of what is `due` as a message holds.
pub(super) fn commands(
    due: Vec<&mut Entry>,
    session: &Session,
    message: &str,
    now: Timestamp,
) -> Vec<Command> {
    let mut room = room(session.message_bytes);
    let mut commands: Vec<Command> = Vec::new();
    let mut told = 0;
    let mut entries = due.into_iter().peekable();
    while let Some(entry) = entries.next() {
        let group = entry.group().map(str::to_owned);
        let mut members = vec![entry];
        while let Some(next) =
            entries.next_if(|next| group.is_some() && next.group() == group.as_deref())
        {
            members.push(next);
        }
        let size: usize = members.iter().map(|it| it.size()).sum();
        let is_full = size > room || told + members.len() > COMMANDS;
        if !commands.is_empty() && is_full {
            break;
        }
        told += members.len();
        let members = members.into_iter();
        match &group {
            Some(group) => commands.push(Command::Atomic(Group {
                cmd_id: group_id(group),
                commands: members.map(|it| whole(it, session, message, now)).collect(),
                ..Group::default()
            })),
            None => {
                commands.extend(members.map(|it| one(it, session, message, now, room)));
            }
        }
        // A piece of a large value fills the message.
        if size > room {
            break;
        }
        room -= size;
    }
    commands
}

/// The command, with as much of a large value as there is room for (`MoreData`, OMA-TS-DM_Protocol 7).
fn one(
    entry: &mut Entry,
    session: &Session,
    message: &str,
    now: Timestamp,
    room: usize,
) -> Command {
    let Some(wish) = entry.wish.clone() else {
        return whole(entry, session, message, now);
    };
    let room = room.saturating_sub(around(&wish.loc_uri));
    let delivery = &mut entry.delivery;
    let begun = delivery.is_begun(&session.id, now);
    if !begun {
        delivery.sent_bytes = 0;
    }
    if cost(&wish.value) <= room && !begun {
        return whole(entry, session, message, now);
    }
    let at = |bytes: u32| usize::try_from(bytes).unwrap_or(usize::MAX);
    if begun && !delivery.is_told_again(&session.id, message, now) {
        let before = piece(&wish.value, at(delivery.sent_bytes), room).len();
        delivery.sent_bytes += u32::try_from(before).unwrap_or(u32::MAX);
    }
    let from = at(delivery.sent_bytes);
    let data = piece(&wish.value, from, room);
    let more = from + data.len() < wish.value.len();
    let mut item = item(&wish, data);
    item.more_data = more;
    if from == 0 {
        let meta = item.meta.get_or_insert_default();
        meta.size = Some(wish.value.len().to_string());
    }
    command(entry, item, session, message, now)
}

/// The command with its whole value.
fn whole(entry: &mut Entry, session: &Session, message: &str, now: Timestamp) -> Command {
    let item = match &entry.wish {
        Some(wish) => item(wish, &wish.value),
        None => Item::target(&entry.delivery.loc_uri),
    };
    command(entry, item, session, message, now)
}

fn command(
    entry: &mut Entry,
    item: Item,
    session: &Session,
    message: &str,
    now: Timestamp,
) -> Command {
    if entry.delivery.verb == Verb::Get {
        entry.delivery.value = None;
    }
    let operation = Operation {
        cmd_id: entry.send(session, message, now),
        items: vec![item],
        ..Operation::default()
    };
    match entry.delivery.verb {
        Verb::Add => Command::Add(operation),
        Verb::Replace => Command::Replace(operation),
        Verb::Get => Command::Get(operation),
        Verb::Exec => Command::Exec(operation),
        Verb::Delete => Command::Delete(operation),
    }
}

fn item(wish: &Wish, data: &str) -> Item {
    let bare = Item::target(&wish.loc_uri);
    if matches!(wish.first_verb(), Verb::Get | Verb::Delete) {
        return bare;
    }
    let has_value = !matches!(wish.format, Format::Node | Format::Null);
    Item {
        meta: Some(Meta {
            format: Some(wish.format.word().to_owned()),
            kind: Some(wish.media_type.clone()).filter(|kind| !kind.is_empty() && has_value),
            ..Meta::default()
        }),
        data: (has_value && !(data.is_empty() && wish.first_verb() == Verb::Exec))
            .then(|| data.to_owned()),
        ..bare
    }
}

/// What begins at `from`, as much as there is room for.
fn piece(value: &str, from: usize, room: usize) -> &str {
    let rest = value.get(from..).unwrap_or_default();
    let mut size = 0;
    let end = rest.char_indices().find(|(_, c)| {
        size += weight(*c);
        size > room
    });
    // At least one character, or it would never end.
    let least = rest.chars().next().map_or(0, char::len_utf8);
    let end = end.map_or(rest.len(), |(end, _)| end.max(least));
    rest.get(..end).unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_value_are_the_value() {
        let value = "<ä>&".repeat(500);
        let (mut from, mut pieces) = (0, String::new());
        while from < value.len() {
            let piece = piece(&value, from, 100);
            assert!(cost(piece) <= 100 && !piece.is_empty());
            pieces.push_str(piece);
            from += piece.len();
        }
        assert_eq!(pieces, value);
        assert_eq!(piece("ä", 0, 0), "ä");
    }
}
