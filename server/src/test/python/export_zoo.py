"""Exports torchvision's classifiers to ONNX and writes float64 autograd references beside them.

    python3 export_zoo.py FOLDER NAME ...          (Debian: python3-torch, python3-torchvision)
    python3 export_zoo.py FOLDER --families        one network a family

zoo.py does so for the whole list and measures it. Every network gets a folder with

    model.onnx           exported by torch.onnx at PyTorch's default: the batch fixed at one
    input.bin            float32, FRAMES images of coloured blots
    logits.bin           float64, FRAMES x classes
    gradient.bin         float64, of logit CLASSES[f] of each frame f with respect to the images
    *.float32.bin        float32, what PyTorch itself computes in single precision
    map<i>.bin           float64, the last tensors FRAMES x K x h x w of the forward pass,
    map<i>.gradient.bin  and the gradient of the same logits with respect to each
    reference.properties sizes, classes, shapes and how firmly decisions were taken

A name may carry an operator set and the word dynamic, which leaves the batch symbolic:
convnext_tiny@17, resnet18@dynamic. Weights are random; the statistics of batch normalisation are
those of these and more images, and what training starts at zero is drawn instead, so that every
branch has a gradient of an ordinary size.

A ReLU whose input is near zero is decided by rounding, and the gradient to the image jumps with it;
so it does with a pooling of two numbers almost equal. The first frame has no such decision: biases
are moved, channel by channel and by a little, to where no place of that frame is near a kink, and
so are the weights of channels with two such numbers. The second frame is left as it falls.
"""

import argparse
import collections
import pathlib
import sys
import time
import warnings

import torch
import torchvision
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm as BatchNorm
from torch.overrides import TorchFunctionMode
from torchvision.models.resnet import Bottleneck

FRAMES = 2
CLASSES = (11, 7)
KEPT = 24
OPSET = 14
TRIES = 200

# What the branches of the deepest networks add to their residuals. With as much as what they add
# to, a hundred layers of random weights magnify the rounding of the first a thousandfold.
GAIN = 0.3
DEEPEST = ("efficientnet", "resnet152")

# The grid of every network has more than one cell; those that pool to a fixed grid or cut the
# image into windows get the size that they were made for.
SIZES = {"alexnet": 224, "vgg": 224, "swin": 112, "maxvit": 224, "inception": 139, "vit": 64,
         "vit_h_14": 56, "squeezenet": 96}
SIZE = 96

FAMILIES = ["alexnet", "vgg11_bn", "resnet18", "resnext50_32x4d", "wide_resnet50_2",
            "densenet121", "squeezenet1_1", "googlenet", "inception_v3", "mobilenet_v2",
            "mobilenet_v3_small", "efficientnet_b0", "efficientnet_v2_s", "mnasnet0_5",
            "shufflenet_v2_x0_5", "regnet_x_400mf", "regnet_y_400mf", "convnext_tiny@17",
            "vit_b_32", "swin_t", "swin_v2_t", "maxvit_t"]

# Where each activation has its kinks.
KINKS = {"relu": (0.0,), "relu_": (0.0,), "hardswish": (-3.0, 3.0), "hardsigmoid": (-3.0, 3.0)}


