#!/usr/bin/env python3
"""Writes a PyTorch image classifier as a TorchScript module that Sightline can explain.

    python3 export_torch.py torchvision.models:resnet18 resnet18.pt --weights resnet18.pth

The file has three methods: `features` takes images N x C x H x W to the last map N x K x h x w,
`head` takes that map to logits N x classes, `forward` does both. Where the network is cut between
them is found by looking: it is the last tensor of rows and columns before pooling, flattening or
the head through which everything passes, whatever the order in which the network holds it. A
network that answers from a class token has no such cut and is refused. From Python: `export(model, torch.zeros(1, 3, 224, 224),
"model.pt")`. Needs PyTorch 1.13 or newer.
"""

import argparse
import dis
import importlib
import inspect
import json
import sys
import typing
import warnings
from unittest import mock

import torch
from torch import fx, nn
from torch.overrides import TorchFunctionMode

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


class Grid(typing.NamedTuple):
    """How a tensor holds a grid: as N x K x h x w, N x h x w x K, N x K x hw, or as tokens
    N x (skipped + hw) x K, of which the skipped ones have no place."""

    order: str
    height: int
    width: int
    skipped: int = 0


def unpacked(proxy):
    """What n, c, h, w = x.shape asks for while it is traced; PyTorch before 2 does not find out on
    Python 3.11 and newer."""
    frame = inspect.currentframe().f_back
    for instruction in dis.get_instructions(frame.f_code):
        if instruction.offset >= frame.f_lasti:
            if instruction.opname == "UNPACK_SEQUENCE":
                return (proxy[i] for i in range(instruction.argval))
            break
    return proxy.tracer.iter(proxy)


class Grids(fx.Interpreter):
    """Runs a traced network and notes how each node holds a grid, followed from the images."""

    def __init__(self, traced):
        super().__init__(traced)
        self.held = {}

    def run_node(self, node):
        value = super().run_node(node)
        shape = tuple(value.shape) if isinstance(value, torch.Tensor) else None
        self.held[node] = self.grid(node, shape) if shape else None
        return value

    def grid(self, node, shape):
        given = next((self.held[other] for other in node.all_input_nodes if self.held[other]), None)
        name = name_of(self.module, node)
        if node.op == "placeholder" or name.startswith(("conv", "maxpool", "max_pool", "avgpool")):
            return Grid("maps", *shape[2:]) if len(shape) == 4 else None
        if given is None:
            return None
        order, height, width, skipped = given
        if name == "permute" or name == "transpose":
            order = TURNED.get((order, turned(node, len(shape))))
            return Grid(order, height, width) if order and not skipped else None
        if order in ("maps", "last"):
            if len(shape) == 4:
                return Grid(order, *(shape[2:] if order == "maps" else shape[1:3]))
            joined = len(shape) == 3 and shape[1 if order == "last" else 2] == height * width
            return Grid("tokens" if order == "last" else "rows", height, width) if joined else None
        if order == "tokens" and name == "cat" and len(shape) == 3:
            return Grid(order, height, width, shape[1] - height * width)
        length = shape[1 if order == "tokens" else 2] if len(shape) == 3 else 0
        return given if length == skipped + height * width else None


TURNED = {("maps", (0, 2, 3, 1)): "last", ("last", (0, 3, 1, 2)): "maps",
          ("rows", (0, 2, 1)): "tokens", ("tokens", (0, 2, 1)): "rows"}


def turned(node, rank):
    """The order of axes that a permute or a transpose gives."""
    given = node.kwargs.get("dims", node.args[1:])
    axes = list(given[0] if isinstance(given[0], (tuple, list)) else given)
    if len(axes) == rank:
        return tuple(axis % rank for axis in axes)
    order = list(range(rank))
    one, other = (axis % rank for axis in axes)
    order[one], order[other] = other, one
    return tuple(order)


