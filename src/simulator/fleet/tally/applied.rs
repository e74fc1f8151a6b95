//! On how many PCs the policies are, and which nodes are in the way on the others.

use std::collections::BTreeMap;

use crate::simulator::report::{Applied, Node};
use crate::simulator::session::Undone;

/// Counts of first management sessions.
#[derive(Default)]
pub(super) struct Policies {
    applied: u64,
    not_applied: u64,
    nodes: BTreeMap<Undone, u64>,
}

impl Policies {
    /// Counts a session by what it left undone.
    pub(super) fn add(&mut self, undone: Vec<Undone>) {
        if undone.is_empty() {
            self.applied += 1;
        } else {
            self.not_applied += 1;
        }
        for node in undone {
            self.count(node, 1);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.applied += other.applied;
        self.not_applied += other.not_applied;
        for (node, count) in other.nodes {
            self.count(node, count);
        }
    }

    /// Nodes of a server may all differ: no more than some are kept.
    fn count(&mut self, node: Undone, count: u64) {
        if self.nodes.len() < KEPT || self.nodes.contains_key(&node) {
            *self.nodes.entry(node).or_default() += count;
        }
    }

    pub(super) fn report(self) -> Applied {
        let nodes = self.nodes.into_iter().map(|(undone, count)| Node {
            node: undone.node,
            command: undone.command,
            status: undone.status,
            count,
        });
        let mut nodes: Vec<_> = nodes.collect();
        nodes.sort_by_key(|node| std::cmp::Reverse(node.count));
        nodes.truncate(SHOWN);
        Applied {
            applied: self.applied,
            not_applied: self.not_applied,
            nodes,
        }
    }
}

/// How many different nodes are kept.
const KEPT: usize = 100;
/// How many of them are told.
const SHOWN: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn undone(number: usize) -> Undone {
        Undone {
            node: format!("./Vendor/MSFT/{number}"),
            command: "Add".to_owned(),
            status: 500,
        }
    }

    #[test]
    fn workers_add_up_and_the_node_that_most_pcs_lack_is_told_first() {
        let mut one = Policies::default();
        one.add(Vec::new());
        one.add(vec![undone(1)]);
        let mut other = Policies::default();
        other.add(vec![undone(1), undone(0)]);
        one.merge(other);
        let report = one.report();
        assert_eq!((report.applied, report.not_applied), (1, 2));
        let nodes: Vec<_> = report.nodes.iter().map(|it| it.count).collect();
        assert_eq!(nodes, [2, 1]);
        assert_eq!(report.nodes[0].node, "./Vendor/MSFT/1");
    }

    #[test]
    fn endless_different_nodes_do_not_fill_the_memory() {
        let mut policies = Policies::default();
        policies.add((0..1000).map(undone).collect());
        assert_eq!(policies.nodes.len(), KEPT);
        assert_eq!(policies.report().nodes.len(), SHOWN);
    }
}
