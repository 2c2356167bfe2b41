"""The two networks of the comparison in plain PyTorch, with the names that their Burn twins have.

Every rectifier is a module of its own that doesn't write into its input: Captum's hooks need that.
"""

import torch
from torch import nn
from torch.nn import functional as F


class Relu6(nn.ReLU):
    """A ReLU6 that Captum takes for a rectifier: it knows `nn.ReLU` only, and silently gives other results
    for `nn.ReLU6`."""

    def forward(self, x):
        return F.relu6(x)


def conv(channels_in, channels_out, kernel, stride):
    return nn.Conv2d(channels_in, channels_out, kernel, stride, kernel // 2, bias=False)


class BasicBlock(nn.Module):
    def __init__(self, channels_in, channels_out, stride):
        super().__init__()
        self.conv1 = conv(channels_in, channels_out, 3, stride)
        self.bn1 = nn.BatchNorm2d(channels_out)
        self.relu1 = nn.ReLU()
        self.conv2 = conv(channels_out, channels_out, 3, 1)
        self.bn2 = nn.BatchNorm2d(channels_out)
        self.relu2 = nn.ReLU()
        self.downsample = None
        if stride > 1 or channels_in != channels_out:
            self.downsample = nn.Sequential()
            self.downsample.conv = conv(channels_in, channels_out, 1, stride)
            self.downsample.bn = nn.BatchNorm2d(channels_out)

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        return self.relu2(y + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = conv(3, 64, 7, 2)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        stages = [(64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2)]
        for number, (channels_in, channels_out, stride) in enumerate(stages, 1):
            blocks = BasicBlock(channels_in, channels_out, stride), BasicBlock(channels_out, channels_out, 1)
            setattr(self, f"layer{number}", nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512, 1000)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            # Statistics as if trained. Fresh ones would make the network homogeneous, so that DeepLIFT and
            # integrated gradients from zero are the gradient times the input.
            if isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.running_mean, std=0.5)
                nn.init.uniform_(module.running_var, 0.5, 1.5)
                nn.init.normal_(module.bias, std=0.2)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))

    @property
    def last_spatial_layer(self):
        return self.layer4[-1].relu2


class ConvNorm(nn.Module):
    """Convolution padded as TensorFlow's SAME, batch normalization and, unless linear, ReLU6."""

    def __init__(self, channels_in, channels_out, kernel, stride, groups=1, linear=False):
        super().__init__()
        self.kernel, self.stride = kernel, stride
        padding = kernel // 2 if stride == 1 else 0
        self.conv = nn.Conv2d(channels_in, channels_out, kernel, stride, padding, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(channels_out, eps=1e-3)
        self.act = nn.Identity() if linear else Relu6()

    def forward(self, x):
        if self.stride > 1:
            pads = [self.pads(size) for size in (x.shape[3], x.shape[2])]
            x = F.pad(x, [*pads[0], *pads[1]])
        return self.act(self.bn(self.conv(x)))

    def pads(self, size):
        total = max((-(-size // self.stride) - 1) * self.stride + self.kernel - size, 0)
        return total // 2, total - total // 2


class InvertedResidual(nn.Module):
    def __init__(self, channels_in, channels_out, kernel, stride, expansion):
        super().__init__()
        expanded = channels_in * expansion
        self.expand = ConvNorm(channels_in, expanded, 1, 1) if expansion > 1 else nn.Identity()
        self.depthwise = ConvNorm(expanded, expanded, kernel, stride, groups=expanded)
        self.project = ConvNorm(expanded, channels_out, 1, 1, linear=True)
        self.residual = stride == 1 and channels_in == channels_out

    def forward(self, x):
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.residual else y


class EfficientNetLite0(nn.Module):
    # Repeats, kernel, stride, expansion, channels.
    STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112),
              (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]

    def __init__(self):
        super().__init__()
        self.stem = ConvNorm(3, 32, 3, 2)
        blocks, channels = [], 32
        for repeats, kernel, stride, expansion, channels_out in self.STAGES:
            for repeat in range(repeats):
                stride = 1 if repeat else stride
                blocks.append(InvertedResidual(channels, channels_out, kernel, stride, expansion))
                channels = channels_out
        self.blocks = nn.Sequential(*blocks)
        self.head = ConvNorm(channels, 1280, 1, 1)
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(1280, 1000)

    def forward(self, x):
        return self.fc(torch.flatten(self.gap(self.head(self.blocks(self.stem(x)))), 1))

    @property
    def last_spatial_layer(self):
        return self.head.act


NETWORKS = {"resnet18": ResNet18, "efficientnet-lite0": EfficientNetLite0}
