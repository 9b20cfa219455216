"""Exports torchvision's classifiers to ONNX and writes float64 autograd references beside them.

    python3 export_zoo.py FOLDER [NAME ...]        (Debian: python3-torch, python3-torchvision)

Every network gets a folder with

    model.onnx           exported by torch.onnx at PyTorch's default: the batch fixed at one
    input.bin            float32, FRAMES images of coloured blots
    logits.bin           float64, FRAMES x classes
    gradient.bin         float64, of logit CLASSES[f] of each frame f with respect to the images
    *.float32.bin        float32, what PyTorch itself computes in single precision
    map<i>.bin           float64, the last tensors FRAMES x K x h x w of the forward pass,
    map<i>.gradient.bin  and the gradient of the same logits with respect to each
    reference.properties sizes, classes and shapes

A name may carry an operator set and the word dynamic, which leaves the batch symbolic:
convnext_tiny@17, resnet18@dynamic. Weights are random; the statistics of batch normalisation are
those of these and more images, and what training starts at zero is drawn instead, so that every branch has a
gradient of an ordinary size.
"""

import argparse
import collections
import pathlib
import sys
import time
import warnings

import torch
import torchvision
from torch.nn.modules.batchnorm import _BatchNorm as BatchNorm
from torch.overrides import TorchFunctionMode

FRAMES = 2
CLASSES = (11, 7)
KEPT = 24
OPSET = 14

# The grid of every network has more than one cell; those that pool to a fixed grid or cut the
# image into windows get the size that they were made for.
SIZES = {"alexnet": 224, "vgg": 224, "swin": 224, "maxvit": 224, "inception": 139, "vit": 64,
         "vit_h_14": 56, "squeezenet": 96}
SIZE = 96

VARIANTS = ["convnext_tiny@17", "resnet18@dynamic", "densenet121@13", "shufflenet_v2_x1_0@dynamic",
            "mobilenet_v3_small@dynamic", "efficientnet_b0@17", "vit_b_32@17", "vit_b_32@dynamic",
            "swin_t@17", "swin_t@dynamic"]


