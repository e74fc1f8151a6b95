"""Parses PowerShell files with the tree-sitter grammar; ends with 1 and names each place that is no PowerShell."""

import sys

import tree_sitter
import tree_sitter_powershell

parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))


def faults(node):
    if node.type == "ERROR" or node.is_missing:
        yield node
    for child in node.children:
        yield from faults(child)


found = False
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        tree = parser.parse(file.read())
    for node in faults(tree.root_node):
        found = True
        line, column = node.start_point
        print(f"{path}:{line + 1}:{column + 1}: {node.text[:60]!r}")
sys.exit(1 if found else 0)
