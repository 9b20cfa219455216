#!/usr/bin/env python3
"""Writes a PyTorch image classifier as a TorchScript module that Sightline can explain.

    python3 export_torch.py torchvision.models:resnet18 resnet18.pt --weights resnet18.pth

The file has three methods: `features` takes images N x C x H x W to the last map N x K x h x w,
`head` takes that map to logits N x classes, `forward` does both. Where the network is cut between
them is found by looking: it is the last tensor of rows and columns before pooling, flattening or
the head through which everything passes. From Python: `export(model, torch.zeros(1, 3, 224, 224),
"model.pt")`. Needs PyTorch 1.13 or newer.
"""

import argparse
import importlib
import json
import sys

import torch
from torch import fx, nn

# What only shrinks or hides a map does not make a new one: the cut is before it.
PASSIVE = ("pool", "dropout", "identity", "flatten", "reshape", "view", "mean", "permute", "contiguous")


class Explainable(nn.Module):
    def __init__(self, first, rest):
        super().__init__()
        self.first = first
        self.rest = rest

    def features(self, images):
        return self.first(images)

    def head(self, maps):
        return self.rest(maps)

    def forward(self, images):
        return self.rest(self.first(images))


class Shapes(fx.Interpreter):
    """Runs a traced network and notes what each node gives."""

    def __init__(self, traced):
        super().__init__(traced)
        self.given = {}

    def run_node(self, node):
        value = super().run_node(node)
        self.given[node] = tuple(value.shape) if isinstance(value, torch.Tensor) else None
        return value


def is_passive(traced, node):
    target = node.target
    if node.op == "call_module":
        name = type(traced.get_submodule(target)).__name__
    else:
        name = target if isinstance(target, str) else getattr(target, "__name__", str(target))
        if name == "fn":  # a pooling function of two signatures
            name = "pool"
    return any(word in name.lower() for word in PASSIVE)


def find_cut(traced, example):
    """The last node of rows and columns that alone leads from the images to the logits."""
    shapes = Shapes(traced)
    with torch.no_grad():
        shapes.run(example)
    nodes = list(traced.graph.nodes)
    place = {node: i for i, node in enumerate(nodes)}
    last_use = {node: max((place[user] for user in node.users), default=-1) for node in nodes}
    for i in range(len(nodes) - 1, -1, -1):
        node = nodes[i]
        shape = shapes.given[node]
        if shape is None or len(shape) != 4 or shape[2] * shape[3] < 2:
            continue
        if node.op in ("placeholder", "get_attr", "output") or is_passive(traced, node):
            continue
        if all(last_use[other] <= i or other.op == "get_attr" for other in nodes[:i]):
            return node
    raise SystemExit("no tensor N x K x h x w alone leads from the images to the logits")


def cut(model, example):
    """The network in two halves, and the name of the node that it was cut behind."""
    try:
        traced = fx.symbolic_trace(model)
    except Exception as problem:
        raise SystemExit(
            f"torch.fx cannot trace this network ({problem}); split it by hand into an Explainable"
        ) from problem
    node = find_cut(traced, example)
    first = fx.Graph()
    copies = {}
    for other in traced.graph.nodes:
        copies[other] = first.node_copy(other, copies.__getitem__)
        if other is node:
            break
    first.output(copies[node])
    rest = fx.Graph()
    copies = {node: rest.placeholder("maps")}
    behind = False
    for other in traced.graph.nodes:
        if other.op == "get_attr" or behind:
            copies[other] = rest.node_copy(other, copies.__getitem__)
        behind = behind or other is node
    halves = [fx.GraphModule(traced, graph) for graph in (first, rest)]
    for half in halves:
        half.graph.eliminate_dead_code()
        half.recompile()
        half.delete_all_unused_submodules()
    return Explainable(*halves).eval(), node.name


def export(model, example, path):
    """Writes a classifier; the example is one image, whose size is the only one it will take.

    Returns the name of the cut, the shape of its map and the number of classes.
    """
    model = model.eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    explainable, name = cut(model, example)
    with torch.no_grad():
        two = torch.randn((2,) + tuple(example.shape[1:]))
        maps = explainable.features(two)
        module = torch.jit.trace_module(
            explainable, {"features": two, "head": maps, "forward": two}
        )
        # Three images, since a trace may have kept the number it saw.
        three = torch.randn((3,) + tuple(example.shape[1:]))
        wanted = model(three)
        logits = module.head(module.features(three))
    error = float((logits - wanted).abs().max() / wanted.abs().max())
    if not error < 1e-4:
        raise SystemExit(f"the module's logits are off by {error:.1e}: the trace does not hold")
    module.save(path)
    return name, tuple(maps.shape[1:]), int(wanted.shape[1])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0], epilog="then: sightline model add FILE.pt"
    )
    parser.add_argument("model", help="MODULE:FUNCTION that makes it: torchvision.models:resnet18")
    parser.add_argument("file", help="what to write: model.pt")
    parser.add_argument("--weights", help="a state dict; random weights without")
    parser.add_argument("--arguments", default="{}", help='of the function: \'{"num_classes": 10}\'')
    parser.add_argument("--input", default="3,224,224", help="channels,height,width")
    options = parser.parse_args()
    module, function = options.model.split(":")
    sys.path.insert(0, "")
    model = getattr(importlib.import_module(module), function)(**json.loads(options.arguments))
    if options.weights:
        model.load_state_dict(torch.load(options.weights, map_location="cpu"))
    channels, height, width = (int(n) for n in options.input.split(","))
    name, grid, classes = export(model, torch.zeros(1, channels, height, width), options.file)
    print(f"{options.file}: cut behind {name}, {' x '.join(map(str, grid))}, {classes} classes")
    print(f"next: sightline model add {options.file} --size {height}x{width} ...")


if __name__ == "__main__":
    main()