def images_of(count, size):
    """Blots of colour under a little noise: images that differ, so that no statistic is tiny."""
    coarse = torch.randn(count, 3, 4, 4)
    fine = torch.randn(count, 3, max(4, size // 8), max(4, size // 8))
    images = sum(torch.nn.functional.interpolate(part, size=(size, size), mode="bicubic",
                                                 align_corners=False) for part in (coarse, fine))
    return images + 0.3 * torch.randn(count, 3, size, size)


def size_of(name):
    if name in SIZES:
        return SIZES[name]
    return next((size for start, size in SIZES.items() if name.startswith(start)), SIZE)


def build(name, images):
    size = images.shape[-1]
    options = {}
    if name.startswith("vit"):
        options["image_size"] = size
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = False
        options["aux_logits"] = False
    model = torchvision.models.get_model(name, weights=None, **options)
    for key, weight in model.named_parameters():
        if "layer_scale" in key:
            weight.data.uniform_(0.1, 0.5)
        elif weight.dim() >= 2 and not weight.data.any():
            weight.data.normal_(0, 0.05)
    normalisations = [m for m in model.modules() if isinstance(m, BatchNorm)]
    hooks = [m.register_forward_pre_hook(settle) for m in normalisations]
    with torch.no_grad():
        model.eval()(torch.cat([images, images_of(4, size)]))
    for hook in hooks:
        hook.remove()
    return model


def settle(normalisation, inputs):
    """Takes the statistics from what comes in. Half of the mean stays: all of it taken away, a
    deep network of random weights magnifies every rounding a hundredfold."""
    x = inputs[0].transpose(0, 1).flatten(1)
    normalisation.weight.uniform_(0.75, 1.25)
    normalisation.bias.normal_(0, 0.1)
    normalisation.running_mean = x.mean(1) / 2
    normalisation.running_var = (x - normalisation.running_mean[:, None]).square().mean(1)


class Capture(TorchFunctionMode):
    """Keeps the last maps of a forward pass with their gradients; nothing is overwritten."""

    OUT_OF_PLACE = {torch.Tensor.__iadd__: torch.Tensor.add, torch.Tensor.add_: torch.Tensor.add,
                    torch.Tensor.__imul__: torch.Tensor.mul, torch.Tensor.mul_: torch.Tensor.mul}

    def __init__(self):
        super().__init__()
        self.maps = collections.deque(maxlen=KEPT)

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if kwargs.get("inplace"):
            kwargs["inplace"] = False
        result = self.OUT_OF_PLACE.get(func, func)(*args, **kwargs)
        if isinstance(result, torch.Tensor) and result.requires_grad and result.grad_fn is not None:
            shape = result.shape
            if result.dim() in (3, 4) and shape[0] == FRAMES and shape[1] * shape[2] > 1:
                result.retain_grad()
                self.maps.append(result)
        return result


class NoFastPath(TorchFunctionMode):
    """Keeps nn.MultiheadAttention from its fused kernel, which cannot be exported."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


def write(path, tensor):
    tensor.detach().contiguous().numpy().tofile(path)


def export(folder, network):
    name, *settings = network.split("@")
    dynamic = "dynamic" in settings
    opset = next((int(s) for s in settings if s.isdigit()), OPSET)
    torch.manual_seed(sum(map(ord, name)))
    size = size_of(name)
    images = images_of(FRAMES, size)
    model = build(name, images)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    for module in model.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    here = folder / network
    here.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings(), NoFastPath():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, images[:1], str(here / "model.onnx"), opset_version=opset,
            input_names=["input"], output_names=["logits"],
            dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}} if dynamic else None)

    inputs = images.clone().requires_grad_()
    logits = model(inputs)
    sum(logits[frame, chosen] for frame, chosen in enumerate(CLASSES)).backward()
    write(here / "logits.float32.bin", logits)
    write(here / "gradient.float32.bin", inputs.grad)

    model.double()
    inputs = images.double().requires_grad_()
    with Capture() as capture:
        logits = model(inputs)
    sum(logits[frame, chosen] for frame, chosen in enumerate(CLASSES)).backward()
    write(here / "input.bin", images)
    write(here / "logits.bin", logits)
    write(here / "gradient.bin", inputs.grad)
    lines = [f"network={name}", f"size={size}", f"frames={FRAMES}", f"opset={opset}",
             f"classes={','.join(map(str, CLASSES))}"]
    lines.append(f"sensitivity={sensitivity(model, images, inputs.grad)}")
    kept = [m for m in capture.maps if m.grad is not None and m.grad.any()]
    lines.append(f"maps={len(kept)}")
    for index, tensor in enumerate(kept):
        write(here / f"map{index}.bin", tensor)
        write(here / f"map{index}.gradient.bin", tensor.grad)
        lines.append(f"map{index}={','.join(map(str, tensor.shape))}")
    (here / "reference.properties").write_text("\n".join(lines) + "\n")
    return size, inputs.grad


def sensitivity(model, images, gradient):
    """How far the float64 gradient to the input moves, relative L2, when the images move by a
    millionth of themselves: decisions of a ReLU near zero fall the other way."""
    moved = 0.0
    for _ in range(2):
        noise = 1 + 1e-6 * torch.randn(images.shape, dtype=torch.double)
        nearby = (images.double() * noise).requires_grad_()
        logits = model(nearby)
        sum(logits[frame, chosen] for frame, chosen in enumerate(CLASSES)).backward()
        moved = max(moved, ((nearby.grad - gradient).norm() / gradient.norm()).item())
    return moved


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("networks", nargs="*")
    chosen = parser.parse_args()
    networks = chosen.networks or (
        torchvision.models.list_models(module=torchvision.models) + VARIANTS)
    failed = []
    for network in networks:
        if (chosen.folder / network / "reference.properties").exists():
            continue
        start = time.monotonic()
        try:
            size, gradient = export(chosen.folder, network)
            print(f"{network:28} {size:4}  |gradient| {gradient.norm():.3g}"
                  f"  {time.monotonic() - start:.0f} s", flush=True)
        except Exception as e:
            failed.append(network)
            print(f"{network:28} FAILED: {str(e).strip().splitlines()[0]}", flush=True)
    if failed:
        sys.exit(f"not exported: {' '.join(failed)}")


if __name__ == "__main__":
    main()