def name_of(traced, node):
    if node.op == "call_module":
        return type(traced.get_submodule(node.target)).__name__.lower()
    target = node.target
    name = target if isinstance(target, str) else getattr(target, "__name__", str(target))
    return "max_pool2d" if name == "fn" else name.lower()  # a pooling function of two signatures


def find_cut(traced, example):
    """The last node that holds a grid and alone leads from the images to the logits, and how."""
    grids = Grids(traced)
    with torch.no_grad():
        grids.run(example)
    if any(grid and grid.skipped for grid in grids.held.values()):
        raise SystemExit(
            "this network reads its answer from a class token, which is no part of a map "
            "N x K x h x w: no head can be written that takes the map alone. Export it to ONNX "
            "(torch.onnx.export), where its tokens are explained as they are"
        )
    nodes = list(traced.graph.nodes)
    place = {node: i for i, node in enumerate(nodes)}
    last_use = {node: max((place[user] for user in node.users), default=-1) for node in nodes}
    for i in range(len(nodes) - 1, -1, -1):
        node = nodes[i]
        grid = grids.held[node]
        if grid is None or grid.height * grid.width < 2:
            continue
        if node.op in ("placeholder", "get_attr", "output"):
            continue
        if any(word in name_of(traced, node) for word in PASSIVE):
            continue
        if all(last_use[other] <= i or other.op == "get_attr" for other in nodes[:i]):
            return node, grid
    raise SystemExit("no tensor N x K x h x w alone leads from the images to the logits")


def to_maps(graph, node, grid):
    """Writes what brings a tensor to N x K x h x w."""
    if grid.order == "last":
        return graph.call_method("permute", (node, (0, 3, 1, 2)))
    if grid.order == "tokens":
        node = graph.call_method("permute", (node, (0, 2, 1)))
    return node if grid.order == "maps" else graph.call_method(
        "unflatten", (node, 2, (grid.height, grid.width)))


def from_maps(graph, node, grid):
    """Writes what brings a map to what the network held."""
    if grid.order == "last":
        return graph.call_method("permute", (node, (0, 2, 3, 1)))
    if grid.order in ("rows", "tokens"):
        node = graph.call_method("flatten", (node, 2))
    return graph.call_method("permute", (node, (0, 2, 1))) if grid.order == "tokens" else node


def cut(model, example):
    """The network in two halves, and the name of the node that it was cut behind."""
    try:
        with mock.patch.object(fx.Proxy, "__iter__", unpacked):
            traced = fx.symbolic_trace(model)
    except Exception as problem:
        raise SystemExit(
            f"torch.fx cannot trace this network ({problem}); split it by hand into an Explainable"
        ) from problem
    node, grid = find_cut(traced, example)
    first = fx.Graph()
    copies = {}
    for other in traced.graph.nodes:
        copies[other] = first.node_copy(other, copies.__getitem__)
        if other is node:
            break
    first.output(to_maps(first, copies[node], grid))
    rest = fx.Graph()
    copies = {node: from_maps(rest, rest.placeholder("maps"), grid)}
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


class Unfused(TorchFunctionMode):
    """Keeps nn.MultiheadAttention from its fused kernel, which has no gradient."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        return function(*args, **(kwargs or {}))


def export(model, example, path):
    """Writes a classifier; the example is one image, whose size is the only one it will take.

    Returns the name of the cut, the shape of its map and the number of classes.
    """
    model = model.eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    with torch.no_grad():
        try:
            model(example)
        except Exception as problem:
            size = " x ".join(map(str, example.shape[1:]))
            raise SystemExit(f"this network takes no images {size}: {problem}") from problem
    explainable, name = cut(model, example)
    # What a trace leaves out of sight is looked for below, with other images.
    warnings.simplefilter("ignore", torch.jit.TracerWarning)
    with torch.no_grad(), Unfused():
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
    maps = maps.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(module.head(maps)[:, 0].sum(), maps)
    if not gradient.isfinite().all():
        raise SystemExit("the head's gradient is not finite")
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
