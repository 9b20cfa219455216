#!/usr/bin/env python3
"""Holds the graphs that ZooTest wrote against ONNX's own checker.

    python3 check_graphs.py FOLDER

Needs Debian's python3-onnx. The full check infers every tensor's type and shape and compares them
with those that the graph states. A line a graph; the exit code is the number of those that fail.
"""

import pathlib
import sys

import onnx


def main(folder):
    graphs = sorted(pathlib.Path(folder).glob("*.onnx"))
    if not graphs:
        sys.exit(f"no graph in {folder}")
    failed = 0
    for graph in graphs:
        try:
            onnx.checker.check_model(onnx.load(graph), full_check=True)
            print(f"{graph.name}: as it should be")
        except Exception as wrong:  # The checker and its shape inference have an exception each.
            failed += 1
            print(f"{graph.name}: {wrong}")
    sys.exit(failed)


if __name__ == "__main__":
    main(sys.argv[1])