def images_of(count, size):
    """Blots of colour under a little noise: images that differ, so that no statistic is tiny."""
    coarse = torch.randn(count, 3, 4, 4)
    fine = torch.randn(count, 3, max(4, size // 8), max(4, size // 8))
    images = sum(nn.functional.interpolate(part, size=(size, size), mode="bicubic",
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
    model = torchvision.models.get_model(name, weights=None, **options).eval()
    for key, weight in model.named_parameters():
        if "layer_scale" in key:
            weight.data.uniform_(0.1, 0.5)
        elif weight.dim() >= 2 and not weight.data.any():
            weight.data.normal_(0, 0.05)
        weight.requires_grad_(False)
    for module in model.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
        residual = getattr(module, "use_res_connect", isinstance(module, Bottleneck))
        if name.startswith(DEEPEST) and residual:
            branch = [m for m in module.modules() if isinstance(m, BatchNorm)]
            getattr(module, "bn3", branch[-1]).gain = GAIN
    normalisations = [m for m in model.modules() if isinstance(m, BatchNorm)]
    hooks = [m.register_forward_pre_hook(settle) for m in normalisations]
    if normalisations:
        model(torch.cat([images, images_of(4, size)]))
    for hook in hooks:
        hook.remove()
    return model


def settle(normalisation, inputs):
    """Takes the statistics from what comes in. Half of the mean stays: all of it taken away, a
    deep network of random weights magnifies every rounding a hundredfold."""
    x = inputs[0].transpose(0, 1).flatten(1)
    normalisation.weight.uniform_(0.75, 1.25).mul_(getattr(normalisation, "gain", 1))
    normalisation.bias.normal_(0, 0.1)
    normalisation.running_mean = x.mean(1) / 2
    normalisation.running_var = (x - normalisation.running_mean[:, None]).square().mean(1)


def kinks_of(func, args, kwargs):
    name = getattr(func, "__name__", "")
    if name == "hardtanh":
        bounds = dict(zip(("min_val", "max_val"), args[1:]), **kwargs)
        return bounds.get("min_val", -1.0), bounds.get("max_val", 1.0)
    return KINKS.get(name, ())


class Undecided(Exception):
    """Weights were moved; the forward pass has to begin anew."""


class Decide(TorchFunctionMode):
    """Moves biases to where no place of one image is near a kink, and weights of the channels of
    which a pooling takes the larger of two numbers that rounding could exchange.

    gaps says for each pooling, in order, how far apart these have to be, relative to the spread of
    what it takes.
    """

    REACH = 0.1
    CHOICES = 129
    FIRM = 5e-4
    SAME_CHANNELS = ("batch_norm", "relu", "hardtanh", "max_pool2d", "dropout")

    def __init__(self, model, gaps):
        super().__init__()
        self.model = model
        self.gaps = iter(gaps)
        self.sources = []
        self.hooks = []

    def __enter__(self):
        self.hooks = [m.register_forward_hook(self.note) for m in self.model.modules()
                      if isinstance(m, (BatchNorm, nn.Conv2d, nn.Linear))]
        return super().__enter__()

    def __exit__(self, *problem):
        for hook in self.hooks:
            hook.remove()
        return super().__exit__(*problem)

    def note(self, module, _, output):
        if getattr(module, "bias", None) is not None:
            self.sources.append((module, output.shape))
        if isinstance(module, nn.Conv2d):
            output.channels = [(module, c) for c in range(output.shape[1])]

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        kinks = kinks_of(func, args, kwargs)
        channels = getattr(args[0], "channels", None) if args else None
        if kinks and args[0].requires_grad:
            args = (self.shifted(args[0], kinks),) + tuple(args[1:])
        if name.startswith("max_pool2d"):
            self.part(args[0], next(self.gaps), channels, *args[1:], **kwargs)
        result = func(*args, **kwargs)
        if name.startswith(self.SAME_CHANNELS) and channels:
            result.channels = channels
        if name == "cat" and all(hasattr(part, "channels") for part in args[0]):
            result.channels = sum((part.channels for part in args[0]), [])
        return result

    def shifted(self, x, kinks):
        source = next((m for m, shape in reversed(self.sources) if shape == x.shape), None)
        if source is None:
            return x
        # What the bias holds in single precision is what counts.
        moved = (source.bias + self.shift(x.detach(), kinks)).float().double()
        shift = moved - source.bias
        source.bias.copy_(moved)
        return x + shift.reshape((1, -1) + (1,) * (x.dim() - 2))

    def shift(self, x, kinks):
        values = x.transpose(0, 1).flatten(1).sort(dim=1).values
        spread = x.std(unbiased=False).clamp_min(1e-12)
        shifts = torch.linspace(-self.REACH, self.REACH, self.CHOICES, dtype=x.dtype) * spread
        nearest = torch.full((values.shape[0], self.CHOICES), float("inf"), dtype=x.dtype)
        for kink in kinks:
            wanted = (kink - shifts).expand(values.shape[0], -1).contiguous()
            at = torch.searchsorted(values, wanted)
            for neighbour in (at.clamp_max(values.shape[1] - 1), (at - 1).clamp_min(0)):
                nearest = torch.minimum(nearest, (values.gather(1, neighbour) - wanted).abs())
        chosen = shifts[nearest.argmax(1)]
        return chosen.where(nearest[:, self.CHOICES // 2] < self.FIRM * spread, torch.zeros(()))

    def part(self, x, gap, channels, kernel_size, stride=None, padding=0, **_):
        near = (gaps_of(x.detach(), kernel_size, stride, padding) < gap).flatten(1).any(1)
        if not near.any():
            return
        for channel in near.nonzero().flatten().tolist():
            module, c = channels[channel]
            module.weight[c] *= 1 + 0.02 * torch.randn(module.weight[c].shape)
            module.weight[c] = module.weight[c].float().double()
        raise Undecided


def gaps_of(x, kernel_size, stride, padding):
    """By how much the largest number of each window is larger than the next, channels x windows,
    relative to the spread. Equal numbers are one number that was pooled before, and need no gap;
    nor do zeros, behind which there is a ReLU."""
    padded = nn.functional.pad(x, (padding, padding + 1) * 2, value=-1e9)
    windows = nn.functional.unfold(padded.transpose(0, 1), kernel_size, stride=stride or kernel_size)
    first = windows.max(1, keepdim=True).values
    second = windows.where(windows < first, torch.tensor(-1e9, dtype=x.dtype)).max(1).values
    gaps = (first[:, 0] - second) / x.std(unbiased=False)
    return gaps.where(first[:, 0] > 0, torch.tensor(1.0, dtype=x.dtype))


class Pooled(TorchFunctionMode):
    """Keeps what each pooling takes, and whether there is anything to decide."""

    def __init__(self):
        super().__init__()
        self.taken = []
        self.decides = False

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.decides |= bool(kinks_of(func, args, kwargs or {}))
        if getattr(func, "__name__", "").startswith("max_pool2d"):
            self.taken.append(args[0].detach())
        return func(*args, **(kwargs or {}))


def decide(model, image):
    """Leaves no decision of this image to rounding; the model is in float64 afterwards."""
    with Pooled() as single:
        model(image)
    model.double()
    if not single.decides:
        return
    with Pooled() as exact:
        model(image.double())
    gaps = [(8 * (a - b).std() / b.std()).item() for a, b in zip(single.taken, exact.taken)]
    for _ in range(TRIES):
        try:
            with Decide(model, gaps), torch.enable_grad():
                model(image.double().requires_grad_())
            return
        except Undecided:
            pass
    raise RuntimeError("rounding still decides")


class Watch(TorchFunctionMode):
    """Keeps the last maps of a forward pass with their gradients, nothing overwritten, and the
    decision of every place of an activation with a kink and of every window of a pooling."""

    OUT_OF_PLACE = {torch.Tensor.__iadd__: torch.Tensor.add, torch.Tensor.add_: torch.Tensor.add,
                    torch.Tensor.__imul__: torch.Tensor.mul, torch.Tensor.mul_: torch.Tensor.mul}

    def __init__(self, kept=0):
        super().__init__()
        self.kept = kept
        self.maps = collections.deque(maxlen=kept)
        self.decisions = []
        self.margin = float("inf")

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if kwargs.get("inplace"):
            kwargs["inplace"] = False
        self.decide(func, args, kwargs)
        result = self.OUT_OF_PLACE.get(func, func)(*args, **kwargs)
        if (self.kept and isinstance(result, torch.Tensor) and result.requires_grad
                and result.grad_fn is not None):
            shape = result.shape
            if result.dim() in (3, 4) and shape[0] == FRAMES and shape[1] * shape[2] > 1:
                result.retain_grad()
                self.maps.append(result)
        return result

    def decide(self, func, args, kwargs):
        if not args or not isinstance(args[0], torch.Tensor) or not args[0].requires_grad:
            return
        x = args[0].detach()
        for kink in kinks_of(func, args, kwargs):
            self.decisions.append(x > kink)
            first = x[:1]
            near = (first - kink).abs().min() / first.std(unbiased=False).clamp_min(1e-12)
            self.margin = min(self.margin, near.item())
        if getattr(func, "__name__", "").startswith("max_pool2d"):
            options = {k: v for k, v in kwargs.items() if k != "return_indices"}
            self.decisions.append(
                nn.functional.max_pool2d(x, *args[1:], **options, return_indices=True)[1])

    def otherwise(self, other):
        """How many decisions of each frame the other pass took otherwise."""
        counts = torch.zeros(FRAMES, dtype=torch.long)
        for mine, its in zip(self.decisions, other.decisions):
            counts += (mine != its).flatten(1).sum(1)
        return counts.tolist()


class NoFastPath(TorchFunctionMode):
    """Keeps nn.MultiheadAttention from its fused kernel, which cannot be exported."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


def gradient_of(model, images, kept=0):
    """Logits, their gradient to the images, and what was watched on the way."""
    inputs = images.clone().requires_grad_()
    with Watch(kept) as watch:
        logits = model(inputs)
    sum(logits[frame, chosen] for frame, chosen in enumerate(CLASSES)).backward()
    return logits.detach(), inputs.grad, watch


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
    decide(model, images[:1])
    logits, gradient, watch = gradient_of(model, images.double(), KEPT)
    noise = 1 + 1e-6 * torch.randn(images.shape, dtype=torch.double)
    nearby = gradient_of(model, images.double() * noise)[1]
    here = folder / network
    here.mkdir(parents=True, exist_ok=True)
    write(here / "input.bin", images)
    write(here / "logits.bin", logits)
    write(here / "gradient.bin", gradient)
    lines = [f"network={name}", f"size={size}", f"frames={FRAMES}", f"opset={opset}",
             f"classes={','.join(map(str, CLASSES))}"]
    kept = [m for m in watch.maps if m.grad is not None and m.grad.any()]
    lines.append(f"maps={len(kept)}")
    for index, tensor in enumerate(kept):
        write(here / f"map{index}.bin", tensor)
        write(here / f"map{index}.gradient.bin", tensor.grad)
        lines.append(f"map{index}={','.join(map(str, tensor.shape))}")
    watch.maps.clear()
    moved = (nearby - gradient).flatten(1).norm(dim=1) / gradient.flatten(1).norm(dim=1)

    model.float()
    logits, gradient32, watch32 = gradient_of(model, images)
    write(here / "logits.float32.bin", logits)
    write(here / "gradient.float32.bin", gradient32)
    lines += [f"sensitivity={','.join(map(str, moved.tolist()))}",
              f"decisions={sum(d[0].numel() for d in watch.decisions)}",
              f"margin={watch.margin}",
              f"otherwise={','.join(map(str, watch.otherwise(watch32)))}"]
    del watch, watch32, nearby, kept
    with warnings.catch_warnings(), NoFastPath():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, images[:1], str(here / "model.onnx"), opset_version=opset,
            input_names=["input"], output_names=["logits"],
            dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}} if dynamic else None)
    (here / "reference.properties").write_text("\n".join(lines) + "\n")
    return lines[-4:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("networks", nargs="*")
    parser.add_argument("--families", action="store_true", help="one network a family")
    chosen = parser.parse_args()
    for network in chosen.networks + (FAMILIES if chosen.families else []):
        start = time.process_time()
        told = export(chosen.folder, network)
        print(f"{network:26} {time.process_time() - start:4.0f} s  {'  '.join(told)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
