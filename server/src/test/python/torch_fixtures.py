#!/usr/bin/env python3
"""Makes the modules of server/src/test/resources/torch; run it from anywhere. Needs python3-torch."""

import pathlib
import sys
import warnings
import zipfile

import torch
from torch import nn

SERVER = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SERVER / "src/main/resources/dev/sightline/server/app"))
from export_torch import Explainable, export  # noqa: E402

OUT = SERVER / "src/test/resources/torch"
CLASSES = 10
SIDE = 32


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.deep = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU6(inplace=True),
            nn.Conv2d(channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x):
        return torch.relu(x + self.deep(x))


def body():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(inplace=True),
        nn.Conv2d(8, 12, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(12),
        Block(12),
    )


def linear_head():
    return nn.Sequential(
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.5), nn.Linear(12, CLASSES)
    )


def hidden_head():
    """Begins in place, pools its maxima, and hides a layer."""
    return nn.Sequential(
        nn.Hardtanh(-0.5, 1.5, inplace=True),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(12 * 4 * 4, 24),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(24, CLASSES),
    )


class Scripted(nn.Module):
    def __init__(self, first, rest):
        super().__init__()
        self.first = first
        self.rest = rest

    @torch.jit.export
    def features(self, images):
        return self.first(images)

    @torch.jit.export
    def head(self, maps):
        return self.rest(maps)


def settled(network):
    """Batch statistics and logits of a common size, so that nothing is hidden by being small."""
    network.train()
    with torch.no_grad():
        for _ in range(20):
            network(torch.randn(16, 3, SIDE, SIDE))
        network[-1][-1].weight *= 4
    return network.eval()


def onnx(name, network):
    torch.onnx.export(
        network,
        torch.zeros(1, 3, SIDE, SIDE),
        str(OUT / f"{name}.onnx"),
        opset_version=13,
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes={"input": {0: "n"}, "logits": {0: "n"}},
    )


def traced(name, explainable):
    """The module cut where it is, in the mode it is in."""
    images = torch.randn(2, 3, SIDE, SIDE)
    with torch.no_grad():
        maps = explainable.features(images)
    torch.jit.trace_module(
        explainable, {"features": images, "head": maps}, check_trace=False
    ).save(str(OUT / f"{name}.pt"))


def without_paths(file):
    """Drops the debug records, which name where these scripts lie; PyTorch does without them."""
    with zipfile.ZipFile(file) as whole:
        kept = {
            name: whole.read(name) for name in whole.namelist() if not name.endswith(".debug_pkl")
        }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as lean:
        for name, data in kept.items():
            lean.writestr(zipfile.ZipInfo(name), data)


def main():
    warnings.simplefilter("ignore")
    torch.manual_seed(20)
    OUT.mkdir(parents=True, exist_ok=True)
    pooled = settled(nn.Sequential(body(), linear_head()))
    print("pooled", *export(pooled, torch.zeros(1, 3, SIDE, SIDE), str(OUT / "pooled.pt")))
    onnx("pooled", pooled)
    hidden = settled(nn.Sequential(body(), hidden_head()))
    traced("hidden", Explainable(*hidden))
    onnx("hidden", hidden)

    # A scripted module keeps its dropout as code that asks for the mode; this one is saved training.
    torch.jit.script(Scripted(*hidden).train()).save(str(OUT / "scripted-training.pt"))

    # A module traced in training mode has its dropout burnt in.
    traced("traced-training", Explainable(*hidden).train())
    torch.jit.trace(hidden.eval(), torch.zeros(1, 3, SIDE, SIDE)).save(str(OUT / "without-methods.pt"))
    for file in OUT.glob("*.pt"):
        without_paths(file)


if __name__ == "__main__":
    main()
