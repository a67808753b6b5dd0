"""The residual network of 9 layers of Page (2018), as courses write it in PyTorch."""

from torch import nn

from zoo_layers import widths, with_inputs


def unit(inputs, outputs, is_pooled=False):
    layers = [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers, *([nn.MaxPool2d(2)] if is_pooled else []))


class ResNet9(nn.Module):
    def __init__(self, image_shape, classes, width):
        super().__init__()
        maps = list(map(widths(width), (64, 128, 256, 512)))
        self.conv1 = unit(image_shape[0], maps[0])
        self.conv2 = unit(maps[0], maps[1], is_pooled=True)
        self.res1 = nn.Sequential(unit(maps[1], maps[1]), unit(maps[1], maps[1]))
        self.conv3 = unit(maps[1], maps[2], is_pooled=True)
        self.conv4 = unit(maps[2], maps[3], is_pooled=True)
        self.res2 = nn.Sequential(unit(maps[3], maps[3]), unit(maps[3], maps[3]))
        self.classifier = nn.Sequential(nn.MaxPool2d(4), nn.Flatten(), nn.LazyLinear(classes))

    def forward(self, images):
        values = self.conv2(self.conv1(images))
        values = values + self.res1(values)
        values = self.conv4(self.conv3(values))
        values = values + self.res2(values)
        return self.classifier(values)


def make(image_shape, classes, width):
    return with_inputs(ResNet9(image_shape, classes, width), image_shape)


NETWORKS = {"cifar-resnet-9": (make, (3, 32, 32), 10)}
