"""Where a network has corners: which units of a ReLU are above 0, and which element of a pooling
window is the largest.

Near a corner rounding decides. One of millions of units that another program sees on the other
side makes one path more or less, and all gradients before it differ by far more than rounding.
With the other program's decisions imposed, backward goes the same paths, and gradients can be
compared closely. Nothing is lost by that: the decisions follow from what the other program computed
forward, which is compared, too; how it went back with them is what the gradients show.
"""

import torch
from torch.nn import functional


class Rectified(torch.autograd.Function):
    """ReLU, of which backward lets through what a mask says, or of that only what is positive."""

    @staticmethod
    def forward(context, x, passes, guided):
        context.passes = passes
        context.guided = guided
        return x.clamp(min=0)

    @staticmethod
    def backward(context, gradient):
        if context.guided:
            gradient = gradient.clamp(min=0)
        return gradient * context.passes, None, None


class Largest(torch.autograd.Function):
    """Max pooling, of which backward goes to given elements, [N, C, H, W] of places in a map."""

    @staticmethod
    def forward(context, x, winners, window):
        context.winners = winners
        context.shape = x.shape
        return functional.max_pool2d_with_indices(x, *window)[0]

    @staticmethod
    def backward(context, gradient):
        result = gradient.new_zeros(context.shape).flatten(2)
        result.scatter_add_(2, context.winners.flatten(2), gradient.flatten(2))
        return result.reshape(context.shape), None, None


class Corners:
    """Takes the place of PyTorch's ReLUs and max poolings while it is entered, once for each
    forward pass, and keeps what they read in `seen`: pairs of the tensor and of the window, which
    is None for a ReLU.

    `given` are the tensors that another program's read, in the order of the forward pass: they
    decide where backward goes. Without them PyTorch's own do. `guided` lets only positive gradients
    back through ReLUs."""

    def __init__(self, given=None, guided=False):
        self.given = given
        self.guided = guided
        self.seen = []

    def __enter__(self):
        self.before = torch.relu, functional.relu, functional.max_pool2d
        torch.relu = self.rectified
        functional.relu = lambda x, inplace=False: self.rectified(x)
        functional.max_pool2d = self.pooled
        return self

    def __exit__(self, kind, *_):
        torch.relu, functional.relu, functional.max_pool2d = self.before
        if kind is None and self.given is not None and len(self.given) != len(self.seen):
            raise ValueError(f"{len(self.given)} decisions for {len(self.seen)} layers")

    def deciding(self, x, window):
        """What decides in the place of x, whose turn it is."""
        place = len(self.seen)
        self.seen.append((x.detach(), window))
        if self.given is None:
            return x.detach()
        if place >= len(self.given) or self.given[place].shape != x.shape[1:]:
            raise ValueError(f"no decisions for layer {place} of {list(x.shape[1:])}")
        return self.given[place][None]

    def rectified(self, x):
        return Rectified.apply(x, self.deciding(x, None) > 0, self.guided)

    def pooled(
        self,
        x,
        kernel_size,
        stride=None,
        padding=0,
        dilation=1,
        ceil_mode=False,
        return_indices=False,
    ):
        if return_indices:
            raise ValueError("places of the largest elements are not given out")
        window = (kernel_size, stride or kernel_size, padding, dilation, ceil_mode)
        winners = functional.max_pool2d_with_indices(self.deciding(x, window), *window)[1]
        return Largest.apply(x, winners, window)


def disagreement(seen, given):
    """How another program's decisions differ from PyTorch's:

    units        ReLUs' units and pooling windows
    other        of these, those that are decided otherwise
    farthest     of those the largest distance of PyTorch's value from the corner: of a unit from 0,
                 of a window between its largest element and the one that was taken; relative to the
                 largest of the layer
    difference   the largest difference of what the layers read, relative to the largest of each
    """
    units, other, farthest, difference = 0, 0, 0.0, 0.0
    for (x, window), values in zip(seen, given):
        x, values = x[0], values.to(x.dtype)
        scale = max(x.abs().max().item(), torch.finfo(x.dtype).tiny)
        difference = max(difference, ((values - x).abs().max() / scale).item())
        if window is None:
            units += x.numel()
            distance = x.abs()[(values > 0) != (x > 0)]
        else:
            own, _ = functional.max_pool2d_with_indices(x[None], *window)
            _, winners = functional.max_pool2d_with_indices(values[None], *window)
            taken = x[None].flatten(2).gather(2, winners.flatten(2)).reshape(own.shape)
            units += own.numel()
            distance = (own - taken)[own != taken]
        other += distance.numel()
        if distance.numel():
            farthest = max(farthest, (distance.max() / scale).item())
    return {"units": units, "other": other, "farthest": farthest, "difference": difference}
